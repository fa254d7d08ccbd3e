"""What a dry run recorded instead of writing it, and the plan of that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from model_registry.transport.resource_kinds import COLLECTIONS, read_resource
from model_registry.types import Change, Plan, Values
from model_registry.types.diff import IDENTITY, diff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import BaseResourceModel


class Key(NamedTuple):
    """Address of a resource: its collection, in which all artifacts are `artifacts`, and its id."""

    collection: str
    id: str

    @classmethod
    def of(cls, collection: str, id: str) -> Key:
        """Return the address of a resource in any collection."""
        return cls("artifacts" if COLLECTIONS[collection].is_artifact else collection, id)

    @property
    def path(self) -> str:
        """Path of the resource, below that of the API."""
        return f"{self.collection}/{quote(self.id, safe='')}"


_NOT_SHOWN = IDENTITY | {"name"}
_PARENTS = frozenset({"serving_environment_id"})
"""Fields that say no more than the name of what a thing belongs to."""


@dataclass
class RecordedResource:
    """A resource that was recorded.

    Attributes:
        key: Its address; the id is made up if it is new.
        kind: Name of its class.
        before: The resource in the registry; `None` if it is new.
        after: The resource as it would be.
        parent: The resource that it belongs to, where that is known.
        label: Name of the parent, after the names of what the parent belongs to.
        linked: Further versions that an artifact would belong to.
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
        """Its name after the names of what it belongs to."""
        return f"{self.label}/{self.after['name']}" if self.label else str(self.after["name"])

    def with_values(self, after: dict[str, Any]) -> RecordedResource:
        """Return the same resource with other values."""
        return replace(self, after=after)

    def belongs_to(self, parent: Key | str) -> bool:
        """Return whether it would belong to a resource, which is given by address or id."""
        return any(parent in (above, above.id) for above in [self.parent, *self.linked] if above)


class Recording:
    """The resources that a dry run recorded, by their addresses."""

    def __init__(self) -> None:
        self._resources: dict[Key, RecordedResource] = {}

    def get(self, key: Key) -> RecordedResource | None:
        """Return a recorded resource, if this one was recorded."""
        return self._resources.get(key)

    def add(self, resource: RecordedResource) -> None:
        """Record a resource."""
        self._resources[resource.key] = resource

    def current(self, item: dict[str, Any], collection: str) -> dict[str, Any]:
        """Return a resource of the registry as it is after what was recorded."""
        recorded = self.get(Key.of(collection, item["id"]))
        return item if recorded is None else recorded.after

    def has_new(self, id: str | None) -> bool:
        """Return whether an id is the one of a new resource."""
        return any(key.id == id and each.is_new for key, each in list(self._resources.items()))

    def find(self, collection: str, query: Mapping[str, str]) -> RecordedResource | None:
        """Find a recorded resource by the parameters of a find route.

        By its name only a new one is found: the registry finds the others.
        """
        parent = query.get("parentResourceId")
        for each in self._of(collection):
            is_below = parent is None or each.belongs_to(parent)
            if is_below and (each.is_new or query.get("externalId")) and _has_values(each, query):
                return each
        return None

    def listed(self, collection: str, query: Mapping[str, str], parent: Key | None) -> list[dict[str, Any]]:
        """Return the recorded resources of a list that the registry does not have in it."""
        artifact_type = query.get("artifactType")
        return [
            each.after
            for each in self._of(collection)
            if artifact_type in (None, each.after.get("artifactType"))
            and _has_values(each, query)
            and (each.is_new if parent is None else _is_new_below(each, parent))
        ]

    def conflict(self, given: RecordedResource) -> str | None:
        """Return the field whose value another recorded resource has already, or `None`.

        Args:
            given: A resource that is to be recorded.
        """
        for each in list(self._resources.values()):
            if each.key == given.key:
                continue
            if given.is_new and each.is_new and _is_named_beside(each, given):
                return "name"
            external_id = given.after.get("externalId")
            is_family = COLLECTIONS[each.key.collection].is_artifact == (given.key.collection == "artifacts")
            if external_id is not None and is_family and each.after.get("externalId") == external_id:
                return "externalId"
        return None

    def plan(self) -> Plan:
        """Return the plan of what was recorded."""
        return Plan([change for each in list(self._resources.values()) if (change := self._change(each))])

    def _of(self, collection: str) -> list[RecordedResource]:
        """Return the recorded resources of a collection."""
        shared = Key.of(collection, "").collection
        return [
            each
            for each in list(self._resources.values())
            if each.key.collection == shared
            and (collection != "model_artifacts" or each.kind == "ModelArtifact")
        ]

    def _change(self, each: RecordedResource) -> Change | None:
        """Return what would change of a resource; `None` if that is nothing."""
        after = read_resource(each.kind, each.after)
        before = _blank(after) if each.before is None else read_resource(each.kind, each.before)
        changed = dict.fromkeys(one.path.field for one in diff(before, after, ignore=_NOT_SHOWN))
        fields = {
            name: Values(
                None if each.is_new else getattr(before, name), self._shown(name, getattr(after, name))
            )
            for name in changed
            if name not in _PARENTS and (name, each.kind) != ("registered_model_id", "ModelVersion")
        }
        for version in each.linked:
            fields["model_version_id"] = Values(None, self._shown("model_version_id", version.id))
        if not each.is_new and not fields:
            return None
        return Change(
            "create" if each.is_new else "change", each.kind, each.after["name"], each.label, fields
        )

    def _shown(self, field: str, value: object) -> object:
        """Return a value for the plan: instead of a made-up id, what it stands for."""
        if not field.endswith("_id") or field == "external_id":
            return value
        new = (each for key, each in list(self._resources.items()) if each.is_new and key.id == value)
        return next((f"<id of {each.path}>" for each in new), value)


def _has_values(each: RecordedResource, query: Mapping[str, str]) -> bool:
    """Return whether a resource has the name and the external id of a query."""
    return all(query.get(name) in (None, "", each.after.get(name)) for name in ("name", "externalId"))


def _is_new_below(each: RecordedResource, parent: Key) -> bool:
    return (each.is_new and each.parent == parent) or parent in each.linked


def _is_named_beside(each: RecordedResource, given: RecordedResource) -> bool:
    """Return whether two resources have one name where names are unique."""
    if each.key.collection != given.key.collection or each.after["name"] != given.after["name"]:
        return False
    if COLLECTIONS[given.key.collection].is_artifact:
        is_one_type = each.after["artifactType"] == given.after["artifactType"]
        return given.parent is not None and is_one_type and each.belongs_to(given.parent)
    return each.parent == given.parent


def _blank(resource: BaseResourceModel) -> BaseResourceModel:
    """Return a resource of the same class that has nothing but the defaults of its fields."""
    fields = type(resource).model_fields.items()
    return resource.model_copy(
        update={name: None if each.is_required() else each.get_default() for name, each in fields}
    )
