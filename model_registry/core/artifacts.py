"""Artifacts: model files, documents, data sets, metrics and parameters."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, overload

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types.arguments import check_text

from .base import Caller, check_form, checked_id, checked_kind, checked_options
from .peculiarities.data_sets import first_of_name
from .peculiarities.metrics import is_upserted, with_id
from .peculiarities.storable import check_storable
from .peculiarities.structs import update_with_structs

if TYPE_CHECKING:
    from model_registry.types import Artifact, ArtifactT, ListOptions, ModelArtifact, Page
    from mr_openapi import ArtifactTypeQueryParam

_STANDALONE = "0" * 36
"""As long as what the reference server puts before the name of an artifact that stands alone."""

_EVERYTHING = "999999"
"""Size of a page that holds all artifacts of a version."""


class ArtifactOperations(Caller):
    """Artifacts: model files, documents, data sets, metrics and parameters."""

    async def upsert_model_artifact(
        self, model_artifact: ModelArtifact, model_version_id: str | None = None
    ) -> ModelArtifact:
        """Register a model artifact, or change it when it has an id.

        Args:
            model_artifact: The artifact. With an id only its changed fields are sent.
            model_version_id: Id of the version that it belongs to; without one, a new artifact stands alone.

        Returns:
            The artifact as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            DuplicateError: The version has a model artifact of this name, or the external id is taken.
            NotFoundError: There is no such version, or no artifact of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def register(client: ModelRegistryAPIClient, version: ModelVersion) -> None:
            ...     artifact = ModelArtifact(name="fraud", uri="s3://models/fraud.onnx")
            ...     await client.upsert_model_artifact(artifact, version.id)
        """
        checked_kind("model_artifact", model_artifact, types.ModelArtifact)
        if model_version_id is not None:
            return await self.upsert_model_version_artifact(model_artifact, model_version_id)
        await check_storable(self, model_artifact, _STANDALONE)
        if model_artifact.id is None:
            response = await self.api.create_model_artifact(model_artifact.create())
        else:
            id_ = checked_id("model_artifact.id", model_artifact.id)
            response = await update_with_structs(
                model_artifact,
                lambda each: self.api.update_model_artifact(id_, each.update()),
                self.get_artifact_by_id,
            )
        return self._checked(model_artifact, types.ModelArtifact.from_basemodel(response))

    async def upsert_model_version_artifact(self, artifact: ArtifactT, model_version_id: str) -> ArtifactT:
        """Register an artifact of any kind under a version.

        An artifact with an id is changed and belongs to this version too from then on. A metric or parameter
        without id changes the one of its name, if the version has one.

        Args:
            artifact: The artifact. With an id only its changed fields are sent.
            model_version_id: Id of the version.

        Returns:
            The artifact as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            DuplicateError: The version has an artifact of this kind and name, or the external id is taken.
            NotFoundError: There is no such version, or no artifact of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def document(client: ModelRegistryAPIClient, version: ModelVersion) -> None:
            ...     card = DocArtifact(name="card", uri="https://example.org/card.md")
            ...     await client.upsert_model_version_artifact(card, version.id)
        """
        checked_kind("artifact", artifact, types.Artifact)
        parent = checked_id("model_version_id", model_version_id)
        await check_storable(self, artifact, parent)
        if is_upserted(artifact) and await self.ask_foreign():
            artifact = with_id(artifact, await self._all_of_version(parent))
        response = await update_with_structs(
            artifact,
            lambda each: self.api.upsert_model_version_artifact(parent, each.upsert_body()),
            self._existing,
        )
        stored = self._checked(artifact, type(artifact).from_artifact(response))
        if self.is_foreign and artifact.id is None and isinstance(artifact, types.DataSet):
            kind = types.ArtifactTypeQueryParam.DATASET_MINUS_ARTIFACT
            listed = await self._all_of_version(parent, kind)
            data_sets = [each for each in listed if isinstance(each, type(artifact))]
            return first_of_name(stored, artifact, data_sets)
        return stored

    async def upsert_artifact(self, artifact: ArtifactT) -> ArtifactT:
        """Register an artifact of any kind that stands alone, or change any artifact that has an id.

        Args:
            artifact: The artifact. With an id only its changed fields are sent.

        Returns:
            The artifact as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: The argument cannot be right; nothing was sent.
            DuplicateError: The external id is taken.
            NotFoundError: There is no artifact of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def keep(client: ModelRegistryAPIClient) -> None:
            ...     data = await client.upsert_artifact(DataSet(name="train", uri="s3://data/train"))
        """
        checked_kind("artifact", artifact, types.Artifact)
        await check_storable(self, artifact, _STANDALONE)
        if artifact.id is None:
            response = await self.api.create_artifact(artifact.create_body())
        else:
            id_ = checked_id("artifact.id", artifact.id)
            response = await update_with_structs(
                artifact,
                lambda each: self.api.update_artifact(id_, each.update_body()),
                self.get_artifact_by_id,
            )
        return self._checked(artifact, type(artifact).from_artifact(response))

    async def get_model_artifact_by_id(self, id: str) -> ModelArtifact | None:
        """Get a model artifact by id; `None` when there is none.

        Raises:
            InvalidArgumentError: `id` is not an id; nothing was sent.
            RequestError: The request failed.
        """
        id_ = checked_id("id", id)
        with suppress(NotFoundError):
            response = await self.api.get_model_artifact(id_)
            return types.ModelArtifact.from_basemodel(response)
        return None

    async def get_artifact_by_id(self, id: str) -> Artifact | None:
        """Get an artifact of any kind by id; `None` when there is none.

        Raises:
            InvalidArgumentError: `id` is not an id; nothing was sent.
            RequestError: The request failed.
        """
        id_ = checked_id("id", id)
        with suppress(NotFoundError):
            response = await self.api.get_artifact(id_)
            return types.Artifact.validate_artifact(response)
        return None

    @overload
    async def get_model_artifact_by_params(
        self, name: str, model_version_id: str
    ) -> ModelArtifact | None: ...
    @overload
    async def get_model_artifact_by_params(self, *, external_id: str) -> ModelArtifact | None: ...
    async def get_model_artifact_by_params(
        self,
        name: str | None = None,
        model_version_id: str | None = None,
        external_id: str | None = None,
    ) -> ModelArtifact | None:
        """Find a model artifact by name and version, or by external id; `None` when there is none.

        Raises:
            InvalidArgumentError: The arguments are none of the forms; nothing was sent.
            RequestError: The request failed.

        Example:
            >>> async def find(client: ModelRegistryAPIClient, version: ModelVersion) -> None:
            ...     artifact = await client.get_model_artifact_by_params("fraud", version.id)
        """
        _check_artifact_form(name, model_version_id, external_id)
        with suppress(NotFoundError):
            response = await self.api.find_model_artifact(name, external_id, model_version_id)
            return types.ModelArtifact.from_basemodel(response)
        return None

    @overload
    async def get_artifact_by_params(self, name: str, model_version_id: str) -> Artifact | None: ...
    @overload
    async def get_artifact_by_params(self, *, external_id: str) -> Artifact | None: ...
    async def get_artifact_by_params(
        self,
        name: str | None = None,
        model_version_id: str | None = None,
        external_id: str | None = None,
    ) -> Artifact | None:
        """Find an artifact of any kind by name and version, or by external id; `None` when there is none.

        Raises:
            InvalidArgumentError: The arguments are none of the forms; nothing was sent.
            RequestError: The request failed.
        """
        _check_artifact_form(name, model_version_id, external_id)
        with suppress(NotFoundError):
            response = await self.api.find_artifact(name, external_id, model_version_id)
            return types.Artifact.validate_artifact(response)
        return None

    async def get_model_artifacts(
        self, model_version_id: str | None = None, options: ListOptions | None = None
    ) -> Page[ModelArtifact]:
        """List the model artifacts of a version, or all model artifacts.

        Args:
            model_version_id: Id of the version; artifacts of all versions and of none when not given.
            options: Size of the page, order, filter and where to go on.

        Returns:
            One page.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            NotFoundError: There is no such version.
            RequestError: The request failed otherwise.

        Example:
            >>> async def show(client: ModelRegistryAPIClient, version: ModelVersion) -> None:
            ...     artifacts = await client.get_model_artifacts(version.id)
        """
        await self.load()  # before its types are needed
        if model_version_id is None:
            return await self._page(types.ModelArtifact.from_basemodel, self.api.get_model_artifacts, options)
        return await self._page(
            types.ModelArtifact.from_artifact,
            self.api.get_model_version_artifacts,
            options,
            model_version_id=checked_id("model_version_id", model_version_id),
            artifact_type=types.ArtifactTypeQueryParam.MODEL_MINUS_ARTIFACT,
        )

    async def get_model_version_artifacts(
        self, model_version_id: str, options: ListOptions | None = None
    ) -> Page[Artifact]:
        """List the artifacts of a version, of all kinds or of the one that the options name.

        Args:
            model_version_id: Id of the version.
            options: Kind of artifact, size of the page, order, filter and where to go on.

        Returns:
            One page.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            NotFoundError: There is no such version.
            RequestError: The request failed otherwise.

        Example:
            >>> async def metrics(client: ModelRegistryAPIClient, version: ModelVersion) -> None:
            ...     options = ListOptions.artifact_type(ArtifactTypeQueryParam.METRIC)
            ...     values = await client.get_model_version_artifacts(version.id, options)
        """
        await self.load()  # before its types are needed
        return await self._page(
            types.Artifact.validate_artifact,
            self.api.get_model_version_artifacts,
            options,
            model_version_id=checked_id("model_version_id", model_version_id),
            **_artifact_type(options),
        )

    async def get_artifacts(
        self,
        filter_query: str | None = None,
        artifact_type: ArtifactTypeQueryParam | str | None = None,
        options: ListOptions | None = None,
    ) -> Page[Artifact]:
        """List artifacts of all versions and of none.

        Args:
            filter_query: Condition that artifacts must meet; that of the options when not given.
            artifact_type: Kind of artifact; that of the options when not given.
            options: Size of the page, order, filter, kind and where to go on.

        Returns:
            One page.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            RequestError: The request failed, for instance because of the filter query.

        Example:
            >>> async def metrics(client: ModelRegistryAPIClient) -> None:
            ...     good = await client.get_artifacts("value > 0.9", "metric")
        """
        await self.load()  # before its types are needed
        given: dict[str, str] = {}
        if artifact_type is not None:
            given["artifact_type"] = _checked_artifact_type(artifact_type)
        if filter_query is not None:
            if isinstance(filter_query, types.ListOptions):  # as the first argument of the other lists
                raise InvalidArgumentError("filter_query must be a text; give options by keyword")
            check_text("filter_query", filter_query)
            given["filter_query"] = filter_query
        return await self._page(
            types.Artifact.validate_artifact,
            self.api.get_artifacts,
            options,
            **{**_artifact_type(options), **given},
        )

    async def _all_of_version(
        self, model_version_id: str, kind: ArtifactTypeQueryParam | None = None
    ) -> list[Artifact]:
        """Return all artifacts of a version, of one kind or of all kinds, in one page."""
        page = await self.api.get_model_version_artifacts(
            model_version_id, page_size=_EVERYTHING, artifact_type=kind
        )
        return [types.Artifact.validate_artifact(item) for item in page.items]

    async def _existing(self, id: str) -> Artifact | None:
        return await self.get_artifact_by_id(id) if id else None


def _check_artifact_form(name: str | None, model_version_id: str | None, external_id: str | None) -> None:
    check_form(
        "name, model_version_id | external_id",
        name=name,
        model_version_id=model_version_id,
        external_id=external_id,
    )


def _checked_artifact_type(artifact_type: ArtifactTypeQueryParam | str) -> ArtifactTypeQueryParam:
    from model_registry.types.options import checked_member

    return checked_member(types.ArtifactTypeQueryParam, "artifact_type", artifact_type)


def _artifact_type(options: ListOptions | None) -> dict[str, str]:
    kind = checked_options(options).artifact_type_param
    return {} if kind is None else {"artifact_type": kind}
