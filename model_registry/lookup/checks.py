"""Checks that all look-ups share."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, NotFoundError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.types import ListOptions

T = TypeVar("T")

_NAMED = 200
"""Names that are read to find one like a name that does not exist."""


def check_one_of(**given: str | None) -> None:
    """Check that exactly one of several arguments is given.

    Raises:
        InvalidArgumentError: None is given, or more than one.
    """
    used = [name for name, value in given.items() if value is not None]
    if len(used) != 1:
        raise InvalidArgumentError(f"give one of {', '.join(given)}, got {' and '.join(used) or 'none'}")


async def names_in(fetch: Callable[[ListOptions], Awaitable[list[Any]]]) -> list[str]:
    """Return the names of some resources, the latest first, for a message.

    Args:
        fetch: Function that fetches a page of their list.
    """
    with suppress(StoreError):
        found = await fetch(types.ListOptions(limit=_NAMED, is_asc=False))
        return [each.name for each in found if each.name]
    return []


def existing(found: T | None, kind: str, hint: str = "", **given: str | None) -> T:
    """Return what was found.

    Args:
        found: The resource, or `None` if there is none.
        kind: Its kind, for the error.
        hint: What else exists, such as `did_you_mean` returns it.
        **given: What was asked for, for the error.

    Raises:
        NotFoundError: There is none.
    """
    if found is not None:
        return found
    shown = " and ".join(f"{name} {value!r}" for name, value in given.items() if value is not None)
    raise NotFoundError(f"this registry has no {kind} with {shown}{hint}", status=404)
