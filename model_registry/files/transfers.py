"""Transfers of files in a thread, which stop when the caller is cancelled."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from model_registry.exceptions import ModelRegistryError

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.storage import Progress, Transfer

T = TypeVar("T")


async def transferred(
    title: str,
    do: Callable[[Transfer], T],
    *,
    concurrency: int = 8,
    progress: bool | Callable[[Progress], object] | None = None,
) -> T:
    """Run a transfer of files in a thread.

    Args:
        title: What is transferred, such as `fraud/1.0`, for the progress bar.
        do: Function that transfers the files. It stops at its next chunk when the caller is cancelled.
        concurrency: How many files, or parts of files, to transfer at once.
        progress: `True` for a bar in terminals and notebooks, or a function that gets the `Progress`.

    Returns:
        What the function returned.
    """
    from model_registry.storage import Transfer
    from model_registry.storage.progress import progress_bar
    from model_registry.storage.termination import ending_on_sigterm

    with progress_bar(progress, title) as show, ending_on_sigterm():
        transfer = Transfer(concurrency=concurrency, progress=show)
        task = asyncio.ensure_future(asyncio.to_thread(do, transfer))
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            transfer.stop()
            with suppress(ModelRegistryError, asyncio.CancelledError):
                await task
            raise
