"""Find the credentials for a registry: arguments, then the variables and files of container tools."""

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
    """The credentials for a registry or its token service.

    Attributes:
        username: User name; empty if there is only a token.
        password: Password of the user.
        identity_token: Token that the token service exchanges for access tokens, instead of a password.
    """

    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """Return the value of the `Authorization` header."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


class Keychain:
    """Find the credentials for a repository.

    Arguments come first, then the environment variable `.dockerconfigjson`, then the files of container
    tools: `REGISTRY_AUTH_FILE`, `DOCKER_CONFIG`, `containers/auth.json`, `~/.docker/config.json`. The first
    source with credentials for the registry is used.

    Args:
        username: User name for `registry`.
        password: Password of the user.
        registry: The only registry that gets these two.
        auth: JSON of a `config.json` or `auth.json`, used before the environment.
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
        """Return the credentials for a repository; `None` if there are none.

        Raises:
            InvalidArgumentError: A source does not have the format of container tools.
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
        return path.read_text("utf-8-sig")
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
        if _short_key(key) == reference.registry:
            return _ask_helper(str(helper), key)
    auths = {_short_key(key): (key, _mapping(entry)) for key, entry in _mapping(config.get("auths")).items()}
    for short in _lookup_keys(reference):
        if short in auths:
            key, entry = auths[short]
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


def _short_key(key: str) -> str:
    """Return a key of `auths` in its short form: `https://index.docker.io/v1/` is `docker.io`."""
    short = key.partition("://")[2] or key
    short = short.rstrip("/").removesuffix("/v1").removesuffix("/v2")
    host, slash, rest = short.partition("/")
    return (DOCKER_HUB if host in ("index.docker.io", "registry-1.docker.io") else host) + slash + rest


def _lookup_keys(reference: ImageReference) -> list[str]:
    """Return the keys for the credentials of a repository, the most specific first."""
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
    """Run a credential helper of Docker. A missing helper has no credentials."""
    program = shutil.which(f"docker-credential-{helper}")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603  # the user's own configuration names it
            [program, "get"], input=server.encode(), capture_output=True, timeout=_HELPER_SECONDS, check=False
        )
        output = json.loads(done.stdout) if done.returncode == 0 else None
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise StorageAccessError(
            f"The credential helper docker-credential-{helper} failed for {server} "
            f"({type(error).__name__}). Does `docker-credential-{helper} get` work?"
        ) from None
    if not isinstance(output, dict):  # it has none
        return None
    found = _mapping(cast("object", output))
    username, secret = str(found.get("Username", "")), str(found.get("Secret", ""))
    if username == "<token>":
        return OCICredentials("", identity_token=secret)
    return OCICredentials(username, secret)
