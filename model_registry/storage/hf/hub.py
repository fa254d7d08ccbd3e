"""Call the library `huggingface_hub`, and translate its errors."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import quote

from model_registry.connection.tokens import checked_text
from model_registry.exceptions import (
    InvalidArgumentError,
    MissingExtraError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.storage.http.client import HTTPClient
from model_registry.storage.http.retries import Retries, TransientError
from model_registry.storage.transfer import Transfer
from model_registry.transport.retry import TRANSIENT_STATUSES

from .cache import cached_file, cached_model, is_offline
from .card import parse_json
from .location import HubLocation

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from huggingface_hub import HfApi

    from .card import JSON

T = TypeVar("T")

PUBLIC = "https://huggingface.co"
_TIMEOUT = 30
"""Seconds to wait for a response of the Hub's API."""
_NETWORK = frozenset({"httpcore", "httpx", "requests", "urllib3"})
ADVICE = "give a token that may read it, with token=, HF_TOKEN or `hf auth login`"


class Hub:
    """A Hugging Face Hub, with an access token.

    Args:
        endpoint: Address of the Hub; by default `HF_ENDPOINT`, then the public one.
        token: Access token; by default `HF_TOKEN`, then that of the cached login.
    """

    def __init__(self, endpoint: str | None = None, token: str | None = None) -> None:
        self._endpoint = endpoint
        self._token = checked_text(token, "token") if token else token

    @property
    def endpoint(self) -> str:
        """Return the address of the Hub. The library reads the variable at import only."""
        return (self._endpoint or os.environ.get("HF_ENDPOINT") or PUBLIC).rstrip("/")

    @property
    def token(self) -> str | None:
        """Return the current access token."""
        return self._token or _library().get_token()

    def url(self, repo: str, path: str, *, revision: str, kind: str = "model") -> str:
        """Return the URL of a file."""
        address: str = _library().hf_hub_url(
            repo, path, repo_type=kind, revision=revision, endpoint=self.endpoint
        )
        return address

    def call(self, request: Callable[[HfApi], T], *, repo: str, revision: str) -> T:
        """Call the library, with retries after transient failures.

        Args:
            request: Calls a method of the library.
            repo: Name of the repository, for messages.
            revision: Its revision, for messages.

        Raises:
            MissingExtraError: The extra `hf` is not installed.
            StorageNotFoundError: The repository, revision or path does not exist.
            StorageAccessError: The token is missing or refused.
            InvalidArgumentError: The name of the repository is not valid.
            StorageError: The request failed.
        """
        api = _library().HfApi(endpoint=self.endpoint, token=self._token)
        retries = Retries(Transfer())
        while True:
            try:
                return request(api)
            except Exception as error:  # noqa: BLE001  # every library below has its own
                translated = _translated(error, f"{repo} at {self.endpoint}", revision)
            if not isinstance(translated, TransientError):
                raise translated
            retries.wait_after(translated)

    def model_info(self, repo: str, *, revision: str) -> dict[str, JSON]:
        """Return what the Hub reports of a model; offline, what its cache holds.

        The library's `model_info` fails on model cards with unusual values, so this reads the JSON itself.

        Args:
            repo: Name of the repository.
            revision: Branch, tag or commit.

        Raises:
            StorageNotFoundError: The repository or revision does not exist, or is not in the cache.
            StorageAccessError: The token is missing or refused.
            StorageError: The request failed.
        """
        library = _library()
        if is_offline():
            return cached_model(repo, revision)

        def request(api: HfApi) -> object:
            library.utils.validate_repo_id(repo)
            response = library.utils.get_session().get(
                f"{api.endpoint}/api/models/{repo}/revision/{quote(revision, safe='')}",
                params={"blobs": "true"},
                headers=library.utils.build_hf_headers(token=self._token),
                timeout=_TIMEOUT,
            )
            library.utils.hf_raise_for_status(response)
            return parse_json(response.content)

        found = self.call(request, repo=repo, revision=revision)
        if not isinstance(found, dict):
            raise StorageError(f"{repo} at {self.endpoint} request failed: the response is no JSON object.")
        return cast("dict[str, JSON]", found)

    def read(self, repo: str, path: str, *, revision: str, limit: int) -> bytes:
        """Read a small file, from the cache if it has it.

        Args:
            repo: Name of the repository.
            path: Path of the file.
            revision: The commit.
            limit: Maximum number of bytes to return.

        Raises:
            StorageNotFoundError: The file does not exist.
            StorageAccessError: The token is missing or refused.
            StorageError: The file cannot be read.
        """
        cached = cached_file(HubLocation(repo, revision, path), revision)
        if cached is not None:
            with cached.open("rb") as file:
                return file.read(limit)
        url = self.url(repo, path, revision=revision)
        token = self.token
        client = HTTPClient({"Authorization": f"Bearer {token}"} if token else {})

        def read(_: HfApi) -> bytes:
            with closing(client.get(url)) as response:
                response.check_encoding(path)
                return next(response.chunks(limit), b"")

        try:
            return self.call(read, repo=repo, revision=revision)
        finally:
            client.close()


def _translated(error: Exception, repo: str, revision: str) -> Exception:
    """Return our error for one of the library, whose classes moved between releases under the same names."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status: object = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, StorageError | TransientError):
        return error
    if "HFValidationError" in kinds:
        return InvalidArgumentError(f"The name of the repository is not valid: {_line(error)}")
    if "GatedRepoError" in kinds:
        return StorageAccessError(f"{repo} is gated: accept its terms on its page, and {ADVICE}.")
    if "RevisionNotFoundError" in kinds:
        return StorageNotFoundError(f"{repo} has no revision {revision!r}.")
    if "RepositoryNotFoundError" in kinds:
        return StorageNotFoundError(f"{repo} does not exist or is private. Check the name, or {ADVICE}.")
    if "EntryNotFoundError" in kinds:
        return StorageNotFoundError(f"{repo} has no such path at the revision {revision!r}.")
    if status in (401, 403):
        return StorageAccessError(
            f"{repo} returned status {status}: the token is refused, expired or not sufficient; {ADVICE}."
        )
    if status in TRANSIENT_STATUSES:
        return TransientError(f"{repo} returned status {status}.")
    if status is None and type(error).__module__.partition(".")[0] in _NETWORK:
        return TransientError(f"{repo} cannot be reached: {_root_cause(error)}.")
    return StorageError(f"{repo} request failed: {_line(error)}")


def _library() -> ModuleType:
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingExtraError.for_extra("hf", "The Hugging Face Hub", error) from error
    return huggingface_hub


def _line(error: BaseException) -> str:
    text = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return f"{text}."


def _root_cause(error: BaseException) -> str:
    """Return the message of the innermost error. The libraries wrap it several times."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    said = error.strerror if isinstance(error, OSError) else None
    return said or _line(error).rstrip(".")
