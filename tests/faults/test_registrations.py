"""Registrations through a network that breaks: each happens exactly once, and no call fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistryAPIClient
from tests.support.backends import Server
from tests.support.fault_proxy import Fault, FaultProxy, sometimes
from tests.support.registrations import assert_each_is_there_once, register_all

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

REGISTRATIONS = 2_000


async def test_each_of_many_registrations_happens_exactly_once(tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'registry.db'}")
    try:
        with FaultProxy(server.url, sometimes(0.2, seed=4)) as proxy:
            async with ModelRegistryAPIClient.connect(proxy.url, retries=12) as client:
                await register_all(client, REGISTRATIONS)
        await assert_each_is_there_once(server.url, REGISTRATIONS)
    finally:
        server.stop()
    assert all(proxy.happened[fault] for fault in Fault), "every fault took part"
    assert len(proxy.requests) < 1.5 * 4 * REGISTRATIONS
