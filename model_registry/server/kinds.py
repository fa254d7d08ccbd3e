"""The kinds of resources, as one table.

The contract defines the fields of a kind, which of them are required, and their values. This table has what
the contract does not say: which kind is the parent of which, what must be unique, what error messages call a
kind, and under which name a filter finds a field.
"""

from __future__ import annotations

import enum
import functools
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


class Family(enum.IntEnum):
    """Kinds among which an external id is unique."""

    CONTEXT = 1
    ARTIFACT = 2
    EXECUTION = 3


class FieldType(enum.Enum):
    """How a field is stored for filters: the column of table `property` with its value."""

    TEXT = "string_value"
    INTEGER = "int_value"
    DOUBLE = "double_value"


@dataclass(frozen=True)
class StoredField:
    """A field that is stored in table `property`; the fields of all kinds are columns of table `resource`.

    Attributes:
        name: Its name in JSON: `modelFormatName`.
        type: Its type.
    """

    name: str
    type: FieldType = FieldType.TEXT

    @functools.cached_property
    def stored(self) -> str:
        """Its name in table `property`, which a filter may use too: `model_format_name`."""
        return re.sub(r"(?<!^)([A-Z])", r"_\1", self.name).lower()


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of resource.

    Attributes:
        code: Its number in `resource.kind` and `property.kind`. It never changes and is never reused.
        schema: Its name in the contract.
        noun: What error messages call one resource of the kind.
        plural: What error messages call several.
        family: The kinds among which its external ids are unique.
        fields: Fields that are stored as properties, in the order of the contract.
        parent: Schema name of the parent's kind, or None.
        parent_field: The field with the parent's id, if bodies have one.
        defaults: Values of fields that the client does not send.
        artifact_type: Its value of `artifactType`, for artifacts.
        generates_name: Whether the registry generates a missing name.
        updated_by_name: Whether a POST with an existing name updates that resource.
    """

    code: int
    schema: str
    noun: str
    plural: str
    family: Family
    fields: tuple[StoredField, ...]
    parent: str | None = None
    parent_field: str | None = None
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    artifact_type: str | None = None
    generates_name: bool = False
    updated_by_name: bool = False

    @property
    def is_artifact(self) -> bool:
        """Whether it is one of the five kinds of artifacts."""
        return self.family is Family.ARTIFACT


def _texts(names: str) -> tuple[StoredField, ...]:
    return tuple(map(StoredField, names.split()))


_ARTIFACT_FIELDS: Final = "description uri state"

REGISTERED_MODEL: Final = Kind(
    code=1,
    schema="RegisteredModel",
    noun="registered model",
    plural="registered models",
    family=Family.CONTEXT,
    fields=_texts(
        "description owner state readme maturity language tasks provider logo license licenseLink libraryName"
    ),
    defaults={"state": "LIVE"},
)
MODEL_VERSION: Final = Kind(
    code=2,
    schema="ModelVersion",
    noun="model version",
    plural="model versions",
    family=Family.CONTEXT,
    parent="RegisteredModel",
    parent_field="registeredModelId",
    fields=(*_texts("description state author"), StoredField("registeredModelId", FieldType.INTEGER)),
    defaults={"state": "LIVE"},
)
SERVING_ENVIRONMENT: Final = Kind(
    code=3,
    schema="ServingEnvironment",
    noun="serving environment",
    plural="serving environment",
    family=Family.CONTEXT,
    fields=_texts("description"),
)
INFERENCE_SERVICE: Final = Kind(
    code=4,
    schema="InferenceService",
    noun="inference service",
    plural="inference service",
    family=Family.CONTEXT,
    parent="ServingEnvironment",
    parent_field="servingEnvironmentId",
    fields=(
        *_texts("description runtime desiredState"),
        StoredField("registeredModelId", FieldType.INTEGER),
        StoredField("servingEnvironmentId", FieldType.INTEGER),
        StoredField("modelVersionId", FieldType.INTEGER),
    ),
    defaults={"desiredState": "DEPLOYED"},
    generates_name=True,
)
SERVE_MODEL: Final = Kind(
    code=5,
    schema="ServeModel",
    noun="serve model",
    plural="serve models",
    family=Family.EXECUTION,
    parent="InferenceService",
    fields=(*_texts("description lastKnownState"), StoredField("modelVersionId", FieldType.INTEGER)),
    defaults={"lastKnownState": "UNKNOWN"},
    generates_name=True,
)
MODEL_ARTIFACT: Final = Kind(
    code=11,
    schema="ModelArtifact",
    noun="model artifact",
    plural="model artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts(
        f"{_ARTIFACT_FIELDS} modelFormatName modelFormatVersion storageKey storagePath serviceAccountName"
        " modelSourceKind modelSourceClass modelSourceGroup modelSourceId modelSourceName"
    ),
    artifact_type="model-artifact",
    generates_name=True,
)
DOC_ARTIFACT: Final = Kind(
    code=12,
    schema="DocArtifact",
    noun="doc artifact",
    plural="doc artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts(_ARTIFACT_FIELDS),
    artifact_type="doc-artifact",
    generates_name=True,
)
DATA_SET: Final = Kind(
    code=13,
    schema="DataSet",
    noun="dataset artifact",
    plural="dataset artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts(f"{_ARTIFACT_FIELDS} digest sourceType source schema profile"),
    artifact_type="dataset-artifact",
    generates_name=True,
)
METRIC: Final = Kind(
    code=14,
    schema="Metric",
    noun="metric artifact",
    plural="metric artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=(
        *_texts("description state timestamp"),
        StoredField("value", FieldType.DOUBLE),
        StoredField("step", FieldType.INTEGER),
    ),
    artifact_type="metric",
    generates_name=True,
    updated_by_name=True,
)
PARAMETER: Final = Kind(
    code=15,
    schema="Parameter",
    noun="parameter artifact",
    plural="parameter artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts("description state value parameterType"),
    artifact_type="parameter",
    generates_name=True,
    updated_by_name=True,
)

KINDS: Final = (
    REGISTERED_MODEL,
    MODEL_VERSION,
    SERVING_ENVIRONMENT,
    INFERENCE_SERVICE,
    SERVE_MODEL,
    MODEL_ARTIFACT,
    DOC_ARTIFACT,
    DATA_SET,
    METRIC,
    PARAMETER,
)
KIND_BY_SCHEMA: Final = {kind.schema: kind for kind in KINDS}
KIND_BY_CODE: Final = {kind.code: kind for kind in KINDS}
ARTIFACT_KINDS: Final = tuple(kind for kind in KINDS if kind.is_artifact)
KIND_BY_ARTIFACT_TYPE: Final = {kind.artifact_type: kind for kind in ARTIFACT_KINDS if kind.artifact_type}
