"""Several lists at once: the versions of some models, or the artifacts of some versions."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, TypeVar

from model_registry import types
from model_registry.transport.backend import Request

from .artifacts import ArtifactOperations
from .base import checked_id, checked_options
from .models import ModelOperations

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from pydantic import BaseModel

    from model_registry.transport.backend import Response
    from model_registry.types import Artifact, ListOptions, ModelVersion, Page

T = TypeVar("T")
ListT = TypeVar("ListT", bound="BaseModel")

_CONCURRENCY = 8
_NAMES = {
    "page_size": "pageSize",
    "order_by": "orderBy",
    "sort_order": "sortOrder",
    "artifact_type": "artifactType",
}
"""The names of options in a request."""


class SeveralLists(ModelOperations, ArtifactOperations):
    """Several lists at once: one request to this package's server, and one for each list to others."""

    async def get_versions_of_models(
        self, registered_model_ids: Sequence[str], options: ListOptions | None = None
    ) -> list[Page[ModelVersion]]:
        """List the versions of several models.

        Args:
            registered_model_ids: Ids of at most 100 models.
            options: Size of each page, at most 100, and order.

        Returns:
            The first page of each list.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            NotFoundError: There is no such model.
            RequestError: The request failed otherwise.

        Example:
            >>> async def newest(client: ModelRegistryAPIClient, models: list[RegisteredModel]) -> None:
            ...     options = ListOptions(limit=1, is_asc=False)
            ...     pages = await client.get_versions_of_models([model.id for model in models], options)
        """
        ids = [checked_id("registered_model_ids", each) for each in registered_model_ids]
        if not await self._has_several(ids):
            return await _each(ids, lambda id_: self.get_model_versions(id_, options))
        from mr_openapi import ModelVersionList

        lists = await self._several("versions_of_models", ids, options, ModelVersionList)
        return [_page(each, types.ModelVersion.from_basemodel) for each in lists]

    async def count_versions_of_models(self, registered_model_ids: Sequence[str]) -> list[int] | None:
        """Count the versions of several models.

        Args:
            registered_model_ids: Ids of at most 100 models.

        Returns:
            The number of versions of each model, 1001 for more than 1000; `None` if the registry is another
            server than this package's, which cannot count.

        Raises:
            InvalidArgumentError: An id is invalid; nothing was sent.
            NotFoundError: There is no such model.
            RequestError: The request failed otherwise.

        Example:
            >>> async def count(client: ModelRegistryAPIClient, model: RegisteredModel) -> None:
            ...     counts = await client.count_versions_of_models([model.id])
        """
        ids = [checked_id("registered_model_ids", each) for each in registered_model_ids]
        if self.is_dry_run or await self.ask_foreign():
            return None
        counts: list[int] = json.loads((await self._get("version_counts", ids)).data)
        return counts

    async def get_artifacts_of_versions(
        self, model_version_ids: Sequence[str], options: ListOptions | None = None
    ) -> list[Page[Artifact]]:
        """List the artifacts of several versions, of all kinds or of the one that the options name.

        Args:
            model_version_ids: Ids of at most 100 versions.
            options: Kind of artifact, size of each page, at most 100, and order.

        Returns:
            The first page of each list.

        Raises:
            InvalidArgumentError: An argument is invalid; nothing was sent.
            NotFoundError: There is no such version.
            RequestError: The request failed otherwise.

        Example:
            >>> async def metrics(client: ModelRegistryAPIClient, versions: list[ModelVersion]) -> None:
            ...     options = ListOptions.artifact_type(ArtifactTypeQueryParam.METRIC)
            ...     pages = await client.get_artifacts_of_versions([each.id for each in versions], options)
        """
        ids = [checked_id("model_version_ids", each) for each in model_version_ids]
        if not await self._has_several(ids):
            return await _each(ids, lambda id_: self.get_model_version_artifacts(id_, options))
        from mr_openapi import ArtifactList

        lists = await self._several("artifacts_of_versions", ids, options, ArtifactList)
        return [_page(each, types.Artifact.validate_artifact) for each in lists]

    async def _has_several(self, ids: Sequence[str]) -> bool:
        """Return whether one request is enough. The plan of a dry run knows no such request."""
        return len(ids) > 1 and not self.is_dry_run and not await self.ask_foreign()

    async def _several(
        self, path: str, ids: Sequence[str], options: ListOptions | None, list_type: type[ListT]
    ) -> list[ListT]:
        from pydantic import ValidationError

        from model_registry.transport.diagnosis import unreadable

        given = {
            name: str(getattr(each, "value", each))
            for name, each in checked_options(options).as_options().items()
        }
        query = "".join(f"&{name}={given[option]}" for option, name in _NAMES.items() if option in given)
        response = await self._get(path, ids, query)
        try:
            return [list_type.model_validate(each) for each in json.loads(response.data)]
        except ValidationError as error:
            raise unreadable(response, f"list of {list_type.__name__}", error) from None

    async def _get(self, path: str, ids: Sequence[str], query: str = "") -> Response:
        target = f"/api/model_registry/v1/{path}?ids={','.join(ids)}{query}"
        request = Request("GET", target, {"Accept": "application/json"}, None)
        return await self._open_transport().send(request)


async def _each(ids: Sequence[str], fetch: Callable[[str], Awaitable[Page[T]]]) -> list[Page[T]]:
    """Fetch each list with a request, some at the same time."""
    places = asyncio.Semaphore(_CONCURRENCY)

    async def one(id_: str) -> Page[T]:
        async with places:
            return await fetch(id_)

    return list(await asyncio.gather(*map(one, ids)))


def _page(response: Any, build: Callable[[Any], T]) -> Page[T]:  # noqa: ANN401  # the class of each list
    return types.Page([build(item) for item in response.items], response.next_page_token or None)
