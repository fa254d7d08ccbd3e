"""Which files a folder holds, and which paths of a store may be written on this machine."""

from __future__ import annotations

import re
import stat
import sys
import unicodedata
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, StorageError, StorageNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")
_DRIVE = re.compile(r".:")  # which Windows takes any sign for
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def sort_key(path: str) -> bytes:
    """Order paths as `LC_ALL=C sort` does."""
    return path.encode()


def check_path(path: str) -> str:
    """Refuse a path that would leave the folder it belongs to, or mean different things on two machines.

    Returns:
        The path.

    Raises:
        StorageError: It is absolute, climbs with `..`, or has a name that not every machine can keep.

    Example:
        >>> from model_registry.storage.paths import check_path
        >>> check_path("weights/part 1.bin")
        'weights/part 1.bin'
    """
    problem = _problem(path)
    if problem is not None:
        raise StorageError(f"The file name {path!r} is refused: it {problem}. Nothing was written.")
    return path


def check_paths(paths: Iterable[str]) -> None:
    """Refuse paths that are not good, or cannot be beside each other.

    Raises:
        StorageError: A path is refused, there twice, or both a file and a folder.
    """
    seen: set[str] = set()
    folders: set[str] = set()
    for path in paths:
        name = _on_disk(check_path(path))
        if name in seen:
            raise StorageError(f"Two files would be {path!r} on this machine. Nothing was written.")
        seen.add(name)
        while (name := name.rpartition("/")[0]) and name not in folders:
            folders.add(name)
    both = seen & folders
    if both:
        raise StorageError(f"{min(both)!r} would be a file and a folder at once. Nothing was written.")


def walk(root: Path, ignore: Sequence[str] = ()) -> list[tuple[str, Path]]:
    """List the files of a folder, or one file.

    Args:
        root: The folder or file.
        ignore: Patterns as of a shell, for names or paths below the folder, of what is left out.

    Returns:
        Path below the folder and place of each file, sorted; the file's own name for one file.

    Raises:
        InvalidArgumentError: `ignore` is one text.
        StorageNotFoundError: There is nothing at this place.
        StorageError: It holds links that lead out of it or nowhere, names that stores cannot keep, or what
            is no file.
    """
    if isinstance(ignore, str):
        raise InvalidArgumentError(f"ignore must be a list of patterns, such as [{ignore!r}]")
    try:
        real = root.resolve(strict=True)
        if not real.is_dir():
            _check_regular(real, root)
            return [(check_path(root.name or real.name), root)]
        found = list(_below(root, "", (real,), ignore))
    except FileNotFoundError as error:
        raise StorageNotFoundError(f"There is no file or folder {error.filename or root}.") from None
    except (OSError, RuntimeError) as error:  # RuntimeError: what Python < 3.13 raises for circular links
        if isinstance(error, StorageError):
            raise
        raise StorageError(f"{root} cannot be read: {error}.") from None
    return sorted(found, key=lambda each: sort_key(each[0]))


def _below(
    folder: Path, prefix: str, chain: tuple[Path, ...], ignore: Sequence[str]
) -> Iterator[tuple[str, Path]]:
    for entry in sorted(folder.iterdir()):
        path = prefix + entry.name
        if any(fnmatchcase(entry.name, each) or fnmatchcase(path, each) for each in ignore):
            continue
        check_path(path)
        mode = entry.lstat().st_mode
        real = chain[-1] / entry.name
        if stat.S_ISLNK(mode):
            real = _target(entry, chain)
            mode = real.stat().st_mode
        if stat.S_ISDIR(mode):
            yield from _below(entry, f"{path}/", (*chain, real), ignore)
        else:
            _check_regular(real, entry)
            yield path, entry


def _target(link: Path, chain: tuple[Path, ...]) -> Path:
    """Follow a link that stays within the folder."""
    try:
        real = link.resolve(strict=True)
    except FileNotFoundError:
        raise StorageError(f"The symbolic link {link} leads nowhere: remove it or ignore it.") from None
    except (OSError, RuntimeError):
        raise StorageError(f"The symbolic link {link} leads in a circle: remove it or ignore it.") from None
    if not real.is_relative_to(chain[0]):
        raise StorageError(
            f"The symbolic link {link} leads out of {chain[0]}, to {real}: put the file in its place, or "
            "ignore it."
        )
    if real in chain:
        raise StorageError(f"The symbolic link {link} leads in a circle: remove it or ignore it.")
    return real


def _check_regular(real: Path, shown: Path) -> None:
    if not real.is_file():
        raise StorageError(f"{shown} is neither a file nor a folder: remove it or ignore it.")


def _problem(path: str) -> str | None:
    if not path:
        return "is empty"
    if path.startswith("/") or _DRIVE.match(path):
        return "is not below a folder"
    if _CONTROL.search(path):
        return "holds a backslash or a control character"
    try:
        path.encode()
    except UnicodeEncodeError:
        return "is not Unicode"
    parts = path.split("/")
    if ".." in parts:
        return "climbs out of the folder"
    if "" in parts or "." in parts:
        return "has an empty or '.' part"
    if sys.platform == "win32" and any(
        _DEVICES.fullmatch(part) or part[-1] in ". " or re.search('[<>:"|?*]', part) for part in parts
    ):
        return "cannot be a name on Windows"
    return None


def _on_disk(path: str) -> str:
    """Give the form in which two names are one on this machine."""
    if sys.platform in ("win32", "darwin"):
        return unicodedata.normalize("NFC", path).casefold()
    return path
