"""Inference services, and records of what they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from model_registry import types
from model_registry.lookup.lists import PAGE_SIZE, list_options
from model_registry.serving import find
from model_registry.serving.register import record_serving, register_service

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.lookup.lists import OrderBy
    from model_registry.types import (
        AsyncPager,
        ExecutionState,
        Filter,
        InferenceService,
        InferenceServiceState,
        ModelVersion,
        PropertyValue,
        RegisteredModel,
        ServeModel,
        ServingEnvironment,
    )


class Services(Base):
    """Inference services, and records of what they serve."""

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
        """Register a service that serves a model in an environment.

        It records what is deployed, or shall be; it deploys nothing.

        Args:
            name: Its name, unique within the environment.
            environment: The environment, or its name.
            model: The model that it serves, or its name.
            version: The version that it serves, or its name; the model's newest if not given.
            runtime: Name of the runtime that serves it.
            desired_state: `DEPLOYED` or `UNDEPLOYED`.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.
            if_exists: What to do if it exists: raise an `error`, or `return` it unchanged.

        Returns:
            The service.

        Raises:
            DuplicateError: It exists, and `if_exists` is `error`; or the external id is taken.
            NotFoundError: There is no such environment, model or version.
            InvalidArgumentError: An argument has an invalid value; nothing was written.
            StoreError: The request failed.

        Example:
            >>> done = await registry.register("credit", "1.0", "s3://models/credit")
            >>> production = await registry.register_environment("production")
            >>> service = await registry.register_service(
            ...     "credit", environment="production", model="credit", runtime="mlserver"
            ... )
            >>> (await registry.get_service_version(service)).name
            '1.0'
        """
        new = types.InferenceService(
            name=name,
            runtime=runtime,
            desired_state=cast("InferenceServiceState", desired_state),
            description=description,
            external_id=external_id,
            custom_properties=properties or {},
        )
        return await register_service(
            self.core, new, environment=environment, model=model, version=version, if_exists=if_exists
        )

    async def get_service(
        self,
        name: str | None = None,
        *,
        environment: str | ServingEnvironment | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService:
        """Return an inference service by its environment and name, by id or by external id.

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
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = await registry.register_environment("production")
            >>> _ = await registry.register_service("fraud", environment="production", model="fraud")
            >>> (await registry.get_service("fraud", environment="production")).name
            'fraud'
        """
        return await find.get_service(
            self.core, name, environment=environment, id=id, external_id=external_id
        )

    async def find_service(
        self,
        name: str | None = None,
        *,
        environment: str | ServingEnvironment | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> InferenceService | None:
        """Find an inference service: as `get_service`, but `None` if there is none.

        Args:
            name: Its name.
            environment: The environment that it is in, or its name.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The service, or `None` when there is no such service or environment.

        Raises:
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> print(await registry.find_service("fraud", environment="production"))
            None
        """
        return await find.find_service(
            self.core, name, environment=environment, id=id, external_id=external_id
        )

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
            environment: The environment that they are in, or its name; all of them if not given.
            filter: Condition, as text or built with `F`. If the registry
                ignores filters on this list, an error says so; the check takes one request.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("region")`.
            descending: Largest or latest first.
            page_size: Services to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated; then a missing environment raises
            `NotFoundError`.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> production = await registry.register_environment("production")
            >>> async for service in registry.list_services("production"):
            ...     print(service.name)
        """
        options = list_options(self.core, filter, order_by, page_size, token, descending=descending)
        return find.services_pager(self.core, environment, options)

    async def get_service_model(
        self, service: str | InferenceService, *, environment: str | ServingEnvironment | None = None
    ) -> RegisteredModel:
        """Return the model that a service serves.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.

        Returns:
            The model.

        Raises:
            NotFoundError: There is no such service.
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = await registry.register_environment("production")
            >>> _ = await registry.register_service("fraud", environment="production", model="fraud")
            >>> (await registry.get_service_model("fraud", environment="production")).name
            'fraud'
        """
        found = await find.service_of(self.core, service, environment)
        return await find.model_served_by(self.core, found)

    async def get_service_version(
        self, service: str | InferenceService, *, environment: str | ServingEnvironment | None = None
    ) -> ModelVersion:
        """Return the version that a service serves: its own, or the newest of its model.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such service, or its model has no version.
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = await registry.register_environment("production")
            >>> _ = await registry.register_service("fraud", environment="production", model="fraud")
            >>> (await registry.get_service_version("fraud", environment="production")).name
            '1.0'
        """
        found = await find.service_of(self.core, service, environment)
        return await find.version_served_by(self.core, found)

    async def record_serving(
        self,
        service: str | InferenceService,
        version: str | ModelVersion | None = None,
        state: ExecutionState | str = "RUNNING",
        *,
        environment: str | ServingEnvironment | None = None,
        name: str | None = None,
        description: str | None = None,
        properties: Mapping[str, PropertyValue] | None = None,
        external_id: str | None = None,
    ) -> ServeModel:
        """Record that a service serves a version. Records add up to a history; they cannot be changed.

        Args:
            service: The service, or its name beside its environment.
            version: The version, or its name; the one that the service serves now if not given.
            state: State of the deployment: `UNKNOWN`, `NEW`, `RUNNING`, `COMPLETE`, `FAILED`, `CACHED` or
                `CANCELED`.
            environment: The environment that the service is in, or its name.
            name: Name of the record, unique within the service; generated if not given.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.

        Returns:
            The record.

        Raises:
            NotFoundError: There is no such service or version.
            DuplicateError: The name or external id is taken.
            InvalidArgumentError: An argument has an invalid value; nothing was written.
            StoreError: The request failed.

        Example:
            >>> done = await registry.register("churn", "1.0", "s3://models/churn")
            >>> staging = await registry.register_environment("staging")
            >>> service = await registry.register_service("churn", environment=staging, model=done.model)
            >>> record = await registry.record_serving(service, "1.0", name="first")
            >>> record.name, record.last_known_state.value
            ('first', 'RUNNING')
        """
        record = types.ServeModel(
            name=name,
            last_known_state=cast("ExecutionState", state),
            description=description,
            external_id=external_id,
            custom_properties=properties or {},
        )
        return await record_serving(self.core, record, service, version, environment)

    def list_serve_models(
        self,
        service: str | InferenceService,
        *,
        environment: str | ServingEnvironment | None = None,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[ServeModel]:
        """List the records of what a service serves and has served.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.
            filter: Condition, as text or built with `F`. If the registry
                ignores filters on this list, an error says so; the check takes one request.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("region")`.
            descending: Largest or latest first.
            page_size: Records to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. No request is sent before it is iterated; then a missing service raises
            `NotFoundError`.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> done = await registry.register("churn", "1.0", "s3://models/churn")
            >>> staging = await registry.register_environment("staging")
            >>> service = await registry.register_service("churn", environment=staging, model=done.model)
            >>> record = await registry.record_serving(service, name="first")
            >>> async for each in registry.list_serve_models("churn", environment="staging"):
            ...     print(each.name)
            first
        """
        options = list_options(self.core, filter, order_by, page_size, token, descending=descending)
        return find.serve_models_pager(self.core, service, environment, options)
