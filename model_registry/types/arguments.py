"""Checks of arguments that several modules make."""

from __future__ import annotations

import errno
import numbers
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from model_registry.exceptions.base import InvalidArgumentError
from model_registry.types.formatting import short
from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

IfExists: TypeAlias = Literal["error", "return", "resume"]
"""What to do where a version exists: refuse, give it back as it is, or complete what is missing."""

_UNUSABLE = {errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL}
_ABSOLUTE = re.compile(r"[/\\]|[A-Za-z][A-Za-z0-9+.-]*:")


class InvalidFieldsError(InvalidArgumentError):
    """Fields of a resource have invalid values.

    Attributes:
        problems: The name of each field, and what is wrong with its value.
    """

    def __init__(self, kind: str, problems: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"{kind} cannot be built: {'; '.join(map(': '.join, problems))}")
        self.problems = problems

    def __reduce__(self) -> tuple[type[InvalidArgumentError], tuple[str]]:
        return InvalidArgumentError, (str(self),)


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


def checked_path(argument: str, given: str | os.PathLike[str]) -> Path:
    """Return a path that this system can use, whether or not there is a file.

    Raises:
        InvalidArgumentError: It contains NUL or what is not Unicode, is too long, or is a loop of links.
    """
    try:
        os.stat(given)  # noqa: PTH116  # `Path` would accept more types
    except OSError as error:
        if error.errno not in _UNUSABLE:
            return Path(given)
        reason = (error.strerror or str(error)).lower()
    except TypeError:
        raise InvalidArgumentError(f"{argument} must be one path, got {short(given)}") from None
    except ValueError as error:  # also that of Unicode
        reason = getattr(error, "reason", str(error))
    else:
        return Path(given)
    raise InvalidArgumentError(
        f"{argument} {short(os.fspath(given))} is no path that this system can use: {reason}"
    )


def check_count(argument: str, count: int) -> None:
    """Check that an argument is a whole number of 1 or more.

    Raises:
        InvalidArgumentError: The value is not.
    """
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"{argument} must be a whole number of 1 or more, got {count!r}")


def unboxed(value: object) -> object:
    """Return the Python value of a scalar of NumPy, PyTorch or JAX, or of an array without dimensions.

    Example:
        >>> import numpy as np
        >>> from model_registry.types.arguments import unboxed
        >>> unboxed(np.float64(0.5)), unboxed(np.array(3)), unboxed("text")
        (0.5, 3, 'text')
    """
    item: Callable[[], Any] | None = getattr(value, "item", None)
    shape: object = getattr(value, "shape", None)
    return item() if callable(item) and isinstance(shape, tuple) and not shape else value


def version_name(version: object) -> str:
    """Return the name of a version, which may be given as a whole number.

    Raises:
        InvalidArgumentError: It is something else.
    """
    number = unboxed(version)
    if not isinstance(number, bool) and isinstance(number, numbers.Integral):
        return str(int(number))
    if not isinstance(version, str):
        raise InvalidArgumentError(
            f"version must be a text or a whole number, got {version!r}: write version={str(version)!r}"
        )
    return version


def check_uri(argument: str, uri: object) -> None:
    """Check that a URI is not a relative path, which means nothing on another machine.

    Raises:
        InvalidArgumentError: It is a relative path.
    """
    if isinstance(uri, str) and uri and not _ABSOLUTE.match(uri):
        raise InvalidArgumentError(
            f"{argument}={redacted_text(uri)!r} is a relative path: write a URI with its scheme, such as "
            f"s3://, or Path({redacted_text(uri)!r}) for a file of this machine"
        )


def uri_of_path(uri: object) -> object:
    """Return the absolute `file:` URI of a path; anything else unchanged."""
    if not isinstance(uri, os.PathLike):
        return uri
    return Path(cast("os.PathLike[str]", uri)).expanduser().absolute().as_uri()
