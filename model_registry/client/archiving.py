"""Taking models and versions out of use, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from model_registry import types
from model_registry.changes.merge import Edit
from model_registry.core.base import id_of
from model_registry.exceptions import ArchiveInterruptedError, InvalidArgumentError, StoreError
from model_registry.types.diff import FieldPath

from .changing import Changing

if TYPE_CHECKING:
    from model_registry.types import ArchiveReport, ModelVersion, RegisteredModel


class Archiving(Changing):
    """Taking models and versions out of use, and back. Nothing is ever erased."""

    async def archive(
        self,
        model: str | RegisteredModel | ModelVersion,
        version: str | None = None,
        *,
        with_versions: bool = False,
    ) -> ArchiveReport:
        """Take a model or a version out of use, by its state `ARCHIVED`.

        Nothing is erased: the registry cannot. What is archived keeps its name, is found by it, stays in
        lists, and can be restored; files stay where they are. A model's versions keep their own states
        unless `with_versions` says so. What is archived already is left alone, so the call can be repeated.

        Args:
            model: The model, or its name; or a version.
            version: Name of the version to archive, when it is given by the model and its name.
            with_versions: Archive all versions of the model first, then the model.

        Returns:
            What was archived, and what was so already.

        Raises:
            NotFoundError: There is no such model or version.
            ArchiveInterruptedError: It failed after some of the versions; carries what was done.
            InvalidArgumentError: An argument cannot be right. Nothing was changed.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> await registry.archive("fraud", "1.0")
            ArchiveReport(now ARCHIVED: ModelVersion '1.0')
            >>> await registry.archive("fraud", with_versions=True)
            ArchiveReport(now ARCHIVED: RegisteredModel 'fraud'; already: ModelVersion '1.0')
        """
        return await self._set_state("ARCHIVED", model, version, with_versions=with_versions)

    async def restore(
        self,
        model: str | RegisteredModel | ModelVersion,
        version: str | None = None,
        *,
        with_versions: bool = False,
    ) -> ArchiveReport:
        """Put an archived model or version back into use, by its state `LIVE`.

        Args:
            model: The model, or its name; or a version.
            version: Name of the version to restore, when it is given by the model and its name.
            with_versions: Restore the model first, then all its versions, also those that were archived
                before the model was.

        Returns:
            What was restored, and what was in use already.

        Raises:
            NotFoundError: There is no such model or version.
            ArchiveInterruptedError: It failed in the middle; carries what was done.
            InvalidArgumentError: An argument cannot be right. Nothing was changed.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.archive("fraud")
            >>> await registry.restore("fraud")
            ArchiveReport(now LIVE: RegisteredModel 'fraud')
        """
        return await self._set_state("LIVE", model, version, with_versions=with_versions)

    async def _set_state(
        self,
        state: Literal["ARCHIVED", "LIVE"],
        model: str | RegisteredModel | ModelVersion,
        version: str | None,
        *,
        with_versions: bool,
    ) -> ArchiveReport:
        target = await self._named(model, version)
        things = [target]
        if with_versions:
            if isinstance(target, types.ModelVersion):
                raise InvalidArgumentError("with_versions=True needs a model, and a version was given")
            parent = id_of(target)
            pager = types.Pager(lambda options: self.core.get_model_versions(parent, options))
            versions = [each async for each in pager.page_size(100)]
            # The model is archived last and restored first: it is in use while a version of it is.
            things = [*versions, target] if state == "ARCHIVED" else [target, *versions]
        report = types.ArchiveReport(state)
        try:
            for each in things:
                await self._set_one(each, report)
        except StoreError as error:
            if len(things) == 1:
                raise
            last = things[len(report.changed) + len(report.unchanged)]
            where = f"{type(last).__name__} {last.name!r} after {len(report.changed)} changes ({error})."
            if self.core.is_dry_run:
                raise ArchiveInterruptedError(f"would stop at {where}", report) from error
            raise ArchiveInterruptedError(
                f"stopped at {where} What was done stays, and the same call again continues from there: "
                f"{report!r}",
                report,
            ) from error
        return report

    async def _set_one(self, each: RegisteredModel | ModelVersion, report: ArchiveReport) -> None:
        if each.state == report.state:
            report.unchanged.append(each)
            return
        state = type(each.state)(report.state)
        edit = Edit({FieldPath("state"): state})
        report.changed.append(await self._change(None, each, edit, overwrite=True))

    async def _named(
        self, model: str | RegisteredModel | ModelVersion, version: str | None
    ) -> RegisteredModel | ModelVersion:
        """Read what the arguments of a verb name."""
        if isinstance(model, types.ModelVersion):
            if version is not None:
                raise InvalidArgumentError(f"version {version!r} needs its model, and a version was given")
            return await self._current(model)
        if isinstance(model, str):
            return await (self.get_model(model) if version is None else self.get_version(model, version))
        if not isinstance(model, types.RegisteredModel):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"a model, its name, or a version is needed here, got {model!r}")
        current = await self._current(model)
        return current if version is None else await self.get_version(current, version)
