"""The folder of an incomplete download: `.NAME.partial` next to the destination, or in it."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
import stat
import sys
import time
from typing import TYPE_CHECKING, BinaryIO, cast

from model_registry.exceptions import StorageError
from model_registry.storage.schemes import redact

from .partial_file import PartialFile
from .small_file import SMALL, SmallFile

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from model_registry.storage.protocol import StoredFile
    from model_registry.storage.transfer import Transfer

_RETRY_INTERVAL = 0.05
_HELD_BY_OTHERS = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)
_LONGEST_NAME = 200
_MANY = 100
"""From how many files on small ones are written when they are complete."""


def staging_name(name: str) -> str:
    """Return the name of the staging folder of a destination."""
    if len(os.fsencode(name)) > _LONGEST_NAME:
        name = hashlib.sha256(os.fsencode(name)).hexdigest()
    return f".{name}.partial"


class Staging:
    """The incomplete files of one download, which a later attempt resumes.

    Args:
        root: The staging folder. It is created.
        uri: URI of the download.
        transfer: Counts the bytes, and stops the download.
    """

    def __init__(self, root: Path, uri: str, transfer: Transfer) -> None:
        self.root = root
        self.files = root / "files"
        self._notes = root / "notes"
        self._identities = root / "identities.json"
        self._uri = redact(uri)
        self._transfer = transfer
        self._folders: set[str] = set()
        self._many = self._resumed = False

    @contextlib.contextmanager
    def locked(self) -> Generator[None]:
        """Lock the folder. Wait until another download to the same destination has finished."""
        with self._lock():
            try:
                yield
            except BaseException:
                if not self._can_be_resumed():
                    self.remove()
                raise
            else:
                self.remove()

    def begin(self, files: Sequence[StoredFile]) -> None:
        """Keep the bytes of an earlier attempt if the files are the same. Remove all others."""
        before = self._read_identities()
        self._resumed = bool(before)
        self._many = len(files) >= _MANY
        now = {file.path: self._identifying(file) for file in files}
        if not before:
            shutil.rmtree(self.files, ignore_errors=True)
        for path, facts in before.items():
            if not set(facts).intersection(now.get(path, [])):
                self.forget(path)
        self._identities.write_text(json.dumps(now), "utf-8")
        self.files.mkdir(exist_ok=True)

    def partial(self, file: StoredFile) -> PartialFile | SmallFile:
        """Open one of the files, to start or resume it."""
        folder = file.path.rpartition("/")[0]
        if folder not in self._folders:
            (self.files / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        if self._many and file.size is not None and file.size <= SMALL:
            return SmallFile(f"{self.files}/{file.path}", self._transfer, file.size, resume=self._resumed)
        path = self.files / file.path
        return PartialFile(path, self._note(file.path), self._transfer, file.size)

    def forget(self, path: str) -> None:
        """Remove the bytes of a file."""
        for each in (self.files / path, self._note(path)):
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                each.unlink()

    def remove(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _can_be_resumed(self) -> bool:
        return any(self._read_identities().values()) and _holds_bytes(self.files)

    def _note(self, path: str) -> Path:
        return self._notes / hashlib.sha256(path.encode()).hexdigest()

    def _identifying(self, file: StoredFile) -> list[str]:
        """Return the values that identify the content. To resume, one of them must be the same."""
        facts = [] if file.digest is None else [file.digest]
        if file.version is not None:
            whole = [self._uri, file.path, file.size, file.version]
            facts.append(hashlib.sha256(json.dumps(whole).encode()).hexdigest())
        return facts

    def _read_identities(self) -> dict[str, list[str]]:
        try:
            read: object = json.loads(self._identities.read_text("utf-8"))
            return {path: list(facts) for path, facts in cast("dict[str, list[str]]", read).items()}
        except (FileNotFoundError, ValueError, TypeError, AttributeError):  # missing or damaged
            return {}

    @contextlib.contextmanager
    def _lock(self) -> Generator[None]:
        while True:
            self._transfer.check()
            self.root.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(FileExistsError):  # checked below
                self.root.mkdir(mode=0o700)
            _check_own(self.root)
            try:
                file = (self.root / "lock").open("ab")
            except FileNotFoundError:  # the previous owner is removing the folder
                continue
            with file:
                if _acquire(file) and self._is_current(file):
                    yield
                    return
            time.sleep(_RETRY_INTERVAL)

    def _is_current(self, file: BinaryIO) -> bool:
        """Return whether the folder still has this lock. The previous owner may have removed it."""
        try:
            return os.path.samestat(os.fstat(file.fileno()), (self.root / "lock").stat())
        except FileNotFoundError:
            return False


def _check_own(root: Path) -> None:
    """Check that the folder is ours, not a link or folder that another user of a shared folder created.

    Raises:
        StorageError: It is not.
    """
    if sys.platform == "win32":
        return
    try:
        state = root.lstat()
        if stat.S_ISDIR(state.st_mode) and state.st_uid == os.geteuid():
            if stat.S_IMODE(state.st_mode) & 0o077:
                root.chmod(0o700)  # of an earlier release
            return
    except FileNotFoundError:  # the previous owner is removing the folder
        return
    raise StorageError(
        f"{root} is a link or a file, or belongs to another user, who could change the download. Nothing was "
        "written. Remove it, or download to another folder."
    )


def _holds_bytes(folder: Path) -> bool:
    return any(
        os.stat(os.path.join(where, name)).st_size  # noqa: PTH116, PTH118  # may be ten thousand files
        for where, _, names in os.walk(folder)
        for name in names
    )


def _acquire(file: BinaryIO) -> bool:
    """Try to lock a file. The system releases the lock when the process ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _HELD_BY_OTHERS:
            return False
        if error.errno in (errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS):
            return True  # a network file system without locks
        raise StorageError(f"{file.name} cannot be locked: {error.strerror}.") from None
    return True
