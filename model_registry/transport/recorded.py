"""What a dry run knows of the registry's resources, and of those that were recorded."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from model_registry.transport.resource_kinds import read_resource
from model_registry.types import Change, Values
from model_registry.types.diff import IDENTITY, diff

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


_NOT_SHOWN = IDENTITY | {"name"}
_PARENTS = frozenset({"serving_environment_id"})
"""Fields that say no more than the name of the parent."""


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
        """Return what was written of it; `None` when that is what the registry has.

        Args:
            written: All that was written, whose made-up ids are replaced by the names of their resources.
        """
        after = read_resource(self.kind, self.after)
        before = _blank(after) if self.before is None else read_resource(self.kind, self.before)
        changed = dict.fromkeys(each.path.field for each in diff(before, after, ignore=_NOT_SHOWN))
        fields = {
            name: Values(None if self.is_new else getattr(before, name), getattr(after, name))
            for name in changed
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


def _blank(resource: BaseResourceModel) -> BaseResourceModel:
    """Return a resource of the same class that has nothing but the defaults of its fields."""
    fields = type(resource).model_fields.items()
    return resource.model_copy(
        update={name: None if each.is_required() else each.get_default() for name, each in fields}
    )
