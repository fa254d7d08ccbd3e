"""Checks of arguments that several modules make."""

from __future__ import annotations

from typing import Literal, TypeAlias

from model_registry.exceptions.base import InvalidArgumentError

IfExists: TypeAlias = Literal["error", "return", "resume"]
"""What to do where a version exists: refuse, give it back as it is, or complete what is missing."""


def check_text(argument: str, value: str) -> None:
    """Check that an argument is a text that UTF-8 can encode.

    Raises:
        InvalidArgumentError: The value has another type, or contains surrogates.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"{argument} must be a text, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgumentError(
            f"{argument} must be Unicode text, got {value!r}: {error.reason}"
        ) from None


def check_count(argument: str, count: int) -> None:
    """Check that an argument is a whole number of 1 or more.

    Raises:
        InvalidArgumentError: The value is not.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"{argument} must be a whole number of 1 or more, got {count!r}")
