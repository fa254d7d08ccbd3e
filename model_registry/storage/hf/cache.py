"""Read repositories from the cache of `huggingface_hub` on this machine."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageNotFoundError
from model_registry.storage.paths import walk
from model_registry.storage.protocol import CHUNK, StoredFile

from .card import card_metadata
from .location import HubLocation

if TYPE_CHECKING:
    from model_registry.storage.protocol import IncomingFile
    from model_registry.storage.transfer import Transfer

    from .card import JSON

_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
_TRUE = frozenset({"1", "on", "yes", "true"})
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_CARD = "README.md"
_ADVICE = "HF_HUB_OFFLINE forbids requests: unset it, or fetch the files first with `hf download`."


def is_offline() -> bool:
    """Return whether the environment forbids requests to the Hub."""
    setting = next((os.environ[name] for name in _OFFLINE if os.environ.get(name)), "")
    return setting.strip().lower() in _TRUE


def cached_commit(place: HubLocation) -> str:
    """Return the commit of a revision, as the cache knows it.

    Raises:
        StorageNotFoundError: The cache does not hold the revision.
    """
    commit = place.revision
    if not _COMMIT.fullmatch(commit) and ".." not in commit.split("/"):
        try:
            commit = _folder(place).joinpath("refs", *commit.split("/")).read_text("utf-8").strip()
        except (OSError, ValueError):
            commit = ""
    if not _snapshot(place, commit):
        raise StorageNotFoundError(
            f"{place.repo} at the revision {place.revision!r} is not in the cache of the Hub, "
            f"{_folder(place).parent}. {_ADVICE}"
        )
    return commit


def cached_files(place: HubLocation, commit: str) -> list[StoredFile]:
    """List the files of a commit in the cache: those that were fetched before.

    Raises:
        StorageNotFoundError: The cache holds no such file or folder.
    """
    snapshot = _snapshot(place, commit)
    root = snapshot and snapshot / place.path
    if root is None or not root.exists():
        raise StorageNotFoundError(
            f"The cache of the Hub has no file or folder {place.path!r} of {place.repo} at the revision "
            f"{place.revision!r}. {_ADVICE}"
        )
    return [_stored(path, file, commit, single=root.is_file()) for path, file in walk(root)]


def cached_file(place: HubLocation, commit: str) -> Path | None:
    """Return the file of the cache with the content at a commit, if the cache has it."""
    snapshot = _snapshot(place, commit)
    file = snapshot and snapshot / place.path
    return file if file is not None and file.is_file() else None


def copy_cached(source: Path, target: IncomingFile, transfer: Transfer) -> None:
    """Copy a file of the cache, or the missing rest of it."""
    with source.open("rb") as file:
        file.seek(target.offset)
        while chunk := file.read(CHUNK):
            transfer.check()
            target.write(chunk)


def cached_model(repo: str, revision: str) -> dict[str, JSON]:
    """Return what the cache knows of a model, as the Hub would report it: its commit, its files and its card.

    Raises:
        StorageNotFoundError: The cache does not hold the revision.
    """
    place = HubLocation(repo, revision)
    commit = cached_commit(place)
    card = cached_file(HubLocation(repo, commit, _CARD), commit)
    data = card_metadata(card.read_bytes()) if card else {}
    siblings: list[JSON] = [
        {"rfilename": file.path, "size": file.size, "lfs": _large(file)}
        for file in cached_files(HubLocation(repo, commit), commit)
    ]
    named = {name: data.get(name) for name in ("tags", "pipeline_tag", "library_name")}
    return {"id": repo, "sha": commit, "siblings": siblings, "cardData": data, **named}


def _folder(place: HubLocation) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=place.repo, repo_type=place.kind)


def _snapshot(place: HubLocation, commit: str) -> Path | None:
    """Return the folder of a commit. A revision is a stranger's text: no other folder is read."""
    folder = _folder(place) / "snapshots" / commit
    return folder if _COMMIT.fullmatch(commit) and folder.is_dir() else None


def _stored(path: str, file: Path, commit: str, *, single: bool) -> StoredFile:
    name = file.resolve().name  # a large file is stored under its digest
    digest = f"sha256:{name}" if file.is_symlink() and _SHA256.fullmatch(name) else None
    return StoredFile(path, file.stat().st_size, digest, version=commit, single=single)


def _large(file: StoredFile) -> dict[str, JSON] | None:
    if file.digest is None:
        return None
    return {"size": file.size, "sha256": file.digest.removeprefix("sha256:")}
