"""What a registration returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from model_registry.exceptions.requests import NotFoundError
from model_registry.types import formatting
from model_registry.types.formatting import HTMLTable, short
from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from model_registry.exceptions.base import ModelRegistryError
    from model_registry.types.artifacts import Artifact, ModelArtifact
    from model_registry.types.contexts import ModelVersion, RegisteredModel


@dataclass(frozen=True)
class Registration:
    """A registered version, its model, and what belongs to it.

    Attributes:
        model: The model.
        version: The version.
        artifact: The artifact that says where the model's files are; `None` where there is none.
            `get_artifact()` returns it or raises.
        artifacts: All artifacts of the version, that one included.
        is_new: Whether this call created the version.
        ignored: Names of arguments that had no effect, because the existing resource has other values.
    """

    model: RegisteredModel
    version: ModelVersion
    artifact: ModelArtifact | None = None
    artifacts: tuple[Artifact, ...] = ()
    is_new: bool = True
    ignored: tuple[str, ...] = ()

    def get_artifact(self) -> ModelArtifact:
        """Return the artifact that says where the model's files are.

        Raises:
            NotFoundError: The version was registered without files and without a URI.
        """
        if self.artifact is None:
            raise NotFoundError(
                f"{self.model.name}/{self.version.name} has no artifact for the model's files: it was "
                "registered without files= and uri",
                status=404,
            )
        return self.artifact

    def __repr__(self) -> str:
        parts = [f"{self.model.name}/{self.version.name}"]
        if self.artifact is not None and self.artifact.uri:
            parts.append(redacted_text(self.artifact.uri))
        more = len(self.artifacts) - (self.artifact is not None)
        if more:
            parts.append(f"{more} further artifact{'s' if more > 1 else ''}")
        if not self.is_new:
            parts.append("existed already")
        return f"Registration({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each resource."""
        rows = [
            _row("Model", self.model, self.model.owner),
            _row("Version", self.version, self.version.author),
        ]
        rows += [_row(type(each).__name__, each, formatting.content_of(each)) for each in self.artifacts]
        return formatting.table(("kind", "name", "details", "id"), rows)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "model": self.model.model_dump(mode="json"),
            "version": self.version.model_dump(mode="json"),
            "artifact": None if self.artifact is None else self.artifact.model_dump(mode="json"),
            "artifacts": [
                {"kind": type(each).__name__, **each.model_dump(mode="json")} for each in self.artifacts
            ],
            "is_new": self.is_new,
            "ignored": list(self.ignored),
        }


def _row(kind: str, resource: RegisteredModel | ModelVersion | Artifact, more: object) -> tuple[object, ...]:
    return kind, resource.name, more, resource.id


@dataclass(frozen=True)
class RegistrationProgress:
    """How far many registrations are.

    Attributes:
        done: How many were created.
        failed: How many failed.
        total: How many there are, if that is known.
    """

    done: int
    failed: int
    total: int | None


@dataclass(frozen=True)
class FailedRegistration(HTMLTable):
    """One of many registrations that failed.

    Attributes:
        index: Which one, from 0.
        item: Its arguments.
        error: Why it failed.
    """

    index: int
    item: Mapping[str, object]
    error: ModelRegistryError

    @property
    def path(self) -> str:
        """Name of the version, with its model's, as far as they were given."""
        item = cast("object", self.item)
        if not isinstance(item, Mapping):  # callers without type checker
            return short(item)
        model = self.item.get("name", "?")
        return f"{getattr(model, 'name', model)}/{self.item.get('version', '?')}"

    def to_dict(self) -> dict[str, Any]:
        """Return its number, the name of the version and the message of the error."""
        return {"index": self.index, "path": self.path, "error": str(self.error)}

    def __repr__(self) -> str:
        return f"FailedRegistration({self.index}: {self.path}, {type(self.error).__name__})"
