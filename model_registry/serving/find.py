"""Find serving environments and inference services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import changes, types
from model_registry.core.base import checked_kind, id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.lookup.checks import check_one_of, existing, names_in
from model_registry.lookup.lists import pager, pager_under
from model_registry.near_names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import (
        AsyncPager,
        InferenceService,
        ListOptions,
        ModelVersion,
        RegisteredModel,
        ServeModel,
        ServingEnvironment,
    )


def find_environment(
    core: ModelRegistryAPIClient,
    name: str | None = None,
    *,
    id: str | None = None,
    external_id: str | None = None,
) -> Awaitable[ServingEnvironment | None]:
    """Find a serving environment by its name, id or external id.

    Raises:
        InvalidArgumentError: Not exactly one of them is given.
    """
    check_one_of(name=name, id=id, external_id=external_id)
    if id is not None:
        return core.get_serving_environment_by_id(id)
    if external_id is not None:
        return core.get_serving_environment_by_params(external_id=external_id)
    return core.get_serving_environment_by_params(name or "")


async def get_environment(
    core: ModelRegistryAPIClient,
    name: str | None = None,
    *,
    id: str | None = None,
    external_id: str | None = None,
) -> ServingEnvironment:
    """Return a serving environment by its name, id or external id.

    Raises:
        NotFoundError: There is none.
        InvalidArgumentError: Not exactly one of them is given.
    """
    found = await find_environment(core, name, id=id, external_id=external_id)
    hint = ""
    if found is None and name is not None:
        hint = did_you_mean(name, await names_in(core.get_serving_environments))
    return existing(found, "serving environment", hint, name=name, id=id, external_id=external_id)


async def find_service(
    core: ModelRegistryAPIClient,
    name: str | None = None,
    *,
    environment: str | ServingEnvironment | None = None,
    id: str | None = None,
    external_id: str | None = None,
) -> InferenceService | None:
    """Find an inference service by its environment and name, by id or by external id.

    Raises:
        InvalidArgumentError: The arguments are none of these forms.
    """
    check_one_of(name=name, id=id, external_id=external_id)
    if id is not None:
        return await core.get_inference_service_by_id(id)
    if external_id is not None:
        return await core.get_inference_service_by_params(external_id=external_id)
    if environment is None:
        raise InvalidArgumentError(f"service {name!r} needs its environment as well")
    try:
        parent = await environment_of(core, environment)
    except NotFoundError:
        return None
    return await core.get_inference_service_by_params(id_of(parent), name or "")


async def get_service(
    core: ModelRegistryAPIClient,
    name: str | None = None,
    *,
    environment: str | ServingEnvironment | None = None,
    id: str | None = None,
    external_id: str | None = None,
) -> InferenceService:
    """Return an inference service by its environment and name, by id or by external id.

    Raises:
        NotFoundError: There is no such service or environment.
        InvalidArgumentError: The arguments are none of these forms.
    """
    found = await find_service(core, name, environment=environment, id=id, external_id=external_id)
    shown = environment.name if isinstance(environment, types.ServingEnvironment) else environment
    hint = ""
    if found is None and name is not None and environment is not None:
        parent = id_of(await environment_of(core, environment))
        hint = did_you_mean(
            name, await names_in(lambda options: core.get_inference_services(parent, options))
        )
    return existing(
        found, "inference service", hint, name=name, environment=shown, id=id, external_id=external_id
    )


async def environment_of(core: ModelRegistryAPIClient, given: str | ServingEnvironment) -> ServingEnvironment:
    """Return the environment of a name, or read the one that an object stands for.

    Raises:
        NotFoundError: There is no such environment.
        InvalidArgumentError: It is neither, or an object of another registry.
    """
    if isinstance(given, str):
        return await get_environment(core, given)
    checked_kind("environment", given, types.ServingEnvironment)
    return await changes.ResourceWriter(core).current(given)


async def service_of(
    core: ModelRegistryAPIClient,
    given: str | InferenceService,
    environment: str | ServingEnvironment | None = None,
) -> InferenceService:
    """Return the service of a name, or read the one that an object stands for.

    Raises:
        NotFoundError: There is no such service.
        InvalidArgumentError: It is neither, or an object of another registry.
    """
    if isinstance(given, str):
        return await get_service(core, given, environment=environment)
    if environment is not None:
        raise InvalidArgumentError("environment goes with the name of a service, not with the service itself")
    checked_kind("service", given, types.InferenceService)
    return await changes.ResourceWriter(core).current(given)


async def model_served_by(core: ModelRegistryAPIClient, service: InferenceService) -> RegisteredModel:
    """Return the model that a service serves.

    Raises:
        NotFoundError: The registry has it no more.
    """
    model = await core.get_inference_service_model(id_of(service))
    if model is None:
        raise NotFoundError(f"service {service.name!r} serves a model that does not exist", status=404)
    return model


async def version_served_by(core: ModelRegistryAPIClient, service: InferenceService) -> ModelVersion:
    """Return the version that a service serves: its own, or the newest of its model.

    Raises:
        NotFoundError: The model has no version.
    """
    version = await core.get_inference_service_version(id_of(service))
    if version is None:
        raise NotFoundError(f"service {service.name!r} serves a model that has no version yet", status=404)
    return version


def services_pager(
    core: ModelRegistryAPIClient, environment: str | ServingEnvironment | None, options: ListOptions
) -> AsyncPager[InferenceService]:
    """Return a pager of the services in an environment, or of all services."""
    if environment is None:
        return pager(lambda options: core.get_inference_services(options=options), options)
    return pager_under(lambda: environment_of(core, environment), core.get_inference_services, options)


def serve_models_pager(
    core: ModelRegistryAPIClient,
    service: str | InferenceService,
    environment: str | ServingEnvironment | None,
    options: ListOptions,
) -> AsyncPager[ServeModel]:
    """Return a pager of the records of what a service serves and has served."""
    return pager_under(
        lambda: service_of(core, service, environment),
        core.get_serve_models,
        options,
    )
