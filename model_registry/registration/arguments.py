"""The arguments of `register`, and the fields that they set."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple, TypedDict

from model_registry import types

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Required

    from model_registry.storage import Progress, Store
    from model_registry.types import Artifact, BaseResourceModel, PropertyValue, RegisteredModel
    from model_registry.types.arguments import IfExists

    from .files import FileSigner


class FurtherFields(TypedDict, total=False):
    """Less common arguments of `register`.

    Attributes:
        external_id: Your own id for the version.
        model_external_id: Your own id for the model.
        readme: Long description of the model, usually Markdown.
        maturity: Maturity of the model in your own words, such as `production`.
        language: Natural languages that the model works with, such as `en`.
        tasks: What the model does, such as `text-generation`.
        provider: Who trained or published the model.
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
        artifact_name: Name of the model artifact. Default: the name of the model.
        artifact_description: Description of the model artifact.
        artifact_properties: Custom properties of the model artifact.
        artifact_external_id: Your own id for the model artifact.
        store: Store to upload to, with its own credentials. Default: chosen by the URI in `to`.
        signer: Object that signs the files before the upload, such as a `model_registry.signing.ModelSigner`.
        concurrency: How many files, or parts of files, to upload at once. Default: 8.
        progress: `True` for a bar in terminals and notebooks, or a function that gets the `Progress`.
        replace: Whether to upload although `to` holds other files, and replace those of the same names.
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
    replace: bool


class RegisterArguments(FurtherFields, total=False):
    """All arguments of `register`: an item of `register_many` is a dictionary of these."""

    name: Required[str | RegisteredModel]
    version: Required[str | int]
    uri: str | os.PathLike[str] | None
    files: str | os.PathLike[str] | None
    to: str | os.PathLike[str] | None
    model_format_name: str | None
    model_format_version: str | None
    author: str | None
    description: str | None
    properties: Mapping[str, PropertyValue] | None
    metrics: Mapping[str, float] | None
    params: Mapping[str, object] | None
    tags: Iterable[str] | None
    owner: str | None
    model_description: str | None
    model_properties: Mapping[str, PropertyValue] | None
    artifacts: Iterable[Artifact]
    if_exists: IfExists


UPLOAD = ("files", "to", "store", "signer", "concurrency", "progress", "replace")
"""Arguments that say which files to upload first, and how."""


MEASUREMENTS = ("metrics", "params", "tags")
"""Arguments that become artifacts, and a property of the version."""


class FieldArguments(NamedTuple):
    """Arguments of `register` that set fields: for each resource the field by argument."""

    model: dict[str, str]
    version: dict[str, str]
    artifact: dict[str, str]

    @property
    def names(self) -> list[str]:
        """All arguments."""
        return [*self.model, *self.version, *self.artifact]


@cache
def field_arguments() -> FieldArguments:
    """Return the arguments that set fields, derived from the fields of the friendly types.

    A field that only one of model, version and artifact has is set by an argument of its name. The fields
    that all of them have, such as the description, are set by their plain name for the version, and with
    the prefix `model_` or `artifact_` for the others.
    """
    artifact = {"artifact_name": "name", **_arguments(types.ModelArtifact, "artifact_")}
    return FieldArguments(
        _arguments(types.RegisteredModel, "model_"), _arguments(types.ModelVersion, ""), artifact
    )


_COMMON = {"description": "description", "properties": "custom_properties", "external_id": "external_id"}
_NOT_GIVEN = {"name", "state", "registered_model_id"}


def _arguments(kind: type[BaseResourceModel], prefix: str) -> dict[str, str]:
    own = kind.model_fields.keys() - types.BaseResourceModel.model_fields.keys() - _NOT_GIVEN
    common = {prefix + argument: field for argument, field in _COMMON.items()}
    return {field: field for field in kind.model_fields if field in own} | common
