"""Walking through lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from model_registry import types
from model_registry.core.base import id_of

from .lists import PAGE_SIZE, artifact_type, filter_text, list_options, pager
from .resolving import Resolving

if TYPE_CHECKING:
    from model_registry.types import (
        Artifact,
        ArtifactT,
        AsyncPager,
        Filter,
        ListOptions,
        ModelVersion,
        Page,
        Reference,
        RegisteredModel,
    )

    from .lists import ArtifactKind, OrderBy


class Listing(Resolving):
    """Walking through lists. Pagers fetch page after page as they are walked."""

    # The existing client's verbs.

    def get_registered_models(self, *, filter: str | Filter | None = None) -> AsyncPager[RegisteredModel]:
        """List the models.

        Args:
            filter: Condition that they must meet, as text or built with `F`.

        Returns:
            A pager. Nothing is asked of the registry before it is walked.

        Raises:
            InvalidArgumentError: `filter` is something else.

        Example:
            >>> async for model in registry.get_registered_models().order_by_creation_time().descending():
            ...     print(model.name)
        """
        return pager(self.core.get_registered_models, types.ListOptions(filter_query=filter_text(filter)))

    async def get_model_versions(
        self, name: str, *, filter: str | Filter | None = None
    ) -> AsyncPager[ModelVersion]:
        """List the versions of a model.

        Args:
            name: Name of the model.
            filter: Condition that they must meet, as text or built with `F`.

        Returns:
            A pager.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: `filter` cannot be right.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> versions = await registry.get_model_versions("fraud")
            >>> [version.name async for version in versions]
            ['1.0']
        """
        options = types.ListOptions(filter_query=filter_text(filter))
        model = id_of(await self.get_model(name))
        return pager(lambda options: self.core.get_model_versions(model, options), options)

    # One form for all.

    def list_models(
        self,
        *,
        filter: str | Filter | None = None,
        archived: bool | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[RegisteredModel]:
        """List models.

        Args:
            filter: Condition that they must meet, as text or built with `F`.
            archived: `False` leaves archived ones out, `True` gives no others.
            order_by: `id`, which is the order of registration, `created` or `updated`.
            descending: Largest or latest first.
            page_size: Models to fetch at a time.
            token: Where to go on: `next_page_token` of a page, or of a pager, of the same list.

        Returns:
            A pager. Nothing is asked of the registry before it is walked.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> from model_registry import F
            >>> newest = registry.list_models(filter=F.owner == "ann", archived=False, descending=True)
            >>> print(await newest.first())
            None
        """
        options = list_options(filter, order_by, page_size, token, archived=archived, descending=descending)
        return pager(self.core.get_registered_models, options)

    def list_versions(
        self,
        model: str | RegisteredModel | None = None,
        *,
        filter: str | Filter | None = None,
        archived: bool | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[ModelVersion]:
        """List the versions of a model, or of all models.

        Args:
            model: The model, or its name; versions of all models when not given.
            filter: Condition that they must meet, as text or built with `F`.
            archived: `False` leaves archived ones out, `True` gives no others.
            order_by: `id`, which is the order of registration, `created` or `updated`.
            descending: Largest or latest first.
            page_size: Versions to fetch at a time.
            token: Where to go on: `next_page_token` of a page, or of a pager, of the same list.

        Returns:
            A pager. Walking it raises `NotFoundError` where there is no such model.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> from model_registry import F
            >>> good = registry.list_versions(filter=F.property("accuracy") > 0.9)
            >>> [version.name async for version in good]
            []
        """
        options = list_options(filter, order_by, page_size, token, archived=archived, descending=descending)
        if model is None:
            return pager(lambda options: self.core.get_model_versions(None, options), options)
        name, known = (model, None) if isinstance(model, str) else (None, id_of(model))

        async def fetch(options: ListOptions) -> Page[ModelVersion]:
            nonlocal known
            if known is None:
                known = id_of(await self.get_model(name))
            return await self.core.get_model_versions(known, options)

        return pager(fetch, options)

    @overload
    def list_artifacts(
        self,
        version: str | Reference | ModelVersion | None = None,
        *,
        kind: type[ArtifactT],
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[ArtifactT]: ...
    @overload
    def list_artifacts(
        self,
        version: str | Reference | ModelVersion | None = None,
        *,
        kind: str | None = None,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[Artifact]: ...
    def list_artifacts(
        self,
        version: str | Reference | ModelVersion | None = None,
        *,
        kind: ArtifactKind | None = None,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[Any]:
        """List the artifacts of a version, or of all versions and of none.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`; all artifacts when not given.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; all kinds when not given.
            filter: Condition that they must meet, as text or built with `F`.
            order_by: `id`, which is the order of registration, `created` or `updated`.
            descending: Largest or latest first.
            page_size: Artifacts to fetch at a time.
            token: Where to go on: `next_page_token` of a page, or of a pager, of the same list.

        Returns:
            A pager. Walking it raises `NotFoundError` where there is no such version.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> from model_registry.types import Metric
            >>> async for metric in registry.list_artifacts(kind=Metric):
            ...     print(metric.name, metric.value)
        """
        options = list_options(filter, order_by, page_size, token, descending=descending)
        options.artifact_type_param = artifact_type(kind)
        if version is None:
            return pager(lambda options: self.core.get_artifacts(options=options), options)
        named = types.Reference.parse(version) if isinstance(version, str) else version
        known = id_of(named) if isinstance(named, types.ModelVersion) else None

        async def fetch(options: ListOptions) -> Page[Artifact]:
            nonlocal known
            if known is None:
                known = id_of(await self.resolve(named))
            return await self.core.get_model_version_artifacts(known, options)

        return pager(fetch, options)
