"""The arguments of a registration, sorted into a model, a version and artifacts."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict, get_args

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.arguments import IfExists, check_text

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from typing_extensions import Required

    from model_registry.storage import Progress, Store
    from model_registry.types import Artifact, ModelArtifact, ModelVersion, PropertyValue, RegisteredModel

    from .uploads import FileSigner


class FurtherFields(TypedDict, total=False):
    """What fewer registrations say.

    Attributes:
        external_id: Your own id for the version.
        model_external_id: Your own id for the model.
        readme: Long description of the model, usually Markdown.
        maturity: How far the model is, in your own words, such as `production`.
        language: Natural languages that the model works with, such as `en`.
        tasks: What the model does, such as `text-generation`.
        provider: Who made the model.
        logo: URI of a picture.
        license: Name of the model's licence, best an SPDX identifier.
        license_link: URI of the licence's text.
        library_name: Library that runs the model, such as `transformers`.
        storage_key: Name of the storage secret or profile.
        storage_path: Path within that storage.
        service_account_name: Service account that may read it.
        model_source_kind: Kind of source that the model came from, such as `hf`.
        model_source_class: Class of that source.
        model_source_group: Group within it, such as an organisation.
        model_source_id: Id within it.
        model_source_name: Name within it.
        artifact_name: Name of the model artifact; that of the model when not given.
        artifact_description: Description of the model artifact.
        artifact_properties: Custom properties of the model artifact.
        artifact_external_id: Your own id for the model artifact.
        store: Where files go, with credentials of its own; told from `to` when not given.
        signer: Who signs files before they go, such as a `model_registry.signing.ModelSigner`.
        concurrency: How many files, or parts of files, are on their way at once; 8 when not given.
        progress: `True` for a bar in terminals and notebooks, or what is called with the `Progress`.
    """

    external_id: str | None
    model_external_id: str | None
    readme: str | None
    maturity: str | None
    language: list[str] | None
    tasks: list[str] | None
    provider: str | None
    logo: str | None
    license: str | None
    license_link: str | None
    library_name: str | None
    storage_key: str | None
    storage_path: str | None
    service_account_name: str | None
    model_source_kind: str | None
    model_source_class: str | None
    model_source_group: str | None
    model_source_id: str | None
    model_source_name: str | None
    artifact_name: str | None
    artifact_description: str | None
    artifact_properties: Mapping[str, PropertyValue] | None
    artifact_external_id: str | None
    store: Store | None
    signer: FileSigner | None
    concurrency: int
    progress: bool | Callable[[Progress], object] | None


class RegisterArguments(FurtherFields, total=False):
    """The arguments of `register`, as a dictionary."""

    name: Required[str | RegisteredModel]
    version: Required[str]
    uri: str | None
    files: str | os.PathLike[str] | None
    to: str | os.PathLike[str] | None
    model_format_name: str | None
    model_format_version: str | None
    author: str | None
    description: str | None
    properties: Mapping[str, PropertyValue] | None
    owner: str | None
    model_description: str | None
    model_properties: Mapping[str, PropertyValue] | None
    artifacts: Iterable[Artifact]
    if_exists: IfExists


@dataclass(frozen=True)
class Wanted:
    """What shall be there after a registration.

    Attributes:
        model: The model, with the fields that were given; with its id where the caller gave the object.
        version: The version, likewise.
        artifacts: The artifacts, likewise, each with a name.
        artifact: The one of them that says where the model's files are.
        author: Who registers.
        if_exists: What to do where the version exists.
    """

    model: RegisteredModel
    version: ModelVersion
    artifacts: tuple[Artifact, ...]
    artifact: ModelArtifact | None
    author: str
    if_exists: IfExists = "error"

    @property
    def path(self) -> str:
        """Name of the version, with its model's."""
        return f"{self.model.name}/{self.version.name}"


OF_MODEL = {
    "owner": "owner",
    "model_description": "description",
    "model_properties": "custom_properties",
    "model_external_id": "external_id",
    **{
        name: name
        for name in (
            "readme",
            "maturity",
            "language",
            "tasks",
            "provider",
            "logo",
            "license",
            "license_link",
            "library_name",
        )
    },
}
"""Arguments that are fields of the model."""

OF_VERSION = {
    "author": "author",
    "description": "description",
    "properties": "custom_properties",
    "external_id": "external_id",
}
"""Arguments that are fields of the version."""

OF_ARTIFACT = {
    "artifact_name": "name",
    "artifact_description": "description",
    "artifact_properties": "custom_properties",
    "artifact_external_id": "external_id",
    **{
        name: name
        for name in (
            "uri",
            "model_format_name",
            "model_format_version",
            "storage_key",
            "storage_path",
            "service_account_name",
            "model_source_kind",
            "model_source_class",
            "model_source_group",
            "model_source_id",
            "model_source_name",
        )
    },
}
"""Arguments that are fields of the model artifact."""


OF_UPLOAD = ("files", "to", "store", "signer", "concurrency", "progress")
"""Arguments that say which files to upload first, and how."""


def wanted(
    name: str | RegisteredModel,
    version: str,
    *,
    author: str,
    fields: Mapping[str, object],
    artifacts: Iterable[Artifact] = (),
    if_exists: IfExists = "error",
) -> Wanted:
    """Sort the arguments of a registration, and refuse what cannot be registered.

    Args:
        name: The model, or its name.
        version: Name of the version.
        author: Who registers, where the fields do not say it.
        fields: Arguments of `register` that are fields of the model, the version or the model artifact.
        artifacts: Further artifacts.
        if_exists: What to do where the version exists.

    Returns:
        What shall be there.

    Raises:
        InvalidArgumentError: There is no such argument, or it cannot be right.
    """
    if if_exists not in get_args(IfExists):
        raise InvalidArgumentError(
            f"if_exists must be one of {', '.join(get_args(IfExists))}, got {if_exists!r}"
        )
    given = {argument: value for argument, value in fields.items() if value is not None}
    for argument in fields.keys() - OF_MODEL.keys() - OF_VERSION.keys() - OF_ARTIFACT.keys():
        raise InvalidArgumentError(f"register has no argument {argument!r}{_hint(argument)}")
    model = _model(name, _part(given, OF_MODEL))
    of_artifact = _part(given, OF_ARTIFACT)
    if of_artifact:
        of_artifact.setdefault("name", model.name)
    artifact = types.ModelArtifact(**of_artifact) if of_artifact else None
    result = Wanted(
        model,
        types.ModelVersion(version, **_part(given, OF_VERSION)),
        (*([artifact] if artifact else []), *_further(artifacts)),
        artifact,
        author,
        if_exists,
    )
    _check(result)
    return result


def wanted_item(item: Mapping[str, object], author: str) -> Wanted:
    """Sort the arguments of one of many registrations.

    Args:
        item: The arguments of `register`, as `RegisterArguments` lists them.
        author: Who registers, where they do not say it.

    Returns:
        What shall be there.

    Raises:
        InvalidArgumentError: They cannot be right.
    """
    if not isinstance(item, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"an item must be a dictionary of the arguments of register, got {item!r}")
    for argument in ("name", "version"):
        if item.get(argument) is None:
            raise InvalidArgumentError(f"an item needs a {argument}, got {item!r}")
    fields = dict[str, Any](item)
    own = {name: fields.pop(name) for name in ("name", "version", "artifacts", "if_exists") if name in fields}
    return wanted(author=author, fields=fields, **own)


def _part(given: Mapping[str, Any], arguments: Mapping[str, str]) -> dict[str, Any]:
    return {field: given[argument] for argument, field in arguments.items() if argument in given}


def _model(name: str | RegisteredModel, fields: Mapping[str, Any]) -> RegisteredModel:
    if not isinstance(name, types.RegisteredModel):
        return types.RegisteredModel(name, **fields)
    if name.id is None:
        raise InvalidArgumentError(
            f"the model {name.name!r} is not registered, for it has no id: give its name, "
            "and its fields as arguments"
        )
    return types.RegisteredModel(name.name, id=name.id, **fields)


def _further(artifacts: Iterable[Artifact]) -> list[Artifact]:
    given: object = artifacts
    if not isinstance(given, Iterable) or isinstance(given, (types.Artifact, str)):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"artifacts must be a list of artifacts, got {artifacts!r}")
    listed = list(artifacts)
    for place, each in enumerate(listed):
        if not isinstance(each, types.Artifact):  # pyright: ignore[reportUnnecessaryIsInstance]  # as above
            raise InvalidArgumentError(f"artifacts[{place}] must be an artifact, got {each!r}")
        if each.id is not None:
            raise InvalidArgumentError(
                f"artifacts[{place}] has the id {each.id!r}: it is registered already, and only new ones can "
                "be registered with a version"
            )
        if not each.name:
            raise InvalidArgumentError(
                f"artifacts[{place}] needs a name, by which it is known when the registration is repeated"
            )
    return listed


def _check(wanted: Wanted) -> None:
    """Build all that will be sent, so that nothing is refused half-way."""
    check_text("author", wanted.author)
    wanted.model.create()
    wanted.version.create(registered_model_id="1")
    seen: set[tuple[str, str | None]] = set()
    for each in wanted.artifacts:
        each.upsert_body()
        key = type(each).__name__, each.name
        if key in seen:
            raise InvalidArgumentError(
                f"there are two artifacts of kind {key[0]} with the name {key[1]!r}: name them apart, "
                "the model's own with artifact_name"
            )
        seen.add(key)


def _hint(argument: str) -> str:
    known = [*OF_MODEL, *OF_VERSION, *OF_ARTIFACT, *OF_UPLOAD, "artifacts", "if_exists"]
    near = difflib.get_close_matches(argument, known, 1)
    return f": did you mean {near[0]!r}?" if near else ""
