"""Find the store for a URI by its scheme."""

from __future__ import annotations

import os
import re
from importlib import import_module
from typing import TYPE_CHECKING, cast

from model_registry.exceptions import InvalidArgumentError, StorageError
from model_registry.types.redaction import redacted_text, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable

    from .protocol import Store

ENTRY_POINTS = "model_registry.storage"
"""Group of entry points with which other packages add stores. The name is the scheme, the value a class."""

_BUILT_IN = {
    "": ("local", "FileStore"),
    "az": ("objects.clouds", "AZStore"),
    "file": ("local", "FileStore"),
    "gs": ("objects.clouds", "GSStore"),
    "hf": ("hf.hf_store", "HFStore"),
    "http": ("web", "HTTPStore"),
    "https": ("web", "HTTPStore"),
    "oci": ("oci", "OCIStore"),
    "s3": ("objects.s3", "S3Store"),
}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://|(file):", re.IGNORECASE)


def store_for(uri: str) -> Store:
    """Create the store for a URI, with options from the environment.

    Args:
        uri: `s3://…`, `https://…` and so on, or a path.

    Raises:
        InvalidArgumentError: There is no store for the scheme.
        MissingExtraError: The store needs an extra that is not installed.

    Example:
        >>> from model_registry.storage import store_for
        >>> type(store_for("models/fraud.onnx")).__name__
        'FileStore'
    """
    scheme = scheme_of(uri)
    if scheme in _BUILT_IN:
        module, name = _BUILT_IN[scheme]
        build = getattr(import_module(f"model_registry.storage.{module}"), name)
    else:
        build = _plugged_in(scheme, uri)
    return cast("Callable[[], Store]", build)()


def scheme_of(uri: str) -> str:
    """Return the scheme of a URI in lower case, and "" for a path, with or without a drive letter."""
    match = _SCHEME.match(uri)
    return (match[1] or match[2]).lower() if match else ""


def as_uri(uri: str | os.PathLike[str]) -> str:
    """Return a location as text.

    Raises:
        InvalidArgumentError: It is neither a text nor a path.
    """
    text = os.fspath(uri) if isinstance(uri, os.PathLike) else uri
    if not isinstance(text, str):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"uri must be a URI or a path, got {type(uri).__name__}")
    return text


def redact(uri: str) -> str:
    """Return a URI for messages, without user, password, query and fragment."""
    return without_secrets(uri) if scheme_of(uri) else redacted_text(uri)


def _plugged_in(scheme: str, uri: str) -> object:
    from importlib.metadata import entry_points  # slow to import

    found = {each.name: each for each in entry_points(group=ENTRY_POINTS)}
    if scheme not in found:
        known = ", ".join(sorted({*_BUILT_IN, *found} - {""}))
        raise InvalidArgumentError(
            f"{redact(uri)} has the unknown scheme {scheme!r}. Use a path or one of {known}. Packages can "
            f"add schemes with an entry point of the group {ENTRY_POINTS!r}"
        )
    try:
        return cast("object", found[scheme].load())
    except (ImportError, AttributeError) as error:
        raise StorageError(
            f"The store for {scheme!r}, {found[scheme].value}, cannot be loaded: {error}. Reinstall the "
            "package that provides it."
        ) from error
