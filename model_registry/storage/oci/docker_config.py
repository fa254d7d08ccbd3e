"""Find the credentials for a repository in a `config.json` of Docker or an `auth.json` of Podman."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, cast

from model_registry.exceptions import InvalidArgumentError

from .credential_helpers import ask_helper
from .image_reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from .image_reference import ImageReference

_HUB_SERVER = "https://index.docker.io/v1/"
_SECTIONS = {"auths", "credHelpers", "credsStore"}


@dataclass(frozen=True)
class OCICredentials:
    """The credentials for a registry or its token service.

    Attributes:
        username: User name; empty if there is only a token.
        password: Password of the user.
        identity_token: Token that the token service exchanges for access tokens, instead of a password.
        registry_token: Access token, sent to the registry as it is.
    """

    username: str
    password: str = field(default="", repr=False)
    identity_token: str = field(default="", repr=False)
    registry_token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """Return the value of the `Authorization` header."""
        pair = f"{self.username}:{self.password}".encode()
        return "Basic " + base64.b64encode(pair).decode("ascii")


def credentials_in(name: str, text: str, reference: ImageReference) -> OCICredentials | None:
    """Return the credentials for a repository; `None` if there are none.

    Args:
        name: Name of the configuration, for errors.
        text: The configuration: JSON, or the base64 of it, as Kubernetes' secrets have it.
        reference: The repository.

    Raises:
        InvalidArgumentError: The text does not have the format of container tools.
        HelperError: A credential helper is missing or failed.
    """
    config = _parsed(name, text)
    for key, helper in _mapping(config.get("credHelpers")).items():
        if _short_key(key) == reference.registry:
            return _from_helper(str(helper), key)
    auths = (
        _mapping(config.get("auths")) if _SECTIONS & config.keys() else config
    )  # `.dockercfg` has no sections
    for key in _matching_keys(auths, reference):
        found = _in_entry(name, key, _mapping(auths[key]))
        if found is not None:
            return found
    store = config.get("credsStore")
    if isinstance(store, str) and store:
        return _from_helper(store, _HUB_SERVER if reference.registry == DOCKER_HUB else reference.registry)
    return None


def _parsed(name: str, text: str) -> Mapping[str, object]:
    stripped = text.removeprefix("\ufeff").strip()  # editors on Windows write this mark
    if stripped and not stripped.startswith("{"):
        stripped = _decoded(stripped) or stripped
    try:
        value: object = json.loads(stripped, strict=False)  # values may have line breaks, see `_decoded`
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidArgumentError(
            f"{name} must hold the JSON object of a Docker config.json: "
            '{"auths": {"registry.example.org": {"auth": "…"}}}'
        )
    return cast("dict[str, object]", value)


def _decoded(text: str) -> str | None:
    """Decode base64, which may be broken into lines; `None` if it is not base64 of a text."""
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return None


def _mapping(value: object) -> Mapping[str, object]:
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


def _short_key(key: str) -> str:
    """Return a key of `auths` in its short form: `https://index.docker.io/v1/` is `docker.io`."""
    short = key.partition("://")[2] or key
    short = short.rstrip("/").removesuffix("/v1").removesuffix("/v2")
    host, slash, rest = short.partition("/")
    return (DOCKER_HUB if host in ("index.docker.io", "registry-1.docker.io") else host) + slash + rest


def _matching_keys(auths: Mapping[str, object], reference: ImageReference) -> Iterator[str]:
    """Return the keys of `auths` for a repository, the most specific first, and patterns last."""
    wanted = [reference.registry, *reference.repository.split("/")]
    short = {_short_key(key): key for key in auths}
    for length in range(len(wanted), 0, -1):
        if (exact := "/".join(wanted[:length])) in short:
            yield short[exact]
    for pattern in sorted(short, key=len, reverse=True):
        host, *path = pattern.split("/")
        if not {"*", "?"} & set(host):
            continue
        if _host_matches(host, reference.registry) and wanted[1 : len(path) + 1] == path:
            yield short[pattern]


def _host_matches(pattern: str, host: str) -> bool:
    """Return whether a pattern of the kubelet matches a host. `*` stands for (a part of) one label."""
    patterns, labels = (text.replace(":", ".:").split(".") for text in (pattern, host))
    return len(patterns) == len(labels) and all(
        fnmatchcase(label, each) for label, each in zip(labels, patterns, strict=True)
    )


def _in_entry(name: str, key: str, entry: Mapping[str, object]) -> OCICredentials | None:
    username, password = entry.get("username"), entry.get("password")
    if isinstance(text := entry.get("auth"), str) and text.strip():
        pair = _decoded(text)
        if pair is None or ":" not in pair:
            raise InvalidArgumentError(f"auth of {key!r} in {name} must be base64 of user:password")
        username, _, password = pair.partition(":")
    found = OCICredentials(
        str(username or ""),
        str(password or "").rstrip("\0"),
        _text(entry.get("identitytoken")),
        _text(entry.get("registrytoken")),
    )
    usable = (found.username and found.password) or found.identity_token or found.registry_token
    return found if usable else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _from_helper(helper: str, server: str) -> OCICredentials | None:
    found = ask_helper(helper, server)
    if found is None:
        return None
    username, secret = found
    return (
        OCICredentials("", identity_token=secret)
        if username == "<token>"
        else OCICredentials(username, secret)
    )
