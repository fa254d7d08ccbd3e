"""Compare two versions with their artifacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.types.diff import diff
from model_registry.types.missing import Missing
from model_registry.types.results.comparison import (
    NOT_COMPARED,
    ArtifactDifferences,
    Comparison,
    Differences,
    Sides,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from model_registry.types import Artifact, ModelVersion
    from model_registry.types.diff import FieldChange


def compare_versions(
    left: ModelVersion,
    right: ModelVersion,
    names: tuple[str, str],
    left_artifacts: Iterable[Artifact] = (),
    right_artifacts: Iterable[Artifact] = (),
) -> Comparison:
    """Return how two versions differ.

    Args:
        left: One version.
        right: The other one.
        names: Model and name of both, such as `fraud/1.0`.
        left_artifacts: The artifacts of the one.
        right_artifacts: The artifacts of the other.
    """
    changes = diff(left, right, ignore=NOT_COMPARED)
    return Comparison(
        *names,
        _differences({each.path.field: each for each in changes if each.path.key is None}),
        _differences({each.path.key: each for each in changes if each.path.key is not None}),
        _compare_artifacts(left_artifacts, right_artifacts),
    )


def _compare_artifacts(left: Iterable[Artifact], right: Iterable[Artifact]) -> ArtifactDifferences:
    """Compare artifacts of one kind and name. If each side has one model artifact, compare these two."""
    one, other = _by_name(left), _by_name(right)
    pairs = {name: name for name in one if name in other}
    models = [[name for name in side if name.startswith("ModelArtifact ")] for side in (one, other)]
    if len(models[0]) == len(models[1]) == 1:
        pairs[models[0][0]] = models[1][0]
    compared = {name: _compare_fields(one[name], other[pairs[name]]) for name in one if name in pairs}
    return ArtifactDifferences(
        {name: each for name, each in one.items() if name not in pairs},
        {name: each for name, each in other.items() if name not in pairs.values()},
        {name: each for name, each in compared.items() if each},
    )


def _compare_fields(left: Artifact, right: Artifact) -> Differences:
    return _differences({each.path.dotted: each for each in diff(left, right, ignore=NOT_COMPARED)})


def _differences(changes: dict[str, FieldChange]) -> Differences:
    absent = Missing.ABSENT
    return Differences(
        {name: each.before for name, each in changes.items() if each.after is absent},
        {name: each.after for name, each in changes.items() if each.before is absent},
        {
            name: Sides(each.before, each.after)
            for name, each in changes.items()
            if each.before is not absent and each.after is not absent
        },
    )


def _by_name(artifacts: Iterable[Artifact]) -> dict[str, Artifact]:
    return {f"{type(each).__name__} {each.name}": each for each in artifacts}
