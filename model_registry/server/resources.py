"""The kinds of things that a registry keeps, as one table.

What the contract says of a kind (its fields, which are required, what values they take) is read from the
contract. Here stands what it does not say: which kind lives under which, what is unique together, what a
message calls it, and under which name a filter finds a field.
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
    """The kinds among which an external id is unique."""

    CONTEXT = 1
    ARTIFACT = 2
    EXECUTION = 3


class FieldType(enum.Enum):
    """How a field is kept for filters: the value column of table `property` that holds it."""

    TEXT = "string_value"
    INTEGER = "int_value"
    DOUBLE = "double_value"


@dataclass(frozen=True)
class Field:
    """A field that only some kinds have, or `description`; the others are columns of table `resource`."""

    name: str
    """As in JSON: `modelFormatName`."""
    type: FieldType = FieldType.TEXT

    @functools.cached_property
    def stored(self) -> str:
        """As in table `property`, and as a filter may also write it: `model_format_name`."""
        return re.sub(r"(?<!^)([A-Z])", r"_\1", self.name).lower()


@dataclass(frozen=True, eq=False)
class Kind:
    """One kind of resource.

    Attributes:
        code: What stands in `resource.kind` and `property.kind`. Never changes and is never used again.
        schema: The kind's name in the contract.
        word: What messages call one of them.
        plural: What messages call several.
        family: Among which kinds its external ids are unique.
        fields: Fields that are kept as properties, in the order of the contract.
        parent: Schema name of the kind that it lives under, or None.
        parent_field: The field that names the parent, where a body has one.
        defaults: What a new one gets for fields that the client does not send.
        artifact_type: What `artifactType` says of it, for artifacts.
        generated_name: Whether a missing name is made up.
        renewed_by_name: Whether posting the same name again changes the one that is there.
    """

    code: int
    schema: str
    word: str
    plural: str
    family: Family
    fields: tuple[Field, ...]
    parent: str | None = None
    parent_field: str | None = None
    defaults: Mapping[str, str] = field(default_factory=dict[str, str])
    artifact_type: str | None = None
    generated_name: bool = False
    renewed_by_name: bool = False

    @property
    def is_artifact(self) -> bool:
        """Whether it is one of the five kinds of artifacts."""
        return self.family is Family.ARTIFACT


def _texts(names: str) -> tuple[Field, ...]:
    return tuple(map(Field, names.split()))


_ARTIFACT_FIELDS: Final = "description uri state"

REGISTERED_MODEL: Final = Kind(
    code=1,
    schema="RegisteredModel",
    word="registered model",
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
    word="model version",
    plural="model versions",
    family=Family.CONTEXT,
    parent="RegisteredModel",
    parent_field="registeredModelId",
    fields=(*_texts("description state author"), Field("registeredModelId", FieldType.INTEGER)),
    defaults={"state": "LIVE"},
)
SERVING_ENVIRONMENT: Final = Kind(
    code=3,
    schema="ServingEnvironment",
    word="serving environment",
    plural="serving environment",
    family=Family.CONTEXT,
    fields=_texts("description"),
)
INFERENCE_SERVICE: Final = Kind(
    code=4,
    schema="InferenceService",
    word="inference service",
    plural="inference service",
    family=Family.CONTEXT,
    parent="ServingEnvironment",
    parent_field="servingEnvironmentId",
    fields=(
        *_texts("description runtime desiredState"),
        Field("registeredModelId", FieldType.INTEGER),
        Field("servingEnvironmentId", FieldType.INTEGER),
        Field("modelVersionId", FieldType.INTEGER),
    ),
    defaults={"desiredState": "DEPLOYED"},
    generated_name=True,
)
SERVE_MODEL: Final = Kind(
    code=5,
    schema="ServeModel",
    word="serve model",
    plural="serve models",
    family=Family.EXECUTION,
    parent="InferenceService",
    fields=(*_texts("description lastKnownState"), Field("modelVersionId", FieldType.INTEGER)),
    defaults={"lastKnownState": "UNKNOWN"},
    generated_name=True,
)
MODEL_ARTIFACT: Final = Kind(
    code=11,
    schema="ModelArtifact",
    word="model artifact",
    plural="model artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts(
        f"{_ARTIFACT_FIELDS} modelFormatName modelFormatVersion storageKey storagePath serviceAccountName"
        " modelSourceKind modelSourceClass modelSourceGroup modelSourceId modelSourceName"
    ),
    artifact_type="model-artifact",
    generated_name=True,
)
DOC_ARTIFACT: Final = Kind(
    code=12,
    schema="DocArtifact",
    word="doc artifact",
    plural="doc artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts(_ARTIFACT_FIELDS),
    artifact_type="doc-artifact",
    generated_name=True,
)
DATA_SET: Final = Kind(
    code=13,
    schema="DataSet",
    word="dataset artifact",
    plural="dataset artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts(f"{_ARTIFACT_FIELDS} digest sourceType source schema profile"),
    artifact_type="dataset-artifact",
    generated_name=True,
)
METRIC: Final = Kind(
    code=14,
    schema="Metric",
    word="metric artifact",
    plural="metric artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=(
        *_texts("description state timestamp"),
        Field("value", FieldType.DOUBLE),
        Field("step", FieldType.INTEGER),
    ),
    artifact_type="metric",
    generated_name=True,
    renewed_by_name=True,
)
PARAMETER: Final = Kind(
    code=15,
    schema="Parameter",
    word="parameter artifact",
    plural="parameter artifacts",
    family=Family.ARTIFACT,
    parent="ModelVersion",
    fields=_texts("description state value parameterType"),
    artifact_type="parameter",
    generated_name=True,
    renewed_by_name=True,
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
BY_SCHEMA: Final = {kind.schema: kind for kind in KINDS}
BY_CODE: Final = {kind.code: kind for kind in KINDS}
ARTIFACT_KINDS: Final = tuple(kind for kind in KINDS if kind.is_artifact)
BY_ARTIFACT_TYPE: Final = {kind.artifact_type: kind for kind in ARTIFACT_KINDS if kind.artifact_type}
