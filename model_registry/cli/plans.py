"""Plans of commands that write something else than a registry: files, profiles, tokens, a database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from model_registry.exceptions import StorageNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from model_registry.storage import Allow
    from model_registry.types import Change, ModelArtifact


def planned(
    verb: Literal["create", "change"],
    kind: str,
    name: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> Change:
    """Return a change of something on this machine or in a store.

    Args:
        verb: What would happen to it.
        kind: What it is, such as `file`.
        name: Its name.
        before: Its fields before the change.
        after: Its fields after the change.
    """
    from model_registry.types import Change, Values

    old, new = before or {}, after or {}
    values = {field: Values(old.get(field), new.get(field)) for field in {**old, **new}}
    changed = {field: each for field, each in values.items() if each.before != each.after}
    return Change(verb, kind, name, None, changed)


def planned_file(path: Path, size: int | None = None) -> Change:
    """Return the change of a file on this machine.

    Args:
        path: The file.
        size: How many bytes it would have, if that is known.
    """
    if not path.exists():
        return planned("create", "file", str(path), after={} if size is None else {"size": size})
    before = {} if size is None or not path.is_file() else {"size": path.stat().st_size}
    return planned("change", "file", str(path), before, {} if size is None else {"size": size})


def upload_changes(path: Path, uri: str, ignore: Sequence[str]) -> list[Change]:
    """Return the files that an upload would create or replace. Nothing is sent.

    Raises:
        InvalidArgumentError: There is nothing to upload, or the scheme of the URI is unknown.
        StorageError: The path or the store cannot be read.
    """
    from model_registry.storage.uploading import files_to_upload

    found = files_to_upload(path, uri, ignore)
    return file_changes(uri, ((name, local.stat().st_size) for name, local in found))


def download_changes(
    artifact: ModelArtifact, directory: str, *, allow: Allow | None, overwrite: bool
) -> list[Change]:
    """Return the files that a download would create or replace. Only their list is read.

    Args:
        artifact: The artifact that names their location.
        directory: The folder on this machine.
        allow: Which locations the artifact may name; `None` for all.
        overwrite: Whether files with other content are replaced.

    Raises:
        StorageError: The store cannot be read, or the folder has other files.
    """
    from model_registry import storage
    from model_registry.files.recorded import recorded_uri, store_of
    from model_registry.storage.downloading.destination import Destination
    from model_registry.types import StoredFacts

    manifest = StoredFacts.of(artifact.custom_properties).manifest
    listed = storage.list_files(recorded_uri(artifact), store=store_of(artifact, None, allow))
    files = [each for each in listed if each.path != manifest]
    folder = Path(directory)
    missing = Destination(folder.absolute(), files, overwrite=overwrite).examine(assume=True)
    return [planned_file(folder / each.path, each.size) for each in missing]


def file_changes(uri: str, files: Iterable[tuple[str, int | None]]) -> list[Change]:
    """Return the files that would be created or replaced at a location.

    Args:
        uri: The location.
        files: Path below the location, and size in bytes; an empty path if the location is the file itself.
    """
    from model_registry import storage

    try:
        existing = {"" if each.single else each.path: each.size for each in storage.list_files(uri)}
    except StorageNotFoundError:
        existing = {}
    changes: list[Change] = []
    for name, size in files:
        place = f"{uri.rstrip('/')}/{name}" if name else uri
        if name in existing:
            changes.append(planned("change", "file", place, {"size": existing[name]}, {"size": size}))
        else:
            changes.append(planned("create", "file", place, after={"size": size}))
    return changes
