"""Registered models and their versions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, overload

from model_registry import types
from model_registry.exceptions import NotFoundError

from .base import Caller, check_form, checked_id, checked_kind
from .peculiarities.storable import check_storable
from .peculiarities.structs import update_with_structs

if TYPE_CHECKING:
    from model_registry.types import ListOptions, ModelVersion, Page, RegisteredModel


class ModelOperations(Caller):
    """Registered models and their versions."""

    async def upsert_registered_model(self, registered_model: RegisteredModel) -> RegisteredModel:
        """Register a model, or change it when it has an id.

        Args:
            registered_model: The model. With an id only its changed fields are sent.

        Returns:
            The model as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: The argument cannot be right; nothing was sent.
            DuplicateError: Its name or external id is taken.
            NotFoundError: There is no model of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def register(client: ModelRegistryAPIClient) -> None:
            ...     model = await client.upsert_registered_model(RegisteredModel("fraud"))
            ...     model.description = "Flags card payments"
            ...     await client.upsert_registered_model(model)
        """
        checked_kind("registered_model", registered_model, types.RegisteredModel)
        await check_storable(self, registered_model)
        if registered_model.id is None:
            response = await self.api.create_registered_model(registered_model.create())
        else:
            id_ = checked_id("registered_model.id", registered_model.id)
            response = await update_with_structs(
                registered_model,
                lambda each: self.api.update_registered_model(id_, each.update()),
                self.get_registered_model_by_id,
            )
        return self._checked(registered_model, types.RegisteredModel.from_basemodel(response))

    async def get_registered_model_by_id(self, id: str) -> RegisteredModel | None:
        """Get a model by id.

        Args:
            id: The registry's id.

        Returns:
            The model, or `None` when there is none.

        Raises:
            InvalidArgumentError: `id` is not an id; nothing was sent.
            RequestError: The request failed.

        Example:
            >>> async def show(client: ModelRegistryAPIClient) -> None:
            ...     model = await client.get_registered_model_by_id("1")
        """
        id_ = checked_id("id", id)
        with suppress(NotFoundError):
            response = await self.api.get_registered_model(id_)
            return types.RegisteredModel.from_basemodel(response)
        return None

    @overload
    async def get_registered_model_by_params(self, name: str) -> RegisteredModel | None: ...
    @overload
    async def get_registered_model_by_params(self, *, external_id: str) -> RegisteredModel | None: ...
    async def get_registered_model_by_params(
        self, name: str | None = None, external_id: str | None = None
    ) -> RegisteredModel | None:
        """Find a model by name or by external id.

        Args:
            name: Its name.
            external_id: Its external id.

        Returns:
            The model, or `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the two was given; nothing was sent.
            RequestError: The request failed.

        Example:
            >>> async def find(client: ModelRegistryAPIClient) -> None:
            ...     model = await client.get_registered_model_by_params(name="fraud")
        """
        check_form("name | external_id", name=name, external_id=external_id)
        with suppress(NotFoundError):
            response = await self.api.find_registered_model(name, external_id)
            return types.RegisteredModel.from_basemodel(response)
        return None

    async def get_registered_models(self, options: ListOptions | None = None) -> Page[RegisteredModel]:
        """List registered models.

        Args:
            options: Size of the page, order, filter and where to go on.

        Returns:
            One page.

        Raises:
            InvalidArgumentError: `options` is something else; nothing was sent.
            RequestError: The request failed, for instance because of the filter query.

        Example:
            >>> async def newest(client: ModelRegistryAPIClient) -> None:
            ...     options = ListOptions.order_by_creation_time(is_asc=False, limit=5)
            ...     models = await client.get_registered_models(options)
        """
        await self.load()  # before its types are needed
        return await self._page(types.RegisteredModel.from_basemodel, self.api.get_registered_models, options)

    async def upsert_model_version(
        self, model_version: ModelVersion, registered_model_id: str | None = None
    ) -> ModelVersion:
        """Register a version of a model, or change it when it has an id.

        Args:
            model_version: The version. With an id only its changed fields are sent.
            registered_model_id: Id of its model; not needed where the version has it, or an id of its own.

        Returns:
            The version as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            DuplicateError: The model has a version of this name, or the external id is taken.
            NotFoundError: There is no such model, or no version of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def register(client: ModelRegistryAPIClient, model: RegisteredModel) -> None:
            ...     version = await client.upsert_model_version(ModelVersion("1.0", author="ann"), model.id)
        """
        checked_kind("model_version", model_version, types.ModelVersion)
        await check_storable(self, model_version, registered_model_id or model_version.registered_model_id)
        if model_version.id is not None:
            id_ = checked_id("model_version.id", model_version.id)
            response = await update_with_structs(
                model_version,
                lambda each: self.api.update_model_version(id_, each.update()),
                self.get_model_version_by_id,
            )
        elif registered_model_id is not None:
            parent = checked_id("registered_model_id", registered_model_id)
            response = await self.api.create_registered_model_version(
                parent, model_version.create_under_model(parent)
            )
        else:
            parent = checked_id("registered_model_id", model_version.registered_model_id)
            response = await self.api.create_model_version(model_version.create(registered_model_id=parent))
        return self._checked(model_version, types.ModelVersion.from_basemodel(response))

    async def get_model_version_by_id(self, model_version_id: str) -> ModelVersion | None:
        """Get a version by id.

        Args:
            model_version_id: The registry's id.

        Returns:
            The version, or `None` when there is none.

        Raises:
            InvalidArgumentError: It is not an id; nothing was sent.
            RequestError: The request failed.

        Example:
            >>> async def show(client: ModelRegistryAPIClient) -> None:
            ...     version = await client.get_model_version_by_id("2")
        """
        id_ = checked_id("model_version_id", model_version_id)
        with suppress(NotFoundError):
            response = await self.api.get_model_version(id_)
            return types.ModelVersion.from_basemodel(response)
        return None

    async def get_model_versions(
        self, registered_model_id: str | None = None, options: ListOptions | None = None
    ) -> Page[ModelVersion]:
        """List the versions of a model, or of all models.

        Args:
            registered_model_id: Id of the model; versions of all models when not given.
            options: Size of the page, order, filter and where to go on.

        Returns:
            One page.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            NotFoundError: There is no such model, for registries that tell.
            RequestError: The request failed otherwise.

        Example:
            >>> async def show(client: ModelRegistryAPIClient, model: RegisteredModel) -> None:
            ...     versions = await client.get_model_versions(model.id, ListOptions(limit=50))
        """
        await self.load()  # before its types are needed
        build = types.ModelVersion.from_basemodel
        if registered_model_id is None:
            return await self._page(build, self.api.get_model_versions, options)
        parent = checked_id("registered_model_id", registered_model_id)
        return await self._page(
            build, self.api.get_registered_model_versions, options, registered_model_id=parent
        )

    @overload
    async def get_model_version_by_params(
        self, registered_model_id: str, name: str
    ) -> ModelVersion | None: ...
    @overload
    async def get_model_version_by_params(
        self, registered_model_id: str, *, version: str
    ) -> ModelVersion | None: ...
    @overload
    async def get_model_version_by_params(self, *, external_id: str) -> ModelVersion | None: ...
    async def get_model_version_by_params(
        self,
        registered_model_id: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        *,
        version: str | None = None,
    ) -> ModelVersion | None:
        """Find a version by its model and name, or by external id.

        Args:
            registered_model_id: Id of its model.
            name: Its name.
            external_id: Its external id.
            version: Another spelling of `name`.

        Returns:
            The version, or `None` when there is none.

        Raises:
            InvalidArgumentError: The arguments are none of the forms; nothing was sent.
            RequestError: The request failed.

        Example:
            >>> async def find(client: ModelRegistryAPIClient, model: RegisteredModel) -> None:
            ...     version = await client.get_model_version_by_params(model.id, version="1.0")
        """
        check_form(
            "registered_model_id, name | registered_model_id, version | external_id",
            registered_model_id=registered_model_id,
            name=name,
            version=version,
            external_id=external_id,
        )
        with suppress(NotFoundError):
            response = await self.api.find_model_version(name or version, external_id, registered_model_id)
            return types.ModelVersion.from_basemodel(response)
        return None
