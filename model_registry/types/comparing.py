"""When two values are the same to a registry."""

from __future__ import annotations

from typing import cast


def same_value(one: object, other: object) -> bool:
    """Tell whether two values are equal and of one type: 1, 1.0 and True are different to the registry."""
    alike = type(one) is type(other)
    if isinstance(one, dict) and isinstance(other, dict):
        some, others = cast("dict[object, object]", one), cast("dict[object, object]", other)
        return some.keys() == others.keys() and all(same_value(some[key], others[key]) for key in some)
    if isinstance(one, list) and isinstance(other, list):
        items, more = cast("list[object]", one), cast("list[object]", other)
        return len(items) == len(more) and all(map(same_value, items, more))
    return alike and one == other
