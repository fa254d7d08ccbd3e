"""Artifacts: what belongs to a version, such as model files, documents, data sets, metrics, parameters."""

from __future__ import annotations

import json
import warnings
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union, cast

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from typing_extensions import TypeVar

import mr_openapi as contract
from model_registry.exceptions.base import TypeNotFound, UnsupportedType
from model_registry.exceptions.requests import UnexpectedResponseError
from mr_openapi import ArtifactState, ParameterType

from .arguments import unboxed, uri_of_path
from .base import BaseResourceModel, CreateT, ReadT, UpdateT, known_member

if TYPE_CHECKING:
    from typing_extensions import Self

ArtifactT = TypeVar("ArtifactT", bound="Artifact", default="Artifact")

ParameterValue = Union[str, bool, int, float, dict[str, Any], list[Any], None]  # noqa: UP007  # used at run time on 3.10
"""Every value that a parameter may have. Dictionaries and lists hold what JSON can."""

Uri = Annotated[str, BeforeValidator(uri_of_path)]


class Artifact(BaseResourceModel[ReadT, CreateT, UpdateT]):
    """What all kinds of artifacts have in common.

    Attributes:
        name: Unique among artifacts of its kind under one version; the registry makes one up when it is not
            given. Cannot be changed.
        state: What is known of the bytes: `UNKNOWN`, `PENDING`, `LIVE`, `MARKED_FOR_DELETION`, `DELETED`,
            `ABANDONED` or `REFERENCE`.
    """

    name: str | None = None
    state: Annotated[ArtifactState, AfterValidator(known_member)] = ArtifactState.UNKNOWN

    @classmethod
    def from_artifact(cls, source: contract.Artifact) -> Self:
        """Build the friendly artifact from the contract's union.

        Raises:
            TypeNotFound: It is of another kind than this class, or of a kind that this client does not know.
        """
        artifact = Artifact.validate_artifact(source)
        if not isinstance(artifact, cls):
            raise TypeNotFound(
                f"Artifact {artifact.id} is a {type(artifact).__name__}, not a {cls.__name__}: "
                "ask for it as what it is"
            )
        return artifact

    @staticmethod
    def validate_artifact(source: contract.Artifact) -> Artifact:
        """Build the friendly artifact of whatever kind the contract's union holds.

        A kind that this client does not know becomes an `OpaqueArtifact`.
        """
        value: Any = source.root
        if isinstance(value, dict):
            return OpaqueArtifact.from_wire(cast("dict[str, Any]", value))
        return _KINDS[type(value).__name__].from_basemodel(value)

    def wrap(self) -> contract.Artifact:
        """Build the contract's union of artifacts around it."""
        artifact: Any = self.as_basemodel()
        return contract.Artifact(artifact)

    def upsert_body(self) -> contract.Artifact:
        """Build the body that registers it under a version: whole when new, else what was changed."""
        if self.id is None:
            values = self._create_values()
        else:
            values = {name: value for name, value in self._wire_values().items() if name in self._resent()}
        return contract.Artifact(self._built("", values))

    def create_body(self) -> contract.ArtifactCreate:
        """Build the body that registers it without a version."""
        body: Any = self.create()
        return contract.ArtifactCreate(body)

    def update_body(self) -> contract.ArtifactUpdate:
        """Build the body that changes it, whatever its kind."""
        body: Any = self.update()
        return contract.ArtifactUpdate(body)

    def _resent(self) -> set[str]:
        return {"id", *self.changed_fields()}


class ModelArtifact(
    Artifact["contract.ModelArtifact", "contract.ModelArtifactCreate", "contract.ModelArtifactUpdate"]
):
    """Where a model's bytes are, and what they are.

    Attributes:
        uri: Where the bytes are. A path becomes a `file:` URI.
        model_format_name: Format, such as `onnx`.
        model_format_version: Version of the format.
        storage_key: Name of the storage secret or profile.
        storage_path: Path within that storage.
        service_account_name: Service account that may read it.
        model_source_kind: Kind of source that the model came from, such as `hf`.
        model_source_class: Class of that source.
        model_source_group: Group within it, such as an organisation.
        model_source_id: Id within it.
        model_source_name: Name within it.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import ModelArtifact
        >>> ModelArtifact(name="fraud", uri="s3://models/fraud.onnx", model_format_name="onnx").uri
        's3://models/fraud.onnx'
    """

    _facts: ClassVar[tuple[str, ...]] = ("uri", "model_format_name")

    model_format_name: str | None = None
    model_format_version: str | None = None
    storage_key: str | None = None
    storage_path: str | None = None
    service_account_name: str | None = None
    model_source_kind: str | None = None
    model_source_class: str | None = None
    model_source_group: str | None = None
    model_source_id: str | None = None
    model_source_name: str | None = None
    uri: Uri | None = None


class DocArtifact(
    Artifact["contract.DocArtifact", "contract.DocArtifactCreate", "contract.DocArtifactUpdate"]
):
    """A document.

    Attributes:
        uri: Where the document is.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import DocArtifact
        >>> DocArtifact(name="card", uri="https://example.org/card.md").name
        'card'
    """

    _facts: ClassVar[tuple[str, ...]] = ("uri",)

    uri: Uri | None = None


with warnings.catch_warnings():
    # `schema` hides a deprecated method of pydantic; the contract and existing programs want the name.
    warnings.filterwarnings("ignore", 'Field name "schema"', UserWarning)

    class DataSet(Artifact["contract.DataSet", "contract.DataSetCreate", "contract.DataSetUpdate"]):
        """A data set that a version was made from or measured with.

        Attributes:
            uri: Where the data are.
            digest: Checksum of the data, such as `sha256:…`.
            source_type: Kind of source, such as `s3`.
            source: Where the data came from.
            schema: Description of the columns.
            profile: Statistics of the data.

        Raises:
            InvalidArgumentError: A value has the wrong type or an unknown state.

        Example:
            >>> from model_registry.types import DataSet
            >>> DataSet(name="train", uri="s3://data/train.parquet", digest="sha256:ab").digest
            'sha256:ab'
        """

        _facts: ClassVar[tuple[str, ...]] = ("uri",)

        uri: Uri | None = None
        digest: str | None = None
        source_type: str | None = None
        source: str | None = None
        schema: str | None = None  # type: ignore[assignment]  # see above
        profile: str | None = None


class Metric(Artifact["contract.Metric", "contract.MetricCreate", "contract.MetricUpdate"]):
    """A measured value. Registering one of the same name under the same version changes it.

    Attributes:
        value: The value.
        timestamp: When it was measured, in milliseconds since 1970, as text.
        step: Step of the training that it belongs to.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import Metric
        >>> Metric(name="accuracy", value=0.93, step=10).value
        0.93
    """

    _facts: ClassVar[tuple[str, ...]] = ("value", "step")

    value: Annotated[float, BeforeValidator(unboxed)] = Field(allow_inf_nan=False)
    timestamp: str | None = None
    step: Annotated[int, Field(ge=-(2**63), lt=2**63)] = 0

    def _resent(self) -> set[str]:
        return {"value", *super()._resent()}  # the registry demands it each time


class Parameter(Artifact["contract.Parameter", "contract.ParameterCreate", "contract.ParameterUpdate"]):
    """A parameter of the training. Registering one of the same name under the same version changes it.

    Attributes:
        value: The value; the registry stores it as text.
        parameter_type: `STRING`, `NUMBER`, `BOOLEAN`, or `OBJECT` for dictionaries, lists and `None`; that of
            the value when not given, and when the value is set to one that is not of this type.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import Parameter
        >>> Parameter(name="shuffle", value=False).parameter_type.value
        'boolean'
    """

    _containers: ClassVar[tuple[str, ...]] = ("custom_properties", "value")
    _facts: ClassVar[tuple[str, ...]] = ("value",)

    value: Annotated[ParameterValue, BeforeValidator(unboxed)]
    parameter_type: Annotated[ParameterType, AfterValidator(known_member)] = Field(
        default_factory=lambda fields: _type_of(fields.get("value"))
    )

    if not TYPE_CHECKING:  # type checkers take the types from the fields

        def __setattr__(self, name: str, value: object) -> None:
            super().__setattr__(name, value)
            if name == "value" and _type_of(_parsed(self.parameter_type, self.value)) != self.parameter_type:
                self.parameter_type = _type_of(self.value)

    def changed_fields(self) -> set[str]:
        """Return the fields that were given or changed; the type belongs to the value."""
        changed = super().changed_fields()
        return changed | {"parameter_type"} if "value" in changed else changed

    def _wire_values(self) -> dict[str, Any]:
        values = super()._wire_values()
        values["value"] = self.value if isinstance(self.value, str) else self._as_json()
        return values

    def _as_json(self) -> str:
        try:
            return json.dumps(self.value, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise UnsupportedType(
                f"the value of parameter {self.name!r} holds what JSON cannot: {error}; give it as text"
            ) from None

    @classmethod
    def _from_wire(cls, values: dict[str, Any]) -> dict[str, Any]:
        kind = values["parameter_type"] or ParameterType.STRING
        return {**values, "parameter_type": kind, "value": _parsed(kind, values["value"])}


class OpaqueArtifact(Artifact):
    """An artifact of a kind that this client does not know. It can be read, but not written.

    Attributes:
        wire: The artifact as it is in the registry's JSON.
    """

    wire: dict[str, Any]

    @classmethod
    def from_wire(cls, wire: dict[str, Any]) -> OpaqueArtifact:
        """Read what all artifacts have from the registry's JSON.

        Raises:
            UnexpectedResponseError: These fields are not as all artifacts have them.
        """
        try:
            artifact = cls.from_basemodel(contract.BaseArtifact.model_validate(wire))
            state = contract.DocArtifact.model_validate({"state": wire.get("state")}).state
        except ValidationError as error:
            problem = error.errors(include_url=False)[0]
            raise UnexpectedResponseError(
                f"The registry returned a {wire.get('artifactType')!r}, which this client does not "
                f"know, and whose {'.'.join(map(str, problem['loc']))} is not that of an artifact: "
                f"{problem['msg']}. Is there a newer client?"
            ) from None
        # Not by assignment, which would tell that the caller changed them.
        vars(artifact).update(wire=wire, state=state or ArtifactState.UNKNOWN)
        return artifact

    def _wire_values(self) -> dict[str, Any]:
        raise TypeNotFound(
            f"Artifact {self.id} is of kind {self.wire.get('artifactType')!r}, which this client does not "
            "know and cannot write: a newer client may"
        )


_KINDS: dict[str, type[Artifact]] = {
    kind.__name__: kind for kind in (ModelArtifact, DocArtifact, DataSet, Metric, Parameter)
}


def _type_of(value: object) -> ParameterType:
    if isinstance(value, bool):
        return ParameterType.BOOLEAN
    if isinstance(value, (int, float)):
        return ParameterType.NUMBER
    return ParameterType.STRING if isinstance(value, str) else ParameterType.OBJECT


def _parsed(kind: ParameterType, text: object) -> object:
    """Read a parameter's text as what its type says; text that is something else stays text."""
    if kind is ParameterType.STRING or not isinstance(text, str):
        return text
    try:
        value = json.loads(text.lower() if kind is ParameterType.BOOLEAN else text)
    except ValueError:
        return text
    return value if _type_of(value) is kind else text
