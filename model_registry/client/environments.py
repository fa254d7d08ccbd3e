"""Serving environments: the places that serve models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from model_registry import types
from model_registry.lookup.lists import PAGE_SIZE, list_options, pager
from model_registry.serving import find
from model_registry.serving.register import register_environment

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.lookup.lists import OrderBy
    from model_registry.types import AsyncPager, Filter, PropertyValue, ServingEnvironment


class Environments(Base):
    """Serving environments: the places that serve models."""

    async def register_environment(
        self,
        name: str,
        *,
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        external_id: str | None = None,
        if_exists: Literal["error", "return"] = "error",
    ) -> ServingEnvironment:
        """Register a place that serves models, such as a cluster's namespace.

        Args:
            name: Its name.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.
            if_exists: What to do if it exists: raise an `error`, or `return` it unchanged.

        Returns:
            The environment.

        Raises:
            DuplicateError: It exists, and `if_exists` is `error`; or the external id is taken.
            InvalidArgumentError: An argument has an invalid value; nothing was sent.
            StoreError: The request failed.

        Example:
            >>> production = await registry.register_environment("production", if_exists="return")
            >>> production.name
            'production'
        """
        new = types.ServingEnvironment(
            name, description=description, external_id=external_id, custom_properties=properties or {}
        )
        return await register_environment(self.core, new, if_exists)

    async def get_environment(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment:
        """Return a serving environment by its name, id or external id.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The environment.

        Raises:
            NotFoundError: There is none.
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_environment("production")
            >>> (await registry.get_environment("production")).name
            'production'
        """
        return await find.get_environment(self.core, name, id=id, external_id=external_id)

    async def find_environment(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment | None:
        """Find a serving environment: as `get_environment`, but `None` if there is none.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The environment, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The request failed.

        Example:
            >>> print(await registry.find_environment("production"))
            None
        """
        return await find.find_environment(self.core, name, id=id, external_id=external_id)

    def list_environments(
        self,
        *,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[ServingEnvironment]:
        """List the serving environments.

        Args:
            filter: Condition, as text or built with `F`. If the registry
                ignores filters on this list, an error says so; the check takes one request.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("region")`.
            descending: Largest or latest first.
            page_size: Environments to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> production = await registry.register_environment("production")
            >>> async for environment in registry.list_environments():
            ...     print(environment.name)
            production
        """
        options = list_options(self.core, filter, order_by, page_size, token, descending=descending)
        return pager(self.core.get_serving_environments, options)
