"""Inference services: what answers with a model in an environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from model_registry import types
from model_registry.core.base import checked_kind, id_of
from model_registry.exceptions import DuplicateError, InvalidArgumentError, NotFoundError

from .environments import Environments, check_if_exists, own, returned_or_refused
from .finding import one_of, there
from .lists import PAGE_SIZE, list_options, wary_pager

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import (
        AsyncPager,
        Filter,
        InferenceService,
        InferenceServiceState,
        ListOptions,
        ModelVersion,
        Page,
        PropertyValue,
        RegisteredModel,
        ServingEnvironment,
    )

    from .lists import OrderBy


class Serving(Environments):
    """Inference services: what answers with a model in an environment."""

    async def register_service(
        self,
        name: str,
        *,
        environment: str | ServingEnvironment,
        model: str | RegisteredModel,
        version: str | ModelVersion | None = None,
        runtime: str | None = None,
        desired_state: InferenceServiceState | str = "DEPLOYED",
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        external_id: str | None = None,
        if_exists: Literal["error", "return"] = "error",
    ) -> InferenceService:
        """Register a service that answers with a model in an environment.

        It says what is, or shall be, deployed; nothing is deployed by it.

        Args:
            name: Its name, unique within the environment.
            environment: The environment, or its name.
            model: The model that it serves, or its name.
            version: The version that it serves, or its name; the model's newest when not given.
            runtime: Name of the runtime that serves it.
            desired_state: Whether it shall be deployed: `DEPLOYED` or `UNDEPLOYED`.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.
            if_exists: What to do where it exists: `error`, or `return` it as it is.

        Returns:
            The service.

        Raises:
            DuplicateError: It exists, and `if_exists` is `error`; or the external id is taken.
            NotFoundError: There is no such environment, model or version.
            InvalidArgumentError: An argument cannot be right; nothing was written.
            StoreError: The registry could not be asked.

        Example:
            >>> done = await registry.register("credit", "1.0", "s3://models/credit")
            >>> production = await registry.register_environment("production")
            >>> service = await registry.register_service(
            ...     "credit", environment="production", model="credit", runtime="mlserver"
            ... )
            >>> (await registry.get_service_version(service)).name
            '1.0'
        """
        check_if_exists(if_exists)
        new = types.InferenceService(
            name=name,
            runtime=runtime,
            desired_state=cast("InferenceServiceState", desired_state),
            description=description,
            external_id=external_id,
            custom_properties=properties or {},
        )
        place = await self._environment(environment)
        served = await self._model(model)
        new.registered_model_id = id_of(served)
        if version is not None:
            new.model_version_id = id_of(await self._version(served, version))
        try:
            return await self.core.upsert_inference_service(new, id_of(place))
        except DuplicateError as error:
            current = await self.core.get_inference_service_by_params(id_of(place), name)
            return returned_or_refused(current, new, if_exists, error)

    async def get_service(
        self,
        name: str | None = None,
        *,
        environment: str | ServingEnvironment | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService:
        """Get an inference service by its environment and name, by id or by external id.

        Args:
            name: Its name.
            environment: The environment that it is in, or its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The service.

        Raises:
            NotFoundError: There is no such service or environment.
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = await registry.register_environment("production")
            >>> _ = await registry.register_service("fraud", environment="production", model="fraud")
            >>> (await registry.get_service("fraud", environment="production")).name
            'fraud'
        """
        current = await self.find_service(name, environment=environment, id=id, external_id=external_id)
        shown = environment.name if isinstance(environment, types.ServingEnvironment) else environment
        return there(
            current, "inference service", name=name, environment=shown, id=id, external_id=external_id
        )

    async def find_service(
        self,
        name: str | None = None,
        *,
        environment: str | ServingEnvironment | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService | None:
        """Find an inference service: as `get_service`, but `None` where there is none.

        Args:
            name: Its name.
            environment: The environment that it is in, or its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The service, or `None` when there is no such service or environment.

        Raises:
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The registry could not be asked.

        Example:
            >>> print(await registry.find_service("fraud", environment="production"))
            None
        """
        one_of(name=name, id=id, external_id=external_id)
        if id is not None:
            return await self.core.get_inference_service_by_id(id)
        if external_id is not None:
            return await self.core.get_inference_service_by_params(external_id=external_id)
        if environment is None:
            raise InvalidArgumentError(f"service {name!r} needs its environment beside it")
        try:
            place = await self._environment(environment)
        except NotFoundError:
            return None
        return await self.core.get_inference_service_by_params(id_of(place), name or "")

    def list_services(
        self,
        environment: str | ServingEnvironment | None = None,
        *,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[InferenceService]:
        """List the inference services.

        Args:
            environment: The environment that they are in, or its name; all of them when not given.
            filter: Condition that they must meet, as text or built with `F`. A registry that ignores filters
                on this list is told by an error; finding that out takes a request.
            order_by: `id`, which is the order of registration, `created` or `updated`.
            descending: Largest or latest first.
            page_size: Services to fetch at a time.
            token: Where to go on: `next_page_token` of a page, or of a pager, of the same list.

        Returns:
            A pager. Nothing is asked of the registry before it is walked; then an environment that does not
            exist raises `NotFoundError`.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> production = await registry.register_environment("production")
            >>> async for service in registry.list_services("production"):
            ...     print(service.name)
        """
        options = list_options(filter, order_by, page_size, token, descending=descending)
        if environment is None:
            return wary_pager(
                "inference services",
                lambda options: self.core.get_inference_services(options=options),
                options,
            )

        place: list[str] = []  # its id, looked up for the first page

        async def page(options: ListOptions) -> Page[InferenceService]:
            if not place:
                place.append(id_of(await self._environment(environment)))
            return await self.core.get_inference_services(place[0], options)

        return wary_pager("inference services", page, options)

    # What arguments name.

    async def _model(self, given: str | RegisteredModel) -> RegisteredModel:
        if isinstance(given, str):
            return await self.get_model(given)
        checked_kind("model", given, types.RegisteredModel)
        return own(given, await self.find_model(id=id_of(given)))

    async def _version(self, model: RegisteredModel, given: str | ModelVersion) -> ModelVersion:
        if isinstance(given, str):
            return await self.get_version(model, given)
        checked_kind("version", given, types.ModelVersion)
        version = own(given, await self.find_version(id=id_of(given)))
        if version.registered_model_id != model.id:
            raise InvalidArgumentError(f"version {given.name!r} is not one of model {model.name!r}")
        return version

    async def _service(
        self, given: str | InferenceService, environment: str | ServingEnvironment | None
    ) -> InferenceService:
        if isinstance(given, str):
            return await self.get_service(given, environment=environment)
        if environment is not None:
            raise InvalidArgumentError(
                "environment goes with the name of a service, not with the service itself"
            )
        checked_kind("service", given, types.InferenceService)
        return own(given, await self.find_service(id=id_of(given)))
