"""What is recorded of a model's files: custom properties of its artifact.

| property | what it holds |
|---|---|
| `storage.digest` | digest of the whole: of the one file, or of what `sha256sum` prints for a folder |
| `storage.size` | bytes of all files, as a float: some registries store whole numbers of 32 bits only |
| `storage.files` | size, digest and version of each file by path; left out of more than 10,000 |
| `storage.image` | digest of the OCI image or artifact, where the URI has only its tag |
| `storage.manifest` | where there are more: name of the file that lists the digests of all others |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types.properties import PropertyValue

PREFIX = "storage."
SIZE = f"{PREFIX}size"
IMAGE = f"{PREFIX}image"
MOST_FILES = 10_000


@dataclass(frozen=True)
class StoredFacts:
    """What is recorded of a model's files.

    Attributes:
        digest: Digest of the whole.
        size: Bytes of all files.
        files: Digest of each file by path, or `None` where they are not recorded.
        manifest: Name of the stored file with the digests of all others, if there is one.
        image: Digest of the OCI image or artifact, if its URI does not have it.
        versions: Size and version of each file by path, where the store has versions.
    """

    digest: str | None = None
    size: int | None = None
    files: Mapping[str, str] | None = None
    manifest: str | None = None
    image: str | None = None
    versions: Mapping[str, tuple[int, str]] | None = None

    @property
    def within(self) -> Mapping[str, str] | None:
        """Digest of each file of a folder by path; `None` for a file by itself, which its URI may rename."""
        return None if self.files and set(self.files.values()) == {self.digest} else self.files

    def digest_of(self, path: str | None) -> str | None:
        """Return the recorded digest of one file; of the only one, without a path."""
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
            StoredFacts(digest='sha256:ab', size=7, files=None, manifest=None, image=None, versions=None)
        """
        given = properties or {}
        names = ("digest", "size", "manifest", "image")
        digest, size, manifest, image = (given.get(PREFIX + name) for name in names)
        recorded = given.get(f"{PREFIX}files")
        files = _by_path(recorded) if isinstance(recorded, dict) and recorded else None
        return cls(
            digest if isinstance(digest, str) else None,
            int(size) if isinstance(size, (int, float)) else None,
            None if files is None else {path: str(facts.get("digest")) for path, facts in files.items()},
            manifest if isinstance(manifest, str) and manifest else None,
            image if isinstance(image, str) else None,
            _versions(files or {}),
        )


def _by_path(recorded: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Return the facts of each file. Somebody else may have written them."""
    return {
        path: cast("dict[str, object]", facts) if isinstance(facts, dict) else {}
        for path, facts in recorded.items()
    }


def _versions(files: Mapping[str, Mapping[str, object]]) -> dict[str, tuple[int, str]] | None:
    """Return the size and version of each file, if all files have them."""
    found: dict[str, tuple[int, str]] = {}
    for path, facts in files.items():
        size, version = facts.get("size"), facts.get("version")
        if not isinstance(size, (int, float)) or not isinstance(version, str) or not version:
            return None
        found[path] = int(size), version
    return found or None


def stored_properties(
    digest: str,
    size: int,
    files: Mapping[str, tuple[int | None, str | None, str | None]],
    manifest: str | None = None,
) -> dict[str, PropertyValue]:
    """Write the custom properties of an artifact whose files were uploaded.

    Args:
        digest: Digest of the whole.
        size: Bytes of all files.
        files: Size, digest and version of each file by path.
        manifest: Name of the stored file with their digests.
    """
    properties: dict[str, PropertyValue] = {f"{PREFIX}digest": digest, f"{PREFIX}size": float(size)}
    if manifest is not None:
        properties[f"{PREFIX}manifest"] = manifest
    elif len(files) <= MOST_FILES:
        properties[f"{PREFIX}files"] = {
            path: {"size": bytes_, "digest": own} | ({} if version is None else {"version": version})
            for path, (bytes_, own, version) in files.items()
        }
    return properties
