"""What a registry knows of where a model's versions came from, and where they went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model_registry.types import formatting
from model_registry.types.formatting import content_of, rounded, short

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

    def __repr__(self) -> str:
        return f"ServedBy({self})"


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

    def __repr__(self) -> str:
        parts = [str(self.version.name), f"{len(self.artifacts)} artifacts"]
        parts += [f"served by {each}" for each in self.served_by]
        return f"VersionLineage({', '.join(parts)})"

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each artifact and service."""
        rows = [(type(each).__name__, each.name, content_of(each), each.id) for each in self.artifacts]
        rows += [
            ("served by", str(each), each.service.desired_state, each.service.id) for each in self.served_by
        ]
        return formatting.table((str(self.version.name), "name", "value", "id"), rows)


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
        served = any(each.served_by for each in self.versions)
        kinds = dict.fromkeys(type(artifact) for each in self.versions for artifact in each.artifacts)
        rows = [
            (
                line.version.name,
                line.version.state,
                line.version.create_time,
                *(list(map(_named, line.of_kind(kind))) for kind in kinds),
                *([list(map(str, line.served_by))] if served else []),
            )
            for line in self.versions
        ]
        more = [kind.__name__ for kind in kinds] + (["served by"] if served else [])
        return formatting.table((self.model.name, "state", "create_time", *more), rows)

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


def _named(artifact: Artifact) -> str:
    return f"{artifact.name}: {rounded(content_of(artifact))}"


def _summary(artifact: Artifact) -> str:
    """Return an artifact's name and the value that says most."""
    facts = [getattr(artifact, name) for name in artifact.facts()[:1]]
    return f"{artifact.name}{''.join(f': {short(fact)}' for fact in facts if fact is not None)}"
