"""Get, find and list models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.lookup import models
from model_registry.lookup.lists import PAGE_SIZE, by_state, list_options, pager

from .base import Base

if TYPE_CHECKING:
    from model_registry.lookup.lists import OrderBy
    from model_registry.types import AsyncPager, Filter, RegisteredModel


class Models(Base):
    """Get, find and list models."""

    async def get_model(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> RegisteredModel:
        """Return a model by its name, id or external id.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The model.

        Raises:
            NotFoundError: There is none.
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.get_model("fraud")).owner
            'ann'
        """
        return await models.get_model(self.core, name, id=id, external_id=external_id)

    async def find_model(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> RegisteredModel | None:
        """Find a model by its name, id or external id: as `get_model`, but `None` if there is none.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The model, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> print(await registry.find_model("nobody"))
            None
        """
        return await models.find_model(self.core, name, id=id, external_id=external_id)

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
            filter: Condition, as text or built with `F`.
            archived: `False` leaves archived ones out, `True` lists only these.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("accuracy")`. On the Go server, the client reads the whole list for the last
                two, of at most 10,000 models.
            descending: Largest or latest first.
            page_size: Models to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> from model_registry import F
            >>> newest = registry.list_models(filter=F.owner == "ann", archived=False, descending=True)
            >>> print(await newest.first())
            None
        """
        options = list_options(
            self.core, filter, order_by, page_size, token, archived=archived, descending=descending
        )
        return pager(by_state(self.core, self.core.get_registered_models, archived), options)
