"""Find the credentials for a registry: arguments, then the variables and files of container tools."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageAccessError

from .credential_helpers import HelperError
from .docker_config import OCICredentials, credentials_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .image_reference import ImageReference

_VARIABLES = (".dockerconfigjson", "DOCKER_AUTH_CONFIG")
_RUN = "/run/containers"


class Keychain:
    """Find the credentials for a repository.

    Arguments come first, then the environment variables `.dockerconfigjson` and `DOCKER_AUTH_CONFIG`, then
    the files of container tools: `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`, `containers/auth.json`,
    `/run/containers/UID/auth.json`, `~/.docker/config.json`, `~/.dockercfg`. The first source with
    credentials for the registry is used.

    Args:
        username: User name for `registry`.
        password: Password of the user.
        registry: The only registry that gets these two.
        auth: JSON of a `config.json` or `auth.json`, used before the environment.

    Attributes:
        problem: What the last call of `find` could not ask: a credential helper that is missing or failed.
    """

    def __init__(
        self,
        username: str | None = None,
        password: str | None = None,
        *,
        registry: str | None = None,
        auth: str | None = None,
    ) -> None:
        self._given = OCICredentials(username, password) if username and password else None
        self._registry = registry
        self._auth = auth
        self.problem = ""

    def find(self, reference: ImageReference) -> OCICredentials | None:
        """Return the credentials for a repository; `None` if there are none.

        Raises:
            InvalidArgumentError: A source does not have the format of container tools.
            StorageAccessError: A file cannot be read.
        """
        if self._given is not None and self._registry in (None, reference.registry):
            return self._given
        problem = ""
        found: OCICredentials | None = None
        for name, text in self._sources():
            try:
                found = credentials_in(name, text, reference)
            except HelperError as error:  # public repositories can be read without it
                problem = problem or f"The credential helper in {name} failed: {error}."
            if found is not None:
                break
        self.problem = problem
        return found

    def _sources(self) -> Iterator[tuple[str, str]]:
        if self._auth is not None:
            yield "auth", self._auth
        for variable in _VARIABLES:
            if text := os.environ.get(variable):
                yield f"the environment variable {variable}", text
        for path in _files():
            if (text := _read(path)) is not None:
                yield str(path), text


def _read(path: Path) -> str | None:
    """Return the text of a file; `None` if it does not exist or is empty, as some tools leave it."""
    try:
        return path.read_text("utf-8-sig") or None
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8"
        raise StorageAccessError(f"The credentials in {path} cannot be read: {reason}.") from None


def _files() -> Iterator[Path]:
    environment = os.environ
    if path := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(path)
    if folder := environment.get("DOCKER_CONFIG"):
        yield Path(folder) / "config.json"
        yield Path(folder) / ".dockerconfigjson"  # mounted secrets of Kubernetes
        yield Path(folder) / ".dockercfg"
    if folder := environment.get("XDG_RUNTIME_DIR"):
        yield Path(folder) / "containers" / "auth.json"
    if hasattr(os, "getuid"):  # not on Windows
        yield Path(_RUN) / str(os.getuid()) / "auth.json"
    home = Path(environment.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111  # raises nothing
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"
    yield home / ".docker" / "config.json"
    yield home / ".dockercfg"
