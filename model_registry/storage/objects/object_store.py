"""The common part of the stores of S3, Google and Azure: files as objects of a bucket."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib import import_module
from itertools import repeat
from typing import TYPE_CHECKING, Any, TypeVar

from model_registry.exceptions import (
    InvalidArgumentError,
    MissingExtraError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.storage.http.retries import Retries, TransientError
from model_registry.storage.paths import check_path
from model_registry.storage.protocol import StoredFile
from model_registry.storage.worker_copies import SentBySettings

from .error_codes import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from obstore import ObjectMeta

    from model_registry.storage.protocol import IncomingFile, LocalFile
    from model_registry.storage.transfer import Transfer

R = TypeVar("R")

MIB = 1024 * 1024
PART = 5 * MIB  # the minimum of S3
_MOST_PARTS = 10_000  # the maximum of S3
_IN_FLIGHT = 30 * MIB  # of one upload, all files together
_RANGE = 8 * MIB
_PIECE = MIB // 4  # of a range; it stays in the cache of a processor until it is hashed
_CHUNK = MIB

TIMEOUT = timedelta(minutes=5)  # of one request, which moves a few MiB
RETRIES = {  # of one request, by the library
    "max_retries": 4,
    "retry_timeout": timedelta(minutes=2),
    "backoff": {"init_backoff": timedelta(milliseconds=200), "max_backoff": timedelta(seconds=5), "base": 2},
}


@dataclass(frozen=True)
class ObjectLocation:
    """The location that a URI names.

    Attributes:
        library: The functions `put`, `get`, `head` and `list`.
        client: Client of the library for the bucket.
        key: Key of the object, or of the folder; empty for the whole bucket.
        folder: Whether the URI can only name a folder.
        uri: The URI of the stored files.
        display: The URI for messages.
        version: Version of the object that the URI names, if any.
    """

    library: Any
    client: Any
    key: str
    folder: bool
    uri: str
    display: str
    version: str | None = None

    def key_of(self, path: str) -> str:
        """Return the key of a file below this location."""
        return "/".join(part for part in (self.key, path) if part)


class ObjectStore(SentBySettings):
    """Store files as objects. Subclasses define the bucket and the key for a URI."""

    extra = "s3"

    def __init__(self, part_size: int = PART) -> None:
        if part_size < PART:
            raise InvalidArgumentError(f"part_size must be at least {PART}, the minimum of the stores")
        self._part = part_size
        self._last: tuple[str, ObjectLocation] | None = None

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the object, or all objects below the folder."""
        location = self._locate(uri)
        self._last = uri, location
        if location.key and not location.folder:
            meta = self._head(location, location.key, location.version)
            if meta is not None:
                return [_stored(location.key.rpartition("/")[2], meta, single=True)]
        listed = self._call(
            lambda: list(_walk(location.library, location.client, location.key or None)),
            location.display,
            "listed",
        )
        skipped = f"{location.key}/" if location.key else ""
        found = [meta for meta in listed if meta["path"] != location.key]
        found = self._without_markers(location, found)
        if not found:
            raise StorageNotFoundError(f"There is no file and no folder {location.display}.")
        return [_stored(meta["path"].removeprefix(skipped), meta) for meta in found]

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Upload files as objects, large ones in parts. A failure leaves no parts behind."""
        location = self._locate(uri)
        if location.version is not None:
            raise InvalidArgumentError(f"{location.display} names a version, which an upload cannot replace")
        if any(not location.key_of(file.path) for file in files):
            raise InvalidArgumentError(
                f"{location.display} names a bucket, but no file. Add a name, or a / at the end"
            )
        large = sum(file.size > self._part for file in files)
        share = max(1, transfer.concurrency // max(large, 1))

        def send(file: LocalFile) -> None:
            transfer.check()
            if file.size > self._part:
                self._send_parts(location, file, share, transfer)
            else:
                self._send(location, file, transfer)
            transfer.advance(0, files=1)

        transfer.each(send, files)
        return location.uri

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch an object or the missing rest of it, in parallel ranges."""
        last = self._last
        if last is None or last[0] != uri:
            last = self._last = uri, self._locate(uri)
        location = last[1]
        if file.size is None:  # every listing of objects has the size
            raise StorageError(f"The size of {location.display} is not known.")
        ranges = [
            (start, min(start + _RANGE, gap.stop))
            for gap in target.gaps(file.size)
            for start in range(gap.start, gap.stop, _RANGE)
        ]
        if len(ranges) == 1:  # one of many small files
            self._fetch(location, file, ranges[0], target, transfer)
        else:
            transfer.parts(lambda each: self._fetch(location, file, each, target, transfer), ranges)

    def _send(self, location: ObjectLocation, file: LocalFile, transfer: Transfer) -> None:
        """Upload a file with one request."""
        library, key = location.library, location.key_of(file.path)
        content = b"".join(file.chunks(_CHUNK))
        stored = self._call(
            lambda: library.put(location.client, key, content, use_multipart=False),
            location.display,
            "uploaded",
            key,
        )
        file.version = self._version_of(stored)
        transfer.advance(len(content))

    def _send_parts(self, location: ObjectLocation, file: LocalFile, share: int, transfer: Transfer) -> None:
        """Upload a file in parallel parts. The library removes them after a failure."""
        library, key = location.library, location.key_of(file.path)
        size = max(self._part, _least_part(file.size))
        at_once = max(1, min(share, _IN_FLIGHT // size))
        pieces = _Pieces(file, transfer)
        try:
            stored = self._call(
                lambda: library.put(
                    location.client, key, pieces, use_multipart=True, chunk_size=size, max_concurrency=at_once
                ),
                location.display,
                "uploaded",
                key,
            )
            file.version = self._version_of(stored)
        except StorageError:
            if pieces.failed is None:
                raise
        if pieces.failed is not None:
            raise pieces.failed

    def _fetch(
        self,
        location: ObjectLocation,
        file: StoredFile,
        part: tuple[int, int],
        target: IncomingFile,
        transfer: Transfer,
    ) -> None:
        """Fetch a range, resuming after broken connections."""
        position, end = part
        retries = Retries(transfer)
        while position < end:
            transfer.check()
            begun = position
            try:
                for chunk in self._read(location, file, (position, end)):
                    target.write_at(position, chunk)
                    position += len(chunk)
            except TransientError as error:
                retries.wait_after(error, received=position - begun)

    def _read(
        self, location: ObjectLocation, file: StoredFile, part: tuple[int, int]
    ) -> Iterator[memoryview]:
        """Request a range of an object once. The response may be incomplete."""
        library, key = location.library, location.key if file.single else location.key_of(file.path)
        options = self._version_options(location, file)
        if part != (0, file.size):
            options["range"] = part
        left = part[1] - part[0]
        response = self._call(
            lambda: library.get(location.client, key, options=options), location.display, "fetched", key
        )
        stream = None if left <= _PIECE else iter(response.stream(min_chunk_size=_PIECE))
        while left:
            try:
                chunk = self._call(
                    response.bytes if stream is None else lambda: next(stream, None),
                    location.display,
                    "fetched",
                    key,
                )
            except StorageError as error:  # the library repeats requests, but not broken responses
                raise TransientError(str(error)) from None
            if not chunk:
                raise TransientError(f"{location.display} broke off, {left} bytes before the end of a part.")
            content = memoryview(chunk)[:left]
            left -= len(content)
            yield content

    def _version_of(self, stored: Mapping[str, str | None]) -> str | None:  # noqa: ARG002  # of one store
        """Return the version of an uploaded object, if the store can return this version later."""
        return None

    def _version_options(self, location: ObjectLocation, file: StoredFile) -> dict[str, object]:
        """Return the options of requests for the version of an object that was listed."""
        options: dict[str, object] = {"if_match": file.version} if file.version else {}
        return options | ({"version": location.version} if location.version else {})

    def _locate(self, uri: str) -> ObjectLocation:
        """Return the bucket and the key for a URI."""
        raise NotImplementedError

    def _cause(self) -> StorageError | None:
        """Return the error of a callback of the library, if any."""
        return None

    def _library(self) -> Any:  # noqa: ANN401  # a module
        """Import the library, which cannot be used after a fork."""
        try:
            library = import_module("obstore")
        except ImportError as error:
            raise MissingExtraError.for_extra(self.extra, "Object storage", error) from error
        if _first_user() != os.getpid():
            raise StorageError(
                "This process was forked after its parent used object storage, so it lacks some threads. "
                'Start it with multiprocessing.get_context("spawn"), or transfer files in one process only.'
            )
        return library

    def _head(self, location: ObjectLocation, key: str, version: str | None = None) -> ObjectMeta | None:
        library = location.library

        def head() -> ObjectMeta | None:
            try:
                options = {"head": True, "version": version}
                meta: ObjectMeta = (
                    library.head(location.client, key)
                    if version is None
                    else library.get(location.client, key, options=options).meta
                )
            except FileNotFoundError:
                return None
            return meta

        meta = self._call(head, location.display, "read", key)
        if meta is not None and meta["e_tag"] is None:
            raise StorageError(
                f"{location.display} cannot be read: the response has no ETag. Check that the endpoint is "
                "the service, not its web console."
            )
        return meta

    def _without_markers(self, location: ObjectLocation, found: list[ObjectMeta]) -> list[ObjectMeta]:
        """Remove the empty objects named `folder/` that web consoles create, which are listed as `folder`."""
        empty = [meta["path"] for meta in found if meta["size"] == 0]
        if not empty:
            return found
        with ThreadPoolExecutor(min(8, len(empty)), "model-registry-head") as pool:
            heads = pool.map(self._head, repeat(location), empty)
            markers = {key for key, meta in zip(empty, heads, strict=True) if meta is None}
        return [meta for meta in found if meta["path"] not in markers]

    def _call(self, do: Callable[[], R], display: str, done: str, key: str | None = None) -> R:
        """Call the library and translate its errors.

        The original error is not attached: it holds responses of the server, with session tokens in them.
        """
        try:
            return do()
        except Exception as error:  # noqa: BLE001  # its own, and builtin ones that it raises
            failed = self._cause() or failure(error, display, done, key)
        except BaseException as error:
            if type(error).__name__ != "PanicException":  # an internal error of the library
                raise
            failed = StorageError(
                f"{display} could not be {done}: the library obstore failed. Check that the credentials, "
                "region and endpoint contain no unusual characters."
            )
        raise failed


class _Pieces:
    """Pass the bytes of a file to the library. An error of ours is stored, to be raised unchanged."""

    def __init__(self, file: LocalFile, transfer: Transfer) -> None:
        self._chunks = file.chunks(_CHUNK)
        self._transfer = transfer
        self.failed: Exception | None = None

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._chunks:
                self._transfer.advance(len(chunk))
                yield chunk
        except Exception as error:
            self.failed = error
            raise


def split_uri(uri: str, scheme: str) -> tuple[str, str, str]:
    """Split a URI.

    Returns:
        Bucket, key and query. The key keeps a `/` at its end.

    Raises:
        InvalidArgumentError: The URI is not valid, or contains credentials.
    """
    from urllib.parse import unquote

    address, _, query = uri.partition("?")
    rest = address.partition("://")[2]
    bucket, _, key = rest.partition("/")
    if "@" in bucket:
        raise InvalidArgumentError(
            f"A URI of {scheme}: must not contain credentials, which would be stored with the model. Give "
            "them to the store, or in the environment"
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]+", bucket) or ".." in bucket:
        raise InvalidArgumentError(
            f"{address!r} names no bucket of two or more letters. Write {scheme}://bucket/folder/file"
        )
    key = unquote(key)
    if key.rstrip("/"):
        try:
            check_path(key.removesuffix("/"))
        except StorageError as error:
            raise InvalidArgumentError(str(error)) from None
    return bucket, key.lstrip("/"), query


@lru_cache(maxsize=1)
def _first_user() -> int:
    """Return the process that used the library first. Forked processes return their parent."""
    return os.getpid()


def _walk(library: Any, client: Any, prefix: str | None) -> Iterator[ObjectMeta]:  # noqa: ANN401
    for page in library.list(client, prefix, chunk_size=1000):
        yield from page


def _stored(path: str, meta: ObjectMeta, *, single: bool = False) -> StoredFile:
    return StoredFile(path, meta["size"], version=meta["e_tag"], single=single)


def _least_part(size: int) -> int:
    """Return the minimum size of parts, in whole MiB, that S3 allows for a file."""
    return -(-size // (_MOST_PARTS * MIB)) * MIB
