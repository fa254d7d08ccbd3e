"""Options of commands that environment variables can also set."""

from __future__ import annotations

import argparse
import math
import os
import re
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from typing_extensions import Self

Value = TypeVar("Value")

PREFIX: Final = "MODEL_REGISTRY_SERVE_"
"""The prefix of the variables: `MODEL_REGISTRY_SERVE_PORT` for `--port`."""

_WORDS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_HOST: Final = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\sA-Z]+")


def add_option(
    parser: argparse.ArgumentParser,
    option: str,
    read: Callable[[str], Value],
    *,
    default: object = None,
    without_value: Value | None = None,
    metavar: str | None = None,
    help: str,
) -> None:
    """Add an option. Its value comes from the command line, the environment variable, or the default.

    Args:
        parser: The command.
        option: `--its-name`.
        read: Converts a text to a value, or raises a `ValueError` that says what is wrong.
        default: Its default value.
        without_value: Its value when the option has no argument; None when it needs one.
        metavar: Name of its value in the help.
        help: Its description.
    """
    variable = PREFIX + option.lstrip("-").upper().replace("-", "_")
    value = os.environ.get(variable)

    def read_it(text: str) -> Value:
        try:
            return read(text)
        except ValueError as error:
            origin = f"{text.variable}: " if isinstance(text, _FromEnvironment) else ""
            raise argparse.ArgumentTypeError(f"{origin}{error}") from None

    parser.add_argument(
        option,
        type=read_it,
        # argparse converts a default that is text like an argument.
        default=_FromEnvironment(variable, value) if value else default,
        nargs=None if without_value is None else "?",
        const=without_value,
        metavar=metavar,
        help=help,
    )


class _FromEnvironment(str):
    """A value from an environment variable.

    Attributes:
        variable: Its name.
    """

    __slots__ = ("variable",)
    variable: str

    def __new__(cls, variable: str, value: str) -> Self:
        self = super().__new__(cls, value)
        self.variable = variable
        return self


def one_of(words: Sequence[str]) -> Callable[[str], str]:
    """Return a reader that accepts only some words."""

    def read(text: str) -> str:
        if text not in words:
            raise ValueError(f"{text!r} is not one of {', '.join(words)}")
        return text

    return read


def port(text: str) -> int:
    """Read a TCP port."""
    if not text.isdecimal() or int(text) > 65535:
        raise ValueError(f"{text!r} is not a port: use 0 to 65535")
    return int(text)


def count(text: str) -> int:
    """Read a positive integer."""
    if not text.isdecimal() or int(text) == 0:
        raise ValueError(f"{text!r} is not a positive number")
    return int(text)


def seconds(text: str) -> float:
    """Read a number of seconds."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ValueError(f"{text!r} is not a positive number of seconds")
    return number


def switch(text: str) -> bool:
    """Read yes or no."""
    if text.lower() not in _WORDS:
        raise ValueError(f"{text!r} is not yes or no")
    return _WORDS[text.lower()]


def day(text: str) -> date:
    """Read a date."""
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):  # of the forms of ISO 8601, this one alone
            return date.fromisoformat(text)
    except ValueError:  # its text differs between versions of Python
        pass
    raise ValueError(f"{text!r} is not a date of the calendar: write it as 2027-06-30")


def origins(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of origins of web pages."""
    found = tuple(one.strip() for one in text.split(",") if one.strip())
    for one in found:
        # Browsers send origins in exactly this form.
        if one != "*" and not _ORIGIN.fullmatch(one):
            raise ValueError(f"{one!r} is not an origin: write it as https://dashboard.example.org")
    return found


def hosts(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of host names."""
    found = tuple(one.strip() for one in text.split(",") if one.strip())
    for one in found:
        if one != "*" and not _HOST.fullmatch(one):
            raise ValueError(
                f"{one!r} is not a host name: write it as registry.example.org, without scheme and port"
            )
    return found
