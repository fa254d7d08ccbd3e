"""Values that the reference server refuses, changes or loses. They are refused before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from model_registry.core.peculiarities.metrics import is_upserted
from model_registry.core.peculiarities.written import sent_fields
from model_registry.exceptions import UnsupportedType
from model_registry.types.diff import PROPERTIES
from model_registry.types.formatting import short
from model_registry.types.limits import MAX_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_registry.core.base import Caller
    from model_registry.types import BaseResourceModel

_INT32 = range(-(2**31), 2**31)
_INT64 = range(-(2**63), 2**63)
_EXACT = range(-(2**53), 2**53 + 1)
"""Whole numbers that a double holds exactly."""
_STRUCT_PREFIX = "mlmd-struct::"
_LOST_NAMES = frozenset({"experiment_id", "experiment_run_id"})


SHORTEST_ID = "0"
"""Stands for the id of a parent that does not exist yet: the server counts the id as a part of the name."""


async def check_storable(core: Caller, resource: BaseResourceModel, parent_id: str | None = None) -> None:
    """Check that the server can store the values of a resource that would be sent.

    Args:
        core: The registry.
        resource: The resource.
        parent_id: Id of what it will belong to.

    Raises:
        UnsupportedType: The server would refuse, change or lose a value.
    """
    if core.is_foreign is False:
        return
    problem = next(iter(_problems(resource, parent_id)), None)
    if problem is not None and await core.ask_foreign():
        raise UnsupportedType(f"{type(resource).__name__} {getattr(resource, 'name', None)!r}: {problem}")


async def problems_of_properties(core: Caller, properties: Mapping[str, object]) -> dict[str, str]:
    """Return the custom properties that the server cannot store, each with what is wrong."""
    if core.is_foreign is False:
        return {}
    problems = {name: _problem_of_property(name, value) for name, value in properties.items()}
    found = {name: problem for name, problem in problems.items() if problem}
    return found if found and await core.ask_foreign() else {}


def _problems(resource: BaseResourceModel, parent_id: str | None) -> Iterable[str]:
    sent = sent_fields(resource)
    step: int = getattr(resource, "step", 0)
    if "step" in sent and step not in _INT32:
        yield f"step is {step}, and this server stores 32 bits: use a step up to {_INT32[-1]}"
    name: str | None = getattr(resource, "name", None)
    prefix = "" if parent_id is None else f"{parent_id}:"
    if resource.id is None and name and len(prefix + name) > MAX_NAME:
        yield (
            f"its name has {len(name)} characters, and this server stores at most {MAX_NAME - len(prefix)} "
            "here: shorten it"
        )
    if is_upserted(resource) and name and _ends_in_escape(name):
        yield (
            "its name ends in a backslash, and this server cannot look it up, which it does before it stores "
            "a metric or parameter: choose another name"
        )
    if PROPERTIES in sent:
        for key, value in (resource.custom_properties or {}).items():
            if problem := _problem_of_property(key, value):
                yield f"custom property {short(key)} {problem}"


def _ends_in_escape(name: str) -> bool:
    """Return whether a name, read as a pattern, ends in a backslash that escapes nothing."""
    return (len(name) - len(name.rstrip("\\"))) % 2 == 1


def _problem_of_property(key: str, value: object) -> str | None:
    if key in _LOST_NAMES:
        return "would be lost, because this server uses the name itself: choose another name"
    if isinstance(value, bool):
        return None
    if isinstance(value, int) and value in _INT64 and value not in _INT32:
        return (
            f"is {value}, and this server stores whole numbers of 32 bits: give it as a float "
            "(exact up to 2**53) or as text"
        )
    if isinstance(value, str) and value.startswith(_STRUCT_PREFIX):
        return (
            f"begins with {_STRUCT_PREFIX!r}, which makes every list that contains it fail on this server: "
            "change the text"
        )
    if isinstance(value, (dict, list)):
        number = _inexact(cast("dict[str, object] | list[object]", value))
        if number is not None:
            return f"holds {number}, which this server would round: give it as text"
    return None


def _inexact(value: Mapping[str, object] | list[object]) -> int | None:
    """Return a number within a struct that a double does not hold exactly; `None` if there is none."""
    pending: list[object] = [value]
    while pending:
        each = pending.pop()
        if isinstance(each, dict):
            pending += cast("dict[str, object]", each).values()
        elif isinstance(each, list):
            pending += cast("list[object]", each)
        elif isinstance(each, int) and each not in _EXACT:
            return each
    return None
