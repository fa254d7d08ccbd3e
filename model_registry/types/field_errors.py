"""What is wrong with the fields of a resource, in our words instead of pydantic's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.near_names import near_names

from .arguments import InvalidFieldsError
from .formatting import short

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

_WORDS = {
    "string_type": "must be a text",
    "string_too_short": "must be a text of at least one character",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
}
"""What is wrong, by pydantic's name for it."""


def invalid_fields(kind: type[BaseModel], error: ValidationError) -> InvalidFieldsError:
    """Return the error for values that a resource refuses.

    Args:
        kind: The class of the resource.
        error: What pydantic raised.
    """
    problems = [
        (".".join(map(str, problem["loc"])), _problem(kind, problem))
        for problem in error.errors(include_url=False)
    ]
    return InvalidFieldsError(kind.__name__, problems)


def _problem(kind: type[BaseModel], problem: ErrorDetails) -> str:
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] in ("extra_forbidden", "no_such_attribute"):
        near = near_names(str(problem["loc"][-1]), kind.model_fields, 1)
        return f"is not a field{f', did you mean {near[0]!r}?' if near else ''}"
    given = short(problem["input"])
    if problem["type"] in _WORDS:
        return f"{_WORDS[problem['type']]}, got {given}"
    return f"{problem['msg']} (got {given})"
