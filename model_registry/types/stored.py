"""What is recorded of a model's files: custom properties of its artifact.

| property | what it holds |
|---|---|
| `storage.digest` | digest of the whole: of the one file, or of what `sha256sum` prints for a folder |
| `storage.size` | bytes of all files, as a float: some registries store whole numbers of 32 bits only |
| `storage.files` | size and digest of each file by path; left out where there are more than 10,000 |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types.properties import PropertyValue

PREFIX = "storage."
SIZE = f"{PREFIX}size"
MOST_FILES = 10_000


@dataclass(frozen=True)
class StoredFacts:
    """What is recorded of a model's files.

    Attributes:
        digest: Digest of the whole.
        size: Bytes of all files.
        files: Digest of each file by path, or `None` where they are not recorded.
    """

    digest: str | None = None
    size: int | None = None
    files: Mapping[str, str] | None = None

    @property
    def within(self) -> Mapping[str, str] | None:
        """Digest of each file of a folder by path; `None` for a file by itself, which its URI may rename."""
        return None if self.files and set(self.files.values()) == {self.digest} else self.files

    def digest_of(self, path: str | None) -> str | None:
        """Give the recorded digest of one file; of the only one, without a path."""
        files = self.files or {}
        if path is not None:
            return files.get(path)
        return next(iter(files.values())) if len(files) == 1 else None

    @classmethod
    def of(cls, properties: Mapping[str, PropertyValue] | None) -> StoredFacts:
        """Read what the custom properties of an artifact say.

        Example:
            >>> from model_registry.types import StoredFacts
            >>> StoredFacts.of({"storage.digest": "sha256:ab", "storage.size": 7})
            StoredFacts(digest='sha256:ab', size=7, files=None)
        """
        given = properties or {}
        digest, size, files = (given.get(PREFIX + name) for name in ("digest", "size", "files"))
        digests: dict[str, str] | None = None
        if isinstance(files, dict):
            digests = {path: str(facts["digest"]) for path, facts in files.items()}
        return cls(
            digest if isinstance(digest, str) else None,
            int(size) if isinstance(size, (int, float)) else None,
            digests,
        )


def stored_properties(
    digest: str, size: int, files: Mapping[str, tuple[int | None, str | None]]
) -> dict[str, PropertyValue]:
    """Write the custom properties of an artifact whose files were uploaded.

    Args:
        digest: Digest of the whole.
        size: Bytes of all files.
        files: Size and digest of each file by path.
    """
    properties: dict[str, PropertyValue] = {f"{PREFIX}digest": digest, f"{PREFIX}size": float(size)}
    if len(files) <= MOST_FILES:
        properties[f"{PREFIX}files"] = {
            path: {"size": bytes_, "digest": own} for path, (bytes_, own) in files.items()
        }
    return properties
