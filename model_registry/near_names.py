"""Find the names that are most like one that does not exist, for messages of errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHORTEST: Final = 3
"""Letters and digits of a name that is searched for in other names: shorter ones are in too many."""


def near_names(name: str, names: Iterable[str], most: int = 3) -> list[str]:
    """Return the names that are most like another one, the nearest first.

    These are names that differ in few characters, and then names that contain the other one.

    Args:
        name: The other name.
        names: The names to choose from.
        most: Maximum number of names.

    Example:
        >>> from model_registry.near_names import near_names
        >>> near_names("fraud", ["churn", "card-fraud", "fraud-detection", "frauds"])
        ['frauds', 'card-fraud', 'fraud-detection']
    """
    import difflib  # only errors need it

    known = list(dict.fromkeys(names))
    near = difflib.get_close_matches(name, known, most)
    part = name.casefold()
    if sum(map(str.isalnum, part)) >= _SHORTEST:
        containing = [each for each in known if part in each.casefold() and each not in near]
        near += sorted(containing, key=lambda each: not each.casefold().startswith(part))
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
