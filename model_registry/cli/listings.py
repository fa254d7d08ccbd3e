"""What lists show of each kind of resource."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from model_registry.exceptions import InvalidArgumentError

from .records import TIMES, artifact_record, fields_of, record, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from model_registry import ModelRegistry
    from model_registry.types import (
        Artifact,
        BaseResourceModel,
        InferenceService,
        ModelVersion,
        RegisteredModel,
        ServeModel,
        ServingEnvironment,
    )

KindT = TypeVar("KindT", bound="BaseResourceModel")


@dataclass(frozen=True)
class Listing(Generic[KindT]):
    """How resources of one kind are listed.

    Attributes:
        columns: What tables show, if the user does not choose.
        fields: The names of all fields of a record.
        everything: Lists all resources of the kind, with the client's arguments `order_by` and `page_size`.
        to_records: Returns the records of resources, with the given fields, properties or metrics.
        has_metrics: Whether the records have metrics.
    """

    columns: Sequence[str]
    fields: frozenset[str]
    everything: Callable[..., Iterable[KindT]]
    to_records: Callable[[Sequence[KindT], Sequence[str]], list[dict[str, Any]]] = field(
        default=lambda found, _: [record(each) for each in found]
    )
    has_metrics: bool = False

    def is_field(self, name: str) -> bool:
        """Return whether a name is that of a field."""
        return TIMES.get(name, name) in self.fields

    def knows(self, name: str) -> bool:
        """Return whether a field, or a property or metric of some resource, has a name."""
        from model_registry import F

        if self.is_field(name):
            return True
        keys = (F.property(name), F.metric(name)) if self.has_metrics else (F.property(name),)
        try:
            first = [each for key in keys for each in islice(self.everything(order_by=key, page_size=1), 1)]
        except InvalidArgumentError:  # another registry has too many
            return True
        return any(value_of(each, name) is not None for each in self.to_records(first, [name]))


_VERSION_FIELDS: Final = ("model", "reference", "metrics")
"""Fields of the record of a version that its type lacks."""


def model_listing(registry: ModelRegistry) -> Listing[RegisteredModel]:
    """Return how models are listed."""
    from model_registry.types import RegisteredModel

    columns = ("name", "state", "owner", "description", "updated")
    return Listing(columns, fields_of(RegisteredModel), registry.list_models)


def version_listing(registry: ModelRegistry) -> Listing[ModelVersion]:
    """Return how versions are listed."""
    from model_registry.types import ModelVersion

    from .versions import VersionRecords

    return Listing(
        ("reference", "state", "author", "description", "created"),
        fields_of(ModelVersion) | {*_VERSION_FIELDS},
        registry.list_versions,
        VersionRecords(registry).records,
        has_metrics=True,
    )


def artifact_listing(registry: ModelRegistry) -> Listing[Artifact]:
    """Return how artifacts are listed."""
    from model_registry.types import DataSet, DocArtifact, Metric, ModelArtifact, Parameter

    return Listing(
        ("kind", "name", "value", "uri", "updated"),
        fields_of(ModelArtifact, DocArtifact, DataSet, Metric, Parameter) | {"kind"},
        registry.list_artifacts,
        lambda found, _: [artifact_record(each) for each in found],
    )


def environment_listing(registry: ModelRegistry) -> Listing[ServingEnvironment]:
    """Return how serving environments are listed."""
    from model_registry.types import ServingEnvironment

    return Listing(
        ("name", "description", "created"), fields_of(ServingEnvironment), registry.list_environments
    )


def service_listing(registry: ModelRegistry) -> Listing[InferenceService]:
    """Return how inference services are listed."""
    from model_registry.types import InferenceService

    columns = ("name", "desired_state", "runtime", "registered_model_id", "model_version_id", "created")
    return Listing(columns, fields_of(InferenceService), registry.list_services)


def serving_listing(registry: ModelRegistry, service: InferenceService) -> Listing[ServeModel]:
    """Return how the records of a service are listed."""
    from model_registry.types import ServeModel

    columns = ("name", "last_known_state", "model_version_id", "created")
    return Listing(columns, fields_of(ServeModel), partial(registry.list_serve_models, service))
