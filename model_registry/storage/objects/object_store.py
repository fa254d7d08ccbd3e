"""Files as objects of a bucket: what the stores of S3, Google and Azure have in common."""

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

from .error_codes import failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore import ObjectMeta

    from model_registry.storage.protocol import IncomingFile, LocalFile
    from model_registry.storage.transfer import Transfer

R = TypeVar("R")

MIB = 1024 * 1024
PART = 5 * MIB  # the least that S3 takes
_MOST_PARTS = 10_000  # that S3 takes
_IN_FLIGHT = 40 * MIB  # of one upload, all files together
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
    """What a URI names.

    Attributes:
        client: Bucket, as the library sees it.
        key: Key of the object, or of the folder; empty for the whole bucket.
        folder: Whether only a folder can be meant.
        uri: The URI under which it is found again.
        shown: The same for messages.
    """

    client: Any
    key: str
    folder: bool
    uri: str
    shown: str

    def key_of(self, path: str) -> str:
        """Give the key of a file below this place."""
        return "/".join(part for part in (self.key, path) if part)


class ObjectStore:
    """Stores whose files are objects; what is theirs alone is how a URI becomes a bucket and a key."""

    extra = "s3"

    def __init__(self, part_size: int = PART) -> None:
        if part_size < PART:
            raise InvalidArgumentError(
                f"part_size must be at least {PART}, which is the least that stores take"
            )
        self._part = part_size

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the object, or the objects below the folder."""
        place = self._place(uri)
        if place.key and not place.folder:
            meta = self._head(place, place.key)
            if meta is not None:
                return [_stored(place.key.rpartition("/")[2], meta, single=True)]
        library = self._library()
        listed = self._call(
            lambda: list(_walk(library, place.client, place.key or None)), place.shown, "listed"
        )
        skipped = f"{place.key}/" if place.key else ""
        found = [meta for meta in listed if meta["path"] != place.key]
        found = self._without_markers(place, found)
        if not found:
            raise StorageNotFoundError(f"There is no file and no folder {place.shown}.")
        return [_stored(meta["path"].removeprefix(skipped), meta) for meta in found]

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Upload files as objects, large ones in parts. What fails leaves no parts behind."""
        place = self._place(uri)
        if any(not place.key_of(file.path) for file in files):
            raise InvalidArgumentError(
                f"{place.shown} names a bucket and no file: add a name, or end it with /"
            )
        large = sum(file.size > self._part for file in files)
        share = max(1, transfer.concurrency // max(large, 1))

        def send(file: LocalFile) -> None:
            transfer.check()
            if file.size > self._part:
                self._send_parts(place, file, share, transfer)
            else:
                self._send(place, file, transfer)
            transfer.advance(0, files=1)

        transfer.each(send, files)
        return place.uri

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch an object, or the rest of it, in ranges at once."""
        place = self._place(uri)
        if file.size is None:  # which no listing of objects leaves out
            raise StorageError(f"The size of {place.shown} is not known.")
        begin, end = target.offset, file.size
        ranges = [(start, min(start + _RANGE, end)) for start in range(begin, end, _RANGE)]
        transfer.parts(lambda each: self._fetch(place, file, each, target, transfer), ranges)

    def _send(self, place: ObjectLocation, file: LocalFile, transfer: Transfer) -> None:
        """Upload a file with one request."""
        library, key = self._library(), place.key_of(file.path)
        content = b"".join(file.chunks(_CHUNK))
        self._call(
            lambda: library.put(place.client, key, content, use_multipart=False), place.shown, "uploaded", key
        )
        transfer.advance(len(content))

    def _send_parts(self, place: ObjectLocation, file: LocalFile, share: int, transfer: Transfer) -> None:
        """Upload a file in parts, several at once. The library takes them back when one fails."""
        library, key = self._library(), place.key_of(file.path)
        size = max(self._part, _least_part(file.size))
        at_once = max(1, min(share, _IN_FLIGHT // size))
        pieces = _Pieces(file, transfer)
        try:
            self._call(
                lambda: library.put(
                    place.client, key, pieces, use_multipart=True, chunk_size=size, max_concurrency=at_once
                ),
                place.shown,
                "uploaded",
                key,
            )
        except StorageError:
            if pieces.failed is None:
                raise
        if pieces.failed is not None:
            raise pieces.failed

    def _fetch(
        self,
        place: ObjectLocation,
        file: StoredFile,
        wanted: tuple[int, int],
        target: IncomingFile,
        transfer: Transfer,
    ) -> None:
        """Fetch a range, with further requests where connections break."""
        position, end = wanted
        retries = Retries(transfer)
        while position < end:
            transfer.check()
            begun = position
            try:
                for chunk in self._read(place, file, (position, end)):
                    target.write_at(position, chunk)
                    position += len(chunk)
            except TransientError as error:
                retries.wait_after(error, received=position - begun)

    def _read(self, place: ObjectLocation, file: StoredFile, wanted: tuple[int, int]) -> Iterator[memoryview]:
        """Request a range of an object; give what comes."""
        library, key = self._library(), place.key if file.single else place.key_of(file.path)
        options: dict[str, object] = {"if_match": file.version} if file.version else {}
        if wanted != (0, file.size):
            options["range"] = wanted
        stream = self._call(
            lambda: iter(library.get(place.client, key, options=options).stream(min_chunk_size=_PIECE)),
            place.shown,
            "fetched",
            key,
        )
        left = wanted[1] - wanted[0]
        while left:
            try:
                chunk = self._call(lambda: next(stream, None), place.shown, "fetched", key)
            except StorageError as error:  # requests are repeated by the library, what breaks later is not
                raise TransientError(str(error)) from None
            if not chunk:
                raise TransientError(f"{place.shown} broke off, {left} bytes before the end of a part.")
            content = memoryview(chunk)[:left]
            left -= len(content)
            yield content

    def _place(self, uri: str) -> ObjectLocation:
        """Find the bucket and the key that a URI names."""
        raise NotImplementedError

    def _cause(self) -> StorageError | None:
        """Say what went wrong in what the library called back, if anything did."""
        return None

    def _library(self) -> Any:  # noqa: ANN401  # a module
        """Import the library, which does not survive a fork."""
        try:
            library = import_module("obstore")
        except ImportError as error:
            raise MissingExtraError.for_extra(self.extra, "Object storage", error) from error
        if _first_user() != os.getpid():
            raise StorageError(
                "This process was forked from one that had used object storage, whose threads it lacks: "
                'start it with multiprocessing.get_context("spawn"), or move all files in one of the two.'
            )
        return library

    def _head(self, place: ObjectLocation, key: str) -> ObjectMeta | None:
        library = self._library()

        def head() -> ObjectMeta | None:
            try:
                meta: ObjectMeta = library.head(place.client, key)
            except FileNotFoundError:
                return None
            return meta

        meta = self._call(head, place.shown, "read", key)
        if meta is not None and meta["e_tag"] is None:
            raise StorageError(
                f"{place.shown} could not be read: what answers has no ETags. Is the endpoint that of the "
                "service, and not of its web page?"
            )
        return meta

    def _without_markers(self, place: ObjectLocation, found: list[ObjectMeta]) -> list[ObjectMeta]:
        """Leave out the empty objects named `folder/` that consoles make, which are listed as `folder`."""
        empty = [meta["path"] for meta in found if meta["size"] == 0]
        if not empty:
            return found
        with ThreadPoolExecutor(min(8, len(empty)), "model-registry-head") as pool:
            heads = pool.map(self._head, repeat(place), empty)
            markers = {key for key, meta in zip(empty, heads, strict=True) if meta is None}
        return [meta for meta in found if meta["path"] not in markers]

    def _call(self, do: Callable[[], R], shown: str, done: str, key: str | None = None) -> R:
        """Call the library; make its errors ours.

        They are raised where no trace of its own stays attached: those hold answers of the server as they
        came, with session tokens in them.
        """
        try:
            return do()
        except Exception as error:  # noqa: BLE001  # its own, and builtin ones that it raises
            failed = self._cause() or failure(error, shown, done, key)
        raise failed


class _Pieces:
    """The bytes of a file, for the library to take; what fails on this side is kept as it was raised."""

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
    """Take a URI apart.

    Returns:
        Bucket, key and query; the key with its `/` at the end, where it has one.

    Raises:
        InvalidArgumentError: It cannot be such a URI, or holds credentials.
    """
    from urllib.parse import unquote

    address, _, query = uri.partition("?")
    rest = address.partition("://")[2]
    bucket, _, key = rest.partition("/")
    if "@" in bucket:
        raise InvalidArgumentError(
            f"A URI of {scheme}: must not hold credentials, which would be kept with the model: give them to "
            "the store, or in the environment"
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]+", bucket):
        raise InvalidArgumentError(
            f"{address!r} names no bucket, of two or more letters: write {scheme}://bucket/folder/file"
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
    """Give the process that used the library first. Forked ones have the answer of their parent."""
    return os.getpid()


def _walk(library: Any, client: Any, prefix: str | None) -> Iterator[ObjectMeta]:  # noqa: ANN401
    for page in library.list(client, prefix, chunk_size=1000):
        yield from page


def _stored(path: str, meta: ObjectMeta, *, single: bool = False) -> StoredFile:
    return StoredFile(path, meta["size"], version=meta["e_tag"], single=single)


def _least_part(size: int) -> int:
    """Give the size of parts, in whole MiB, of which a file does not have too many."""
    return -(-size // (_MOST_PARTS * MIB)) * MIB
