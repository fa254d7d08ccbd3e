"""Write the SELECT statement of a selection. Statements are cached by the shape of the query."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.server.cache import SizedCache
from model_registry.server.database.dialects import SQLType
from model_registry.server.database.protocol import Statement
from model_registry.server.filters.sql import DRIVING, condition, driving_condition, matching, matching_all
from model_registry.server.filters.tree import estimated_size, is_exact
from model_registry.server.kinds import Family
from model_registry.server.queries.by_value import write_names, write_sorted, write_values
from model_registry.server.queries.ordering import after, lead_condition
from model_registry.server.queries.orders import BY_VALUE, NAME, PROPERTY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from model_registry.server.database.dialects import Dialect
    from model_registry.server.filters.access_paths import AccessPath
    from model_registry.server.filters.tree import Node, PropertyMatch


_STATEMENTS_BYTES: Final = 16 * 2**20
_SELECT_BYTES: Final = 3000
_PREPARED_BYTES: Final = 20_000
"""Size of filters from which on statements are not prepared. They would take much memory of the database."""
_COPIES: Final = 3
"""Copies of the filter in a statement and its key: the tree, its text, and the text of the look-up."""
_VALUES_COPIES: Final = 5
"""The same of a statement that has the filter in each of four scans."""

_CONTENT: Final = ", resource.kind, resource.body"

_statements: Final[SizedCache[Statement]] = SizedCache(_STATEMENTS_BYTES)


class QueryShape(NamedTuple):
    """What determines the SQL of a query: its restrictions without their values, and the access path."""

    of_one_kind: bool
    in_parent: bool
    in_version: bool
    named: bool
    external: bool
    has_unique_names: bool
    filter: Node | None
    path: AccessPath

    def is_everything(self) -> bool:
        """Return whether it selects all resources of one kind that match a filter."""
        return self.of_one_kind and not (self.in_parent or self.in_version or self.named or self.external)

    def without_bound(self) -> QueryShape:
        """Return the same query, however many resources its path finds."""
        return self._replace(path=self.path._replace(if_few=False))


def select_statement(
    shape: QueryShape, order: str, *, descending: bool, continues: bool, rank: int | None = None
) -> Statement:
    """Return the statement that selects the resources of a page, each as the row of a page.

    The columns are the id, the first column of the key, kind, body, and the rest of the key without the id.

    Args:
        shape: The restrictions.
        order: The order, as in `Order.by`.
        descending: Whether the greatest comes first.
        continues: Whether it starts after the row that the parameters `after_...` describe.
        rank: The rank of that row, in an order by value.
    """
    by_value = order in BY_VALUE
    size = 2 * _SELECT_BYTES if by_value else _SELECT_BYTES
    if shape.filter is not None:
        copies = _VALUES_COPIES if by_value else _COPIES
        size += (copies + len(shape.path.streams())) * estimated_size(shape.filter)
    if by_value:
        write = functools.partial(_write_by_value, shape, order, descending=descending, rank=rank)
    else:
        write = functools.partial(_write, shape, order, descending=descending, continues=continues)
    return _statements.get(
        (shape, order, descending, continues, rank),
        lambda: Statement(write, prepare=_is_worth_preparing(shape)),
        size,
    )


def sample_statement(shape: QueryShape, order: str, *, descending: bool) -> Statement:
    """Return the statement that counts how many of the first rows of a list match its filter.

    Args:
        shape: A query with a filter.
        order: The column that the list is ordered by.
        descending: Whether the greatest comes first.
    """
    write = functools.partial(_write_sample, shape, order, descending=descending)
    size = _SELECT_BYTES + (_COPIES * estimated_size(shape.filter) if shape.filter else 0)
    return _statements.get(
        ("sample", shape, order, descending),
        lambda: Statement(write, prepare=_is_worth_preparing(shape)),
        size,
    )


def sorts_all(shape: QueryShape, order: str) -> bool:
    """Return whether a query without an access path sorts all rows, so that a page may take long."""
    return order in BY_VALUE and not _scans_values(shape, order)


def _write_sample(shape: QueryShape, order: str, sql: Dialect, *, descending: bool) -> str:
    listed = _page(shape._replace(filter=None), order, sql, "", descending=descending, continues=False)
    matches = sql.boolean(True) if shape.filter is None else condition(sql, shape.filter)
    return (
        f"SELECT count(*) FROM ({listed}) AS listed CROSS JOIN resource"
        f" WHERE resource.id = listed.id AND {matches}"
    )


def _write(shape: QueryShape, order: str, sql: Dialect, *, descending: bool, continues: bool) -> str:
    merged = shape.path.streams()
    is_sorted = bool(shape.path.collected)
    is_early = sql.reads_rows_early and shape.filter is not None and shape.path.is_scan
    if len(merged) > 1:
        queries = [
            _rows(
                shape,
                order,
                sql,
                f"{DRIVING}.resource_id AS id",
                continues=continues,
                descending=descending,
                stream=stream,
            )
            for stream in merged
        ]
        page = sql.merged(queries, "DESC" if descending else "ASC")
        page = f"{page} LIMIT {sql.parameter('limit')}"
        page = _with_content(page, "listed.id", ("listed.id",), descending)
    elif order != "id" and (is_sorted or is_early):
        # The database does not sort bodies, nor does it read those of resources that do not match.
        page = _page(shape, order, sql, "", descending=descending, continues=continues)
        page = _with_content(page, "listed.sort_key", ("listed.sort_key", "listed.id"), descending)
    else:
        page = _page(shape, order, sql, _CONTENT, descending=descending, continues=continues)
    return _if_few(sql, page, shape.path.collected[0]) if shape.path.if_few else page


def _with_content(page: str, key: str, order: Iterable[str], descending: bool) -> str:
    """Return the query for the whole rows of a page of ids and keys."""
    return (
        f"SELECT listed.id AS id, {key} AS sort_key{_CONTENT} FROM ({page}) AS listed"
        f" CROSS JOIN resource WHERE resource.id = listed.id ORDER BY {_ordered(order, descending)}"
    )


def _page(
    shape: QueryShape, order: str, sql: Dialect, content: str, *, descending: bool, continues: bool
) -> str:
    """Return the query for the ids and keys of a page, and other columns of table `resource`."""
    key = () if order == "id" else (order,)
    _, id_column, _ = _tables(sql, shape)
    columns = [f"resource.{name}" for name in (*_lead(shape, order), *key)]
    rows = _rows(
        shape,
        order,
        sql,
        f"resource.id AS id, resource.{order} AS sort_key{content}",
        descending=descending,
        continues=continues,
    )
    return f"{rows} ORDER BY {_ordered((*columns, id_column), descending)} LIMIT {sql.parameter('limit')}"


def _rows(
    shape: QueryShape,
    order: str,
    sql: Dialect,
    columns: str,
    *,
    descending: bool,
    continues: bool,
    stream: PropertyMatch | None = None,
) -> str:
    """Return the query for all rows, or those that one stream of the access path leads to."""
    lead = _lead(shape, order)
    tables, id_column, joined = _tables(sql, shape)
    conditions = [
        *joined,
        *_restrictions(sql, shape, "" if continues else order, lead, id_column, stream),
        *lead_condition(sql, lead, continues=continues, descending=descending),
        *_look_up(sql, shape.path, id_column),
    ]
    if continues:
        key = None if order == "id" else order
        conditions.append(after(sql, lead, key, id_column, descending=descending))
    return f"SELECT {columns} FROM {tables} WHERE {' AND '.join(conditions)}"


def _ordered(columns: Iterable[str], descending: bool) -> str:
    return ", ".join(f"{column} DESC" if descending else column for column in columns)


def _write_by_value(
    shape: QueryShape, order: str, sql: Dialect, *, descending: bool, rank: int | None
) -> str:
    continues = rank is not None
    if _scans_values(shape, order):
        filters = list(_look_up(sql, shape.path, "resource.id"))
        if shape.filter is not None:
            filters.append(condition(sql, shape.filter, found=_found(shape.path)))
        if order == PROPERTY:
            return write_values(sql, filters, rank=rank, descending=descending)
        conditions = [f"resource.kind = {sql.parameter('kind')}", *filters]
        return write_names(sql, conditions, continues=continues, descending=descending)
    tables, id_column, joined = _tables(sql, shape)
    conditions = [
        *joined,
        *_restrictions(sql, shape, "", (), id_column),
        *_look_up(sql, shape.path, id_column),
    ]
    page = write_sorted(sql, order, tables, id_column, conditions, continues=continues, descending=descending)
    return _if_few(sql, page, shape.path.collected[0], ", NULL" * 3) if shape.path.if_few else page


def _scans_values(shape: QueryShape, order: str) -> bool:
    """Return whether a query in an order by value scans an index of it."""
    is_scan = shape.is_everything() and shape.path.is_scan
    return is_scan and (order == PROPERTY or (order == NAME and shape.has_unique_names))


def _tables(sql: Dialect, shape: QueryShape) -> tuple[str, str, list[str]]:
    """Return the tables that a query selects from, the column with the id, and how they are joined."""
    if shape.in_version:
        id_column = "attribution.artifact_id"
        return "attribution CROSS JOIN resource", id_column, [f"resource.id = {id_column}"]
    if shape.path.driving is not None:
        id_column = f"{DRIVING}.resource_id"
        return f"property AS {DRIVING} {sql.with_resource(id_column)}", id_column, []
    return "resource", "resource.id", []


def _look_up(sql: Dialect, path: AccessPath, id: str) -> Iterator[str]:
    """Yield the conditions that a resource was looked up by value."""
    if path.if_few:
        yield sql.one_of("resource.id", "SELECT id FROM found")
        yield f"(SELECT count(*) FROM found) < {sql.parameter('bound')}"
    elif path.collected:
        yield sql.one_of("resource.id", matching_all(sql, path.collected))
    yield from (sql.is_member(id, matching(sql, node)) for node in path.members)


def _if_few(sql: Dialect, page: str, node: Node, further: str = "") -> str:
    """Return the query for a page of the resources that a look-up finds, if these are few.

    The result has one row without a kind, which holds the number of resources. `further` has the NULLs of
    further columns.
    """
    found = f"{matching(sql, node)} LIMIT {sql.parameter('bound')}"
    count = f"SELECT count(*), NULL, NULL, NULL{further} FROM found"
    return f"WITH found AS ({found}) {count} UNION ALL SELECT * FROM ({page}) AS page"


def _is_worth_preparing(shape: QueryShape) -> bool | None:
    """Return the argument `prepare` of `Statement`."""
    if shape.filter is None:
        return True
    return None if estimated_size(shape.filter) < _PREPARED_BYTES else False


def _lead(shape: QueryShape, order: str) -> tuple[str, ...]:
    """Return the columns before the id in the index that a list by id scans; none for the primary key."""
    if order != "id":
        return ()
    if shape.in_version or shape.named or shape.external or shape.path.finds_kind or not shape.of_one_kind:
        return ()
    return ("parent_id", "kind") if shape.in_parent else ("kind",)


def _restrictions(
    sql: Dialect,
    shape: QueryShape,
    order: str,
    leading: Collection[str],
    id: str,
    stream: PropertyMatch | None = None,
) -> Iterator[str]:
    """Yield the conditions of a selection, without those of the leading columns."""
    if shape.in_version:
        yield f"attribution.version_id = {sql.parameter('version_id')}"
    if shape.named:
        named = "attribution" if shape.in_version else "resource"
        yield f"{named}.name = {sql.parameter('name', SQLType.TEXT)}"
    if shape.of_one_kind and not shape.path.finds_kind:
        if "kind" not in leading:
            # If it sorts anyway, SQLite might take another index of the kind than that of the parent.
            kind = sql.not_indexed("resource.kind") if shape.in_parent and not order else "resource.kind"
            yield f"{kind} = {sql.parameter('kind')}"
    elif not shape.in_version and not shape.path.finds_kind:
        yield f"resource.family = {int(Family.ARTIFACT)}"  # the condition of a partial index
    if shape.in_parent and "parent_id" not in leading:
        yield f"resource.parent_id = {sql.parameter('parent_id')}"
    if shape.external:
        yield f"resource.family = {sql.parameter('family')}"
        yield f"resource.external_id = {sql.parameter('external_id', SQLType.TEXT)}"
    if shape.filter is not None:
        found = _found(shape.path)
        if shape.path.driving is not None:
            yield driving_condition(sql, stream or shape.path.streams()[0])
            found.append(shape.path.driving)
        yield condition(sql, shape.filter, found=found, order="" if shape.path.finds_kind else order, id=id)


def _found(path: AccessPath) -> list[Node]:
    """Return the nodes that every resource matches that is looked up by value."""
    return [node for node in (*path.collected, *path.members) if is_exact(node)]
