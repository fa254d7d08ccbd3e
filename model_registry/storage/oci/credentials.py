"""Who we are to a registry: arguments, then the files and variables that container tools read."""

from __future__ import annotations

import base64
import binascii
import json
import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from model_registry.exceptions import InvalidArgumentError, StorageAccessError

from .image_reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .image_reference import ImageReference

_HELPER_SECONDS = 60


@dataclass(frozen=True)
class OCICredentials:
    """What a registry or its token service is shown.

    Attributes:
        username: User; empty when there is only a token.
        password: Its password.
        identity_token: Token that the token service changes for others, instead of a password.
    """

    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """Value of the `Authorization` header."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


class Keychain:
    """Finds the credentials for a repository.

    Arguments come first, then the environment variable `.dockerconfigjson`, then the files of container
    tools: `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`, `containers/auth.json`, `~/.docker/config.json`. The first
    that knows the registry wins.

    Args:
        username: User for `registry`.
        password: Its password.
        registry: The only registry that these two are shown to.
        auth: JSON of a `config.json` or `auth.json`, to be asked before the environment.
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

    def find(self, reference: ImageReference) -> OCICredentials | None:
        """Look for the credentials for a repository; `None` when nobody has any.

        Raises:
            InvalidArgumentError: A source is not what container tools write.
            StorageAccessError: A credential helper failed.
        """
        if self._given is not None and self._registry in (None, reference.registry):
            return self._given
        for name, text in self._sources():
            found = _in_config(name, _parsed(name, text), reference)
            if found is not None:
                return found
        return None

    def _sources(self) -> Iterator[tuple[str, str]]:
        if self._auth is not None:
            yield "auth", self._auth
        if text := os.environ.get(".dockerconfigjson"):  # noqa: SIM112  # the key in Kubernetes' secrets
            yield "the environment variable .dockerconfigjson", text
        for path in _files():
            if (text := _read(path)) is not None:
                yield str(path), text


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
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
        yield Path(folder) / ".dockerconfigjson"  # a mounted secret of Kubernetes
    if folder := environment.get("XDG_RUNTIME_DIR"):
        yield Path(folder) / "containers" / "auth.json"
    home = Path(environment.get("HOME") or os.path.expanduser("~"))  # noqa: PTH111  # raises nothing
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"
    yield home / ".docker" / "config.json"


def _parsed(name: str, text: str) -> Mapping[str, object]:
    try:
        value: object = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise InvalidArgumentError(
            f"{name} must hold the JSON object of a Docker config.json: "
            '{"auths": {"registry.example.org": {"auth": "…"}}}'
        )
    return cast("dict[str, object]", value)


def _in_config(name: str, config: Mapping[str, object], reference: ImageReference) -> OCICredentials | None:
    helpers = _mapping(config.get("credHelpers"))
    for key, helper in helpers.items():
        if _place(key) == reference.registry:
            return _ask_helper(str(helper), key)
    auths = {_place(key): (key, _mapping(entry)) for key, entry in _mapping(config.get("auths")).items()}
    for place in _places(reference):
        if place in auths:
            key, entry = auths[place]
            found = _in_entry(name, key, entry)
            if found is not None:
                return found
    store = config.get("credsStore")
    if isinstance(store, str) and store:
        hub = reference.registry == DOCKER_HUB
        return _ask_helper(store, "https://index.docker.io/v1/" if hub else reference.registry)
    return None


def _mapping(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _place(key: str) -> str:
    """Write a key of `auths` without what some tools add: `https://index.docker.io/v1/` is `docker.io`."""
    place = key.partition("://")[2] or key
    place = place.rstrip("/").removesuffix("/v1").removesuffix("/v2")
    host, slash, rest = place.partition("/")
    return (DOCKER_HUB if host in ("index.docker.io", "registry-1.docker.io") else host) + slash + rest


def _places(reference: ImageReference) -> list[str]:
    """Name where credentials may be filed, the most special place first."""
    parts = [reference.registry, *reference.repository.split("/")]
    return ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]


def _in_entry(name: str, key: str, entry: Mapping[str, object]) -> OCICredentials | None:
    username, password = entry.get("username"), entry.get("password")
    if isinstance(text := entry.get("auth"), str) and text:
        try:
            username, _, password = base64.b64decode(text, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            raise InvalidArgumentError(f"auth of {key!r} in {name} must be base64 of user:password") from None
    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return OCICredentials(str(username or ""), identity_token=token)
    if username and password:
        return OCICredentials(str(username), str(password).rstrip("\0"))
    return None


def _ask_helper(helper: str, server: str) -> OCICredentials | None:
    """Ask a credential helper of Docker's; one that is not installed knows nothing."""
    program = shutil.which(f"docker-credential-{helper}")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # the user's own configuration names it
            [program, "get"], input=server.encode(), capture_output=True, timeout=_HELPER_SECONDS, check=False
        )
        answer = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise StorageAccessError(
            f"The credential helper docker-credential-{helper} gave no answer for {server} "
            f"({type(error).__name__}). Does `docker-credential-{helper} get` work?"
        ) from None
    if not isinstance(answer, dict):  # it has none
        return None
    found = _mapping(cast("object", answer))
    username, secret = str(found.get("Username", "")), str(found.get("Secret", ""))
    if username == "<token>":
        return OCICredentials("", identity_token=secret)
    return OCICredentials(username, secret)
