"""The kinds of resources: their fields, names in messages, parents and rules."""

from __future__ import annotations

from dataclasses import dataclass, field

ARTIFACT_STATES = ["UNKNOWN", "PENDING", "LIVE", "MARKED_FOR_DELETION", "DELETED", "ABANDONED", "REFERENCE"]
ENUMS = {
    "RegisteredModelState": ["LIVE", "ARCHIVED"],
    "ModelVersionState": ["LIVE", "ARCHIVED"],
    "ExperimentState": ["LIVE", "ARCHIVED"],
    "ExperimentRunState": ["LIVE", "ARCHIVED"],
    "ExperimentRunStatus": ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"],
    "InferenceServiceState": ["DEPLOYED", "UNDEPLOYED"],
    "ExecutionState": ["UNKNOWN", "NEW", "RUNNING", "COMPLETE", "FAILED", "CACHED", "CANCELED"],
    "ArtifactState": ARTIFACT_STATES,
    "ParameterType": ["string", "number", "boolean", "object"],
}

_BASE = {"customProperties": "properties", "description": "string", "externalId": "string"}
_NAMED = {**_BASE, "name": "string"}
_FULL = {**_NAMED, "id": "string", "createTimeSinceEpoch": "string", "lastUpdateTimeSinceEpoch": "string"}


@dataclass(frozen=True)
class Kind:
    """One kind of resource.

    Attributes:
        label: Its name in messages.
        schema: Its name in the API.
        own: Its fields that PATCH can change: the type of each.
        fixed: Its other fields besides the common ones.
        required: Fields that a create must have.
        defaults: What a create, and a PATCH of this kind's own path, stores when a field is absent.
        family: `context`, `artifact` or `execution`: who shares ids and external ids.
        parent: The field that holds the parent's id, which begins the stored name.
        stored: Stored names of fields where they are not the plain snake case.
    """

    label: str
    schema: str
    own: dict[str, str]
    fixed: dict[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    defaults: dict[str, str] = field(default_factory=dict)
    family: str = "context"
    parent: str = ""
    saving: str = ""
    plural: str = ""
    one_found: str = ""

    @property
    def save_label(self) -> str:
        return self.saving or self.label

    @property
    def list_label(self) -> str:
        return self.plural or f"{self.label}s"

    @property
    def none_label(self) -> str:
        """How a find that has no result names the kind."""
        return self.one_found or self.list_label

    def fields(self, form: str) -> dict[str, str]:
        """Return the fields of a body: `Create`, `Update`, or the whole resource (an empty text)."""
        if form == "Update":
            return {**_BASE, **self.own}
        return {**(_NAMED if form == "Create" else _FULL), **self.own, **self.fixed}


def _artifact(label: str, tag: str, schema: str, saving: str, own: dict[str, str]) -> Kind:
    common = {"artifactType": "string", "uri": "string", "state": "enum:ArtifactState"}
    if tag in ("metric", "parameter"):
        del common["uri"]
    return Kind(label, schema, {**common, **own}, family="artifact", saving=saving)


def _texts(*names: str) -> dict[str, str]:
    return dict.fromkeys(names, "string")


MODEL = Kind(
    "registered model",
    "RegisteredModel",
    {
        "state": "enum:RegisteredModelState",
        "language": "strings",
        "tasks": "strings",
        **_texts("owner", "readme", "maturity", "provider", "logo", "license", "licenseLink", "libraryName"),
    },
    required=("name",),
    defaults={"state": "LIVE"},
)
VERSION = Kind(
    "model version",
    "ModelVersion",
    {"state": "enum:ModelVersionState", "author": "string"},
    {"registeredModelId": "string"},
    required=("registeredModelId", "name"),
    defaults={"state": "LIVE"},
    parent="registeredModelId",
)
ENVIRONMENT = Kind(
    "serving environment", "ServingEnvironment", {}, required=("name",), one_found="serving environment"
)
SERVICE = Kind(
    "inference service",
    "InferenceService",
    {"modelVersionId": "string", "runtime": "string", "desiredState": "enum:InferenceServiceState"},
    _texts("registeredModelId", "servingEnvironmentId"),
    required=("registeredModelId", "servingEnvironmentId"),
    defaults={"desiredState": "DEPLOYED"},
    parent="servingEnvironmentId",
    one_found="inference service",
)
SERVE = Kind(
    "serve model",
    "ServeModel",
    {"lastKnownState": "enum:ExecutionState"},
    {"modelVersionId": "string"},
    required=("modelVersionId",),
    defaults={"lastKnownState": "UNKNOWN"},
    family="execution",
)
EXPERIMENT = Kind(
    "experiment",
    "Experiment",
    {"owner": "string", "state": "enum:ExperimentState"},
    required=("name",),
    defaults={"state": "LIVE"},
)
RUN = Kind(
    "experiment run",
    "ExperimentRun",
    {
        "owner": "string",
        "endTimeSinceEpoch": "string",
        "state": "enum:ExperimentRunState",
        "status": "enum:ExperimentRunStatus",
    },
    _texts("experimentId", "startTimeSinceEpoch"),
    required=("experimentId",),
    defaults={"state": "LIVE", "status": "RUNNING"},
    parent="experimentId",
)

ARTIFACTS = {
    "model-artifact": _artifact(
        "model artifact",
        "model-artifact",
        "ModelArtifact",
        "model artifact",
        _texts(
            *("modelFormatName", "modelFormatVersion", "storageKey", "storagePath", "serviceAccountName"),
            *("modelSourceKind", "modelSourceClass", "modelSourceGroup", "modelSourceId", "modelSourceName"),
        ),
    ),
    "doc-artifact": _artifact("doc artifact", "doc-artifact", "DocArtifact", "doc artifact", {}),
    "dataset-artifact": _artifact(
        "dataset artifact",
        "dataset-artifact",
        "DataSet",
        "dataset",
        _texts("digest", "sourceType", "source", "schema", "profile"),
    ),
    "metric": _artifact(
        "metric artifact",
        "metric",
        "Metric",
        "metric",
        {"value": "double", "timestamp": "string", "step": "int64"},
    ),
    "parameter": _artifact(
        "parameter artifact",
        "parameter",
        "Parameter",
        "parameter",
        {"value": "string", "parameterType": "enum:ParameterType"},
    ),
}
HISTORY = Kind(
    "metric history", "Metric", ARTIFACTS["metric"].own, family="artifact", plural="metric historys"
)
