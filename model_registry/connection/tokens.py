"""Bearer tokens: given as a text, kept in a file that is replaced now and then, or made by a function."""

from __future__ import annotations

import asyncio
import inspect
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from model_registry.exceptions import InvalidArgumentError, UnauthenticatedError
from model_registry.types.arguments import checked_path

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Token: TypeAlias = "str | os.PathLike[str] | Callable[[], str | Awaitable[str]]"  # noqa: S105  # a type
"""A token, the path of the file that holds it, or a function (plain or `async`) that returns it."""

PIPELINES_VARIABLE = "KF_PIPELINES_SA_TOKEN_PATH"
"""Environment variable in which Kubeflow Pipelines says where a step finds its token."""

SERVICE_ACCOUNT_FILE = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
"""Where Kubernetes keeps the token of a pod's service account."""


class TokenSource(Protocol):
    """Something that knows the token of the moment."""

    async def current(self) -> str:
        """Return the token to use now."""
        ...

    async def renewed(self) -> str:
        """Return the token to use after the registry refused the current one; it may be the same."""
        ...


def checked_token(token: Token | None) -> Token | None:
    """Check a token and bring it into the form that is kept.

    Args:
        token: What the user gave.

    Returns:
        A text without white space around it, an existing path, a function; `None` for an empty text.

    Raises:
        InvalidArgumentError: It can be no token, or there is no such file.

    Example:
        >>> from model_registry.connection.tokens import checked_token
        >>> checked_token("  secret ")
        'secret'
    """
    if token is None:
        return None
    if isinstance(token, str):
        return checked_text(token, "user_token") or None
    if callable(token):
        return token
    if isinstance(token, os.PathLike):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        path = checked_path("user_token", Path(token).expanduser())
        if not path.is_file():
            raise InvalidArgumentError(f"there is no token file {str(path)!r}")
        return path
    raise InvalidArgumentError(
        f"user_token must be a text, a path or a function that returns a text, not a {type(token).__name__}"
    )


def checked_text(token: str, name: str) -> str:
    """Return a token without white space around it.

    Args:
        token: The token.
        name: What it is called in messages, which do not show the token.

    Raises:
        InvalidArgumentError: It contains characters that no bearer token has.
    """
    stripped = token.strip()
    if not stripped.isascii() or not stripped.isprintable() or " " in stripped:
        raise InvalidArgumentError(
            f"{name} holds characters that no bearer token has, such as blanks or line breaks"
        )
    return stripped


def token_from_variable(name: str) -> Token | None:
    """Read what an environment variable says about the token.

    Args:
        name: Name of a variable that holds the path of a token file, or the token itself.

    Returns:
        The path or the token; `None` when the variable is empty or not set.

    Raises:
        InvalidArgumentError: It names a file that is not there.

    Example:
        >>> import os
        >>> from model_registry.connection.tokens import token_from_variable
        >>> os.environ["MY_TOKEN"] = "secret"
        >>> token_from_variable("MY_TOKEN")
        'secret'
    """
    value = os.environ.get(name, "").strip()
    if not value:
        return None
    # Tokens may hold slashes, but none begins with one.
    is_path = value.startswith((os.sep, "~", "."))
    try:
        return checked_token(Path(value) if is_path else value)
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"{error} (from the environment variable {name})") from None


def source_of(token: Token) -> TokenSource:
    """Build the source of a token that was checked."""
    if isinstance(token, str):
        return _Text(token)
    if callable(token):
        return _Function(token)
    return _File(Path(token))


def described(token: Token | None) -> str:
    """Say what kind of token this is, and never what it is."""
    if token is None:
        return "none"
    if isinstance(token, str):
        return "'***'"
    if callable(token):
        return f"function {getattr(token, '__name__', type(token).__name__)}"
    return f"file {os.fspath(token)!r}"


class _Text:
    def __init__(self, text: str) -> None:
        self._text = text

    async def current(self) -> str:
        return self._text

    async def renewed(self) -> str:
        return self._text


class _File:
    """A file that others replace, as Kubernetes does every hour or so.

    While it is missing or empty, as between two steps of a careless writer, the last token stays in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._text = ""
        self._state: tuple[int, int, int] | None = None

    async def current(self) -> str:
        try:
            status = self._path.stat()
            state = (status.st_mtime_ns, status.st_ino, status.st_size)
            if state != self._state:
                self._text = self._read() or self._text
                self._state = state
        except OSError as error:
            if not self._text:
                raise _unreadable(self._path, error.strerror or type(error).__name__) from None
        if not self._text:
            raise _unreadable(self._path, "it is empty")
        return self._text

    async def renewed(self) -> str:
        self._state = None
        return await self.current()

    def _read(self) -> str:
        return checked_text(
            self._path.read_text(encoding="utf-8-sig", errors="replace"), f"token file {str(self._path)!r}"
        )


class _Function:
    def __init__(self, function: Callable[[], str | Awaitable[str]]) -> None:
        self._function = function

    async def current(self) -> str:
        text = await call_user(self._function)
        if not isinstance(text, str):
            raise InvalidArgumentError(
                f"the token {described(self._function)} returned a {type(text).__name__}, not a text"
            )
        checked = checked_text(text, f"what the token {described(self._function)} returned")
        if not checked:
            raise UnauthenticatedError(
                f"The token {described(self._function)} returned no token.", sent=False
            )
        return checked

    async def renewed(self) -> str:
        return await self.current()


async def call_user(function: Callable[..., object], *arguments: object) -> object:
    """Call a function of the user's, plain or `async`. A plain one may block: it gets a thread."""
    if inspect.iscoroutinefunction(function):
        result: object = function(*arguments)
    else:
        result = await asyncio.to_thread(function, *arguments)
    return await result if inspect.isawaitable(result) else result


def _unreadable(path: Path, reason: str) -> UnauthenticatedError:
    return UnauthenticatedError(
        f"No token can be read from {str(path)!r}: {reason}. Nothing was sent. "
        "Is the file mounted, and may this process read it?",
        sent=False,
    )
