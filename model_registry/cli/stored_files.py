"""The files of a version: in their store, as they were recorded, and on this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import click

from model_registry.exceptions import IntegrityError, InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

    from model_registry import ModelRegistry
    from model_registry.storage import Allow
    from model_registry.types import ModelArtifact

ALLOW_WORDS: Final = {
    "allow=storage.Allow(folders=['": "--allow-folder '",
    "allow=storage.Allow(hosts=['": "--allow-host '",
    "'])": "'",
}
"""What messages say for the classes of the client."""


def model_artifact(registry: ModelRegistry, reference: str, name: str | None) -> ModelArtifact:
    """Return the model artifact of a version that says where its files are.

    Args:
        registry: The registry.
        reference: The version.
        name: Name of the artifact, if there are several.

    Raises:
        NotFoundError: There is no such version or artifact.
        InvalidArgumentError: There are several, and none is named.
    """
    from model_registry.types import ModelArtifact

    version = registry.resolve(reference)
    if name is not None:
        return registry.get_artifact(version, name, kind=ModelArtifact)
    listed = list(registry.list_artifacts(version, kind=ModelArtifact))
    if len(listed) != 1:
        names = ", ".join(str(each.name) for each in listed) or "none"
        raise InvalidArgumentError(
            f"{reference} has {len(listed)} model artifacts ({names}): name one with --artifact"
        )
    return listed[0]


_REFERENCE_AND_FILE: Final = re.compile(
    r"(?P<reference>\d+|(?:model-registry://)?[^/@]+[/@][^:]+)(?::(?P<file>.*))?"
)


def split_file(text: str) -> tuple[str, str | None]:
    """Read `REF:FILE`, such as `fraud/1.0:config.json`, or `REF` alone.

    A `:` in the name of a model is part of it; in the name of a version it is written `%3A`.
    """
    found = _REFERENCE_AND_FILE.fullmatch(text)
    if found is not None:
        return found["reference"], found["file"] or None
    model, _, file = text.partition(":")
    return model, file or None


def recorded_files(artifact: ModelArtifact) -> list[dict[str, Any]]:
    """Return path, size and digest of each file, as they were recorded at registration."""
    from model_registry.types import StoredFacts

    properties = artifact.custom_properties or {}
    sizes: Any = properties.get("storage.files") or {}
    return [
        {"path": path, "size": sizes[path].get("size"), "digest": digest}
        for path, digest in (StoredFacts.of(properties).files or {}).items()
    ]


def list_stored_files(artifact: ModelArtifact, allow: Allow | None) -> list[dict[str, Any]]:
    """Return path, size and digest of each file in its store.

    Args:
        artifact: The artifact that names the location.
        allow: Which locations it may name; `None` for all.
    """
    from model_registry import storage
    from model_registry.storage.allow import store_for_entry
    from model_registry.types import StoredFacts

    facts = StoredFacts.of(artifact.custom_properties)
    uri = artifact.uri or ""
    return [
        {"path": each.path, "size": each.size, "digest": each.digest or facts.digest_of(each.path)}
        for each in storage.list_files(uri, store=store_for_entry(uri, None, allow))
    ]


def allow_options(function: Any) -> Any:  # noqa: ANN401  # a decorator of Click
    """Add the options for locations that an entry of a server may name."""
    function = click.option(
        "--allow-host",
        "hosts",
        multiple=True,
        metavar="HOST",
        help="Allow this host only, also at a loopback address. Repeatable.",
    )(function)
    return click.option(
        "--allow-folder",
        "folders",
        multiple=True,
        metavar="DIR",
        help="Allow files of this machine below this folder. Repeatable.",
    )(function)


def allowed(folders: tuple[str, ...], hosts: tuple[str, ...]) -> Allow | None:
    """Return which locations the user allows; `None` for the default."""
    from model_registry.storage import Allow

    return Allow(hosts=list(hosts) or None, folders=list(folders)) if folders or hosts else None


def default_allow(registry: ModelRegistry) -> Allow | None:
    """Return which locations entries of a registry may name, if the user allows no others."""
    from model_registry.connection import Local
    from model_registry.storage import Allow

    return None if isinstance(registry.connection, Local) else Allow()


def compare_with_record(artifact: ModelArtifact, path: Path) -> str:
    """Compare a file or folder with what was recorded at registration.

    Returns:
        The digest of the whole.

    Raises:
        InvalidArgumentError: Nothing was recorded.
        IntegrityError: The files are others. The message names the first ones.
    """
    from model_registry import storage
    from model_registry.types import StoredFacts

    facts = StoredFacts.of(artifact.custom_properties)
    if facts.digest is None:
        raise InvalidArgumentError(
            f"no digest was recorded of model artifact {artifact.name!r}: only files that were uploaded while"
            " registering can be verified"
        )
    if path.is_dir() and facts.within is None:  # one file, in the folder that it was downloaded into
        found = storage.list_files(str(path))
        path = path / found[0].path if len(found) == 1 else path
    digest = storage.digest(path)
    if digest == facts.digest:
        return digest
    if path.is_dir() and facts.within is not None:
        here = {
            each.path: each.digest or storage.digest(path / each.path)
            for each in storage.list_files(str(path))
        }
        recorded = facts.within
        problems = [f"missing {name}" for name in recorded if name not in here]
        problems += [f"changed {name}" for name, own in recorded.items() if here.get(name, own) != own]
        problems += [f"unknown {name}" for name in here if name not in recorded]
        raise IntegrityError(f"{path} is not what was registered: {', '.join(problems[:5])}")
    raise IntegrityError(f"{path} is not what was registered: its digest is {digest}, not {facts.digest}")
