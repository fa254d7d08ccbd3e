"""Find the names that are most like one that does not exist, for messages of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST: Final = 3
"""Letters and digits of a name that is searched for in other names: shorter ones are in too many."""


def near_names(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that are most like another one, the nearest first.

    These are names that start with the other one, then those that contain it, then those that differ in few
    characters.

    Args:
        name: The other name.
        names: The names to choose from.
        most: Maximum number of names.

    Example:
        >>> from model_registry.near_names import near_names
        >>> near_names("fraud", ["churn", "card-fraud", "fraud-detection", "frauds"])
        ['frauds', 'fraud-detection', 'card-fraud']
    """
    import difflib  # only errors need it

    known = list(dict.fromkeys(names))
    part = name.casefold()
    near = difflib.get_close_matches(name, known, max(len(known), 1))
    if sum(map(str.isalnum, part)) >= _SHORTEST:
        near += [each for each in known if part in each.casefold() and each not in near]
    near.sort(key=lambda each: (not each.casefold().startswith(part), part not in each.casefold()))
    return near[:most]


def did_you_mean(name: str, names: Iterable[str], most: int = 3) -> str:
    """Return a question with the names that are most like another one; an empty text without any.

    Args:
        name: The other name.
        names: The names to choose from.
        most: Maximum number of names.

    Example:
        >>> from model_registry.near_names import did_you_mean
        >>> did_you_mean("fruad", ["fraud", "churn"])
        ": did you mean 'fraud'?"
    """
    near = near_names(name, names, most)
    return f": did you mean {' or '.join(map(repr, near))}?" if near else ""
