"""Require a bearer token (RFC 6750) in every request except for probes."""

from __future__ import annotations

import codecs
import hmac
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.exceptions import InvalidArgumentError
from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import request_path, send_error
from model_registry.server.http.health import PROBE_PATHS

if TYPE_CHECKING:
    import os

    from model_registry.server.http.asgi import Application, Receive, Scope, Send

_SCHEME = b"bearer"
_CHALLENGE = 'Bearer realm="model-registry"'
_TOKEN: Final = re.compile(rb"[!-~]+")  # what a header can send without spaces
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_logger = logging.getLogger("model_registry.server")


class _FileStamp(NamedTuple):
    """What changes when a file changes."""

    modified: int
    size: int
    inode: int


class TokenFile:
    """The tokens in a file, one per line. The file is read again when it changes.

    Blank lines and lines that start with `#` are ignored.

    Args:
        path: The file.

    Raises:
        InvalidArgumentError: The file cannot be read, contains no token, or has a line that is not one token.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = Path(path)
        self._stamp, self._tokens = self._read()

    def accepts(self, token: bytes) -> bool:
        """Return whether a token is in the file. The time does not depend on the result.

        Raises:
            InvalidArgumentError: The file has changed, and cannot be used any more.
        """
        if self._read_stamp() != self._stamp:
            self._stamp, self._tokens = self._read()
        return any([hmac.compare_digest(token, one) for one in self._tokens])  # noqa: C419  # compare with all, always

    def _read_stamp(self) -> _FileStamp:
        try:
            found = self._path.stat()
        except OSError as error:
            raise InvalidArgumentError(
                f"cannot read the token file {self._path}: {error.strerror}"
            ) from error
        return _FileStamp(found.st_mtime_ns, found.st_size, found.st_ino)

    def _read(self) -> tuple[_FileStamp, list[bytes]]:
        stamp = self._read_stamp()
        try:
            tokens = _read_tokens(self._path.read_bytes())
        except OSError as error:
            raise InvalidArgumentError(
                f"cannot read the token file {self._path}: {error.strerror}"
            ) from error
        except _LineError as error:
            raise InvalidArgumentError(f"the token file {self._path} {error}") from None
        if not tokens:
            raise InvalidArgumentError(f"the token file {self._path} is empty: add a token")
        return stamp, tokens


class _LineError(Exception):
    """A line of a token file is not one token. The text never contains the line."""


def _read_tokens(data: bytes) -> list[bytes]:
    if data.startswith(_UTF16_MARKS):
        raise _LineError("is UTF-16: save it as UTF-8")
    tokens: list[bytes] = []
    for number, line in enumerate(data.removeprefix(codecs.BOM_UTF8).splitlines(), 1):
        token = line.strip(b" \t")
        if not token or token.startswith(b"#"):
            continue
        if not _TOKEN.fullmatch(token):
            raise _LineError(
                f"has a space or another character that no token has, in line {number}:"
                " write one token per line, and comments in lines that start with #"
            )
        tokens.append(token)
    return tokens


class BearerAuthMiddleware:
    """Refuse requests without a token of a file.

    Args:
        app: The ASGI application to protect.
        token_file: The file, see `TokenFile`.
    """

    def __init__(self, app: Application, token_file: str | os.PathLike[str]) -> None:
        self._app = app
        self._tokens = TokenFile(token_file)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request, or respond with the status 401."""
        # The registry uses the same paths for probes, so no other request passes.
        if scope["type"] == "http" and not request_path(scope).endswith(PROBE_PATHS):
            try:
                self._check(scope)
            except ApiError as error:
                await send_error(send, error)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        if not given:
            raise _unauthenticated("this registry requires a token: send 'Authorization: Bearer TOKEN'")
        scheme, _, token = given[0].partition(b" ")
        if len(given) > 1 or scheme.lower() != _SCHEME:
            raise _unauthenticated("the Authorization header must be one 'Bearer TOKEN'")
        try:
            accepted = self._tokens.accepts(token.strip())
        except InvalidArgumentError as error:
            _logger.error("%s", error)  # noqa: TRY400  # the message is enough
            raise ApiError(503, "the registry cannot check tokens now: see its log") from None
        if not accepted:
            raise _unauthenticated("the token is not valid", 'error="invalid_token"')


def _unauthenticated(message: str, *details: str) -> ApiError:
    return ApiError(401, message, {"WWW-Authenticate": ", ".join([_CHALLENGE, *details])})
