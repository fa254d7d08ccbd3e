"""Download from repositories of the Hugging Face Hub: all files, a folder or a file, at one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from model_registry.exceptions import InvalidArgumentError, StorageAccessError, StorageNotFoundError
from model_registry.storage.protocol import StoredFile
from model_registry.storage.schemes import redact
from model_registry.storage.web import HTTPStore
from model_registry.storage.worker_copies import SentBySettings

from .cache import cached_commit, cached_file, cached_files, copy_cached, is_offline
from .hub import ADVICE, Hub
from .location import HubLocation

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile, RepoFolder

    from model_registry.storage.protocol import IncomingFile, LocalFile
    from model_registry.storage.transfer import Transfer

    Entry: TypeAlias = RepoFile | RepoFolder


class HFStore(SentBySettings):
    """Read repositories of the Hugging Face Hub at `hf:` URIs.

    A branch or tag is resolved to its commit once, and all files are fetched from that commit. The Hub knows
    the digests of large files, which are checked. Files of that commit in the cache of `huggingface_hub` on
    this machine are copied from there. With `HF_HUB_OFFLINE`, nothing is requested: only the cache is read.

    Args:
        token: Access token for private and gated repositories; by default `HF_TOKEN`, then that of the cached
            login.
        endpoint: Address of the Hub; by default `HF_ENDPOINT`, then the public one.

    Example:
        >>> from model_registry import storage
        >>> def fetch() -> None:
        ...     storage.download("hf://acme/fraud@v1", "models/fraud")
        ...     private = storage.HFStore(token="hf_secret")
        ...     storage.download("hf://acme/fraud@v1/model.onnx", "models", store=private)
    """

    def __init__(self, *, token: str | None = None, endpoint: str | None = None) -> None:
        self._remember(locals())
        self._hub = Hub(endpoint, token)
        self._web: dict[str | None, _Pinned] = {}

    def resolve(self, uri: str) -> str:
        """Return the URI with the current commit instead of the branch or tag.

        Args:
            uri: URI of a repository, or of a file or folder in it.

        Raises:
            StorageNotFoundError: The repository or revision does not exist.
            StorageError: The request failed.
        """
        place = HubLocation.of(uri)
        return str(HubLocation(place.repo, self._commit(place), place.path, place.kind))

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the files of a repository or folder, or return the file, at the current commit."""
        place = HubLocation.of(uri)
        commit = self._commit(place)
        if is_offline():
            return cached_files(place, commit)
        entries = self._hub.call(
            lambda api: _entries(api, place, commit), repo=place.repo, revision=place.revision
        )
        return [_stored(entry, place.path, commit) for entry in entries]

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:  # noqa: ARG002  # the protocol
        """Raise an error: publish with the tools of the Hub."""
        raise InvalidArgumentError(
            f"{redact(uri)} is read-only. Publish with `hf upload`, or upload to a path, s3:// or oci://"
        )

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch a file at the commit that `list_files` returned."""
        place = HubLocation.of(uri)
        path = place.path if file.single else "/".join(filter(None, [place.path, file.path]))
        commit = file.version or place.revision
        cached = cached_file(HubLocation(place.repo, commit, path, place.kind), commit)
        if cached is not None and file.size in (None, cached.stat().st_size):
            copy_cached(cached, target, transfer)
            return
        if is_offline():
            raise StorageNotFoundError(f"The cache of the Hub has no file {path!r} of {place.repo} any more.")
        url = self._hub.url(place.repo, path, revision=commit, kind=place.kind)
        try:
            self._fetcher().get(url, file, target, transfer)
        except StorageAccessError:
            page = url.partition("/resolve/")[0]
            raise StorageAccessError(
                f"{path} of {place.repo} cannot be read: the repository is private or gated. Accept its "
                f"terms on {page} if it has any, and {ADVICE}."
            ) from None

    def _commit(self, place: HubLocation) -> str:
        if is_offline():
            return cached_commit(place)
        found = self._hub.call(
            lambda api: api.repo_info(place.repo, revision=place.revision, repo_type=place.kind).sha,
            repo=place.repo,
            revision=place.revision,
        )
        return found or place.revision

    def _fetcher(self) -> _Pinned:
        token = self._hub.token
        if token not in self._web:
            self._web = {token: _Pinned(token=token, host=self._hub.endpoint)}
        return self._web[token]


class _Pinned(HTTPStore):
    """Read addresses that contain a commit, and therefore never change."""

    _immutable = True


def _entries(api: HfApi, place: HubLocation, commit: str) -> list[RepoFile]:
    from huggingface_hub.hf_api import RepoFile

    listed: list[Entry] = []
    if place.path:
        listed = api.get_paths_info(place.repo, [place.path], revision=commit, repo_type=place.kind)
        if not listed:
            raise StorageNotFoundError(
                f"{place.repo} has no file or folder {place.path!r} at the revision {place.revision!r}."
            )
    if not listed or not isinstance(listed[0], RepoFile):
        tree = api.list_repo_tree(
            place.repo, place.path or None, recursive=True, revision=commit, repo_type=place.kind
        )
        listed = list(tree)
    return [entry for entry in listed if isinstance(entry, RepoFile)]


def _stored(entry: RepoFile, below: str, commit: str) -> StoredFile:
    single = entry.path == below
    path = entry.path.rpartition("/")[2] if single else entry.path.removeprefix(f"{below}/" if below else "")
    digest = f"sha256:{entry.lfs.sha256}" if entry.lfs is not None else None
    return StoredFile(path, entry.size, digest, version=commit, single=single)
