"""ASGI applications without a server."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@asynccontextmanager
async def started(app: Any) -> AsyncIterator[None]:
    """Start an application, and stop it at the end."""
    ready, stopping = asyncio.Event(), asyncio.Event()
    messages = iter(("startup", "shutdown"))

    async def receive() -> dict[str, str]:
        if ready.is_set():
            await stopping.wait()
        return {"type": f"lifespan.{next(messages)}"}

    async def send(_message: Any) -> None:
        ready.set()

    task = asyncio.create_task(app({"type": "lifespan"}, receive, send))
    await ready.wait()
    yield
    stopping.set()
    await task
