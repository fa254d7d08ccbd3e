"""The lists of a registry, one page at a time."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar, cast

from model_registry import types
from model_registry.lookup.lists import by_state, list_options
from model_registry.types.filters import PropertyField

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_registry import ModelRegistry
    from model_registry.types import Filter, ListOptions, ModelVersion, Page, RegisteredModel

T = TypeVar("T")
Order: TypeAlias = Literal["id", "created", "updated", "name"] | PropertyField

_PAGE = 1000
MOST_LISTS: Final = 100
"""Lists that this package's server returns in one response."""


class Lists:
    """The lists of a registry.

    A page may have fewer items than its size although others follow: the reference server lists archived
    resources, too, which are left out here.

    The pagers of the client explain a filter that finds nothing. That costs requests, and warns about custom
    properties that a user of MLflow does not know.

    Args:
        registry: Client of the registry.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        # What the public verbs call.
        self._run = registry._run  # noqa: SLF001
        self._core = registry._async.core  # noqa: SLF001

    def models(self, filter: Filter | None = None, **options: Any) -> Page[RegisteredModel]:
        """Return a page of the models that are not archived; the options are those of `list_options`."""
        return self._page(self._core.get_registered_models, filter, **options)

    def versions(
        self, filter: Filter | None = None, model_id: str | None = None, **options: Any
    ) -> Page[ModelVersion]:
        """Return a page of versions, of one model or of all; with `archived=None` of archived ones, too."""
        return self._page(lambda each: self._core.get_model_versions(model_id, each), filter, **options)

    def all_models(self, filter: Filter | None = None, **options: Any) -> Iterator[RegisteredModel]:
        """Return all models of such a list, page by page."""
        return _all(partial(self.models, filter, **options))

    def all_versions(
        self, filter: Filter | None = None, model_id: str | None = None, **options: Any
    ) -> Iterator[ModelVersion]:
        """Return all versions of such a list, page by page."""
        return _all(partial(self.versions, filter, model_id, **options))

    def has_all_orders(self) -> bool:
        """Return whether the registry orders by names and properties, too."""
        return not self._run(self._core.ask_foreign())

    def at_once(self) -> int:
        """Return of how many resources the lists below them take one request."""
        return 1 if self._core.is_foreign else MOST_LISTS

    def newest_versions(self, model_ids: list[str], size: int) -> list[Page[ModelVersion]]:
        """Return the newest versions of each of several models, archived ones included."""
        options = types.ListOptions(limit=size, is_asc=False)
        return self._run(self._core.get_versions_of_models(model_ids, options))

    def first_model_artifacts(self, version_ids: list[str]) -> list[types.ModelArtifact | None]:
        """Return the first model artifact of each of several versions."""
        options = types.ListOptions.artifact_type(types.ArtifactTypeQueryParam.MODEL_MINUS_ARTIFACT, limit=1)
        pages = self._run(self._core.get_artifacts_of_versions(version_ids, options))
        return [cast("types.ModelArtifact", page[0]) if page else None for page in pages]

    def _page(
        self,
        fetch: Callable[[ListOptions], Any],
        filter: Filter | None,
        *,
        order_by: Order = "id",
        descending: bool = False,
        size: int = _PAGE,
        token: str | None = None,
        archived: bool | None = False,
    ) -> Page[Any]:
        options = list_options(
            self._core, filter, order_by, size, token, archived=archived, descending=descending
        )
        if options.sorting is not None:
            options.added_order = options.sorting.added_order
        return cast("Page[Any]", self._run(by_state(self._core, fetch, archived)(options)))


def _all(fetch: Callable[..., Page[T]]) -> Iterator[T]:
    token = None
    while True:
        page = fetch(token=token)
        yield from page
        token = page.next_page_token
        if token is None:
            return
