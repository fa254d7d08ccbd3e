"""Read and write the rows of resources."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from model_registry.server.database.protocol import Document, Statement
from model_registry.server.database.schema import INDEXED_TEXT, attribution, property_, resource
from model_registry.server.kinds import KIND_BY_CODE, FieldType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from model_registry.server.database.protocol import Session
    from model_registry.server.kinds import Kind


class StoredResource(NamedTuple):
    """A resource in the database.

    Attributes:
        id: Its id.
        kind: Its kind.
        body: Its JSON text.
    """

    id: int
    kind: Kind
    body: str

    def document(self) -> Document:
        """Return the decoded JSON."""
        document: Document = msgspec.json.decode(self.body)
        return document


class PropertyRow(NamedTuple):
    """The value columns of table `property` for one field or custom property."""

    string_value: str | None = None
    long_value: str | None = None
    int_value: int | None = None
    double_value: float | None = None
    bool_value: bool | None = None


_LIST_KEY: Final = "@list"
"""Clients store a list as an object with this one key."""
_MOST_STRUCT: Final = 2**16
"""Maximum length of a struct that filters can search, in base64."""
_encoder = msgspec.json.Encoder(order="sorted")
_PROPERTY_COLUMNS: Final = ("resource_id", "kind", "is_custom", "name", *PropertyRow._fields)
_GET = Statement(select(resource.c.kind, resource.c.body).where(resource.c.id == bindparam("id")))
_INSERT = Statement(insert(resource))
_UPDATE = Statement(
    update(resource)
    .where(resource.c.id == bindparam("key"))
    .values({name: bindparam(name) for name in ("external_id", "update_time", "body")})
)
_GET_LINK = Statement(
    select(attribution.c.version_id).where(
        attribution.c.version_id == bindparam("version_id"),
        attribution.c.artifact_id == bindparam("artifact_id"),
    )
)
_INSERT_LINK = Statement(insert(attribution))
_INSERT_PROPERTY = Statement(insert(property_))
_DELETE_PROPERTY = Statement(
    delete(property_).where(
        property_.c.kind == bindparam("of_kind"),
        property_.c.name == bindparam("property"),
        property_.c.is_custom == bindparam("custom"),
        property_.c.resource_id == bindparam("key"),
    )
)


def get_row(session: Session, id: int) -> StoredResource | None:
    """Return the resource with an id, or None."""
    row = session.row(_GET, {"id": id})
    return None if row is None else StoredResource(id, KIND_BY_CODE[row[0]], row[1])


def insert_row(
    session: Session, kind: Kind, document: Document, parent_id: int | None, version_id: int | None = None
) -> str:
    """Store a new resource.

    Args:
        session: A transaction.
        kind: Its kind.
        document: Its fields. This function adds the id and the times.
        parent_id: The parent within which its name is unique.
        version_id: The version that an artifact belongs to, if any.

    Returns:
        Its JSON text.

    Raises:
        UniqueViolation: Its name or external id is already in use.
    """
    resource_id, now = session.next_id(), _now()
    document["id"] = str(resource_id)
    document["createTimeSinceEpoch"] = document["lastUpdateTimeSinceEpoch"] = str(now)
    session.writing(kind, None, document)
    body = _encoder.encode(document).decode()
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
        link_artifact(session, version_id, resource_id, document["name"])
    return body


def update_row(session: Session, kind: Kind, before: Document, after: Document) -> str:
    """Store a changed resource.

    Args:
        session: A transaction.
        kind: Its kind.
        before: Its stored fields.
        after: Its new fields. This function sets the time of the update.

    Returns:
        Its JSON text.

    Raises:
        UniqueViolation: Its external id is already in use.
    """
    resource_id, now = int(after["id"]), max(_now(), int(before["lastUpdateTimeSinceEpoch"]))
    after["lastUpdateTimeSinceEpoch"] = str(now)
    session.writing(kind, before, after)
    body = _encoder.encode(after).decode()
    session.execute(
        _UPDATE,
        {"key": resource_id, "external_id": after.get("externalId"), "update_time": now, "body": body},
    )
    old, new = dict(property_rows(kind, before)), dict(property_rows(kind, after))
    changed = {key: row for key, row in new.items() if old.get(key) != row}
    removed = [key for key in old if key not in new or key in changed]
    session.execute_many(
        _DELETE_PROPERTY,
        [
            {"of_kind": kind.code, "property": name, "custom": custom, "key": resource_id}
            for custom, name in removed
        ],
    )
    session.execute_many(_INSERT_PROPERTY, _property_values(resource_id, kind, changed))
    return body


def link_artifact(session: Session, version_id: int, artifact_id: int, name: str) -> None:
    """Link an artifact to a version, unless it is linked already."""
    link = {"version_id": version_id, "artifact_id": artifact_id}
    if session.row(_GET_LINK, link) is None:
        session.linking(version_id, artifact_id)
        session.execute(_INSERT_LINK, {**link, "name": name})


def property_rows(kind: Kind, document: Mapping[str, Any]) -> Iterator[tuple[tuple[bool, str], PropertyRow]]:
    """Return the rows by which filters find a resource.

    Args:
        kind: Its kind.
        document: The resource.

    Yields:
        A key (whether the property is custom, and its stored name) and a row. Protos and long structs have
        no row.
    """
    for field in kind.fields:
        value = document.get(field.name)
        if value is None:
            continue
        if field.type is FieldType.INTEGER:
            row = PropertyRow(int_value=int(value))
        elif field.type is FieldType.DOUBLE:
            row = PropertyRow(double_value=value)
        else:
            row = _text_row(value if isinstance(value, str) else msgspec.json.encode(value).decode())
        yield (False, field.stored), row
    for key, one in document["customProperties"].items():
        make_row = _ROWS.get(one["metadataType"])
        custom = None if make_row is None else make_row(one)
        if custom is not None:
            yield (True, key), custom


def _text_row(text: str) -> PropertyRow:
    if len(text) < INDEXED_TEXT:
        return PropertyRow(string_value=text)
    return PropertyRow(string_value=text[:INDEXED_TEXT], long_value=text)


def _struct_row(struct: str) -> PropertyRow | None:
    """Return the row of a struct, in which patterns search: its JSON, in `long_value` alone."""
    if len(struct) > _MOST_STRUCT:
        return None
    value = msgspec.json.decode(base64.b64decode(struct))
    items = value.get(_LIST_KEY) if len(value) == 1 else None
    text = msgspec.json.encode(value if items is None else items).decode()
    return PropertyRow(long_value=text)


_ROWS: Final[dict[str, Callable[[Mapping[str, Any]], PropertyRow | None]]] = {
    "MetadataStringValue": lambda one: _text_row(one["string_value"]),
    "MetadataIntValue": lambda one: PropertyRow(int_value=int(one["int_value"])),
    "MetadataDoubleValue": lambda one: PropertyRow(double_value=one["double_value"]),
    "MetadataBoolValue": lambda one: PropertyRow(bool_value=one["bool_value"]),
    "MetadataStructValue": lambda one: _struct_row(one["struct_value"]),
}


def _property_values(
    id: int, kind: Kind, rows: Mapping[tuple[bool, str], PropertyRow]
) -> Sequence[Mapping[str, Any]]:
    return [
        dict(zip(_PROPERTY_COLUMNS, (id, kind.code, custom, name, *row), strict=True))
        for (custom, name), row in rows.items()
    ]


def _now() -> int:
    return time.time_ns() // 1_000_000
