"""Copy between registries, to a file, and from a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import records
from model_registry.exceptions import InvalidArgumentError
from model_registry.lookup.references import Resolver

from .base import Base

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from typing_extensions import Self

    from model_registry.records.write import CopyProgress, IfDifferent
    from model_registry.types import CopyReport, ModelVersion, Reference, RegisteredModel


class Copying(Base):
    """Copy between registries, to a file, and from a file."""

    async def copy(
        self,
        target: str | Reference | RegisteredModel | ModelVersion | None = None,
        *,
        to: Self,
        if_different: IfDifferent = "error",
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Copy a model with its versions and their artifacts to another registry, or everything there is.

        An existing resource of the same name is compared, not created again. So a copy can be repeated,
        and an interrupted copy completed. The files that artifacts point to stay where they are.
        The other registry sets its own ids and times; those of this registry are stored in the custom
        properties `origin.id`, `origin.create_time` and `origin.last_update_time`.

        Args:
            target: What to copy: a model or its name; a version, or a reference to it such as `fraud/1.0`; or
                everything in the registry, serving included, if not given.
            to: The other registry.
            if_different: What to do with an existing resource that differs: raise an `error`, `keep` it, or
                `update` it.
            progress: Function that gets the report after each resource.

        Returns:
            What was created, updated and unchanged.

        Raises:
            NotFoundError: There is no such model or version.
            CopyInterruptedError: It failed after some resources; the error says where, and holds the report.
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
        records.check_if_different(if_different)
        if not isinstance(to, Base):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"to must be a client of another registry, got {to!r}")
        found = None if target is None else await Resolver(self.core).model_or_version(target)
        return await records.copy_records(self.core, to.core, found, if_different, progress=progress)

    async def export(
        self,
        path: str | os.PathLike[str],
        target: str | Reference | RegisteredModel | ModelVersion | None = None,
        *,
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Write a model with its versions and their artifacts to a file, or everything there is.

        The file is JSON Lines, as `model_registry.records.file` describes it. An older file is replaced
        when the new one is complete.

        Args:
            path: The file to write.
            target: What to write: a model or its name; a version or a reference such as `fraud/1.0`; or
                everything in the registry, serving included, if not given.
            progress: Function that gets the report after each resource.

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
        found = None if target is None else await Resolver(self.core).model_or_version(target)
        return await records.export_records(self.core, path, found, progress=progress)

    async def import_(
        self,
        path: str | os.PathLike[str],
        *,
        if_different: IfDifferent = "error",
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Write what `export` stored in a file into this registry. It can be repeated, like `copy`.

        Args:
            path: The file.
            if_different: What to do with an existing resource that differs: raise an `error`, `keep` it, or
                `update` it.
            progress: Function that gets the report after each resource.

        Returns:
            What was created, updated and unchanged.

        Raises:
            InvalidArgumentError: It is not such a file.
            CopyInterruptedError: It failed after some resources; the error says where, and holds the report.

        Example:
            >>> _ = await registry.export("everything.jsonl")
            >>> await registry.import_("everything.jsonl")
            CopyReport(nothing)
        """
        return await records.import_records(self.core, path, if_different, progress=progress)

    async def import_mlflow(
        self,
        source: str | os.PathLike[str],
        *,
        models: str | Iterable[str] | None = None,
        tracking: str | os.PathLike[str] | None = None,
        if_different: IfDifferent = "error",
        progress: CopyProgress | None = None,
    ) -> CopyReport:
        """Write the models of an MLflow store into this registry. It can be repeated, like `copy`.

        Models and versions get the same names, descriptions, tags (as custom properties) and aliases. Each
        version gets a model artifact for its source, and the metrics and parameters of its run. The files
        stay where they are, and nothing in MLflow's store is changed. It needs the extra `mlflow`.

        Args:
            source: MLflow's database, folder or server, such as `sqlite:///mlflow.db`, `mlruns` or
                `http://localhost:5000`.
            models: Names of the models to import. Default: all.
            tracking: Where the runs are, if they are not in the same store.
            if_different: What to do with an existing resource that differs: raise an `error`, `keep` it, or
                `update` it.
            progress: Function that gets the report after each resource.

        Returns:
            What was created, updated and unchanged; its notes say what was left out.

        Raises:
            InvalidArgumentError: It is no such store.
            NotFoundError: The store has no such model.
            CopyInterruptedError: It failed after some resources; the error says where, and holds the report.
            MissingExtraError: MLflow is not installed.
            StoreError: The store could not be read.

        Example:
            >>> report = await registry.import_mlflow("mlflow.db", models=["fraud"])  # doctest: +SKIP
        """
        from model_registry.from_mlflow.importing import import_store

        records.check_if_different(if_different)
        records.check_progress(progress)
        return await import_store(
            self.core,
            source,
            models=models,
            tracking=tracking,
            if_different=if_different,
            author=self.author,
            progress=progress,
        )
