"""Limits of what every registry stores, checked before anything is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_NAME = 255
"""Longest name, external id, and name of a custom property, in characters."""

MAX_BODY = 16 * 1024 * 1024
"""Longest request body that `model-registry serve` accepts, in bytes."""

LIMITED = frozenset({"name", "external_id"})
"""Fields that hold at most `MAX_NAME` characters."""

_REFUSED = {"the NUL character": "\0", "the escape of NUL, \\u0000,": "\\u0000"}
"""Registries search the bytes of a body for both."""


def problem_of_body(size: int) -> str | None:
    """Return why no registry accepts a body of this size, in bytes, or `None` if it does."""
    if size > MAX_BODY:
        return f"the request body has {size} bytes, and a registry accepts at most {MAX_BODY}"
    return None


def problem_of_text(text: str) -> str | None:
    """Return why no registry can store a text, or `None` if it can. The words follow the argument's name."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"must be Unicode text, got {text!r}: {error.reason}"
    for name, refused in _REFUSED.items():
        if refused in text:
            return (
                f"contains {name} at position {text.index(refused)}, which a registry cannot store: remove it"
            )
    return None


def problem_of_name(text: str) -> str | None:
    """Return why no registry can store a text as a name or external id, or `None` if it can."""
    if len(text) > MAX_NAME:
        return f"has {len(text)} characters, and a registry stores at most {MAX_NAME}: shorten it"
    return problem_of_text(text)


def problems_of_texts(fields: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield each field with a text that no registry can store, and the reason, which follows the name."""
    for name, value in fields.items():
        for text in cast("list[object]", value) if isinstance(value, list) else [value]:
            if isinstance(text, str):
                problem = problem_of_name(text) if name in LIMITED else problem_of_text(text)
                if problem:
                    yield name, problem
