"""Checks that all look-ups share."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, TypeVar

from model_registry.exceptions import InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

T = TypeVar("T")


def check_one_of(**given: str | None) -> None:
    """Check that exactly one of several arguments is given.

    Raises:
        InvalidArgumentError: None is given, or more than one.
    """
    used = [name for name, value in given.items() if value is not None]
    if len(used) != 1:
        raise InvalidArgumentError(f"give one of {', '.join(given)}, got {' and '.join(used) or 'none'}")


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return a hint at the names that are most like one that was not found; an empty text without any."""
    near = difflib.get_close_matches(name, list(names), 3)
    return f": did you mean {' or '.join(map(repr, near))}?" if near else ""


def existing(found: T | None, kind: str, **given: str | None) -> T:
    """Return what was found.

    Args:
        found: The resource, or `None` if there is none.
        kind: Its kind, for the error.
        **given: What was asked for, for the error.

    Raises:
        NotFoundError: There is none.
    """
    if found is not None:
        return found
    shown = " and ".join(f"{name} {value!r}" for name, value in given.items() if value is not None)
    raise NotFoundError(f"this registry has no {kind} with {shown}", status=404)
