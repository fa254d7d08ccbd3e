"""Push one blob: in one request, or, where connections break, in chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from model_registry.exceptions import StorageError
from model_registry.storage.http.retries import Retries, TransientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_registry.storage.http.response import StreamedResponse
    from model_registry.storage.transfer import Transfer

    from .blobs import Blob
    from .repository import Repository

_MIB = 1024 * 1024
_CHUNKS = (16 * _MIB, 4 * _MIB, _MIB)
"""Sizes of requests. After one that broke, the next smaller size is used: proxies limit size or time."""
_ADVICE = (
    "Try again later: blobs that arrived are not sent again, this one is sent from its beginning. If each "
    "attempt ends after the same time or size, a proxy between here and the registry limits them."
)


class BlobUpload:
    """Push a blob, resuming after broken connections as far as the registry allows it.

    Args:
        repository: Where to.
        blob: The blob.
        moved: Called with the number of sent bytes of the user's files. No byte is counted twice.
        transfer: Stopping it ends the retries.
    """

    def __init__(
        self, repository: Repository, blob: Blob, moved: Callable[[int], object], transfer: Transfer
    ) -> None:
        self._repository = repository
        self._blob = blob
        self._moved = moved
        self._transfer = transfer
        self._counted = 0
        self._url: str = ""
        self._offset = 0
        self._most = max(blob.size, 1)
        self._least = 0
        self._sending = 0

    def run(self) -> None:
        """Push the blob.

        Raises:
            StorageError: No attempt succeeded, or the transfer was stopped.
        """
        retries = Retries(self._transfer, _ADVICE)
        while True:
            before = self._counted
            try:
                if not self._url:
                    self._begin()
                while self._offset < self._blob.size and (self._offset or self._blob.size > self._most):
                    self._send_chunk()
                self._finish()
            except TransientError as error:  # that is what the loop is for
                retries.wait_after(error, received=self._counted - before)
                self._resume()
            else:
                return

    def _begin(self) -> None:
        response = self._repository.begin_upload()
        self._url, self._offset = response.location, 0
        least = response.headers.get("OCI-Chunk-Min-Length", "")
        self._least = int(least) if least.isdecimal() else 0

    def _send_chunk(self) -> None:
        size = min(max(self._most, self._least), self._blob.size - self._offset)
        headers = {
            "Content-Range": f"{self._offset}-{self._offset + size - 1}",
            "Connection": "close",  # the limit may be that of a connection, for all its requests
        }
        response = self._send("PATCH", self._url, headers, size, (201, 202, 204))
        self._url = response.location
        received = _received(response) or self._offset + size
        if not self._offset < received <= self._blob.size:
            raise TransientError(f"{self._repository.reference.registry} did not accept a part of a blob.")
        self._offset = received

    def _finish(self) -> None:
        """Send all that is left, and the digest."""
        separator = "&" if urlsplit(self._url).query else "?"
        url = f"{self._url}{separator}{urlencode({'digest': self._blob.digest})}"
        self._send("PUT", url, {}, self._blob.size - self._offset, (201, 204))

    def _send(
        self, method: str, url: str, headers: dict[str, str], size: int, good: tuple[int, ...]
    ) -> StreamedResponse:
        headers["Content-Length"] = str(size)
        if size:
            headers["Content-Type"] = "application/octet-stream"
        self._sending = size
        what = f"store a blob of {self._repository.reference}"
        response = self._repository.send_upload(
            method, url, headers, (lambda: self._part(size)) if size else None
        )
        if response.status == 416 or (response.status == 413 and size > _CHUNKS[-1]):
            response.discard()
            raise TransientError(
                f"{self._repository.reference.registry} returned {response.status}, cannot {what}."
            )
        self._repository.check_upload(response, what, good)
        self._sending = 0
        return response

    def _part(self, size: int) -> Iterator[bytes]:
        return self._blob.chunks(self._offset, self._offset + size, self._count)

    def _count(self, end: int, size: int) -> None:
        self._moved(min(size, max(0, end - self._counted)))
        self._counted = max(self._counted, end)

    def _resume(self) -> None:
        """Ask what arrived, and make the next requests smaller if one of them broke."""
        if self._sending:
            smaller = [size for size in _CHUNKS if size < self._sending]
            self._most, self._sending = (smaller or _CHUNKS[-1:])[0], 0
        try:
            response = self._repository.send_upload("GET", self._url, {}, None) if self._url else None
            if response is not None:
                response.discard()
                received = _received(response)
                if response.status == 204 and 0 < received <= self._blob.size:
                    self._url, self._offset = response.location, received
                    return
        except (StorageError, TransientError):
            pass
        self._url = ""


def _received(response: StreamedResponse) -> int:
    """Return how many bytes a registry has received; 0 if it does not say so."""
    last = response.headers.get("Range", "").rpartition("-")[2]
    # "0-0" is one byte, by the letter, and none with some registries.
    return int(last) + 1 if last.isdecimal() and int(last) > 0 else 0
