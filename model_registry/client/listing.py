"""Walking through lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types

from .finding import Finding, id_of

if TYPE_CHECKING:
    from model_registry.types import AsyncPager, ModelVersion, RegisteredModel


class Listing(Finding):
    """Walking through lists. Pagers fetch page after page as they are walked."""

    def get_registered_models(self) -> AsyncPager[RegisteredModel]:
        """List the models.

        Returns:
            A pager. Nothing is asked of the registry before it is walked.

        Example:
            >>> async for model in registry.get_registered_models().order_by_creation_time().descending():
            ...     print(model.name)
        """
        return types.Pager(self.core.get_registered_models)

    async def get_model_versions(self, name: str) -> AsyncPager[ModelVersion]:
        """List the versions of a model.

        Args:
            name: Name of the model.

        Returns:
            A pager.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The registry could not be asked.
        """
        model = id_of(await self.get_model(name))
        return types.Pager(lambda options: self.core.get_model_versions(model, options))
