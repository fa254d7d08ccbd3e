"""Calls that begin together, on a client that has made none yet."""

from __future__ import annotations

import asyncio

from model_registry import ModelRegistryAPIClient
from tests.support.servers import CannedServer, Reply

EMPTY = Reply({"items": [], "nextPageToken": "", "pageSize": 20, "size": 0})


async def test_the_first_calls_may_be_many() -> None:
    with CannedServer() as server:
        server.reply = EMPTY
        async with ModelRegistryAPIClient.insecure_connection("127.0.0.1", server.port) as client:
            answers = await asyncio.gather(*(client.get_registered_models() for _ in range(50)))
    assert answers == [[]] * 50
    assert len(server.requests) == 50
