"""Find the files of an artifact as they were recorded: their versions, and the digest of one file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import IntegrityError

if TYPE_CHECKING:
    from model_registry.storage import Allow, Store
    from model_registry.types import ModelArtifact


def recorded_uri(artifact: ModelArtifact) -> str:
    """Return the URI of the files of an artifact: that of an image with its recorded digest."""
    uri = artifact.uri or ""
    image = types.StoredFacts.of(artifact.custom_properties).image
    return f"{uri}@{image}" if image and uri.startswith("oci://") and "@" not in uri else uri


def store_of(artifact: ModelArtifact, store: Store | None, allow: Allow | None) -> Store:
    """Return the store that reads the files of an artifact, at the versions that were recorded, if any.

    Args:
        artifact: The artifact.
        store: The store of the user; chosen by the URI if not given.
        allow: The locations that the entry may name; `None` for all.

    Raises:
        StorageAccessError: The scheme is not allowed.
    """
    from model_registry.storage import StoredFile
    from model_registry.storage.allow import VersionedStore, store_for_entry

    limited = store_for_entry(artifact.uri or "", store, allow)
    facts = types.StoredFacts.of(artifact.custom_properties)
    if not facts.versions or not isinstance(limited, VersionedStore):
        return limited
    single = facts.within is None
    return limited.at_versions(
        [
            StoredFile(path, size, version=version, single=single)
            for path, (size, version) in facts.versions.items()
        ]
    )


def recorded_digest(artifact: ModelArtifact, path: str | None, store: Store) -> str | None:
    """Return the digest that a file must have.

    Args:
        artifact: The artifact.
        path: Path of the file; `None` for the only file.
        store: Store of the files, which are listed if the record does not have the file.

    Returns:
        The digest; `None` if nothing was recorded of the artifact, or the store has no such file.

    Raises:
        IntegrityError: The file was not registered, or only the digest of all files together was recorded.
    """
    from model_registry import storage
    from model_registry.storage.digests import whole_digest

    facts = types.StoredFacts.of(artifact.custom_properties)
    if facts.digest is None and not facts.files:
        return None
    if facts.files and facts.within is None:  # one file, which its URI may rename
        return facts.digest
    registered = None if path is None else _registered(artifact, facts, path, store)
    if registered is not None:
        return registered
    listed = storage.list_files(recorded_uri(artifact), store=store)
    chosen = [file for file in listed if path in (None, file.path)]
    if len(chosen) != 1:
        return None  # opening it says what is wrong
    file = chosen[0]
    if facts.files or facts.manifest:
        registered = _registered(artifact, facts, file.path, store)
        if registered is None:
            raise IntegrityError(
                f"{file.path!r} is not among the files that were registered with {artifact.name!r}. Nothing "
                "was read. verify=False reads it all the same."
            )
        return registered
    if file.single:
        return facts.digest
    digests = {each.path: each.digest for each in listed if each.digest is not None}
    if len(digests) == len(listed) and whole_digest(digests, single=False) == facts.digest:
        return file.digest
    raise IntegrityError(
        f"{file.path!r} of {artifact.name!r} cannot be verified alone: only the digest of all files together "
        "was recorded. download() verifies all of them; verify=False reads this file without a check."
    )


def _registered(artifact: ModelArtifact, facts: types.StoredFacts, path: str, store: Store) -> str | None:
    """Return the digest of one file in the record, or in the manifest that is stored with the files."""
    from model_registry import storage
    from model_registry.storage.digests import digest_in_manifest

    if not facts.manifest:
        return (facts.files or {}).get(path)
    if path == facts.manifest:
        return facts.digest
    with storage.open(recorded_uri(artifact), facts.manifest, store=store, expected=facts.digest) as manifest:
        return digest_in_manifest(manifest, path)
