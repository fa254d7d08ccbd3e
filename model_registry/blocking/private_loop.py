"""The event loop that a runner owns."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures.thread import ThreadPoolExecutor  # a later import fails while the interpreter ends
from typing import TYPE_CHECKING, Any

from .call import Call

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

CLOSE_TIMEOUT = 5.0
"""Seconds that an end waits for connections to close, and for code that ignores being cancelled."""


class PrivateLoop(asyncio.SelectorEventLoop):
    """An event loop that belongs to its process. It does not use the event loop policy of the program.

    Args:
        start: Runs a call on this loop, and returns whether it could.
    """

    def __init__(self, start: Callable[[Call[Any]], bool]) -> None:
        super().__init__()
        self._start = start
        self._process = os.getpid()
        self._executor = ThreadPoolExecutor(thread_name_prefix="model-registry-call")
        self.set_default_executor(self._executor)

    def __del__(self) -> None:
        if self._process == os.getpid():  # a child would close the sockets that it shares with its parent
            super().__del__()

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Report an error that no code caught, except for open sessions: the client itself warns of them."""
        if not context.keys() & {"client_session", "connector"}:
            super().call_exception_handler(context)

    async def run_from_another(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run a coroutine on this loop and await it on another, also when no thread runs this loop."""
        call = Call(coroutine)
        if self._start(call):
            await asyncio.to_thread(call.wait)
        else:
            coroutine.close()

    def finish(self) -> None:
        """Cancel what still runs, release what it holds, and close."""
        self.call_soon(self.stop)
        self.run_forever()  # handles what is left that stops the loop
        self.run_until_complete(_cancel_others())
        self.run_until_complete(self.shutdown_asyncgens())
        self._executor.shutdown(wait=False)
        self.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    if others:
        await asyncio.wait(others, timeout=CLOSE_TIMEOUT)
