"""Describe a model of the Hugging Face Hub with the fields of a registry."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from model_registry.exceptions import InvalidArgumentError, StorageAccessError, StorageNotFoundError

from .cache import is_offline
from .card import readme_text, storable, storable_properties
from .hub import Hub
from .location import HubLocation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types.properties import PropertyValue

    from .card import JSON

_CARD = "README.md"
_CARD_LIMIT = 1024 * 1024
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
        license: Name of the license; several are separated by commas.
        license_link: URL of its text.
        language: Natural languages of the model.
        tasks: Tasks of the model.
        library_name: Library that runs the model.
        readme: The model card without its metadata.
        changes: A sentence for each value of the model card that no registry can store as it is.
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
    custom_properties: dict[str, PropertyValue] = field(default_factory=dict[str, "PropertyValue"])
    license: str | None = None
    license_link: str | None = None
    language: list[str] | None = None
    tasks: list[str] | None = None
    library_name: str | None = None
    readme: str | None = None
    changes: tuple[str, ...] = ()


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
    repo, commit = _text(info.get("id")) or repo, _text(info.get("sha")) or git_ref
    files = _files(info)
    file = _file(files, path, repo, git_ref)
    place = HubLocation(repo, commit, path or "")
    uri = hub.url(repo, path, revision=commit) if path else str(place)
    namespace, _, name = repo.rpartition("/")
    card, changes = _card(info)
    task, author = _text(info.get("pipeline_tag")), _text(info.get("author")) or namespace or UNKNOWN_AUTHOR
    readme = _readme(hub, repo, commit, changes) if _CARD in files else None
    return HFModel(
        repo=repo,
        path=path,
        git_ref=git_ref,
        commit=commit,
        author=author,
        uri=uri,
        storage_uri=str(place),
        size=_size(file),
        digest=_digest(file),
        model_source_group=namespace or None,
        model_source_id=repo,
        model_source_name=name,
        custom_properties={
            **card,
            **_facts(info),
            "repo": repo,
            "source_uri": uri,
            "model_origin": "huggingface_hub",
            "model_author": author,
            "hf_commit": commit,
            "hf_git_ref": git_ref,
        },
        license=_license(card),
        license_link=_license_link(card, hub, repo, commit),
        language=_texts(card.get("language")),
        tasks=[task] if task else None,
        library_name=_text(info.get("library_name")) or _text(card.get("library_name")),
        readme=readme,
        changes=tuple(changes),
    )


def _files(info: Mapping[str, JSON]) -> dict[str, dict[str, JSON]]:
    """Return the files of the repository by path."""
    siblings = info.get("siblings")
    listed = [each for each in siblings if isinstance(each, dict)] if isinstance(siblings, list) else []
    return {str(each.get("rfilename")): each for each in listed}


def _file(
    files: Mapping[str, dict[str, JSON]], path: str | None, repo: str, git_ref: str
) -> dict[str, JSON] | None:
    """Return the file; `None` for a folder or the whole repository."""
    if path is None or path in files:
        return files.get(path or "")
    if not any(each.startswith(f"{path}/") for each in files):
        raise StorageNotFoundError(f"{repo} has no file or folder {path!r} at the revision {git_ref!r}.")
    return None


def _size(file: Mapping[str, JSON] | None) -> int | None:
    size = file.get("size") if file else None
    return size if isinstance(size, int) else None


def _digest(file: Mapping[str, JSON] | None) -> str | None:
    large = file.get("lfs") if file else None
    digest = _text(large.get("sha256")) if isinstance(large, dict) else None
    return f"sha256:{digest}" if digest else None


def _card(info: Mapping[str, JSON]) -> tuple[dict[str, PropertyValue], list[str]]:
    """Return the values of the model card, and what had to be changed in them."""
    data = info.get("cardData")
    return storable_properties(data) if isinstance(data, dict) else ({}, [])


def _facts(info: Mapping[str, JSON]) -> dict[str, PropertyValue]:
    """Return the data of the Hub besides the model card."""
    found: dict[str, PropertyValue] = {}
    if not is_offline():  # the cache does not know it
        # Strings: registries that refuse to deploy gated models compare them as strings.
        found["hf_gated"] = str(info.get("gated") or False).lower()
        found["hf_private"] = str(bool(info.get("private"))).lower()
    if tags := _texts(storable(info.get("tags"))):
        found["tags"] = tags
    named = {name: _text(storable(info.get(name))) for name in ("pipeline_tag", "library_name")}
    return found | {name: value for name, value in named.items() if value}


def _license(card: Mapping[str, PropertyValue]) -> str | None:
    named = ", ".join(_texts(card.get("license")) or [])
    return (_text(card.get("license_name")) if named in ("", "other") else None) or named or None


def _license_link(card: Mapping[str, PropertyValue], hub: Hub, repo: str, commit: str) -> str | None:
    link = _text(card.get("license_link"))
    if link is None or "://" in link:
        return link
    return hub.url(repo, link.lstrip("/"), revision=commit)


def _readme(hub: Hub, repo: str, commit: str, changes: list[str]) -> str | None:
    try:
        data = hub.read(repo, _CARD, revision=commit, limit=_CARD_LIMIT)
    except (StorageAccessError, StorageNotFoundError):
        return None  # gated: everything else may be public
    if len(data) == _CARD_LIMIT:
        changes.append(f"{_CARD} is cut after {_CARD_LIMIT} bytes")
    return readme_text(data)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: object) -> list[str] | None:
    if isinstance(value, list):
        return [item for item in cast("list[object]", value) if isinstance(item, str)] or None
    return [value] if isinstance(value, str) and value else None
