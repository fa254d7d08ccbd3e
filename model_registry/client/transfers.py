"""Moving files in a thread, and stopping when the caller gives up."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from model_registry.exceptions import ModelRegistryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.storage import Progress, Transfer

T = TypeVar("T")


async def moving(
    title: str,
    do: Callable[[Transfer], T],
    *,
    concurrency: int = 8,
    progress: bool | Callable[[Progress], object] | None = None,
) -> T:
    """Move files in a thread.

    Args:
        title: What a bar is called.
        do: What moves them. It is stopped at its next chunk when the caller is cancelled.
        concurrency: How many files, or parts of files, are on their way at once.
        progress: `True` for a bar in terminals and notebooks, or what is called with the `Progress`.
    """
    from model_registry.storage import Transfer
    from model_registry.storage.progress import bar

    with bar(progress, title) as show:
        transfer = Transfer(concurrency=concurrency, progress=show)
        task = asyncio.ensure_future(asyncio.to_thread(do, transfer))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            transfer.stop()
            with suppress(ModelRegistryError, asyncio.CancelledError):
                await task
            raise
