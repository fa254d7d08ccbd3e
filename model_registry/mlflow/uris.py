"""Registry URIs: which registry a URI of MLflow names."""

from __future__ import annotations

import os
from urllib.parse import unquote, urlsplit

from model_registry import ModelRegistry
from model_registry.exceptions import InvalidArgumentError

SCHEME = "model-registry"


def open_registry(uri: str) -> ModelRegistry:
    """Return a client of the registry that a URI names. No request is sent.

    `model-registry://host:port` means the same as `ModelRegistry("host:port")`; the address decides between
    `http` and `https` after `model-registry+http://` and `model-registry+https://`.
    `model-registry:///path/registry.db` is a local file. `model-registry://` takes the address from the
    environment or the profile, as `ModelRegistry()` does.

    Raises:
        InvalidArgumentError: The URI names no registry.
    """
    parts = urlsplit(uri)
    scheme, _, transport = parts.scheme.partition("+")
    if scheme != SCHEME or transport not in ("", "http", "https"):
        raise InvalidArgumentError(
            "the registry URI must begin with model-registry://, model-registry+http:// or "
            "model-registry+https://"
        )
    if "@" in parts.netloc:
        raise InvalidArgumentError(
            "the registry URI must not contain credentials; set MODEL_REGISTRY_TOKEN, or use a profile"
        )
    if parts.query or parts.fragment:
        raise InvalidArgumentError("the registry URI must not contain a query (?) or fragment (#)")
    if not parts.netloc and not transport:
        return ModelRegistry.local(_local_path(parts.path)) if parts.path.strip("/") else ModelRegistry()
    if not parts.netloc:
        raise InvalidArgumentError(f"the registry URI names no host: write {parts.scheme}://HOST:PORT")
    address = parts.netloc + parts.path.rstrip("/")
    return ModelRegistry(f"{transport}://{address}" if transport else address)


def _local_path(path: str) -> str:
    path = unquote(path)
    return path.lstrip("/") if os.name == "nt" else path
