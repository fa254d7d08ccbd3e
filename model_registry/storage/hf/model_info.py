"""Describe a model of the Hugging Face Hub with the fields of a registry."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from model_registry.exceptions import InvalidArgumentError, StorageAccessError, StorageNotFoundError

from .cache import is_offline
from .hub import Hub
from .location import HubLocation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from huggingface_hub.hf_api import ModelInfo, RepoSibling

Property: TypeAlias = "bool | int | float | str | list[bool | int | float | str]"
"""A value of a model card."""

_CARD = "README.md"
_RESULTS = ("eval_results", "model_name")
"""Attributes that the library computes from the results in the card."""

_CARD_LIMIT = 1024 * 1024
_FRONT_MATTER = re.compile(r"\A---\s*\n.*?\n---\s*(?:\n|\Z)", re.DOTALL)
UNKNOWN_AUTHOR = "unknown"


@dataclass(frozen=True)
class HFModel:
    """A model of the Hugging Face Hub at one commit.

    Attributes:
        repo: Name of the repository, with its namespace.
        path: File or folder in the repository; `None` for the whole repository.
        git_ref: The requested branch, tag or commit.
        commit: The commit of `git_ref`.
        author: Owner of the repository; `unknown` without a namespace.
        uri: URL of the file at the commit; without `path`, the `storage_uri`.
        storage_uri: `hf://…` at the commit, for `model_registry.storage`.
        size: Size of the file in bytes; `None` for folders.
        digest: `sha256:…` of the file, if the Hub knows it.
        model_source_kind: `hf`.
        model_source_class: `model`.
        model_source_group: The namespace.
        model_source_id: The repository, with its namespace.
        model_source_name: The repository, without it.
        custom_properties: Further data of the Hub and the model card; lists stay lists.
        license: Name of the license.
        license_link: URL of its text.
        language: Natural languages of the model.
        tasks: Tasks of the model.
        library_name: Library that runs the model.
        readme: The model card without its metadata.
    """

    repo: str
    path: str | None
    git_ref: str
    commit: str
    author: str
    uri: str
    storage_uri: str
    size: int | None = None
    digest: str | None = None
    model_source_kind: str = "hf"
    model_source_class: str = "model"
    model_source_group: str | None = None
    model_source_id: str | None = None
    model_source_name: str | None = None
    custom_properties: dict[str, Property] = field(default_factory=dict[str, "Property"])
    license: str | None = None
    license_link: str | None = None
    language: list[str] | None = None
    tasks: list[str] | None = None
    library_name: str | None = None
    readme: str | None = None


def describe_hf_model(
    repo: str,
    path: str | None = None,
    *,
    git_ref: str = "main",
    token: str | None = None,
    endpoint: str | None = None,
) -> HFModel:
    """Look up a model, to register it. Only the model card is downloaded.

    With `HF_HUB_OFFLINE`, the cache of `huggingface_hub` on this machine is read, without what only the Hub
    knows.

    Args:
        repo: Name of the repository, `namespace/name`.
        path: File or folder in the repository; by default the whole repository.
        git_ref: Branch, tag or commit.
        token: Access token for private repositories; by default `HF_TOKEN`, then that of the cached login.
        endpoint: Address of the Hub; by default `HF_ENDPOINT`, then the public one.

    Returns:
        The model at its current commit.

    Raises:
        MissingExtraError: The extra `hf` is not installed.
        StorageNotFoundError: The repository, revision or path does not exist.
        StorageAccessError: The token is missing or refused.
        InvalidArgumentError: The name of the repository is not valid.
        StorageError: The request failed.

    Example:
        >>> from model_registry.storage import describe_hf_model
        >>> def show() -> None:
        ...     model = describe_hf_model("acme/fraud", "onnx/model.onnx", git_ref="v1")
        ...     print(model.commit, model.license, model.custom_properties["tags"])
    """
    if not repo or not git_ref:
        raise InvalidArgumentError("repo and git_ref must not be empty")
    hub = Hub(endpoint, token)
    info = hub.model_info(repo, revision=git_ref)
    path = (path or "").strip("/") or None
    commit = info.sha or git_ref
    file = _file(info, path, git_ref)
    place = HubLocation(info.id, commit, path or "")
    uri = hub.url(info.id, path, revision=commit) if path else str(place)
    namespace, _, name = info.id.rpartition("/")
    card = _card(info)
    return HFModel(
        repo=info.id,
        path=path,
        git_ref=git_ref,
        commit=commit,
        author=(author := info.author or namespace or UNKNOWN_AUTHOR),
        uri=uri,
        storage_uri=str(place),
        size=file.size if file else None,
        digest=f"sha256:{file.lfs.sha256}" if file and file.lfs else None,
        model_source_group=namespace or None,
        model_source_id=info.id,
        model_source_name=name,
        custom_properties={
            **card,
            **_facts(info),
            "repo": info.id,
            "source_uri": uri,
            "model_origin": "huggingface_hub",
            "model_author": author,
            "hf_commit": commit,
            "hf_git_ref": git_ref,
        },
        license=_license(card),
        license_link=_license_link(card, hub, info.id, commit),
        language=_texts(card.get("language")),
        tasks=[info.pipeline_tag] if info.pipeline_tag else None,
        library_name=info.library_name or _text(card.get("library_name")),
        readme=_readme(hub, info, commit),
    )


def _file(info: ModelInfo, path: str | None, git_ref: str) -> RepoSibling | None:
    """Return the file; `None` for a folder or the whole repository."""
    if path is None:
        return None
    files = info.siblings or []
    for file in files:
        if file.rfilename == path:
            return file
    if not any(file.rfilename.startswith(f"{path}/") for file in files):
        raise StorageNotFoundError(f"{info.id} has no file or folder {path!r} at the revision {git_ref!r}.")
    return None


def _card(info: ModelInfo) -> dict[str, Property]:
    """Return the values of the model card that a registry can store."""
    data: Mapping[str, object] = getattr(info.card_data, "__dict__", {})
    found: dict[str, Property] = {}
    for name, value in data.items():
        if name in _RESULTS:
            continue
        if isinstance(value, bool | int | float | str):
            found[name] = value
        elif isinstance(value, list):
            items = cast("list[object]", value)
            plain = [item for item in items if isinstance(item, bool | int | float | str)]
            if plain and len(plain) == len(items):
                found[name] = plain
    return found


def _facts(info: ModelInfo) -> dict[str, Property]:
    """Return the data of the Hub besides the model card."""
    found: dict[str, Property] = {}
    if not is_offline():  # the cache does not know it
        # Strings: registries that refuse to deploy gated models compare them as strings.
        found["hf_gated"] = str(info.gated or False).lower()
        found["hf_private"] = str(bool(info.private)).lower()
    if info.tags:
        found["tags"] = list(info.tags)
    named = {"pipeline_tag": info.pipeline_tag, "library_name": info.library_name}
    return found | {name: value for name, value in named.items() if value}


def _license(card: Mapping[str, Property]) -> str | None:
    named = _text(card.get("license"))
    return _text(card.get("license_name")) or named if named in (None, "other") else named


def _license_link(card: Mapping[str, Property], hub: Hub, repo: str, commit: str) -> str | None:
    link = _text(card.get("license_link"))
    if link is None or "://" in link:
        return link
    return hub.url(repo, link.lstrip("/"), revision=commit)


def _readme(hub: Hub, info: ModelInfo, commit: str) -> str | None:
    if not any(file.rfilename == _CARD for file in info.siblings or []):
        return None
    try:
        text = hub.read(info.id, _CARD, revision=commit, limit=_CARD_LIMIT)
    except (StorageAccessError, StorageNotFoundError):
        return None  # gated: everything else may be public
    return _FRONT_MATTER.sub("", text.decode(errors="replace"), count=1).strip() or None


def _text(value: Property | None) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Property | None) -> list[str] | None:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)] or None
    return [value] if isinstance(value, str) and value else None
