"""Know callers by the bearer tokens (RFC 6750) of a file."""

from __future__ import annotations

import codecs
import hmac
import logging
import re
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from model_registry.exceptions import InvalidArgumentError
from model_registry.server.errors import ApiError
from model_registry.server.identity.caller import FRESH_SECONDS, Actor, Renewal
from model_registry.server.identity.refusals import unauthenticated
from model_registry.server.identity.roles import Role

if TYPE_CHECKING:
    import os

    from model_registry.server.database.protocol import Session
    from model_registry.server.http.asgi import Scope

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


class TokenFileCallers:
    """Know callers by the tokens of a file. All of them are writers.

    Args:
        path: The file, see `TokenFile`.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._tokens = TokenFile(path)

    async def caller(self, scope: Scope, token: bytes | None) -> Actor | None:
        """See `Authenticator`."""
        del scope
        if token is None or not self._accepts(token):
            return None
        renewal = Renewal(time.monotonic() + FRESH_SECONDS, partial(self._check_again, token))
        return Actor("token-file", Role.WRITER, "token file", renewal)

    def _check_again(self, token: bytes, session: Session) -> None:
        del session
        if not self._accepts(token):
            raise unauthenticated("the token is not valid", invalid=True)

    def _accepts(self, token: bytes) -> bool:
        try:
            return self._tokens.accepts(token)
        except InvalidArgumentError as error:
            _logger.error("%s", error)  # noqa: TRY400  # the message is enough
            raise ApiError(503, "the registry cannot check tokens now: see its log") from None
