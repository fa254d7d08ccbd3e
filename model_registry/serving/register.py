"""Register serving environments, inference services and records of what they serve."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry.core.base import id_of
from model_registry.exceptions import DuplicateError, InvalidArgumentError
from model_registry.lookup.references import Resolver

from .find import environment_of, model_served_by, service_of, version_served_by

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import (
        InferenceService,
        ModelVersion,
        RegisteredModel,
        ServeModel,
        ServingEnvironment,
    )

NamedT = TypeVar("NamedT", "ServingEnvironment", "InferenceService")


async def register_environment(
    core: ModelRegistryAPIClient, new: ServingEnvironment, if_exists: str
) -> ServingEnvironment:
    """Register a serving environment.

    Args:
        core: The registry.
        new: The environment.
        if_exists: `error`, or `return` to return an existing one unchanged.

    Raises:
        DuplicateError: It exists, or the external id is taken.
    """
    check_if_exists(if_exists)
    try:
        return await core.upsert_serving_environment(new)
    except DuplicateError as error:
        current = await core.get_serving_environment_by_params(new.name)
        return _existing_or_refused(current, new, if_exists, error)


async def register_service(
    core: ModelRegistryAPIClient,
    new: InferenceService,
    *,
    environment: str | ServingEnvironment,
    model: str | RegisteredModel,
    version: str | ModelVersion | None,
    if_exists: str,
) -> InferenceService:
    """Register an inference service.

    Args:
        core: The registry.
        new: The service; its references to other resources are set.
        environment: The environment, or its name.
        model: The model that it serves, or its name.
        version: The version that it serves, or its name.
        if_exists: `error`, or `return` to return an existing one unchanged.

    Raises:
        DuplicateError: It exists, or the external id is taken.
        NotFoundError: There is no such environment, model or version.
    """
    check_if_exists(if_exists)
    resolver = Resolver(core)
    parent = await environment_of(core, environment)
    served = await resolver.model(model)
    new.registered_model_id = id_of(served)
    if version is not None:
        new.model_version_id = id_of(await resolver.version_of(served, version))
    try:
        return await core.upsert_inference_service(new, id_of(parent))
    except DuplicateError as error:
        current = await core.get_inference_service_by_params(id_of(parent), new.name or "")
        return _existing_or_refused(current, new, if_exists, error)


async def record_serving(
    core: ModelRegistryAPIClient,
    record: ServeModel,
    service: str | InferenceService,
    version: str | ModelVersion | None,
    environment: str | ServingEnvironment | None,
) -> ServeModel:
    """Record that a service serves a version.

    Args:
        core: The registry.
        record: The record; its reference to the version is set.
        service: The service, or its name.
        version: The version, or its name; the one that the service serves if not given.
        environment: Environment of the service, if its name is given.

    Raises:
        DuplicateError: The name or external id is taken.
        NotFoundError: There is no such service or version.
    """
    serving = await service_of(core, service, environment)
    if version is None:
        served = await version_served_by(core, serving)
    else:
        served = await Resolver(core).version_of(await model_served_by(core, serving), version)
    record.model_version_id = id_of(served)
    return await core.upsert_serve_model(record, id_of(serving))


def check_if_exists(if_exists: str) -> None:
    """Check the argument `if_exists` of resources that are serving or served.

    Raises:
        InvalidArgumentError: It is neither `error` nor `return`.
    """
    if if_exists not in ("error", "return"):
        raise InvalidArgumentError(f"if_exists must be one of error, return, got {if_exists!r}")


def _existing_or_refused(
    current: NamedT | None, new: NamedT, if_exists: str, error: DuplicateError
) -> NamedT:
    kind = type(new).__name__
    if current is None:
        raise DuplicateError(
            f"{kind} {new.name!r} cannot be created: the external id {new.external_id!r} already exists. "
            "Choose another one.",
            status=409,
        ) from error
    if if_exists == "error":
        raise DuplicateError(
            f"{kind} {new.name!r} already exists (id {current.id}), and it was not changed: choose another "
            "name, or pass if_exists='return' to get it",
            status=409,
        ) from error
    return current
