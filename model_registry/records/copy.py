"""Copy records between registries, to a file and from a file."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.lookup.models import get_model

from .file import RecordFile, RecordReader
from .order import by_version
from .read import records_of_model, records_of_registry
from .write import Restorer

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import CopyReport, ModelVersion, RegisteredModel

    from .file import Record
    from .write import CopyProgress, IfDifferent


async def copy_records(
    core: ModelRegistryAPIClient,
    to: ModelRegistryAPIClient,
    target: RegisteredModel | ModelVersion | None = None,
    if_different: IfDifferent = "error",
    *,
    progress: CopyProgress | None = None,
) -> CopyReport:
    """Copy a model, a version, or everything to another registry.

    Args:
        core: The registry.
        to: The other registry.
        target: What to copy; everything if not given.
        if_different: What to do where a resource exists with other values.
        progress: Function that gets the report after each resource.

    Raises:
        CopyInterruptedError: It failed after some resources; the error holds the report.
    """
    check_progress(progress)
    report = types.CopyReport()
    restorer = Restorer(to, if_different, report, core, progress=progress)
    async with aclosing(_records(core, target)) as records:
        async for some in records:
            await restorer.check(some)
            await restorer.write(some)
    return report


async def export_records(
    core: ModelRegistryAPIClient,
    path: str | os.PathLike[str],
    target: RegisteredModel | ModelVersion | None = None,
    *,
    progress: CopyProgress | None = None,
) -> CopyReport:
    """Write a model, a version, or everything to a file.

    Args:
        core: The registry.
        path: The file. An older one is replaced when the new one is complete.
        target: What to write; everything if not given.
        progress: Function that gets the report after each resource.

    Raises:
        InvalidArgumentError: There is no folder for the file.
    """
    check_progress(progress)
    report = types.CopyReport()
    is_foreign = await core.ask_foreign()
    file = await asyncio.to_thread(partial(RecordFile, path, is_foreign=is_foreign))
    try:
        async with aclosing(_records(core, target)) as records:
            async for some in records:
                await asyncio.to_thread(file.write, some)
                for record in some:
                    report.count(record.kind, "written")
                    if progress is not None:
                        progress(report)
    except BaseException:
        file.abandon()
        raise
    file.finish()
    return report


async def import_records(
    core: ModelRegistryAPIClient,
    path: str | os.PathLike[str],
    if_different: IfDifferent = "error",
    *,
    progress: CopyProgress | None = None,
) -> CopyReport:
    """Write the records of a file into a registry.

    Args:
        core: The registry.
        path: The file.
        if_different: What to do where a resource exists with other values.
        progress: Function that gets the report after each resource.

    Raises:
        InvalidArgumentError: It is not such a file.
        CopyInterruptedError: It failed after some resources; the error holds the report.
    """
    check_if_different(if_different)
    check_progress(progress)
    report = types.CopyReport()
    records = RecordReader(path)
    restorer = Restorer(core, if_different, report, records, progress=progress)
    if await core.ask_foreign():
        await restorer.check(records)
    for some in by_version(records):
        await restorer.write(some)
    return report


def check_if_different(value: str) -> None:
    """Check the argument `if_different`.

    Raises:
        InvalidArgumentError: It is none of its values.
    """
    if value not in ("error", "keep", "update"):
        raise InvalidArgumentError(f"if_different must be 'error', 'keep' or 'update', got {value!r}")


def check_progress(progress: object) -> None:
    """Check the argument `progress`.

    Raises:
        InvalidArgumentError: It is no function.
    """
    if progress is not None and not callable(progress):
        raise InvalidArgumentError(f"progress must be a function, got {progress!r}")


async def _records(
    core: ModelRegistryAPIClient, target: RegisteredModel | ModelVersion | None
) -> AsyncGenerator[list[Record]]:
    if target is None:
        async for some in records_of_registry(core):
            yield some
    elif isinstance(target, types.ModelVersion):
        model = await get_model(core, id=target.registered_model_id or "")
        yield await records_of_model(core, model, target)
    else:
        yield await records_of_model(core, target)
