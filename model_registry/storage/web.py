"""Download files from web servers, resuming after broken connections."""

from __future__ import annotations

import re
from base64 import b64encode
from contextlib import closing
from copy import copy
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from model_registry.connection import checked_headers
from model_registry.connection.tokens import checked_text
from model_registry.exceptions import InvalidArgumentError, StorageAccessError, StorageError
from model_registry.storage.http.client import HTTPClient
from model_registry.storage.http.login import HTTPLogin
from model_registry.storage.http.retries import Retries, TransientError, retry

from .protocol import StoredFile
from .schemes import redact
from .transfer import Transfer
from .worker_copies import SentBySettings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.storage.allow import Allow
    from model_registry.storage.http.response import StreamedResponse

    from .protocol import IncomingFile, LocalFile

_CHUNK = 128 * 1024
_PART = 16 * 1024 * 1024
_SIZE = re.compile(r"[0-9]{1,18}")
_CONTENT_RANGE = re.compile(r"bytes (?:([0-9]{1,18})-[0-9]+|\*)/([0-9]+|\*)")


class HTTPStore(SentBySettings):
    """Read files at `http:` and `https:` URIs. Each URI names one file.

    Credentials are sent to one host only, not to others that a URI of a registry or a redirect names. Proxies
    are taken from the environment.

    Args:
        token: Bearer token.
        user: User name for basic authentication.
        password: Password of the user.
        headers: Additional headers for that host.
        host: The host that gets `token`, `password` and `headers`, such as `models.example.org`, or with
            a scheme and port; by default that of the first URI that you give. A bare host means HTTPS, except
            for this machine.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        connect_timeout: Maximum seconds for connecting.
        read_timeout: Maximum seconds without a byte.

    Raises:
        InvalidArgumentError: Both `token` and `user` are given, or `password` without `user`.

    Example:
        >>> from model_registry import storage
        >>> def fetch() -> None:
        ...     store = storage.HTTPStore(token="secret")
        ...     storage.download("https://models.example.org/fraud.onnx", "models", store=store)
    """

    _immutable = False
    """Whether an address always returns the same bytes, regardless of ETags."""

    def __init__(
        self,
        *,
        token: str | None = None,
        user: str | None = None,
        password: str | None = None,
        headers: Mapping[str, str] | None = None,
        host: str | None = None,
        ca: str | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 30.0,
    ) -> None:
        self._remember(locals())
        # urllib3 sends Latin-1. Servers expect UTF-8.
        own = {
            key: value.encode().decode("latin-1")
            for key, value in checked_headers("headers", headers or {}).items()
        }
        if token is not None and user is not None:
            raise InvalidArgumentError("give either token or user and password, not both")
        if password is not None and user is None:
            raise InvalidArgumentError("password needs user")
        if token is not None:
            own["Authorization"] = f"Bearer {checked_text(token, 'token')}"
        if user is not None:
            own["Authorization"] = _basic(user, password or "")
        self._login = HTTPLogin(own, host)
        self._connect = partial(HTTPClient, ca=ca, connect_timeout=connect_timeout, read_timeout=read_timeout)
        self._client = self._connect(self._login.for_user)

    def for_entry(self, allow: Allow | None) -> HTTPStore:
        """Return the store for the URI of an entry of a registry. It sends credentials to no new host.

        Args:
            allow: Hosts that may be reached; `None` for all.
        """
        limited = copy(self)
        allowed = allow and allow.also(self._login.host)
        limited._client = self._connect(self._login.for_entry, allow=allowed)  # noqa: SLF001  # a copy
        return limited

    def list_files(self, uri: str) -> list[StoredFile]:
        """Request the first byte of the file, and return its size. Signed addresses may not allow HEAD."""
        name = _name_of(uri)
        response = retry(lambda: self._client.get(uri, {"Range": "bytes=0-0"}), Transfer())
        response.close()
        _refuse_web_page(response, uri, name)
        response.check_encoding(name)
        content = _content_of(response)
        version = content.version if response.status == 206 else None  # without ranges nothing is resumed
        return [StoredFile(name, content.total, version=version, single=True)]

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:  # noqa: ARG002  # the protocol
        """Raise an error: web servers have no common way to upload files."""
        raise InvalidArgumentError(
            f"{redact(uri)} is read-only. Upload to a path, or to storage such as s3:// or oci://"
        )

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch the file or the missing rest of it, in parallel parts if it is large."""
        size = file.size or 0
        if file.version is not None and size - target.offset >= 2 * _PART and transfer.concurrency > 1:
            parts = [gap[at : at + _PART] for gap in target.gaps(size) for at in range(0, len(gap), _PART)]
            transfer.parts(lambda part: self._fetch_part(uri, file, part, target, transfer), parts)
            return
        retries = Retries(transfer)
        while True:
            begin = target.offset
            try:
                self._fetch_rest(uri, file, target)
            except TransientError as error:
                retries.wait_after(error, received=target.offset - begin)
            else:
                return

    def _fetch_part(
        self, uri: str, file: StoredFile, part: range, target: IncomingFile, transfer: Transfer
    ) -> None:
        """Fetch one part, resuming after broken connections."""
        retries = Retries(transfer)
        while part:
            begin = part.start
            headers = self._range(file, f"{part.start}-{part.stop - 1}")
            try:
                with closing(self._client.get(uri, headers)) as response:
                    self._check_same(response, uri, file, part.start)
                    for chunk in response.chunks(_CHUNK):
                        target.write_at(part.start, chunk)
                        part = part[len(chunk) :]
                if part:
                    raise _broken_off(uri, part.start, file.size)
            except TransientError as error:
                retries.wait_after(error, received=part.start - begin)

    def _fetch_rest(self, uri: str, file: StoredFile, target: IncomingFile) -> None:
        """Request all missing bytes once."""
        if target.offset and file.version is None and not self._immutable:
            target.restart()  # nothing shows whether the rest belongs to the same version
        headers: dict[str, str] = {}
        if target.offset:
            headers = self._range(file, f"{target.offset}-")
        with closing(self._client.get(uri, headers)) as response:
            content = _content_of(response)
            if response.status == 416 and target.offset == content.total:
                return
            if content.start == 0:
                target.restart()  # the server ignores ranges and sends the whole file
            self._check_same(response, uri, file, target.offset)
            for chunk in response.chunks(_CHUNK):
                target.write(chunk)
        if content.total is not None and target.offset < content.total:
            raise _broken_off(uri, target.offset, content.total)

    def _range(self, file: StoredFile, places: str) -> dict[str, str]:
        """Return the headers that request a range of this version of the file."""
        return {"Range": f"bytes={places}"} | ({} if self._immutable else {"If-Range": file.version or ""})

    def _check_same(self, response: StreamedResponse, uri: str, file: StoredFile, start: int) -> None:
        """Check that a response holds the requested range of the same version."""
        response.check_encoding(_name_of(uri))
        content = _content_of(response)
        if file.version not in (None, content.version) and not self._immutable:
            raise StorageError(f"{redact(uri)} changed during the download. Download it again.")
        if content.start != start:
            raise TransientError(f"{redact(uri)} returned another range than the requested one.")


class _Content(NamedTuple):
    """Start of the range, total size and version, from the headers of a response."""

    start: int
    total: int | None
    version: str | None


def _content_of(response: StreamedResponse) -> _Content:
    headers = response.headers
    start, total = 0, headers.get("content-length", "")
    if response.status != 200:
        found = _CONTENT_RANGE.match(headers.get("content-range", ""))
        start, total = (int(found[1] or 0), found[2]) if found else (-1, "")
    tag = headers.get("etag", "")
    version = tag if tag.startswith('"') else headers.get("last-modified")
    return _Content(start, int(total) if _SIZE.fullmatch(total) else None, version)


def _broken_off(uri: str, place: int, size: int | None) -> TransientError:
    return TransientError(f"{redact(uri)} broke off after {place} of {size} bytes.")


def _basic(user: str, password: str) -> str:
    """Return the header that logs in with a password."""
    login = ":".join((user.strip(), password.strip("\r\n")))
    if not login.isprintable():
        raise InvalidArgumentError("user and password must not contain line breaks or control characters")
    return f"Basic {b64encode(login.encode()).decode()}"


def _name_of(uri: str) -> str:
    """Return the file name of a URI.

    Raises:
        InvalidArgumentError: The URI contains credentials, or names no file.
    """
    try:
        parts = urlsplit(uri)
    except ValueError:
        raise InvalidArgumentError(f"{redact(uri)!r} is not a valid address") from None
    if "@" in parts.netloc:
        raise InvalidArgumentError(
            f"{redact(uri)} contains a user or password, which would be stored with the model. Use "
            "storage.HTTPStore(user=…, password=…)"
        )
    name = unquote(parts.path.rpartition("/")[2])
    if not name:
        raise InvalidArgumentError(
            f"{redact(uri)} names no file. Folders cannot be downloaded from web servers"
        )
    return name


def _refuse_web_page(response: StreamedResponse, uri: str, name: str) -> None:
    """Raise an error if the server returned a web page, such as a login page, instead of the file."""
    is_page = response.headers.get("content-type", "").startswith("text/html")
    if is_page and not name.lower().endswith((".html", ".htm")):
        raise StorageAccessError(
            f"{redact(uri)} returned a web page instead of the file. If it is a login page, give "
            "credentials; if it describes the file, use the address of the file itself."
        )
