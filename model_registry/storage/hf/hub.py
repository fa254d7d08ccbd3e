"""The one seam to the library that knows the Hugging Face Hub: questions, and what its errors mean."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar

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

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from huggingface_hub import HfApi

T = TypeVar("T")

PUBLIC = "https://huggingface.co"
_NETWORK = frozenset({"httpcore", "httpx", "requests", "urllib3"})
ADVICE = "give a token that may read it, with token=, HF_TOKEN or `hf auth login`"


class Hub:
    """A Hugging Face Hub, and who asks it.

    Args:
        endpoint: Its address; `HF_ENDPOINT`, or the public one, when not given.
        token: Access token; `HF_TOKEN`, or that of the cached login, when not given.
    """

    def __init__(self, endpoint: str | None = None, token: str | None = None) -> None:
        self._endpoint = endpoint
        self._token = token

    @property
    def endpoint(self) -> str:
        """Its address. The library would read the variable once, when it is imported."""
        return (self._endpoint or os.environ.get("HF_ENDPOINT") or PUBLIC).rstrip("/")

    @property
    def token(self) -> str | None:
        """The access token of now."""
        return self._token or _library().get_token()

    def url(self, repo: str, path: str, *, revision: str, kind: str = "model") -> str:
        """Give the address of a file."""
        address: str = _library().hf_hub_url(
            repo, path, repo_type=kind, revision=revision, endpoint=self.endpoint
        )
        return address

    def ask(self, question: Callable[[HfApi], T], *, repo: str, revision: str) -> T:
        """Ask something, again where the answer may come the next time.

        Args:
            question: What to ask.
            repo: The repository that it is about.
            revision: And its revision; both for messages.

        Raises:
            MissingExtraError: The extra `hf` is not installed.
            StorageNotFoundError: There is no such repository, revision or path.
            StorageAccessError: The token is missing or refused.
            InvalidArgumentError: The name of the repository cannot be one.
            StorageError: No answer came.
        """
        api = _library().HfApi(endpoint=self.endpoint, token=self._token)
        retries = Retries(Transfer())
        while True:
            try:
                return question(api)
            except Exception as error:  # noqa: BLE001  # every library below has its own
                told = _told(error, f"{repo} at {self.endpoint}", revision)
            if not isinstance(told, TransientError):
                raise told
            retries.wait_after(told)

    def read(self, repo: str, path: str, *, revision: str, limit: int) -> bytes:
        """Read a small file.

        Args:
            repo: The repository.
            path: The file in it.
            revision: Branch, tag or commit.
            limit: Most bytes to read; what follows is left out.

        Raises:
            StorageNotFoundError: There is no such file.
            StorageAccessError: The token is missing or refused.
            StorageError: It cannot be read.
        """
        url = self.url(repo, path, revision=revision)
        token = self.token
        client = HTTPClient({"Authorization": f"Bearer {token}"} if token else {})

        def read(_: HfApi) -> bytes:
            with closing(client.get(url)) as response:
                return next(response.chunks(limit), b"")

        try:
            return self.ask(read, repo=repo, revision=revision)
        finally:
            client.close()


def _told(error: Exception, repo: str, revision: str) -> Exception:
    """Say in our words what the library raised. Its classes moved between releases; their names did not."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    status: object = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, StorageError | TransientError):
        return error
    if "HFValidationError" in kinds:
        return InvalidArgumentError(f"This cannot be a repository: {_line(error)}")
    if "GatedRepoError" in kinds:
        return StorageAccessError(f"{repo} is gated: accept its terms on its page, and {ADVICE}.")
    if "RevisionNotFoundError" in kinds:
        return StorageNotFoundError(f"There is no revision {revision!r} of {repo}.")
    if "RepositoryNotFoundError" in kinds:
        return StorageNotFoundError(f"There is no repository {repo}. If it is there but private, {ADVICE}.")
    if "EntryNotFoundError" in kinds:
        return StorageNotFoundError(f"There is no such path in {repo}, revision {revision!r}.")
    if status in (401, 403):
        return StorageAccessError(
            f"{repo} returned status {status}: the token is refused, expired or not enough; {ADVICE}."
        )
    if status in TRANSIENT_STATUSES:
        return TransientError(f"{repo} returned status {status}.")
    if status is None and type(error).__module__.partition(".")[0] in _NETWORK:
        return TransientError(f"{repo} could not be asked: {_bottom(error)}.")
    return StorageError(f"{repo} could not be asked: {_line(error)}")


def _library() -> ModuleType:
    try:
        import huggingface_hub
    except ImportError as error:
        raise MissingExtraError.for_extra("hf", "The Hugging Face Hub", error) from error
    return huggingface_hub


def _line(error: BaseException) -> str:
    text = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return f"{text}."


def _bottom(error: BaseException) -> str:
    """What the network itself said, which the libraries wrap several times."""
    while (cause := error.__cause__ or error.__context__) is not None:
        error = cause
    said = error.strerror if isinstance(error, OSError) else None
    return said or _line(error).rstrip(".")
