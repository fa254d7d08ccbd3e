"""Resources in and out of the tables: what the rules ask of a session."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from model_registry.server.database.schema import attribution, property_, resource
from model_registry.server.database.store import Statement
from model_registry.server.properties import PropertyRow, property_rows
from model_registry.server.rendering import render
from model_registry.server.resources import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_registry.server.database.store import Session
    from model_registry.server.resources import Kind

Document = dict[str, Any]
"""A resource as it is answered."""


class Stored(NamedTuple):
    """A resource that is there."""

    id: int
    kind: Kind
    body: str
    """Its JSON text."""

    def document(self) -> Document:
        """Its fields."""
        document: Document = msgspec.json.decode(self.body)
        return document


_PROPERTY_COLUMNS: Final = ("resource_id", "kind", "is_custom", "name", *PropertyRow._fields)
_GET = Statement(select(resource.c.kind, resource.c.body).where(resource.c.id == bindparam("id")))
_INSERT = Statement(insert(resource))
_UPDATE = Statement(
    update(resource)
    .where(resource.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in ("external_id", "update_time", "body")})
)
_ATTRIBUTED = Statement(
    select(attribution.c.version_id).where(
        attribution.c.version_id == bindparam("version_id"),
        attribution.c.artifact_id == bindparam("artifact_id"),
    )
)
_ATTRIBUTE = Statement(insert(attribution))
_INSERT_PROPERTY = Statement(insert(property_))
_DELETE_PROPERTY = Statement(
    delete(property_).where(
        property_.c.resource_id == bindparam("key"),
        property_.c.is_custom == bindparam("custom"),
        property_.c.name == bindparam("property"),
    )
)


def fetch(session: Session, id: int) -> Stored | None:
    """The resource with an id."""
    row = session.row(_GET, {"id": id})
    return None if row is None else Stored(id, BY_CODE[row[0]], row[1])


def insert_resource(
    session: Session, kind: Kind, document: Document, parent_id: int | None, version_id: int | None = None
) -> str:
    """Store a new resource.

    Args:
        session: A transaction.
        kind: Its kind.
        document: Its fields, but for its id and times, which are added.
        parent_id: Among whose children its name is unique.
        version_id: The version that an artifact belongs to, if any.

    Returns:
        Its JSON text.

    Raises:
        UniqueViolation: Its name or external id is taken.
    """
    resource_id, now = session.next_id(), _now()
    document["id"] = str(resource_id)
    document["createTimeSinceEpoch"] = document["lastUpdateTimeSinceEpoch"] = str(now)
    body = render(document)
    session.execute(
        _INSERT,
        {
            "id": resource_id,
            "kind": kind.code,
            "family": int(kind.family),
            "parent_id": parent_id,
            "name": document["name"],
            "external_id": document.get("externalId"),
            "create_time": now,
            "update_time": now,
            "body": body,
        },
    )
    session.execute_many(
        _INSERT_PROPERTY, _property_values(resource_id, kind, dict(property_rows(kind, document)))
    )
    if version_id is not None:
        attribute(session, version_id, resource_id, document["name"])
    return body


def update_resource(session: Session, kind: Kind, before: Document, after: Document) -> str:
    """Store a resource that was changed.

    Args:
        session: A transaction.
        kind: Its kind.
        before: Its fields as they are stored.
        after: Its fields as they shall be; its time is set.

    Returns:
        Its JSON text.

    Raises:
        UniqueViolation: Its external id is taken.
    """
    resource_id, now = int(after["id"]), max(_now(), int(before["lastUpdateTimeSinceEpoch"]))
    after["lastUpdateTimeSinceEpoch"] = str(now)
    body = render(after)
    session.execute(
        _UPDATE,
        {"key": resource_id, "external_id": after.get("externalId"), "update_time": now, "body": body},
    )
    old, new = dict(property_rows(kind, before)), dict(property_rows(kind, after))
    changed = {key: row for key, row in new.items() if old.get(key) != row}
    gone = [key for key in old if key not in new or key in changed]
    session.execute_many(
        _DELETE_PROPERTY, [{"key": resource_id, "custom": custom, "property": name} for custom, name in gone]
    )
    session.execute_many(_INSERT_PROPERTY, _property_values(resource_id, kind, changed))
    return body


def attribute(session: Session, version_id: int, artifact_id: int, name: str) -> None:
    """Let an artifact belong to a version, if it does not yet."""
    link = {"version_id": version_id, "artifact_id": artifact_id}
    if session.row(_ATTRIBUTED, link) is None:
        session.execute(_ATTRIBUTE, {**link, "name": name})


def _property_values(
    id: int, kind: Kind, rows: Mapping[tuple[bool, str], PropertyRow]
) -> Sequence[Mapping[str, Any]]:
    return [
        dict(zip(_PROPERTY_COLUMNS, (id, kind.code, custom, name, *row), strict=True))
        for (custom, name), row in rows.items()
    ]


def _now() -> int:
    return time.time_ns() // 1_000_000
