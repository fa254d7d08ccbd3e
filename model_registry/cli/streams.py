"""Files that stand for standard input and standard output, which the user names `-`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Generator

STREAM: Final = "-"


@contextmanager
def temporary_folder() -> Generator[Path]:
    """Provide a temporary folder. It is removed also where SIGTERM ends the process."""
    from model_registry.storage.termination import ending_on_sigterm

    with ending_on_sigterm(), tempfile.TemporaryDirectory(prefix="model-registry-") as folder:
        yield Path(folder)


@contextmanager
def input_file(path: Path, name: str = "standard-input") -> Generator[Path]:
    """Provide a file to read: the path, or a temporary file with what standard input holds.

    Args:
        path: The path that the user gave; `-` for standard input.
        name: Name of the temporary file.
    """
    if str(path) != STREAM:
        yield path
        return
    with temporary_folder() as folder:
        temporary = folder / name
        with temporary.open("wb") as copied:
            shutil.copyfileobj(sys.stdin.buffer, copied)
        yield temporary


@contextmanager
def output_file(path: Path) -> Generator[Path]:
    """Provide a file to write: the path, or a temporary file that is copied to standard output at the end.

    Args:
        path: The path that the user gave; `-` for standard output.
    """
    if str(path) != STREAM:
        yield path
        return
    with temporary_folder() as folder:
        temporary = folder / "standard-output"
        yield temporary
        with temporary.open("rb") as written:
            shutil.copyfileobj(written, sys.stdout.buffer)


def name_of_upload(path: Path, uri: str) -> str:
    """Return the name of the file that is uploaded to a URI.

    Raises:
        InvalidArgumentError: Standard input is uploaded, which has no name, and the URI ends with `/`.
    """
    if str(path) != STREAM:
        return path.name
    name = urlsplit(uri).path.rpartition("/")[2]
    if not name:
        raise InvalidArgumentError(
            f"standard input has no name, and {uri!r} names a folder: add the name of the file to it"
        )
    return name
