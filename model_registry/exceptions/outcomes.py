"""Exceptions that hold what a verb did before it failed, or both sides of a conflict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import StoreError
from .requests import ConflictError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.types import (
        AliasMove,
        ArchiveReport,
        Artifact,
        BaseResourceModel,
        CopyReport,
        FieldConflict,
        ModelVersion,
        RegisteredModel,
        Registration,
    )


class IncompleteRegistrationError(StoreError):
    """A registration stopped half-way. The text says what was created, and how to complete it.

    Attributes:
        model: The model, created by this call or before; `None` if there is none.
        version: The version, likewise.
        artifacts: The existing artifacts of the version.
        created: What this call created: `model`, `version` and `artifact` with their names.
        uri: Location of the files that this call uploaded.
    """

    def __init__(
        self,
        message: str,
        *,
        model: RegisteredModel | None = None,
        version: ModelVersion | None = None,
        artifacts: Sequence[Artifact] = (),
        created: Sequence[str] = (),
        uri: str | None = None,
    ) -> None:
        super().__init__(message)
        self.uri = uri
        self.model = model
        self.version = version
        self.artifacts = tuple(artifacts)
        self.created = tuple(created)


class BatchError(StoreError):
    """One of many registrations failed. `__cause__` is its error.

    Attributes:
        index: Position of the failed registration, from 0.
        done: The completed registrations by position.
    """

    def __init__(self, message: str, *, index: int = 0, done: dict[int, Registration] | None = None) -> None:
        super().__init__(message)
        self.index = index
        self.done = done or {}


class DifferentError(StoreError):
    """A resource of this name exists and differs. Nothing was changed."""


class ArchiveInterruptedError(StoreError):
    """Archiving or restoring stopped half-way. The same call continues from there.

    Attributes:
        report: The completed part, a `model_registry.types.ArchiveReport`, or `None`.
    """

    def __init__(self, message: str, report: ArchiveReport | None = None) -> None:
        super().__init__(message, report)
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])


class CopyInterruptedError(StoreError):
    """Copying stopped half-way. What was written stays, and the same call continues from there.

    Attributes:
        report: The completed part, a `model_registry.types.CopyReport`, or `None`.
    """

    def __init__(self, message: str, report: CopyReport | None = None) -> None:
        super().__init__(message, report)
        self.report = report

    def __str__(self) -> str:
        return str(self.args[0])


class AliasConflictError(ConflictError):
    """Another client moved the same alias at the same time. That move stands; yours was not made.

    Attributes:
        mine: Your move, a `model_registry.types.AliasMove`.
        theirs: The move of the other client.
    """

    def __init__(
        self, message: str, *, mine: AliasMove | None = None, theirs: AliasMove | None = None
    ) -> None:
        super().__init__(message, status=409)
        self.mine = mine
        self.theirs = theirs


class StaleObjectError(ConflictError):
    """Another client changed the same fields after the object was read. Nothing was written.

    Attributes:
        conflicts: Each field with the value that was read, yours and theirs, as a
            `model_registry.types.FieldConflict`.
        current: The resource as the registry holds it now.
    """

    def __init__(
        self,
        message: str,
        *,
        conflicts: Sequence[FieldConflict] = (),
        current: BaseResourceModel | None = None,
    ) -> None:
        super().__init__(message, sent=False)
        self.conflicts = tuple(conflicts)
        self.current = current
