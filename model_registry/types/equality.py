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


def equal_as_stored(one: object, other: object) -> bool:
    """Return whether two values are equal to a registry that stores every number within a struct as a double.

    Inside lists and dictionaries, numbers are equal if their values are. Outside, this is `equal`.
    """
    if type(one) is not type(other) or not isinstance(one, (dict, list)):
        return equal(one, other)
    if isinstance(one, dict):
        left, right = cast("dict[object, object]", one), cast("dict[object, object]", other)
        return left.keys() == right.keys() and all(_equal_within(left[key], right[key]) for key in left)
    items, others = cast("list[object]", one), cast("list[object]", other)
    return len(items) == len(others) and all(map(_equal_within, items, others))


def _equal_within(one: object, other: object) -> bool:
    if _is_number(one) and _is_number(other):
        return one == other
    return equal_as_stored(one, other)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
