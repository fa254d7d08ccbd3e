"""Serving environments: places that serve models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from model_registry import types
from model_registry.core.base import checked_kind, id_of
from model_registry.exceptions import DuplicateError, InvalidArgumentError

from .finding import one_of, there
from .lists import PAGE_SIZE, list_options, wary_pager
from .many import RegisteringMany

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import (
        AsyncPager,
        Filter,
        InferenceService,
        ModelVersion,
        PropertyValue,
        RegisteredModel,
        ServingEnvironment,
    )

    from .lists import OrderBy

NamedT = TypeVar("NamedT", "RegisteredModel", "ModelVersion", "ServingEnvironment", "InferenceService")


class Environments(RegisteringMany):
    """Serving environments: places that serve models."""

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
            if_exists: What to do where it exists: `error`, or `return` it as it is.

        Returns:
            The environment.

        Raises:
            DuplicateError: It exists, and `if_exists` is `error`; or the external id is taken.
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            StoreError: The registry could not be asked.

        Example:
            >>> production = await registry.register_environment("production", if_exists="return")
            >>> production.name
            'production'
        """
        check_if_exists(if_exists)
        new = types.ServingEnvironment(
            name, description=description, external_id=external_id, custom_properties=properties or {}
        )
        try:
            return await self.core.upsert_serving_environment(new)
        except DuplicateError as error:
            current = await self.core.get_serving_environment_by_params(name)
            return returned_or_refused(current, new, if_exists, error)

    async def get_environment(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment:
        """Get a serving environment by its name, id or external id.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The environment.

        Raises:
            NotFoundError: There is none.
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_environment("production")
            >>> (await registry.get_environment("production")).name
            'production'
        """
        current = await self.find_environment(name, id=id, external_id=external_id)
        return there(current, "serving environment", name=name, id=id, external_id=external_id)

    async def find_environment(
        self, name: str | None = None, *, id: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment | None:
        """Find a serving environment: as `get_environment`, but `None` where there is none.

        Args:
            name: Its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The environment, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the arguments is given.
            StoreError: The registry could not be asked.

        Example:
            >>> print(await registry.find_environment("production"))
            None
        """
        one_of(name=name, id=id, external_id=external_id)
        if id is not None:
            return await self.core.get_serving_environment_by_id(id)
        if external_id is not None:
            return await self.core.get_serving_environment_by_params(external_id=external_id)
        return await self.core.get_serving_environment_by_params(name or "")

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
            filter: Condition that they must meet, as text or built with `F`. A registry that ignores filters
                on this list is told by an error; finding that out takes a request.
            order_by: `id`, which is the order of registration, `created` or `updated`.
            descending: Largest or latest first.
            page_size: Environments to fetch at a time.
            token: Where to go on: `next_page_token` of a page, or of a pager, of the same list.

        Returns:
            A pager. Nothing is asked of the registry before it is walked.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> production = await registry.register_environment("production")
            >>> async for environment in registry.list_environments():
            ...     print(environment.name)
            production
        """
        options = list_options(filter, order_by, page_size, token, descending=descending)
        return wary_pager("serving environments", self.core.get_serving_environments, options)

    async def _environment(self, given: str | ServingEnvironment) -> ServingEnvironment:
        if isinstance(given, str):
            return await self.get_environment(given)
        checked_kind("environment", given, types.ServingEnvironment)
        return own(given, await self.find_environment(id=id_of(given)))


def own(given: NamedT, current: NamedT | None) -> NamedT:
    """Refuse an object of another registry, where its id is none or that of something else."""
    if current is None or current.name != given.name:
        raise InvalidArgumentError(
            f"this registry has no {type(given).__name__} {given.name!r} with the id {given.id}: "
            "the object is of another registry"
        )
    return current


def check_if_exists(if_exists: str) -> None:
    """Refuse what is none of the two that can be done."""
    if if_exists not in ("error", "return"):
        raise InvalidArgumentError(f"if_exists must be one of error, return, got {if_exists!r}")


def returned_or_refused(current: NamedT | None, new: NamedT, if_exists: str, error: DuplicateError) -> NamedT:
    """Give what is there, if that was asked for."""
    kind = type(new).__name__
    if current is None:
        raise DuplicateError(
            f"{kind} {new.name!r} cannot be made: the external id {new.external_id!r} belongs to something "
            "else. Choose another.",
            status=409,
        ) from error
    if if_exists == "error":
        raise DuplicateError(
            f"there is a {kind} {new.name!r} already (id {current.id}), and it is left as it is: choose "
            "another name, or say if_exists='return' to get it",
            status=409,
        ) from error
    return current
