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

    from .listings import Listing
    from .output import Output

KindT = TypeVar("KindT", bound="BaseResourceModel")

_BY_REGISTRY: Final = {"id": "id", "created": "created", "create_time": "created", "name": "name"}
"""Keys that the registry sorts by, however long the list is."""
_PAGE: Final = 100
_LARGEST_PAGE: Final = 1000
"""Rows that are fetched at once. In other orders than the above, rows may move while they are listed."""


def show_list(
    out: Output,
    listing: Listing[KindT],
    pages: Callable[..., Iterable[KindT]],
    *,
    sort: str,
    limit: int,
    columns: Sequence[str] | None,
) -> None:
    """Print a list of resources.

    Args:
        out: Where to print.
        listing: How resources of their kind are listed.
        pages: Lists resources, with the arguments `order_by`, `descending` and `page_size` of the client.
        sort: Name of what to sort by; with `-` in front for the largest first.
        limit: How many to print; 0 for all.
        columns: What the user wants to see.

    Raises:
        InvalidArgumentError: A name is that of no field, property or metric.
    """
    key, descending = sort.removeprefix("-"), sort.startswith("-")
    wanted = columns or listing.columns
    listed = _first_by_registry(pages, listing, key, descending, limit)
    if listed is not None:
        records = listing.to_records(listed, [*wanted, key] if out.is_for_programs else wanted)
    else:
        found = list(pages(page_size=_PAGE))
        records = sort_by(listing.to_records(found, [*wanted, key]), key, descending=descending)
        if records and not _has_value(records, key):
            raise _unknown(listing, "sort", "to sort by", key, records)
    if not records and not listing.knows(key):
        raise _unknown(listing, "sort", "to sort by", key, records)
    for column in columns or ():
        if _has_value(records, column):
            continue
        if not listing.knows(column):
            raise _unknown(listing, "columns", "to print", column, records)
        if records:
            out.note(f"No row has a value {column!r}.")
    show_rows(out, records, wanted, limit=limit, are_all=listed is None)


def _has_value(records: Sequence[Mapping[str, Any]], name: str) -> bool:
    return any(value_of(each, name) is not None for each in records)


def _unknown(
    listing: Listing[Any], option: str, use: str, key: str, records: Sequence[Mapping[str, Any]]
) -> InvalidArgumentError:
    kinds = "a field, a custom property or a metric" if listing.has_metrics else "a field or custom property"
    if not key:
        return InvalidArgumentError(f"--{option} is empty: name {kinds}, such as created")
    names = {name for each in records for name in each.get("custom_properties", ())} | listing.fields
    near = did_you_mean(key, sorted(names), 1) or f": name {kinds}"
    return InvalidArgumentError(f"no row has a value {key!r} {use}{near}")


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
    listing: Listing[KindT],
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
        return _first_by_value(first, listing, key)
    except InvalidArgumentError:  # another registry has too many
        return None


def _first_by_value(
    first: Callable[..., list[KindT]], listing: Listing[KindT], key: str
) -> list[KindT] | None:
    """Return what a list in the order of a property or metric begins with.

    A version has a metric in a column only where it has no field and no property of this name. So if some
    versions have a property and others a metric, the client sorts them.
    """
    from model_registry import F

    if not key or listing.is_field(key):
        return None
    has_metric = False
    if listing.has_metrics and (measured := first(F.metric(key), 1)):
        alone = measured[0].model_copy(update={"custom_properties": {}})
        has_metric = value_of(listing.to_records([alone], [key])[0], key) is not None
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
