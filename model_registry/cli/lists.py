"""Print lists: sorted, limited, and with a note if there are more."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from .records import value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from model_registry.types import BaseResourceModel

    from .output import Output

KindT = TypeVar("KindT", bound="BaseResourceModel")

_BY_REGISTRY: Final = {"id": "id", "created": "created", "create_time": "created"}
"""Keys that the registry sorts by itself. By the time of the last change, rows move while they are listed."""
_PAGE: Final = 100


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
    if key in _BY_REGISTRY:
        size = min(limit + 1, _PAGE) if limit else _PAGE
        found = pages(order_by=_BY_REGISTRY[key], descending=descending, page_size=size)
        listed = list(islice(found, limit + 1) if limit else found)
        records = to_records(listed[: limit or None], wanted)
        total = len(listed)
    else:
        listed = list(pages(page_size=_PAGE))
        records = sort_by(to_records(listed, [*wanted, key]), key, descending=descending)[: limit or None]
        total = len(listed)
        if listed and all(value_of(each, key) is None for each in records):
            out.note(f"No row has a value {key!r} to sort by.")
    for column in wanted if columns else ():
        if records and all(value_of(each, column) is None for each in records):
            out.note(f"No row has a value {column!r}.")
    out.rows(records, wanted)
    if total > len(records):
        more = f"{total} rows" if key not in _BY_REGISTRY else "more rows"
        out.note(f"There are {more}: use --limit, or --limit 0 for all.")
    elif not records and not out.is_for_programs:
        out.note("Nothing found.")


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
