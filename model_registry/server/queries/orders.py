"""The orders of lists: the values of `orderBy`, and the key of a row in each order."""

from __future__ import annotations

import re
from typing import Annotated, Final, NamedTuple, TypeAlias

import msgspec

from model_registry.server.contract import load_contract
from model_registry.server.database.schema import INDEXED_TEXT
from model_registry.server.errors import ApiError, bad_request

_Int64: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_Text: TypeAlias = Annotated[str, msgspec.Meta(max_length=INDEXED_TEXT, pattern=r"\A[^\0]*\Z")]

_Rank: TypeAlias = Annotated[int, msgspec.Meta(ge=-1, le=2)]

ColumnKey: TypeAlias = tuple[_Int64, _Int64]
"""The key of a row in the order of a column: the value of the column, and the id."""
ValueKey: TypeAlias = tuple[_Rank, float, _Int64, _Text, _Int64]
"""The key of a row in an order by value: rank, number as double, number as integer, text, and the id.

The double decides; the integer keeps apart integers that are equal as doubles.
"""
Key: TypeAlias = ColumnKey | ValueKey

NAME: Final = "name"
PROPERTY: Final = "property"
METRIC: Final = "metric"
MEASURED: Final = "measured"
"""By a metric, or by a custom property where a version has no such metric."""
BY_VALUE: Final = (NAME, PROPERTY, METRIC, MEASURED)
"""The orders whose rows have a `ValueKey`."""

_COLUMNS: Final = {"ID": "id", "CREATE_TIME": "create_time", "LAST_UPDATE_TIME": "update_time"}
"""Column of table `resource` for each value of the contract."""
_OTHERS: Final = {"id": "id", "NAME": NAME}
"""A spelling that existing clients use, and an order that only this registry has."""
_PREFIXES: Final = {"customProperties.": PROPERTY, "metrics.": METRIC, "values.": MEASURED}
_QUOTED: Final = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\([`.\\])")


class Order(NamedTuple):
    """What a list is ordered by; rows that are equal in it are ordered by id.

    Attributes:
        by: A column of table `resource`, or one of `BY_VALUE`.
        name: The name of the property or metric.
    """

    by: str
    name: str = ""


def read_order(text: str, *, has_metrics: bool) -> Order:
    """Read the value of `orderBy`.

    Args:
        text: The value; by id if it is empty.
        has_metrics: Whether the list can be ordered by metrics.

    Raises:
        ApiError: 400 for any other order.
    """
    by = _COLUMNS.get(text or "ID") or _OTHERS.get(text)
    if by is not None:
        return Order(by)
    prefix = text[: text.find(".") + 1]
    source = _PREFIXES.get(prefix)
    if source is None:
        orders = [*load_contract().enum("OrderByField"), "NAME", *(f"{each}KEY" for each in _PREFIXES)]
        raise ApiError(400, f"{text} is not a valid OrderByField: use one of {', '.join(orders)}")
    if source != PROPERTY and not has_metrics:
        raise bad_request(f"invalid orderBy {text}: only versions have metrics")
    name = text.removeprefix(prefix)
    quoted = _QUOTED.fullmatch(name)
    if quoted:
        name = _ESCAPE.sub(r"\1", quoted[1])
    if not name:
        raise bad_request(f"invalid orderBy {text}: the name after {prefix} is empty")
    return Order(source, name)
