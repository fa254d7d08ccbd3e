"""A store in memory that does what tests want of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageNotFoundError
from model_registry.storage import StoredFile

if TYPE_CHECKING:
    from model_registry.storage import IncomingFile, LocalFile, Transfer


class MemoryStore:
    """Keeps files by path.

    Args:
        files: Content by path.
        order: Places at which the parts of a file come, in this order; one after the other by default.
        part: Length of a part.
        says: What it claims to hold, in place of the truth.

    Attributes:
        fetched: Path of each file that was fetched, and where it was begun.
        fail_at: Number of the part that fails, counted over all files.
    """

    def __init__(
        self,
        files: dict[str, bytes] | None = None,
        *,
        order: list[int] | None = None,
        part: int = 1000,
        says: list[StoredFile] | None = None,
    ) -> None:
        self.files = dict(files or {})
        self.order = order
        self.part = part
        self.says = says
        self.fetched: list[tuple[str, int]] = []
        self.fail_at = -1
        self.parts = 0
        self._lock = threading.Lock()

    def list_files(self, uri: str) -> list[StoredFile]:
        if self.says is not None:
            return self.says
        return [StoredFile(path, len(content), version="1") for path, content in self.files.items()]

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        def take(file: LocalFile) -> None:
            self.files[file.path] = b"".join(file.chunks(self.part))
            transfer.advance(file.size, files=1)

        transfer.each(take, files)
        return uri

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        with self._lock:
            self.fetched.append((file.path, target.offset))
        content = self.files.get(file.path)
        if content is None:
            raise StorageNotFoundError(f"There is no {file.path}.")
        begin = target.offset
        places = self.order or list(range(begin, len(content), self.part))
        transfer.each(lambda place: self._part(content, place, target), [p for p in places if p >= begin])

    def _part(self, content: bytes, place: int, target: IncomingFile) -> None:
        with self._lock:
            self.parts += 1
            if self.parts == self.fail_at:
                raise ConnectionResetError("cut")
        target.write_at(place, content[place : place + self.part])
