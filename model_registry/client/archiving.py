"""Archive models and versions, and restore them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import changes
from model_registry.lookup.references import Resolver

from .base import Base

if TYPE_CHECKING:
    from model_registry.types import ArchiveReport, ModelVersion, Reference, RegisteredModel


class Archiving(Base):
    """Archive models and versions, and restore them."""

    async def archive(
        self,
        target: str | Reference | RegisteredModel | ModelVersion,
        *,
        with_versions: bool = False,
    ) -> ArchiveReport:
        """Archive a model or a version: set its state to `ARCHIVED`.

        The registry deletes nothing. An archived resource keeps its name, can be found and listed, and can be
        restored; its files stay where they are. The versions of a model keep their states unless
        `with_versions` is given. What is archived already is not changed, so the call can be repeated.

        Args:
            target: The model or version as an object; the name of a model; or a reference to a version, such
                as `fraud/1.0` or `fraud@champion`.
            with_versions: Archive all versions of the model first, then the model.

        Returns:
            What was archived, and what was archived already.

        Raises:
            NotFoundError: There is no such model or version.
            ArchiveInterruptedError: It failed after some changes; the error holds the report.
            InvalidArgumentError: An argument has an invalid value. Nothing was changed.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> await registry.archive("fraud/1.0")
            ArchiveReport(now ARCHIVED: ModelVersion '1.0')
            >>> await registry.archive("fraud", with_versions=True)
            ArchiveReport(now ARCHIVED: RegisteredModel 'fraud'; already: ModelVersion '1.0')
        """
        target = await Resolver(self.core).model_or_version(target)
        return await changes.set_state(self.core, target, "ARCHIVED", with_versions=with_versions)

    async def restore(
        self,
        target: str | Reference | RegisteredModel | ModelVersion,
        *,
        with_versions: bool = False,
    ) -> ArchiveReport:
        """Restore an archived model or version: set its state to `LIVE`.

        Args:
            target: The model or version as an object; the name of a model; or a reference to a version, such
                as `fraud/1.0` or `fraud@champion`.
            with_versions: Restore the model first, then all its versions, also those that were archived
                before the model was.

        Returns:
            What was restored, and what was live already.

        Raises:
            NotFoundError: There is no such model or version.
            ArchiveInterruptedError: It failed after some changes; the error holds the report.
            InvalidArgumentError: An argument has an invalid value. Nothing was changed.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.archive("fraud")
            >>> await registry.restore("fraud")
            ArchiveReport(now LIVE: RegisteredModel 'fraud')
        """
        target = await Resolver(self.core).model_or_version(target)
        return await changes.set_state(self.core, target, "LIVE", with_versions=with_versions)
