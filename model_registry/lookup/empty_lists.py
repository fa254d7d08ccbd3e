"""Explain an empty list whose filter compares custom properties: a wrong name, or lists and dictionaries."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.core.peculiarities.filters import TOKEN
from model_registry.exceptions import InvalidArgumentError, StoreError, UnknownPropertyWarning
from model_registry.near_names import did_you_mean
from model_registry.types import F
from model_registry.types.filter_values import KINDS, names_of_fields
from model_registry.user_warnings import warn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.types import ListOptions

_SAMPLE = 100
_OPERATORS = frozenset({"LIKE", "ILIKE", "IN"})


async def explain_empty(fetch: Callable[[ListOptions], Awaitable[list[Any]]], query: str) -> None:
    """Explain why nothing matches a filter, if that is due to the properties that it names.

    Args:
        fetch: Function that fetches a page of the list.
        query: The filter.

    Raises:
        InvalidArgumentError: The filter compares a property that holds lists or dictionaries.

    Warns:
        UnknownPropertyWarning: Nothing in the list has a property of that name.
    """
    conditions = _conditions_in(query)
    refused: str | None = None
    with suppress(StoreError):
        sample = await fetch(types.ListOptions(limit=_SAMPLE, is_asc=False)) if conditions else []
        properties: dict[str, object] = {}
        for each in reversed(sample):
            properties |= getattr(each, "custom_properties", None) or {}
        for name, operator in conditions.items():
            if isinstance(properties.get(name), (dict, list)):
                refused = await _refusal(fetch, name, operator)
            elif sample and name not in properties and not await _exists(fetch, name):
                warn(
                    f"nothing in this list has a property {name!r} to filter by"
                    f"{did_you_mean(name, properties)}",
                    UnknownPropertyWarning,
                )
    if refused:
        raise InvalidArgumentError(refused)


async def _refusal(
    fetch: Callable[[ListOptions], Awaitable[list[Any]]], name: str, operator: str
) -> str | None:
    """Return why a registry cannot compare lists or dictionaries so, or `None` if it can."""
    as_json = F.property(name).like("%[%") | F.property(name).like("%{%")
    searches = await fetch(types.ListOptions(limit=1, filter_query=str(as_json)))
    if searches and operator in ("LIKE", "ILIKE"):
        return None
    hint = f"use F.property({name!r}).contains(...)" if searches else "select from the result instead"
    return (
        f"the filter compares property {name!r}, which holds lists or dictionaries, with {operator}, and "
        f"this registry finds nothing in them so: {hint}"
    )


async def _exists(fetch: Callable[[ListOptions], Awaitable[list[Any]]], name: str) -> bool:
    """Return whether anything in the list has a text, a number or a boolean of this name."""
    field = F.property(name)
    query = (
        field.as_string.like("%")
        | (field.as_int >= -(2**31))
        | (field.as_double >= -1e308)
        | (field.as_bool == True)  # noqa: E712  # builds a filter
        | (field.as_bool == False)  # noqa: E712  # builds a filter
    )
    return bool(await fetch(types.ListOptions(limit=1, filter_query=str(query))))


def _conditions_in(query: str) -> dict[str, str]:
    """Return the operator by name, of the names in a filter that are not fields."""
    conditions: dict[str, str] = {}
    name = ""
    for match in TOKEN.finditer(query):
        kind, text = match.lastgroup, match[0]
        if kind == "sign" or text.upper() in _OPERATORS:
            if name and name not in names_of_fields():
                conditions.setdefault(name, text.upper())
            name = ""
        elif kind in ("word", "quoted"):
            name = text.strip("`")
            for suffix in KINDS.values():
                name = name.removesuffix(f".{suffix}")
    return conditions
