"""What a registry knows of where a model's versions came from, and where they went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_registry.types import formatting
from model_registry.types.formatting import short

if TYPE_CHECKING:
    from model_registry.types.artifacts import Artifact, ArtifactT
    from model_registry.types.contexts import ModelVersion, RegisteredModel
    from model_registry.types.serving import InferenceService


@dataclass(frozen=True)
class ServedBy:
    """A service that serves a version.

    Attributes:
        service: The service.
        environment: Name of the environment that it is in.
    """

    service: InferenceService
    environment: str

    def __str__(self) -> str:
        return f"{self.environment}/{self.service.name}"


@dataclass(frozen=True)
class VersionLineage:
    """A version, what belongs to it, and what serves it.

    Attributes:
        version: The version.
        artifacts: Its model files, data sets, metrics, parameters and documents.
        served_by: The services that serve it.
    """

    version: ModelVersion
    artifacts: tuple[Artifact, ...] = ()
    served_by: tuple[ServedBy, ...] = ()

    def of_kind(self, kind: type[ArtifactT]) -> tuple[ArtifactT, ...]:
        """Return its artifacts of one kind, such as `DataSet`."""
        return tuple(each for each in self.artifacts if isinstance(each, kind))


@dataclass(frozen=True)
class Lineage:
    """A model with its versions in the order of registration, what belongs to them, and what serves them.

    `print` shows it as a tree.

    Attributes:
        model: The model.
        versions: Its versions, the first registered one first.
    """

    model: RegisteredModel
    versions: tuple[VersionLineage, ...] = ()

    def __repr__(self) -> str:
        names = [each.version.name for each in self.versions]
        shown = names if len(names) <= _SHOWN else [names[0], "…", *names[1 - _SHOWN :]]
        return f"Lineage({self.model.name}: {' > '.join(shown) or 'no versions'})"

    def __str__(self) -> str:
        lines = [self.model.name]
        for each in self.versions:
            state = "" if each.version.state.value == "LIVE" else f" ({each.version.state.value})"
            lines.append(f"  {each.version.name}{state}")
            lines += [f"    {type(artifact).__name__} {_summary(artifact)}" for artifact in each.artifacts]
            lines += [f"    served by {service}" for service in each.served_by]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each version."""
        rows = [
            (
                each.version.name,
                each.version.state,
                each.version.create_time,
                ", ".join(f"{type(artifact).__name__} {_summary(artifact)}" for artifact in each.artifacts),
                ", ".join(map(str, each.served_by)),
            )
            for each in self.versions
        ]
        return formatting.table((self.model.name, "state", "create_time", "artifacts", "served by"), rows)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        return {
            "model": self.model.model_dump(mode="json"),
            "versions": [
                {
                    **each.version.model_dump(mode="json"),
                    "artifacts": [
                        {"kind": type(artifact).__name__, **artifact.model_dump(mode="json")}
                        for artifact in each.artifacts
                    ],
                    "served_by": [
                        {**by.service.model_dump(mode="json"), "environment": by.environment}
                        for by in each.served_by
                    ],
                }
                for each in self.versions
            ],
        }


_SHOWN = 5  # versions in a line


def _summary(artifact: Artifact) -> str:
    """Return an artifact's name and the value that says most."""
    facts = [getattr(artifact, name) for name in artifact.facts()[:1]]
    return f"{artifact.name}{''.join(f': {short(fact)}' for fact in facts if fact is not None)}"
