"""The destination of a download: find existing files, and move downloaded ones into it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageError
from model_registry.storage.protocol import LocalFile

from .staging import staging_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from model_registry.storage.protocol import StoredFile


class Destination:
    """The file or folder that a download creates.

    Args:
        directory: Folder for a single file, or folder to create.
        files: Files that belong there.
        overwrite: Replace files with other content, and allow additional files.

    Attributes:
        target: The file, or the folder.
        existing: Digests, by path, of the files that need no download.
        assumed: Whether some of them have the right size, but no known digest.
    """

    def __init__(self, directory: Path, files: Sequence[StoredFile], *, overwrite: bool) -> None:
        self._files = files
        self._overwrite = overwrite
        self._single = files[0].single
        self._folder = directory
        self.target = directory / files[0].path if self._single else directory
        self.existing: dict[str, str] = {}
        self.assumed = False

    def staging(self) -> Path:
        """Return the folder for incomplete files, on the same disk."""
        name = staging_name(self.target.name)
        beside = self.target.parent / name
        if self._single or beside.is_dir() or not self.target.exists():
            return beside
        return self.target / name  # which may be a mount point or a working directory

    def within(self, staged: Path) -> Path:
        """Return the path of the file or folder in the staging folder."""
        return staged / self._files[0].path if self._single else staged

    def examine(self, *, assume: bool) -> list[StoredFile]:
        """Return the files to fetch.

        Args:
            assume: Take existing files for the right ones if they have the right size and no digest is known.

        Raises:
            StorageError: Existing files have other content.
        """
        self.existing, self.assumed = {}, False
        if not self._single:
            if not os.path.lexists(self.target):
                return list(self._files)
            self._check_others()
        return [file for file in self._files if not self._is_there(file, assume=assume)]

    def move(self, staged: Path, digests: Mapping[str, str]) -> None:
        """Move downloaded files to the destination.

        Args:
            staged: Folder with the files.
            digests: Digest of each, by path.

        Raises:
            StorageError: Existing files have other content.
        """
        if not self._single and not self.target.exists():
            self.target.parent.mkdir(parents=True, exist_ok=True)
            staged.rename(self.target)
            return
        others = [path for path, digest in digests.items() if not _is_same(self._folder / path, digest)]
        if not self._overwrite:
            for path in others:
                if os.path.lexists(self._folder / path):
                    raise _occupied(self._folder / path)
        for path in others:
            place = self._folder / path
            place.parent.mkdir(parents=True, exist_ok=True)
            if not place.parent.resolve().is_relative_to(self._folder.resolve()):
                raise StorageError(f"{place} is in another folder by a symbolic link. Remove the link.")
            (staged / path).replace(place)

    def _is_there(self, file: StoredFile, *, assume: bool) -> bool:
        place = self._folder / file.path
        if not os.path.lexists(place):
            return False
        if place.is_file() and file.size in (None, place.stat().st_size):
            if file.digest is None and not assume:
                return False  # decided by its content after the download
            digest = LocalFile(place, file.path).digest
            self.assumed |= file.digest is None
            if file.digest in (None, digest):
                self.existing[file.path] = digest
                return True
        if not self._overwrite:
            raise _occupied(place)
        return False

    def _check_others(self) -> None:
        if not self.target.is_dir():
            raise StorageError(
                f"{self.target} is a file, but the download creates a folder. Choose another folder."
            )
        if self._overwrite:
            return
        ours = {file.path for file in self._files}
        for path in self._present():
            if path not in ours:
                raise StorageError(
                    f"{self.target} contains other files, such as {path}. Choose a new or empty folder, or "
                    "give overwrite=True to keep them and to replace files of the same name."
                )

    def _present(self) -> Iterable[str]:
        own = staging_name(self.target.name)
        for folder, folders, names in os.walk(self.target):
            if own in folders:
                folders.remove(own)
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.target).replace(os.sep, "/")  # noqa: PTH118  # may be ten thousand


def _is_same(place: Path, digest: str) -> bool:
    return place.is_file() and LocalFile(place, "").digest == digest


def _occupied(place: Path) -> StorageError:
    return StorageError(f"{place} exists with other content. Choose another folder, or give overwrite=True.")
