"""Find the recorded digest of one file of an artifact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import IntegrityError

if TYPE_CHECKING:
    from model_registry.storage import Store
    from model_registry.types import ModelArtifact


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
    if facts.files and path is not None and path in facts.files:
        return facts.files[path]
    listed = storage.list_files(artifact.uri or "", store=store)
    chosen = [file for file in listed if path in (None, file.path)]
    if len(chosen) != 1:
        return None  # opening it says what is wrong
    file = chosen[0]
    if facts.files:
        if file.path in facts.files:
            return facts.files[file.path]
        raise IntegrityError(
            f"{file.path!r} is not among the files that were registered with {artifact.name!r}. Nothing was "
            "read. verify=False reads it all the same."
        )
    if file.single:
        return facts.digest
    digests = {each.path: each.digest for each in listed if each.digest is not None}
    if len(digests) == len(listed) and whole_digest(digests, single=False) == facts.digest:
        return file.digest
    raise IntegrityError(
        f"{file.path!r} of {artifact.name!r} cannot be verified alone: only the digest of all files together "
        "was recorded. download() verifies all of them; verify=False reads this file without a check."
    )
