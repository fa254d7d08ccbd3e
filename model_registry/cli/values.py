"""Read the values of options: from the command line, or from environment variables."""

from __future__ import annotations

import ipaddress
import math
import re
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import click
from click.core import ParameterSource

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from model_registry.server.process.limits import Network

Value = TypeVar("Value")

_WORDS: Final = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
_HOST: Final = re.compile(r"\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")
_ORIGIN: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#@\sA-Z]+")


class Read(click.ParamType, Generic[Value]):  # type: ignore[type-arg]  # generic since Click 8.4
    """The type of an option whose value a function reads.

    Args:
        read: Converts a text to a value, or raises a `ValueError` that says what is wrong.
        name: What the help calls the value.
    """

    def __init__(self, read: Callable[[str], Value], name: str = "TEXT") -> None:
        self.name = name
        self._read = read

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401  # Click's
        """Read a text; a default value is left as it is."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            raise click.BadParameter(f"{_variable(param, ctx)}{error}", ctx, param) from None


class FileOrFolder(click.Path):
    """The type of an argument that names files to upload. A URI is refused with a hint at `--uri`."""

    def __init__(self) -> None:
        super().__init__(exists=True, path_type=Path, allow_dash=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:  # noqa: ANN401  # Click's
        """Read the path of a file or folder that exists."""
        if isinstance(value, str) and "://" in value:
            self.fail(f"{value!r} is a URI: pass the location of stored files with --uri", param, ctx)
        return super().convert(value, param, ctx)


@contextmanager
def needs_text(name: str) -> Generator[None]:
    """Raise an error that names a file where it is no text.

    Raises:
        InvalidArgumentError: The file is not in UTF-8.
    """
    try:
        yield
    except UnicodeDecodeError:
        raise InvalidArgumentError(f"{name!r} is no text: it must be in UTF-8") from None


def _variable(param: click.Parameter | None, ctx: click.Context | None) -> str:
    """Name the environment variable that a value comes from, if it does."""
    if param is None or ctx is None:
        return ""
    if ctx.get_parameter_source(param.name) is not ParameterSource.ENVIRONMENT:
        return ""
    given = param.envvar or f"{ctx.auto_envvar_prefix}_{param.name.upper()}"
    return f"{given}: "


def filled(text: str) -> str:
    """Read a text that is not blank."""
    if not text.strip():
        raise ValueError("the value is empty: give one, or leave the option out")
    return text


def version_to_write(text: str) -> str:
    """Read a reference to a version that a command changes. It may not be the bare name of a model."""
    from model_registry.types.references import LATEST, SCHEME

    name = text.removeprefix(SCHEME)
    if not name or name.isdecimal() or "/" in name or "@" in name:
        return text
    raise ValueError(
        f"{text!r} names no version: write {text}/VERSION, {text}@ALIAS, or {text}@{LATEST} for the newest"
    )


def words(text: str) -> tuple[str, ...]:
    """Read a comma-separated list that is not empty."""
    return tuple(one.strip() for one in filled(text.strip(" ,")).split(",") if one.strip())


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


def delay(text: str) -> float:
    """Read a number of seconds that may be 0."""
    return 0.0 if text == "0" else seconds(text)


def lifetime(text: str) -> float:
    """Read a time span such as `90d`, in seconds."""
    found = _SPAN.fullmatch(text)
    if found is None or int(found["number"]) == 0:
        raise ValueError(f"{text!r} is not a time span: write it as 90d, 12h or 30m")
    return int(found["number"]) * _UNIT_SECONDS[found["unit"]]


_SPAN: Final = re.compile(r"(?P<number>[0-9]{1,5})(?P<unit>[dhm])")
_UNIT_SECONDS: Final = {"d": 86400.0, "h": 3600.0, "m": 60.0}


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
    found = words(text)
    for one in found:
        # Browsers send origins in exactly this form.
        if one != "*" and not _ORIGIN.fullmatch(one):
            raise ValueError(f"{one!r} is not an origin: write it as https://dashboard.example.org")
    return found


def hosts(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of host names."""
    found = words(text)
    for one in found:
        if one != "*" and not _HOST.fullmatch(one):
            raise ValueError(
                f"{one!r} is not a host name: write it as registry.example.org, without scheme and port"
            )
    return found


def file(text: str) -> str:
    """Read the path of an existing file."""
    if not Path(text).is_file():
        raise ValueError(f"there is no file {text!r}")
    return text


def locations(text: str) -> tuple[str, ...]:
    """Read a comma-separated list of locations of files: URIs, and absolute paths of folders."""
    found = words(text)
    for one in found:
        if "?" in one or not (one.startswith("/") or "://" in one):
            raise ValueError(f"{one!r} is not a location: write it as s3://models or /srv/models")
    return found


def networks(text: str) -> tuple[Network, ...]:
    """Read a comma-separated list of IP addresses and networks; `*` stands for all."""
    return tuple(_network(part) for part in words(text.replace("*", "0.0.0.0/0,::/0")))


def _network(text: str) -> Network:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is neither an IP address nor a network: write it as 10.0.0.1 or 10.0.0.0/8"
        ) from None
