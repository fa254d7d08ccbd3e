"""Print lists: sorted, limited, and with a note if there are more."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from model_registry.exceptions import InvalidArgumentError
from model_registry.near_names import did_you_mean

from .records import TIMES, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from model_registry.types import BaseResourceModel

    from .output import Output

KindT = TypeVar("KindT", bound="BaseResourceModel")

_BY_REGISTRY: Final = {"id": "id", "created": "created", "create_time": "created", "name": "name"}
"""Keys that the registry sorts by, however long the list is."""
_PAGE: Final = 100
_LARGEST_PAGE: Final = 1000
"""Rows that are fetched at once. In other orders than the above, rows may move while they are listed."""


def show_list(
    out: Output,
    pages: Callable[..., Iterable[KindT]],
    to_records: Callable[[Sequence[KindT], Sequence[str]], list[dict[str, Any]]],
    *,
    sort: str,
    limit: int,
    columns: Sequence[str] | None,
    default_columns: Sequence[str],
) -> None:
    """Print a list of resources.

    Args:
        out: Where to print.
        pages: Lists resources, with the arguments `order_by`, `descending` and `page_size` of the client.
        to_records: Returns the records of resources, with the given fields, properties or metrics.
        sort: Name of what to sort by; with `-` in front for the largest first.
        limit: How many to print; 0 for all.
        columns: What the user wants to see.
        default_columns: What a table shows otherwise.
    """
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    wanted = columns or default_columns
    listed = _first_by_registry(pages, to_records, key, descending, limit)
    if listed is not None:
        records = to_records(listed, [*wanted, key] if out.is_for_programs else wanted)
    else:
        found = list(pages(page_size=_PAGE))
        records = sort_by(to_records(found, [*wanted, key]), key, descending=descending)
        if records and all(value_of(each, key) is None for each in records):
            raise InvalidArgumentError(_unknown_key("sort", "to sort by", key, records))
    are_all = listed is None or not limit or len(records) <= limit
    for column in columns or ():
        if not records or any(value_of(each, column) is not None for each in records):
            continue
        is_field = column in default_columns or any(TIMES.get(column, column) in each for each in records)
        if not is_field and (are_all or not _is_in_list(pages, to_records, column, records[0])):
            raise InvalidArgumentError(_unknown_key("columns", "to print", column, records))
        out.note(f"No row has a value {column!r}.")
    show_rows(out, records, wanted, limit=limit, are_all=listed is None)


def _unknown_key(option: str, use: str, key: str, records: Sequence[Mapping[str, Any]]) -> str:
    if not key:
        return f"--{option} is empty: name a field, a custom property or a metric, such as created"
    names = {name for each in records for name in (*each, *each.get("custom_properties", ()))}
    near = did_you_mean(key, sorted(names), 1)
    return f"no row has a value {key!r} {use}{near or ': name a field, a custom property or a metric'}"


def _is_in_list(
    pages: Callable[..., Iterable[KindT]],
    to_records: Callable[[Sequence[KindT], Sequence[str]], list[dict[str, Any]]],
    column: str,
    one: Mapping[str, Any],
) -> bool:
    """Return whether some row of a list has a property or metric, also if it is not printed.

    Args:
        pages: Lists resources.
        to_records: Returns their records.
        column: The property or metric.
        one: The record of one of them.
    """
    from model_registry import F

    keys = (F.property(column), F.metric(column)) if "metrics" in one else (F.property(column),)
    try:
        best = [each for key in keys for each in islice(pages(order_by=key, page_size=1), 1)]
    except InvalidArgumentError:  # another registry has too many
        return True
    return any(value_of(each, column) is not None for each in to_records(best, [column]))


def show_rows(
    out: Output,
    records: Sequence[Mapping[str, Any]],
    columns: Sequence[str],
    *,
    limit: int,
    are_all: bool = True,
) -> None:
    """Print rows up to the limit, with a note if there are more or none.

    Args:
        out: Where to print.
        records: The rows.
        columns: What tables and lines show.
        limit: How many to print; 0 for all.
        are_all: Whether these are all rows that exist.
    """
    shown = records[: limit or None]
    out.rows(shown, columns)
    if len(shown) < len(records):
        number = f"{len(records)} rows" if are_all else "more rows"
        out.note(f"There are {number}: use --limit, or --limit 0 for all.")
    elif not records and not out.is_for_programs:
        out.note("Nothing found.")


def _first_by_registry(
    pages: Callable[..., Iterable[KindT]],
    to_records: Callable[[Sequence[KindT], Sequence[str]], list[dict[str, Any]]],
    key: str,
    descending: bool,
    limit: int,
) -> list[KindT] | None:
    """Return the first rows that the registry sorts, with one more if there is more.

    Returns:
        The resources; `None` if only the client can sort them.
    """
    most = limit + 1 if limit else 0
    is_one_page = 0 < most <= _LARGEST_PAGE

    def first(order_by: object, number: int = most) -> list[KindT]:
        size = number if is_one_page else _PAGE
        found = pages(order_by=order_by, descending=descending, page_size=size)
        return list(islice(found, number) if number else found)

    try:
        if key in _BY_REGISTRY:
            return first(_BY_REGISTRY[key])
        if not is_one_page:
            return None
        if TIMES.get(key) == TIMES["updated"]:
            return first("updated")
        return _first_by_value(first, to_records, key)
    except InvalidArgumentError:  # another registry has too many
        return None


def _first_by_value(
    first: Callable[..., list[KindT]],
    to_records: Callable[[Sequence[KindT], Sequence[str]], list[dict[str, Any]]],
    key: str,
) -> list[KindT] | None:
    """Return what a list in the order of a property or metric begins with.

    A version has a metric in a column only where it has no field and no property of this name. So if some
    versions have a property and others a metric, the client sorts them.
    """
    from model_registry import F

    if not (some := first("id", 1)):
        return some
    record = to_records(some, [])[0]
    if not key or TIMES.get(key, key) in record:
        return None  # a field
    has_metric = False
    if "metrics" in record and (measured := first(F.metric(key), 1)):
        alone = measured[0].model_copy(update={"custom_properties": {}})
        has_metric = value_of(to_records([alone], [key])[0], key) is not None
    by_property = first(F.property(key))
    has_property = bool(by_property) and key in by_property[0].custom_properties
    if has_metric and not has_property:
        return first(F.metric(key))
    return by_property if has_property and not has_metric else None


def sort_by(records: list[dict[str, Any]], key: str, *, descending: bool) -> list[dict[str, Any]]:
    """Sort records by a field, property or metric: numbers before texts, and those without a value last."""
    with_value = [each for each in records if value_of(each, key) is not None]
    without = [each for each in records if value_of(each, key) is None]
    with_value.sort(key=lambda each: _rank(value_of(each, key)), reverse=descending)
    return with_value + without


def _rank(value: Any) -> tuple[int, float, str]:  # noqa: ANN401  # any field's
    if isinstance(value, (bool, int, float)):
        return 0, float(value), ""
    return 1, 0.0, str(value)
