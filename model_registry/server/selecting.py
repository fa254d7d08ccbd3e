"""Which resources a list or a lookup is about, and the queries for them."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, func, null, select, union_all

from model_registry.server.database.schema import attribution, is_artifact, resource
from model_registry.server.database.store import Statement, TakesLongError
from model_registry.server.filters.access import ANY_ACCESS, Access, is_of_equals, ways
from model_registry.server.filters.plan import PropertyMatch
from model_registry.server.filters.sql import among, condition, driving, matching, place_name
from model_registry.server.list_order import after, given
from model_registry.server.rendering import render_items, render_list_end
from model_registry.server.resource_store import Stored
from model_registry.server.resources import BY_CODE

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from sqlalchemy import Column, ColumnElement, CompoundSelect, Select

    from model_registry.server.database.store import Row, Session
    from model_registry.server.filters.plan import Match, Node, Plan
    from model_registry.server.list_order import Columns
    from model_registry.server.paging import Page
    from model_registry.server.resources import Kind

_PART: Final = 1000
"""Items of an unlimited list that are read and sent at a time."""


class Part(NamedTuple):
    """An answer, or the next piece of a long one and what reads the piece after it."""

    data: bytes
    rest: Callable[[Session], Part] | None = None


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


def find(session: Session, selection: Selection) -> Stored | None:
    """The first by id of the selected resources."""
    query = _query(selection.shape(), "id", descending=False, later=False)
    row = session.row(query, {**selection.values(), "limit": 1})
    return None if row is None else Stored(row[0], BY_CODE[row[2]], row[3])


def newest(session: Session, selection: Selection) -> Stored | None:
    """The last of the selected resources to be made."""
    query = _query(selection.shape(), "create_time", descending=True, later=False)
    row = session.row(query, {**selection.values(), "limit": 1})
    return None if row is None else Stored(row[0], BY_CODE[row[2]], row[3])


def list_page(session: Session, selection: Selection, page: Page) -> Part:
    """The selected resources of one page, as the answer or as its first part.

    Raises:
        TakesLongError: It would take long, and the session must not.
    """
    is_short = 0 < page.size < _PART and (selection.filter is None or selection.is_everything())
    if not (is_short or session.may_take_long):
        raise TakesLongError
    values = selection.values()
    if selection.filter is not None and selection.is_everything():
        limit = page.size + 1 if page.size else None
        for access, most in ways(session, selection.filter, by_id=page.order == "id", limit=limit):
            shape = selection.shape(access)
            if not access.few:
                return _list_part(shape, values, page, 0, session)
            part = _list_few(shape, values, most, page, session)
            if part is not None:
                return part
    return _list_part(selection.shape(), values, page, 0, session)


def _list_few(shape: Shape, values: dict[str, Any], most: int, page: Page, session: Session) -> Part | None:
    """The answer or its first part, if what the shape takes for few is no more than `most`."""
    rows = _fetch(shape, {**values, "bound": most + 1}, page, session)
    counted = next(row for row in rows if row[2] is None)
    if counted[0] > most:
        return None
    # What is read later may have become more meanwhile.
    later = shape._replace(access=Access(rare=frozenset(shape.access.few), finds_kind=True))
    return _part([row for row in rows if row is not counted], later, values, page, 0)


def _list_part(shape: Shape, values: dict[str, Any], page: Page, before: int, session: Session) -> Part:
    """The items from `page.after` on, when `before` items are given."""
    return _part(_fetch(shape, values, page, session), shape, values, page, before)


def _part(rows: Sequence[Row], shape: Shape, values: dict[str, Any], page: Page, before: int) -> Part:
    """The rows as items, with what an answer has around them when `before` items are given."""
    number = page.size or _PART
    last = (rows[number - 1][1], rows[number - 1][0]) if len(rows) > number else None
    items = render_items([row[3] for row in rows[:number]], first=before == 0)
    if last and not page.size:
        following = replace(page, after=last)
        return Part(items, functools.partial(_list_part, shape, values, following, before + number))
    token = page.next_token(*last) if last else ""
    return Part(items + render_list_end(before + len(rows[:number]), page.size, token))


def _fetch(shape: Shape, values: dict[str, Any], page: Page, session: Session) -> Sequence[Row]:
    """The rows from `page.after` on, one more than are wanted."""
    query = _query(shape, page.order, descending=page.descending, later=page.after is not None)
    after_key, after_id = page.after or (0, 0)
    limit = (page.size or _PART) + 1
    return session.rows(query, {**values, "after_key": after_key, "after_id": after_id, "limit": limit})


@functools.lru_cache(maxsize=1024)
def _query(shape: Shape, order: str, *, descending: bool, later: bool) -> Statement:
    """The query for a selection in an order: id, key, kind and body of each.

    Args:
        shape: What the selection narrows by.
        order: The column to order by.
        descending: Whether the greatest comes first.
        later: Whether it begins after a key and id.
    """
    key: Columns = () if order == "id" else (resource.c[order],)
    lead = () if key else _lead(shape)
    query = select(resource.c.id, resource.c[order], resource.c.kind, resource.c.body).where(
        *_narrowing(shape, "" if later else order, {column.name for column in lead}),
        *given(lead, later=later, descending=descending),
    )
    id_column: Column[int] = resource.c.id
    if shape.in_version:
        id_column = attribution.c.artifact_id
        query = query.join(attribution, id_column == resource.c.id)
    elif shape.access.driver is not None:
        id_column = driving.c.resource_id
        query = query.join(driving, id_column == resource.c.id)
    if later:
        query = query.where(after(lead, key, id_column, descending=descending))
    columns = (*lead, *key, id_column)
    query = query.order_by(*(column.desc() for column in columns) if descending else columns)
    query = query.limit(bindparam("limit"))
    whole = _if_few(query, shape.access.few) if shape.access.few else query
    return Statement(whole, prepare=_is_worth_preparing(shape))


def _if_few(query: Select[Any, Any, Any, Any], matches: tuple[Match, ...]) -> CompoundSelect[Any]:
    """The query among what matches, if that is few. A row without a kind tells how many match."""
    found = matching(matches).limit(bindparam("bound")).cte("found")
    count = select(func.count()).select_from(found)
    page = query.where(among(select(found.c[0])), count.scalar_subquery() < bindparam("bound"))
    return union_all(count.add_columns(null(), null(), null()), select(page.subquery()))


def _is_worth_preparing(shape: Shape) -> bool | None:
    """See `Statement`."""
    if shape.filter is None:
        return True
    looked_up = shape.access.few or (shape.filter,)
    is_good = all(isinstance(match, PropertyMatch) and is_of_equals(match) for match in looked_up)
    return None if is_good and (shape.access.few or shape.filter in shape.access.rare) else False


def _lead(shape: Shape) -> Columns:
    """What is before the id in the index that a list by id walks along, if that is not the primary key."""
    if shape.in_version or shape.named or shape.external or shape.access.finds_kind or not shape.of_one_kind:
        return ()
    return (resource.c.parent_id, resource.c.kind) if shape.in_parent else (resource.c.kind,)


def _narrowing(shape: Shape, order: str, given: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """What a selection asks of the rows, besides the columns that are given."""
    if shape.in_version:
        yield attribution.c.version_id == bindparam("version_id")
    if shape.named:
        named = attribution if shape.in_version else resource
        yield named.c.name == bindparam("name")
    if shape.of_one_kind and not shape.access.finds_kind:
        if "kind" not in given:
            yield resource.c.kind == bindparam("kind")
    elif not shape.in_version and not shape.access.finds_kind:
        yield is_artifact
    if shape.in_parent and "parent_id" not in given:
        yield resource.c.parent_id == bindparam("parent_id")
    if shape.external:
        yield resource.c.family == bindparam("family")
        yield resource.c.external_id == bindparam("external_id")
    if shape.filter is not None and (shape.filter,) != shape.access.few:  # which finds just what matches
        yield condition(shape.filter, shape.access.rare, shape.access.driver, order)
