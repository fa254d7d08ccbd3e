"""What a dry run knows of the registry's resources, and of those that were recorded."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import quote

import mr_openapi
from model_registry import types
from model_registry.types import Change, Values

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import BaseResourceModel


class Key(NamedTuple):
    """Address of a resource: its collection, in which all artifacts are `artifacts`, and its id."""

    collection: str
    id: str

    @property
    def path(self) -> str:
        """Where it is got."""
        return f"{self.collection}/{quote(self.id, safe='')}"


class Collection(NamedTuple):
    """What the resources of a collection have in common.

    Attributes:
        kind: Name of their class.
        find: Route that finds one of them.
        parent_field: Field with the id of what they belong to.
        is_artifact: Whether they are artifacts, which are told apart by `artifactType`.
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
"""Names of the classes of artifacts."""

_NOT_SHOWN = frozenset({"id", "name", "create_time_since_epoch", "last_update_time_since_epoch"})
_PARENTS = frozenset({"serving_environment_id"})
"""Fields that say no more than the name of what a thing belongs to."""


@dataclass
class Resource:
    """A resource that was written.

    Attributes:
        key: Its address; its id is made up when it is new.
        kind: Name of its class.
        before: What the registry has of it; `None` when it is new.
        after: What it would have.
        parent: What it belongs to, where that is known.
        label: How that is called.
        linked: Versions that it would belong to, too.
    """

    key: Key
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any]
    parent: Key | None
    label: str | None
    linked: list[Key] = field(default_factory=list["Key"])

    @property
    def is_new(self) -> bool:
        """Whether the registry does not have it."""
        return self.before is None

    @property
    def path(self) -> str:
        """Its name behind that of what it belongs to."""
        return f"{self.label}/{self.after['name']}" if self.label else str(self.after["name"])

    def change(self, written: Mapping[Key, Resource]) -> Change | None:
        """Tell what was written of it; `None` when that is what the registry has.

        Args:
            written: All that was written, whose made-up ids are told as what they stand for.
        """
        after = _values(self.kind, self.after)
        before = _values(self.kind, self.before) if self.before else _defaults(self.kind)
        fields = {
            name: Values(None if self.is_new else before.get(name), value)
            for name, value in after.items()
            if not _same(before.get(name), value)
        }
        for name, values in list(fields.items()):
            new = [each for each in written.values() if each.is_new and each.key.id == values.after]
            if name in _PARENTS or (name == "registered_model_id" and self.kind == "ModelVersion"):
                del fields[name]
            elif name.endswith("_id") and name != "external_id" and new:
                fields[name] = Values(values.before, f"<id of {new[0].path}>")
        for version in self.linked:
            fields["model_version_id"] = Values(None, version.id)
        if not self.is_new and not fields:
            return None
        return Change(
            "create" if self.is_new else "change", self.kind, self.after["name"], self.label, fields
        )


def _class(kind: str) -> type[BaseResourceModel]:
    return cast("type[BaseResourceModel]", getattr(types, kind))


def _values(kind: str, wire: Mapping[str, Any]) -> dict[str, Any]:
    """Read a resource's fields as those of the friendly type."""
    schema = getattr(mr_openapi, kind)
    thing = _class(kind).from_basemodel(schema.model_validate(wire))
    shown = [name for name in type(thing).model_fields if name not in _NOT_SHOWN]
    shown.sort(key="custom_properties".__eq__)  # these last
    return {name: getattr(thing, name) for name in shown}


def _defaults(kind: str) -> dict[str, Any]:
    """Give what a new resource holds without being told."""
    fields = _class(kind).model_fields.items()
    told = {name: each.default for name, each in fields if not each.is_required()}
    return {**{name: value for name, value in told.items() if value is not None}, "custom_properties": {}}


def _same(one: object, other: object) -> bool:
    """Compare values with their types: 1 is another property than 1.0 and True."""
    return one == other and _text(one) == _text(other)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, default=repr)
