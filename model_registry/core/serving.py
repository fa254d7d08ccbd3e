"""Serving environments, inference services, and what they serve."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, overload

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, NotFoundError

from .base import Caller, check_form, checked_id, checked_kind
from .peculiarities.storable import check_storable
from .peculiarities.structs import update_with_structs

if TYPE_CHECKING:
    from model_registry.types import (
        InferenceService,
        ListOptions,
        ModelVersion,
        Page,
        RegisteredModel,
        ServeModel,
        ServingEnvironment,
    )


class ServingOperations(Caller):
    """Serving environments, inference services, and what they serve."""

    async def upsert_serving_environment(self, serving_environment: ServingEnvironment) -> ServingEnvironment:
        """Register a serving environment, or change it when it has an id.

        Args:
            serving_environment: The environment. With an id only its changed fields are sent.

        Returns:
            The environment as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: The argument cannot be right; nothing was sent.
            DuplicateError: Its name or external id is taken.
            NotFoundError: There is no environment of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def register(client: ModelRegistryAPIClient) -> None:
            ...     production = await client.upsert_serving_environment(ServingEnvironment("production"))
        """
        checked_kind("serving_environment", serving_environment, types.ServingEnvironment)
        await check_storable(self, serving_environment)
        if serving_environment.id is None:
            response = await self.api.create_serving_environment(serving_environment.create())
        else:
            id_ = checked_id("serving_environment.id", serving_environment.id)
            response = await update_with_structs(
                serving_environment,
                lambda each: self.api.update_serving_environment(id_, each.update()),
                self.get_serving_environment_by_id,
            )
        return self._checked(serving_environment, types.ServingEnvironment.from_basemodel(response))

    async def get_serving_environment_by_id(self, id: str) -> ServingEnvironment | None:
        """Get a serving environment by id; `None` when there is none.

        Raises:
            InvalidArgumentError: `id` is not an id; nothing was sent.
            RequestError: The request failed.
        """
        id_ = checked_id("id", id)
        with suppress(NotFoundError):
            response = await self.api.get_serving_environment(id_)
            return types.ServingEnvironment.from_basemodel(response)
        return None

    @overload
    async def get_serving_environment_by_params(self, name: str) -> ServingEnvironment | None: ...
    @overload
    async def get_serving_environment_by_params(self, *, external_id: str) -> ServingEnvironment | None: ...
    async def get_serving_environment_by_params(
        self, name: str | None = None, external_id: str | None = None
    ) -> ServingEnvironment | None:
        """Find a serving environment by name or by external id; `None` when there is none.

        Raises:
            InvalidArgumentError: Not exactly one of the two was given; nothing was sent.
            RequestError: The request failed.
        """
        check_form("name | external_id", name=name, external_id=external_id)
        with suppress(NotFoundError):
            response = await self.api.find_serving_environment(name, external_id)
            return types.ServingEnvironment.from_basemodel(response)
        return None

    async def get_serving_environments(self, options: ListOptions | None = None) -> Page[ServingEnvironment]:
        """List serving environments, one page.

        Raises:
            InvalidArgumentError: `options` is something else; nothing was sent.
            RequestError: The request failed.
        """
        await self.load()  # before its types are needed
        return await self._page(
            types.ServingEnvironment.from_basemodel, self.api.get_serving_environments, options
        )

    async def upsert_inference_service(
        self, inference_service: InferenceService, serving_environment_id: str | None = None
    ) -> InferenceService:
        """Register an inference service in an environment, or change it when it has an id.

        Args:
            inference_service: The service, with the id of the model that it serves. With an id of its own
                only its changed fields are sent.
            serving_environment_id: Id of its environment; not needed where the service has it, or an id of
                its own.

        Returns:
            The service as the registry holds it now; the argument is left as it is.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            DuplicateError: The environment has a service of this name, or the external id is taken.
            NotFoundError: There is no such environment, model or version, or no service of its id.
            RequestError: The request failed otherwise.

        Example:
            >>> async def deploy(client: ModelRegistryAPIClient, model: RegisteredModel) -> None:
            ...     production = await client.upsert_serving_environment(ServingEnvironment("production"))
            ...     service = InferenceService(name="fraud", registered_model_id=model.id)
            ...     await client.upsert_inference_service(service, production.id)
        """
        checked_kind("inference_service", inference_service, types.InferenceService)
        await check_storable(
            self, inference_service, serving_environment_id or inference_service.serving_environment_id
        )
        if inference_service.id is not None:
            id_ = checked_id("inference_service.id", inference_service.id)
            response = await update_with_structs(
                inference_service,
                lambda each: self.api.update_inference_service(id_, each.update()),
                self.get_inference_service_by_id,
            )
            return self._checked(inference_service, types.InferenceService.from_basemodel(response))
        checked_id("inference_service.registered_model_id", inference_service.registered_model_id)
        if serving_environment_id is not None:
            parent = checked_id("serving_environment_id", serving_environment_id)
            body = inference_service.create(serving_environment_id=parent)
            response = await self.api.create_environment_inference_service(parent, body)
        else:
            checked_id("serving_environment_id", inference_service.serving_environment_id)
            response = await self.api.create_inference_service(inference_service.create())
        return self._checked(inference_service, types.InferenceService.from_basemodel(response))

    async def get_inference_service_by_id(self, id: str) -> InferenceService | None:
        """Get an inference service by id; `None` when there is none.

        Raises:
            InvalidArgumentError: `id` is not an id; nothing was sent.
            RequestError: The request failed.
        """
        id_ = checked_id("id", id)
        with suppress(NotFoundError):
            response = await self.api.get_inference_service(id_)
            return types.InferenceService.from_basemodel(response)
        return None

    @overload
    async def get_inference_service_by_params(
        self, serving_environment_id: str, name: str
    ) -> InferenceService | None: ...
    @overload
    async def get_inference_service_by_params(self, *, external_id: str) -> InferenceService | None: ...
    async def get_inference_service_by_params(
        self,
        serving_environment_id: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService | None:
        """Find an inference service by environment and name, or by external id; `None` when there is none.

        Raises:
            InvalidArgumentError: The arguments are none of the forms; nothing was sent.
            RequestError: The request failed.
        """
        check_form(
            "serving_environment_id, name | external_id",
            serving_environment_id=serving_environment_id,
            name=name,
            external_id=external_id,
        )
        with suppress(NotFoundError):
            response = await self.api.find_inference_service(name, external_id, serving_environment_id)
            return types.InferenceService.from_basemodel(response)
        return None

    async def get_inference_services(
        self, serving_environment_id: str | None = None, options: ListOptions | None = None
    ) -> Page[InferenceService]:
        """List the inference services of an environment, or of all environments, one page.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            RequestError: The request failed.
        """
        await self.load()  # before its types are needed
        build = types.InferenceService.from_basemodel
        if serving_environment_id is None:
            return await self._page(build, self.api.get_inference_services, options)
        parent = checked_id("serving_environment_id", serving_environment_id)
        return await self._page(
            build, self.api.get_environment_inference_services, options, serving_environment_id=parent
        )

    async def get_inference_service_model(self, inference_service_id: str) -> RegisteredModel | None:
        """Get the model that an inference service serves; `None` when there is no such service.

        Raises:
            InvalidArgumentError: It is not an id; nothing was sent.
            RequestError: The request failed.
        """
        id_ = checked_id("inference_service_id", inference_service_id)
        with suppress(NotFoundError):
            response = await self.api.get_inference_service_model(id_)
            return types.RegisteredModel.from_basemodel(response)
        return None

    async def get_inference_service_version(self, inference_service_id: str) -> ModelVersion | None:
        """Get the version that an inference service serves: its own, or the newest of its model.

        Returns:
            The version; `None` when there is no such service, or its model has no version.

        Raises:
            InvalidArgumentError: It is not an id; nothing was sent.
            RequestError: The request failed.
        """
        id_ = checked_id("inference_service_id", inference_service_id)
        with suppress(NotFoundError):
            response = await self.api.get_inference_service_version(id_)
            return types.ModelVersion.from_basemodel(response)
        return None

    async def upsert_serve_model(self, serve_model: ServeModel, inference_service_id: str) -> ServeModel:
        """Record that an inference service serves a version.

        The registry has no operation that changes such a record, so one with an id is refused.

        Args:
            serve_model: What is served.
            inference_service_id: Id of the inference service.

        Returns:
            The record as the registry holds it; the argument is left as it is.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            DuplicateError: The service has a record of this name, or the external id is taken.
            NotFoundError: There is no such service or version.
            RequestError: The request failed otherwise.

        Example:
            >>> async def record(client: ModelRegistryAPIClient, service: InferenceService) -> None:
            ...     await client.upsert_serve_model(ServeModel(model_version_id="2"), service.id)
        """
        checked_kind("serve_model", serve_model, types.ServeModel)
        if serve_model.id is not None:
            raise InvalidArgumentError(
                f"serve_model has the id {serve_model.id!r}, and the registry cannot change what was served: "
                "record a new one without id"
            )
        checked_id("serve_model.model_version_id", serve_model.model_version_id)
        await check_storable(self, serve_model, inference_service_id)
        response = await self.api.create_inference_service_serve(
            checked_id("inference_service_id", inference_service_id), serve_model.create()
        )
        return self._checked(serve_model, types.ServeModel.from_basemodel(response))

    async def get_serve_models(
        self, inference_service_id: str, options: ListOptions | None = None
    ) -> Page[ServeModel]:
        """List what an inference service serves and has served, one page.

        Raises:
            InvalidArgumentError: An argument cannot be right; nothing was sent.
            RequestError: The request failed.
        """
        await self.load()  # before its types are needed
        return await self._page(
            types.ServeModel.from_basemodel,
            self.api.get_inference_service_serves,
            options,
            inference_service_id=checked_id("inference_service_id", inference_service_id),
        )
