"""Build the SELECT statement of a selection. Statements are cached by the shape of the query."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, func, null, select, union_all

from model_registry.server.cache import SizedCache
from model_registry.server.database.protocol import Statement
from model_registry.server.database.schema import attribution, is_artifact, resource
from model_registry.server.filters.access_paths import AccessPath, is_of_equals
from model_registry.server.filters.sql import among, condition, driving, matching
from model_registry.server.filters.tree import PropertyMatch, estimated_size
from model_registry.server.queries.ordering import after, lead_condition

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from sqlalchemy import ClauseElement, Column, ColumnElement, CompoundSelect, Select

    from model_registry.server.filters.tree import FilterMatch, Node
    from model_registry.server.queries.ordering import Columns


_STATEMENTS_BYTES: Final = 16 * 2**20
_SELECT_BYTES: Final = 3000
_COPIES: Final = 3
"""Copies of the filter in a statement and its key: the tree, its text, and the text of the look-up."""

_statements: Final[SizedCache[Statement]] = SizedCache(_STATEMENTS_BYTES)


class QueryShape(NamedTuple):
    """What determines the SQL of a query: its restrictions without their values, and the access path."""

    of_one_kind: bool
    in_parent: bool
    in_version: bool
    named: bool
    external: bool
    filter: Node | None
    path: AccessPath


def select_statement(shape: QueryShape, order: str, *, descending: bool, continues: bool) -> Statement:
    """Return the statement that selects id, sort key, kind and body of each resource.

    Args:
        shape: The restrictions.
        order: The column to order by.
        descending: Whether the greatest comes first.
        continues: Whether it starts after the row with `after_key` and `after_id`.
    """
    build = functools.partial(_build, shape, order, descending=descending, continues=continues)
    size = _SELECT_BYTES
    if shape.filter is not None:
        size += _COPIES * estimated_size(shape.filter)
    return _statements.get(
        (shape, order, descending, continues),
        lambda: Statement(build, prepare=_is_worth_preparing(shape)),
        size,
    )


def _build(shape: QueryShape, order: str, *, descending: bool, continues: bool) -> ClauseElement:
    key: Columns = () if order == "id" else (resource.c[order],)
    lead = () if key else _lead(shape)
    query = select(resource.c.id, resource.c[order], resource.c.kind, resource.c.body).where(
        *_restrictions(shape, "" if continues else order, {column.name for column in lead}),
        *lead_condition(lead, continues=continues, descending=descending),
    )
    id_column: Column[int] = resource.c.id
    if shape.in_version:
        id_column = attribution.c.artifact_id
        query = query.join(attribution, id_column == resource.c.id)
    elif shape.path.driving is not None:
        id_column = driving.c.resource_id
        query = query.join(driving, id_column == resource.c.id)
    if continues:
        query = query.where(after(lead, key, id_column, descending=descending))
    columns = (*lead, *key, id_column)
    query = query.order_by(*(column.desc() for column in columns) if descending else columns)
    query = query.limit(bindparam("limit"))
    return _if_few(query, shape.path.if_few) if shape.path.if_few else query


def _if_few(query: Select[Any, Any, Any, Any], matches: tuple[FilterMatch, ...]) -> CompoundSelect[Any]:
    """Return the query among the resources that match, if these are few.

    The result has one row without a kind, which holds the number of matches.
    """
    found = matching(matches).limit(bindparam("bound")).cte("found")
    count = select(func.count()).select_from(found)
    page = query.where(among(select(found.c[0])), count.scalar_subquery() < bindparam("bound"))
    return union_all(count.add_columns(null(), null(), null()), select(page.subquery()))


def _is_worth_preparing(shape: QueryShape) -> bool | None:
    """Return the argument `prepare` of `Statement`."""
    if shape.filter is None:
        return True
    looked_up = shape.path.if_few or (shape.filter,)
    is_good = all(isinstance(match, PropertyMatch) and is_of_equals(match) for match in looked_up)
    return None if is_good and (shape.path.if_few or shape.filter in shape.path.rare) else False


def _lead(shape: QueryShape) -> Columns:
    """Return the columns before the id in the index that a list by id scans; none for the primary key."""
    if shape.in_version or shape.named or shape.external or shape.path.finds_kind or not shape.of_one_kind:
        return ()
    return (resource.c.parent_id, resource.c.kind) if shape.in_parent else (resource.c.kind,)


def _restrictions(shape: QueryShape, order: str, leading: Collection[str]) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions of a selection, without those of the leading columns."""
    if shape.in_version:
        yield attribution.c.version_id == bindparam("version_id")
    if shape.named:
        named = attribution if shape.in_version else resource
        yield named.c.name == bindparam("name")
    if shape.of_one_kind and not shape.path.finds_kind:
        if "kind" not in leading:
            yield resource.c.kind == bindparam("kind")
    elif not shape.in_version and not shape.path.finds_kind:
        yield is_artifact
    if shape.in_parent and "parent_id" not in leading:
        yield resource.c.parent_id == bindparam("parent_id")
    if shape.external:
        yield resource.c.family == bindparam("family")
        yield resource.c.external_id == bindparam("external_id")
    # The path `if_few` already finds exactly the resources that match, when it covers the whole filter.
    if shape.filter is not None and (shape.filter,) != shape.path.if_few:
        yield condition(shape.filter, shape.path.rare, shape.path.driving, order)
