"""The kinds of resources, by the collections of the API that they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import BaseResourceModel


class Collection(NamedTuple):
    """What the resources of a collection have in common.

    Attributes:
        kind: Name of their class; `Artifact` for artifacts of all kinds.
        find: Route that finds one of them.
        parent_field: Field with the id of what they belong to.
        is_artifact: Whether they are artifacts, whose kind is in `artifactType`.
    """

    kind: str
    find: str | None = None
    parent_field: str | None = None
    is_artifact: bool = False


COLLECTIONS = {
    "registered_models": Collection("RegisteredModel", "registered_model"),
    "model_versions": Collection("ModelVersion", "model_version", "registeredModelId"),
    "artifacts": Collection("Artifact", "artifact", is_artifact=True),
    "model_artifacts": Collection("ModelArtifact", "model_artifact", is_artifact=True),
    "serving_environments": Collection("ServingEnvironment", "serving_environment"),
    "inference_services": Collection("InferenceService", "inference_service", "servingEnvironmentId"),
    "serves": Collection("ServeModel"),
}

ARTIFACT_KINDS = {
    "model-artifact": "ModelArtifact",
    "doc-artifact": "DocArtifact",
    "dataset-artifact": "DataSet",
    "metric": "Metric",
    "parameter": "Parameter",
}
"""Names of the classes of artifacts, by `artifactType`."""


def collection_name(route: str) -> str:
    """Return the collection that the last part of a route names; only that of versions has two names."""
    return "model_versions" if route == "versions" else route


def read_resource(kind: str, body: Mapping[str, Any]) -> BaseResourceModel:
    """Return a resource of the registry's JSON as an object of this client.

    Args:
        kind: Name of its class, or `Artifact`.
        body: The resource as JSON.

    Raises:
        pydantic.ValidationError: The body is not such a resource.
    """
    import mr_openapi
    from model_registry import types

    if kind == "Artifact":
        return types.Artifact.validate_artifact(mr_openapi.Artifact.model_validate(body))
    friendly: type[BaseResourceModel] = getattr(types, kind)
    return friendly.from_basemodel(getattr(mr_openapi, kind).model_validate(body))
