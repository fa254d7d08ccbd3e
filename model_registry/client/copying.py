"""Copying between registries, to a file and back."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.records.file import RecordFile, read_records
from model_registry.records.read import records_of_model, records_of_registry
from model_registry.records.write import Restorer

from .listing import Listing

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncGenerator

    from model_registry.client import AsyncModelRegistry
    from model_registry.records.file import Record
    from model_registry.records.write import IfDifferent
    from model_registry.types import CopyReport, RegisteredModel


class Copying(Listing):
    """Copying between registries, to a file and back."""

    async def copy(
        self,
        model: str | RegisteredModel | None = None,
        version: str | None = None,
        *,
        to: AsyncModelRegistry,
        if_different: IfDifferent = "error",
    ) -> CopyReport:
        """Copy a model with its versions and their artifacts to another registry, or everything there is.

        What is there already under the same name is compared, not made again, so that a copy can be
        repeated, and an interrupted one completed. The files that artifacts point to stay where they are.
        Ids and times are the other registry's own; those of here are kept in the custom properties
        `origin.id`, `origin.create_time` and `origin.last_update_time`.

        Args:
            model: The model, or its name; everything in the registry, serving included, when not given.
            version: Name of the only version to copy; all of them when not given.
            to: The other registry.
            if_different: What to do where something is there already and is different: `error`, `keep` that,
                or `update` it.

        Returns:
            What was made, and what was there.

        Raises:
            NotFoundError: There is no such model or version.
            CopyInterruptedError: It failed in the middle; the error tells where and what was done.
            StoreError: This registry could not be read.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> from model_registry import AsyncModelRegistry
            >>> async with AsyncModelRegistry.local("backup.db") as other:
            ...     print(await registry.copy("fraud", to=other))
            ...     print(await registry.copy("fraud", to=other))
            CopyReport(RegisteredModel: 1 created; ModelVersion: 1 created; ModelArtifact: 1 created)
            CopyReport(RegisteredModel: 1 unchanged; ModelVersion: 1 unchanged; ModelArtifact: 1 unchanged)
        """
        _check_if_different(if_different)
        if not isinstance(to, Copying):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"to must be a client of another registry, got {to!r}")
        report = types.CopyReport()
        restorer = Restorer(to.core, if_different, report)
        async with aclosing(self._records(model, version)) as records:
            async for some in records:
                await restorer.write(some)
        return report

    async def export(
        self,
        path: str | os.PathLike[str],
        model: str | RegisteredModel | None = None,
        version: str | None = None,
    ) -> CopyReport:
        """Write a model with its versions and their artifacts to a file, or everything there is.

        The file is JSON Lines, as `model_registry.records.file` describes it. An older file is replaced
        when the new one is complete.

        Args:
            path: The file to write.
            model: The model, or its name; everything in the registry, serving included, when not given.
            version: Name of the only version to write; all of them when not given.

        Returns:
            What was written.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: There is no folder for the file.
            StoreError: The registry could not be read.

        Example:
            >>> await registry.export("everything.jsonl")
            CopyReport(nothing)
        """
        report = types.CopyReport()
        file = await asyncio.to_thread(RecordFile, path)
        try:
            async with aclosing(self._records(model, version)) as records:
                async for some in records:
                    await asyncio.to_thread(file.write, some)
                    for record in some:
                        report.count(record.kind, "written")
        except BaseException:
            file.abandon()
            raise
        file.finish()
        return report

    async def import_(
        self,
        path: str | os.PathLike[str],
        *,
        if_different: IfDifferent = "error",
    ) -> CopyReport:
        """Bring what `export` wrote into this registry. Repeatable, like `copy`.

        Args:
            path: The file.
            if_different: What to do where something is there already and is different: `error`, `keep` that,
                or `update` it.

        Returns:
            What was made, and what was there.

        Raises:
            InvalidArgumentError: It is no such file.
            CopyInterruptedError: It failed in the middle; the error tells where and what was done.

        Example:
            >>> _ = await registry.export("everything.jsonl")
            >>> await registry.import_("everything.jsonl")
            CopyReport(nothing)
        """
        _check_if_different(if_different)
        report = types.CopyReport()
        restorer = Restorer(self.core, if_different, report)
        for record in read_records(path):
            await restorer.write([record])
        return report

    async def _records(
        self, model: str | RegisteredModel | None, version: str | None
    ) -> AsyncGenerator[list[Record]]:
        if model is None:
            if version is not None:
                raise InvalidArgumentError(f"version {version!r} needs its model beside it")
            async for some in records_of_registry(self.core):
                yield some
            return
        found = await self.get_model(model) if isinstance(model, str) else model
        only = None if version is None else await self.get_version(found, version)
        yield await records_of_model(self.core, found, only)


def _check_if_different(value: str) -> None:
    if value not in ("error", "keep", "update"):
        raise InvalidArgumentError(f"if_different must be 'error', 'keep' or 'update', got {value!r}")
