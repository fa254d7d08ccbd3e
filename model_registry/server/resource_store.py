"""Resources in and out of the tables: what the rules ask of a session."""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from sqlalchemy import bindparam, delete, insert, select, tuple_, update

from model_registry.server.filter_access import ANY_ACCESS, Access, choose_access
from model_registry.server.filter_sql import condition, driving, place_name
from model_registry.server.properties import property_rows
from model_registry.server.rendering import render, render_list
from model_registry.server.resources import BY_CODE
from model_registry.server.schema import attribution, is_artifact, property_, resource
from model_registry.server.store import Statement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sqlalchemy import BindParameter, ColumnElement

    from model_registry.server.filter_plan import Node, Plan
    from model_registry.server.paging import Page
    from model_registry.server.properties import PropertyRow
    from model_registry.server.resources import Kind
    from model_registry.server.store import Session

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


class Shape(NamedTuple):
    """What a selection narrows by, without the values: what its query looks like."""

    of_one_kind: bool
    in_parent: bool
    in_version: bool
    named: bool
    external: bool
    filter: Node | None
    access: Access


@dataclass(frozen=True)
class Selection:
    """Which resources a list or a lookup is about. What is None does not narrow it.

    Attributes:
        kinds: One kind, or all kinds of artifacts.
        parent_id: Whose children they are.
        version_id: The version that artifacts belong to.
        name: Their name.
        external_id: Their external id.
        filter: A filter that they meet.
    """

    kinds: tuple[Kind, ...]
    parent_id: int | None = None
    version_id: int | None = None
    name: str | None = None
    external_id: str | None = None
    filter: Plan | None = None

    def shape(self, access: Access = ANY_ACCESS) -> Shape:
        """What the query looks like, when it takes a way to what the filter finds."""
        return Shape(
            len(self.kinds) == 1,
            self.parent_id is not None,
            self.version_id is not None,
            self.name is not None,
            self.external_id is not None,
            None if self.filter is None else self.filter.root,
            access,
        )

    def is_everything(self) -> bool:
        """Whether nothing but a filter narrows it."""
        return (self.parent_id, self.version_id, self.name, self.external_id) == (None,) * 4

    def values(self) -> dict[str, Any]:
        """What the query takes."""
        values: dict[str, Any] = {
            "kind": self.kinds[0].code,
            "family": int(self.kinds[0].family),
            "parent_id": self.parent_id,
            "version_id": self.version_id,
            "name": self.name,
            "external_id": self.external_id,
        }
        if self.filter is not None:
            values |= {place_name(place): value for place, value in enumerate(self.filter.values)}
        return values


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


def find(session: Session, selection: Selection) -> Stored | None:
    """The first by id of the selected resources."""
    query = _query(selection.shape(), "id", descending=False, later=False, limited=True)
    row = session.row(query, {**selection.values(), "limit": 1})
    return None if row is None else Stored(row[0], BY_CODE[row[2]], row[3])


def newest(session: Session, selection: Selection) -> Stored | None:
    """The last of the selected resources to be made."""
    query = _query(selection.shape(), "create_time", descending=True, later=False, limited=True)
    row = session.row(query, {**selection.values(), "limit": 1})
    return None if row is None else Stored(row[0], BY_CODE[row[2]], row[3])


def list_page(session: Session, selection: Selection, page: Page) -> bytes:
    """The selected resources of one page, as the answer."""
    access = ANY_ACCESS
    if selection.filter is not None and selection.is_everything() and not session.chooses_access:
        access = choose_access(
            session, selection.filter, by_id=page.order == "id", limit=page.size + 1 if page.size else None
        )
    query = _query(
        selection.shape(access),
        page.order,
        descending=page.descending,
        later=page.after is not None,
        limited=page.size > 0,
    )
    after_key, after_id = page.after or (0, 0)
    values = {**selection.values(), "after_key": after_key, "after_id": after_id, "limit": page.size + 1}
    rows = session.rows(query, values)
    token = ""
    if 0 < page.size < len(rows):
        rows = rows[: page.size]
        token = page.next_token(rows[-1][1], rows[-1][0])
    return render_list([row[3] for row in rows], len(rows), page.size, token)


@functools.lru_cache(maxsize=1024)
def _query(shape: Shape, order: str, *, descending: bool, later: bool, limited: bool) -> Statement:
    """The query for a selection in an order: id, key, kind and body of each.

    Args:
        shape: What the selection narrows by.
        order: The column to order by.
        descending: Whether the greatest comes first.
        later: Whether it begins after a key and id.
        limited: Whether it ends after a number of rows.
    """
    query = select(resource.c.id, resource.c[order], resource.c.kind, resource.c.body).where(
        *_narrowing(shape, order)
    )
    id_column: ColumnElement[int] = resource.c.id
    if shape.in_version:
        id_column = attribution.c.artifact_id
        query = query.join(attribution, id_column == resource.c.id)
    elif shape.access.driver is not None:
        id_column = driving.c.resource_id
        query = query.join(driving, id_column == resource.c.id)
    key = id_column if order == "id" else tuple_(resource.c[order], id_column)
    if later:
        last_id: BindParameter[int] = bindparam("after_id")
        last = last_id if order == "id" else tuple_(bindparam("after_key"), last_id)
        query = query.where(key < last if descending else key > last)
    columns = (id_column,) if order == "id" else (resource.c[order], id_column)
    query = query.order_by(*(column.desc() for column in columns) if descending else columns)
    return Statement(query.limit(bindparam("limit")) if limited else query)


def _narrowing(shape: Shape, order: str) -> Iterator[ColumnElement[bool]]:
    """What a selection asks of the rows."""
    if shape.in_version:
        yield attribution.c.version_id == bindparam("version_id")
    if shape.named:
        named = attribution if shape.in_version else resource
        yield named.c.name == bindparam("name")
    if shape.of_one_kind and not shape.access.finds_kind:
        yield resource.c.kind == bindparam("kind")
    elif not shape.in_version and not shape.access.finds_kind:
        yield is_artifact
    if shape.in_parent:
        yield resource.c.parent_id == bindparam("parent_id")
    if shape.external:
        yield resource.c.family == bindparam("family")
        yield resource.c.external_id == bindparam("external_id")
    if shape.filter is not None:
        yield condition(shape.filter, shape.access.rare, shape.access.driver, order)


def _property_values(
    id: int, kind: Kind, rows: Mapping[tuple[bool, str], PropertyRow]
) -> Sequence[Mapping[str, Any]]:
    return [
        {"resource_id": id, "kind": kind.code, "is_custom": custom, "name": name, **row._asdict()}
        for (custom, name), row in rows.items()
    ]


def _now() -> int:
    return time.time_ns() // 1_000_000
