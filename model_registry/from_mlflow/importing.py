"""Import of an MLflow store: each model, its versions, then its aliases."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from model_registry import types
from model_registry.aliases.book import AliasBook
from model_registry.exceptions import DifferentError, InvalidArgumentError
from model_registry.lookup.models import find_version, get_model
from model_registry.records.file import Record
from model_registry.records.write import Restorer
from model_registry.types.formatting import short

from .records import model_records, version_records
from .source import MLflowSource

if TYPE_CHECKING:
    import os

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.records.write import CopyProgress, IfDifferent
    from model_registry.types import CopyReport, RegisteredModel
    from model_registry.types.results.copy_report import Outcome

    from .records import Converted


async def import_store(
    core: ModelRegistryAPIClient,
    source: str | os.PathLike[str],
    *,
    models: object,
    tracking: str | os.PathLike[str] | None,
    if_different: IfDifferent,
    author: str,
    progress: CopyProgress | None = None,
) -> CopyReport:
    """Write the models of an MLflow store into a registry.

    Args:
        core: The registry.
        source: Path or URI of the store.
        models: Names of the models; `None` for all.
        tracking: Path or URI of the store that has the runs, if it is another one.
        if_different: What to do where a resource exists with other values.
        author: Who moves aliases.
        progress: Function that gets the report after each resource.

    Raises:
        InvalidArgumentError: An argument is invalid.
        NotFoundError: The store has no such model.
        CopyInterruptedError: It failed after some resources; the error holds the report.
    """
    chosen = _names(models)
    store = await asyncio.to_thread(MLflowSource, source, tracking)
    importer = _Import(core, store, if_different, author, progress)
    for name in await asyncio.to_thread(store.names, chosen):
        await importer.model(name)
    return importer.report


class _Import:
    def __init__(
        self,
        core: ModelRegistryAPIClient,
        store: MLflowSource,
        if_different: IfDifferent,
        author: str,
        progress: CopyProgress | None,
    ) -> None:
        self.report = types.CopyReport()
        self._core = core
        self._store = store
        self._if_different = if_different
        self._author = author
        self._restorer = Restorer(core, if_different, self.report, progress=progress)

    async def model(self, name: str) -> None:
        """Import a model, its versions and its aliases."""
        model = await asyncio.to_thread(self._store.model, name)
        stored = await self._core.get_registered_model_by_params(name)
        await self._write(model_records(model, stored.custom_properties if stored else {}))
        for version in await asyncio.to_thread(self._store.versions, name):
            details = await asyncio.to_thread(self._store.details, version)
            await self._write(version_records(details))
        await self._aliases(name, {alias: str(version) for alias, version in model.aliases.items()})

    async def _write(self, converted: Converted) -> None:
        await self._restorer.check(converted.records)
        await self._restorer.write(converted.records)
        self.report.notes += converted.notes

    async def _aliases(self, name: str, aliases: dict[str, str]) -> None:
        if not aliases:
            return
        model = await get_model(self._core, name)
        book = AliasBook(self._core, model)
        with self._restorer.interrupted_at(Record(model)):
            current = await book.versions()
            for alias, version in aliases.items():
                outcome = await self._alias(book, model, alias, version, current.get(alias))
                self.report.count("Alias", outcome)

    async def _alias(
        self, book: AliasBook, model: RegisteredModel, alias: str, version: str, current: str | None
    ) -> Outcome:
        """Move an alias to a version, if it is not there."""
        if current == version:
            return "unchanged"
        if current is not None and self._if_different == "keep":
            return "kept"
        if current is not None and self._if_different == "error":
            raise DifferentError(
                f"its alias {alias!r} is at version {current!r} in the registry and at {version!r} in "
                "MLflow. Pass if_different='keep' to leave it unchanged, or 'update' to move it."
            )
        found = await find_version(self._core, model, version)
        try:
            if found is None:
                raise InvalidArgumentError(f"its version {version!r} does not exist")  # noqa: TRY301
            await book.move(alias, found, by=self._author)
        except InvalidArgumentError as error:
            self.report.notes.append(f"model {model.name!r}: the alias {alias!r} was left out: {error}")
            return "skipped"
        return "created" if current is None else "updated"


def _names(models: object) -> list[str] | None:
    """Return the names of the argument `models`."""
    if models is None:
        return None
    names = [models] if isinstance(models, str) else models
    if not isinstance(names, Iterable):
        raise InvalidArgumentError(f"models must be names of models, got {short(models)}")
    listed = list(cast("Iterable[object]", names))
    for name in listed:
        if not isinstance(name, str):
            raise InvalidArgumentError(f"models must be names of models, got {short(name)}")
    return cast("list[str]", listed)
