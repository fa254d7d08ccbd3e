"""When two values are equal to a registry."""

from __future__ import annotations

from typing import cast


def equal(one: object, other: object) -> bool:
    """Return whether two values are equal and of one type, inside lists and dictionaries, too.

    `True`, `1` and `1.0` are three different values of a registry. NaN equals NaN.

    Args:
        one: A value of a field or of a custom property.
        other: The value to compare it with.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        left, right = cast("dict[object, object]", one), cast("dict[object, object]", other)
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if isinstance(one, (list, tuple)):
        items, others = cast("list[object]", one), cast("list[object]", other)
        return len(items) == len(others) and all(map(equal, items, others))
    if isinstance(one, float):
        return one == other or (one != one and other != other)  # NaN
    return one == other
