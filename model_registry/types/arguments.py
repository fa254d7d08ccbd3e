"""Checks of arguments that several modules make."""

from __future__ import annotations

from typing import Literal, TypeAlias

from model_registry.exceptions import InvalidArgumentError

IfExists: TypeAlias = Literal["error", "return", "resume"]
"""What to do where a version exists: refuse, give it back as it is, or complete what is missing."""


def check_text(argument: str, value: str) -> None:
    """Refuse what cannot be sent as text, naming the argument.

    Raises:
        InvalidArgumentError: The value is of another type, or holds halves of surrogate pairs, which UTF-8
            cannot express.
    """
    if not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"{argument} must be a text, got {value!r}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgumentError(
            f"{argument} must be Unicode text, got {value!r}: {error.reason}"
        ) from None


def check_page_size(argument: str, size: int) -> None:
    """Refuse a page size that is not a positive whole number, naming the argument.

    Raises:
        InvalidArgumentError: It is none.
    """
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"{argument} is the size of a page and must be 1 or more, got {size!r}")
