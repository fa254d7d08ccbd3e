"""List the files of a folder, and check paths before they are written on this machine."""

from __future__ import annotations

import re
import stat
import sys
import unicodedata
from fnmatch import fnmatchcase
from itertools import accumulate
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, StorageError, StorageNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_DRIVE = re.compile(r".:")  # any character can name a drive on Windows
_CACHED_REPO = re.compile(r"(models|datasets|spaces)--.+")
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def sort_key(path: str) -> bytes:
    """Return the key that sorts paths as `LC_ALL=C sort` does."""
    return path.encode()


def check_path(path: str) -> str:
    """Check that a path stays in its folder and means the same on every machine.

    Returns:
        The path.

    Raises:
        StorageError: The path is absolute, contains `..`, or has a name that some machines cannot store.

    Example:
        >>> from model_registry.storage.paths import check_path
        >>> check_path("weights/part 1.bin")
        'weights/part 1.bin'
    """
    problem = _problem(path)
    if problem is not None:
        raise StorageError(f"The file name {path!r} is not allowed: it {problem}. Nothing was written.")
    return path


def check_paths(paths: Iterable[str]) -> None:
    """Check that paths are valid and can exist together.

    Raises:
        StorageError: A path is not valid, occurs twice, or is both a file and a folder.
    """
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        name = _on_disk(check_path(path))
        if name in seen:
            raise StorageError(f"Two files have the path {path!r} on this machine. Nothing was written.")
        seen.add(name)
        while (name := name.rpartition("/")[0]) and name not in folders:
            folders.add(name)
    both = seen & folders
    if both:
        raise StorageError(f"{min(both)!r} would be both a file and a folder. Nothing was written.")


def walk(root: Path, ignore: Sequence[str] = ()) -> list[tuple[str, Path]]:
    """List the files of a folder, or one file.

    Args:
        root: The folder or file.
        ignore: Shell patterns for names, or for paths below the folder, to leave out.

    Returns:
        For each file its path below the folder and its full path, sorted. A single file has its name as path.

    Raises:
        InvalidArgumentError: `ignore` is a string.
        StorageNotFoundError: The path does not exist.
        StorageError: The folder contains links that lead out of it or nowhere, names that stores cannot
            keep, or something that is not a file.
    """
    if isinstance(ignore, str):
        raise InvalidArgumentError(f"ignore must be a list of patterns, such as [{ignore!r}]")
    try:
        real = root.resolve(strict=True)
        if not real.is_dir():
            _check_regular(real.stat().st_mode, root)
            return [(check_path(root.name or real.name), root)]
        found = list(_below(root, "", (real,), ignore))
    except FileNotFoundError as error:
        raise StorageNotFoundError(f"There is no file or folder {error.filename or root}.") from None
    except (OSError, RuntimeError) as error:  # RuntimeError: what Python < 3.13 raises for circular links
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{root} cannot be read: {error}.") from None
    return sorted(found, key=lambda each: sort_key(each[0]))


def is_ignored(path: str, ignore: Sequence[str]) -> bool:
    """Return whether patterns match a path, or a folder that contains it.

    Args:
        path: Path below the folder.
        ignore: Shell patterns for names, or for paths below the folder.
    """
    return any(_matches(each, ignore) for each in accumulate(path.split("/"), "{}/{}".format))


def _matches(path: str, ignore: Sequence[str]) -> bool:
    name = path.rpartition("/")[2]
    return any(fnmatchcase(name, each) or fnmatchcase(path, each) for each in ignore)


def in_hub_cache(target: Path, folder: Path) -> bool:
    """Return whether a folder is a snapshot in the cache of the Hugging Face Hub, and a file its blob.

    The files of `models--NAMESPACE--NAME/snapshots/COMMIT` are links to `models--NAMESPACE--NAME/blobs`.

    Args:
        target: The file that a link leads to, without links in its path.
        folder: The folder with the link, likewise.
    """
    snapshots = next((each for each in folder.parents if each.name == "snapshots"), None)
    if snapshots is None or not _CACHED_REPO.fullmatch(snapshots.parent.name):
        return False
    return target.parent == snapshots.parent / "blobs" and target.is_file()


def _below(
    folder: Path, prefix: str, chain: tuple[Path, ...], ignore: Sequence[str]
) -> Iterator[tuple[str, Path]]:
    for entry in sorted(folder.iterdir()):
        path = prefix + entry.name
        if _matches(path, ignore):
            continue
        check_path(path)
        mode, target = entry.lstat().st_mode, None
        if stat.S_ISLNK(mode):
            target = _target(entry, chain)
            mode = target.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _below(entry, f"{path}/", (*chain, target or chain[-1] / entry.name), ignore)
        else:
            _check_regular(mode, entry)
            yield path, entry


def _target(link: Path, chain: tuple[Path, ...]) -> Path:
    """Return the target of a link, which must be inside the folder."""
    try:
        real = link.resolve(strict=True)
    except FileNotFoundError:
        raise StorageError(f"The symbolic link {link} leads nowhere. Remove it or ignore it.") from None
    except (OSError, RuntimeError):
        raise StorageError(f"The symbolic link {link} leads in a circle. Remove it or ignore it.") from None
    if not real.is_relative_to(chain[0]) and not in_hub_cache(real, chain[0]):
        raise StorageError(
            f"The symbolic link {link} leads out of {chain[0]}, to {real}. Replace it by the file, or "
            "ignore it."
        )
    if real in chain:
        raise StorageError(f"The symbolic link {link} leads in a circle. Remove it or ignore it.")
    return real


def _check_regular(mode: int, shown: Path) -> None:
    if not stat.S_ISREG(mode):
        raise StorageError(f"{shown} is neither a file nor a folder. Remove it or ignore it.")


def _problem(path: str) -> str | None:
    if not path:
        return "is empty"
    if path.startswith("/") or _DRIVE.match(path):
        return "is absolute"
    if _CONTROL.search(path):
        return "contains a backslash or a control character"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "is not Unicode"
    parts = path.split("/")
    if ".." in parts:
        return "leaves its folder"
    if "" in parts or "." in parts:
        return "has an empty or '.' part"
    if sys.platform == "win32" and any(
        _DEVICES.fullmatch(part) or part[-1] in ". " or re.search('[<>:"|?*]', part) for part in parts
    ):
        return "cannot be a name on Windows"
    return None


def _on_disk(path: str) -> str:
    """Return the form in which equal names on this machine compare equal."""
    if sys.platform in ("win32", "darwin"):
        return unicodedata.normalize("NFC", path).casefold()
    return path
