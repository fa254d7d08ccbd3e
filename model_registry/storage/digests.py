"""SHA-256 digests of files and folders."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, BinaryIO

from model_registry.exceptions import InvalidArgumentError

from .paths import sort_key

if TYPE_CHECKING:
    from collections.abc import Mapping

_PREFIX = "sha256:"
_LONGEST_LINE = 64 * 1024
_DIGEST = re.compile(r"(?:sha256:)?([0-9a-f]{64})")


def read_digest(value: str, argument: str) -> str:
    """Return a digest in the form `sha256:…`.

    Args:
        value: 64 hexadecimal digits, with or without `sha256:` before them.
        argument: Name of the argument, for the message.

    Raises:
        InvalidArgumentError: The value is not a SHA-256 digest.
    """
    match = _DIGEST.fullmatch(value.strip().lower())
    if match is None:
        raise InvalidArgumentError(
            f"{argument} must be 'sha256:' and 64 hexadecimal digits, got {value!r}. Other digests are not "
            "supported"
        )
    return _PREFIX + match[1]


def folder_digest(files: Mapping[str, str]) -> str:
    """Return the digest of a folder, computed from the digests of its files.

    It is the SHA-256 of the lines `<64 digits>  <path>` that `sha256sum` prints for the files, in the order
    of the paths.

    Args:
        files: Digest by path.

    Example:
        >>> from model_registry.storage.digests import folder_digest
        >>> empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        >>> folder_digest({"empty": empty})
        'sha256:a9e456cbcd4f490b6f3353ce720a3f4f9bb381b27fc060d3aee4e70ee7b37f3d'
    """
    return _PREFIX + hashlib.sha256(manifest_of(files)).hexdigest()


def manifest_of(files: Mapping[str, str]) -> bytes:
    """Return the lines that `sha256sum` prints for files, in the order of their paths.

    Args:
        files: Digest by path.
    """
    return b"".join(
        f"{files[path].removeprefix(_PREFIX)}  {path}\n".encode() for path in sorted(files, key=sort_key)
    )


def digest_in_manifest(manifest: BinaryIO, path: str) -> str | None:
    """Return the digest of a file in a manifest, which is read to its end.

    Args:
        manifest: The lines of `manifest_of`.
        path: Path of the file.
    """
    found: str | None = None
    wanted = f"  {path}\n".encode()
    while line := manifest.readline(_LONGEST_LINE):
        if line[64:] == wanted:
            found = _PREFIX + line[:64].decode("ascii", "replace")
    return found


def whole_digest(files: Mapping[str, str], *, single: bool) -> str:
    """Return the digest of a single file, or that of a folder."""
    return next(iter(files.values())) if single else folder_digest(files)
