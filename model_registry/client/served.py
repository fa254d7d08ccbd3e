"""What is served, and was: records of served versions, and the model and version behind a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import NotFoundError

from .lists import PAGE_SIZE, list_options, wary_pager
from .serving import Serving

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import (
        AsyncPager,
        ExecutionState,
        Filter,
        InferenceService,
        ListOptions,
        ModelVersion,
        Page,
        PropertyValue,
        RegisteredModel,
        ServeModel,
        ServingEnvironment,
    )

    from .lists import OrderBy


class Served(Serving):
    """What is served, and was."""

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
        """Record that a service serves a version. Records add up to a history; the registry changes none.

        Args:
            service: The service, or its name beside its environment.
            version: The version, or its name; the one that the service serves by now when not given.
            state: How the deployment is: `UNKNOWN`, `NEW`, `RUNNING`, `COMPLETE`, `FAILED`, `CACHED` or
                `CANCELED`.
            environment: The environment that the service is in, or its name.
            name: Name of the record, unique within the service; made up when not given.
            description: Free text.
            properties: Your own values by name.
            external_id: Your own id.

        Returns:
            The record.

        Raises:
            NotFoundError: There is no such service or version.
            DuplicateError: The name or external id is taken.
            InvalidArgumentError: An argument cannot be right; nothing was written.
            StoreError: The registry could not be asked.

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
        there = await self._service(service, environment)
        if version is None:
            served = await self.get_service_version(there)
        else:
            served = await self._version(await self.get_service_model(there), version)
        record.model_version_id = id_of(served)
        return await self.core.upsert_serve_model(record, id_of(there))

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
            filter: Condition that they must meet, as text or built with `F`. A registry that ignores filters
                on this list is told by an error; finding that out takes a request.
            order_by: `id`, which is the order of registration, `created` or `updated`.
            descending: Largest or latest first.
            page_size: Records to fetch at a time.
            token: Where to go on: `next_page_token` of a page, or of a pager, of the same list.

        Returns:
            A pager. Nothing is asked of the registry before it is walked; then a service that does not exist
            raises `NotFoundError`.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> done = await registry.register("churn", "1.0", "s3://models/churn")
            >>> staging = await registry.register_environment("staging")
            >>> service = await registry.register_service("churn", environment=staging, model=done.model)
            >>> record = await registry.record_serving(service, name="first")
            >>> async for each in registry.list_serve_models("churn", environment="staging"):
            ...     print(each.name)
            first
        """
        known: list[str] = []  # its id, looked up for the first page

        async def page(options: ListOptions) -> Page[ServeModel]:
            if not known:
                known.append(id_of(await self._service(service, environment)))
            return await self.core.get_serve_models(known[0], options)

        options = list_options(filter, order_by, page_size, token, descending=descending)
        return wary_pager("serve models", page, options)

    async def get_service_model(
        self, service: str | InferenceService, *, environment: str | ServingEnvironment | None = None
    ) -> RegisteredModel:
        """Get the model that a service serves.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.

        Returns:
            The model.

        Raises:
            NotFoundError: There is no such service.
            InvalidArgumentError: An argument cannot be right.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = await registry.register_environment("production")
            >>> _ = await registry.register_service("fraud", environment="production", model="fraud")
            >>> (await registry.get_service_model("fraud", environment="production")).name
            'fraud'
        """
        there = await self._service(service, environment)
        model = await self.core.get_inference_service_model(id_of(there))
        if model is None:
            raise NotFoundError(f"service {there.name!r} serves a model that is not there", status=404)
        return model

    async def get_service_version(
        self, service: str | InferenceService, *, environment: str | ServingEnvironment | None = None
    ) -> ModelVersion:
        """Get the version that a service serves: its own, or the newest of its model.

        Args:
            service: The service, or its name beside its environment.
            environment: The environment that the service is in, or its name.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such service, or its model has no version.
            InvalidArgumentError: An argument cannot be right.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> _ = await registry.register_environment("production")
            >>> _ = await registry.register_service("fraud", environment="production", model="fraud")
            >>> (await registry.get_service_version("fraud", environment="production")).name
            '1.0'
        """
        there = await self._service(service, environment)
        version = await self.core.get_inference_service_version(id_of(there))
        if version is None:
            raise NotFoundError(f"service {there.name!r} serves a model that has no version yet", status=404)
        return version
