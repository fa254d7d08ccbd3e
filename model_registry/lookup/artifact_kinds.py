"""Kinds of artifacts: their classes, and their names in the contract."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from typing import TypeAlias

    from model_registry.types import Artifact, ArtifactTypeQueryParam

    ArtifactKind: TypeAlias = type[Artifact] | str


def artifact_class(kind: ArtifactKind | None) -> type[Artifact]:
    """Return the class of a kind of artifacts.

    Args:
        kind: A class, such as `Metric`, or a name of the contract, such as `metric`; all kinds if not given.

    Raises:
        InvalidArgumentError: There is no such kind.
    """
    if kind is None or kind is types.Artifact:
        return types.Artifact
    for known, word in _words().items():
        if kind in (known, word):
            return known
    shown = ", ".join(f"{known.__name__} ('{word.value}')" for known, word in _words().items())
    raise InvalidArgumentError(f"kind must be one of {shown}, got {kind!r}")


def artifact_type(kind: ArtifactKind | None) -> ArtifactTypeQueryParam | None:
    """Return the name of a kind of artifacts in the contract; `None` for all kinds.

    Raises:
        InvalidArgumentError: There is no such kind.
    """
    return None if kind is None else _words().get(artifact_class(kind))


def _words() -> dict[type[Artifact], ArtifactTypeQueryParam]:
    word = types.ArtifactTypeQueryParam
    return {
        types.ModelArtifact: word.MODEL_MINUS_ARTIFACT,
        types.DocArtifact: word.DOC_MINUS_ARTIFACT,
        types.DataSet: word.DATASET_MINUS_ARTIFACT,
        types.Metric: word.METRIC,
        types.Parameter: word.PARAMETER,
    }
