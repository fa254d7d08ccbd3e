"""Where models are served: environments, inference services, and what they serve."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

import mr_openapi as contract  # noqa: F401  # the parameters of the classes below
from mr_openapi import ExecutionState, InferenceServiceState

from .base import BaseResourceModel, known_member


class ServingEnvironment(
    BaseResourceModel[
        "contract.ServingEnvironment",
        "contract.ServingEnvironmentCreate",
        "contract.ServingEnvironmentUpdate",
    ]
):
    """A place that serves models, such as a cluster's namespace.

    Attributes:
        name: Unique among the serving environments of a registry; cannot be changed. May be given by
            position.

    Raises:
        InvalidArgumentError: A value has the wrong type.

    Example:
        >>> from model_registry.types import ServingEnvironment
        >>> ServingEnvironment("production", description="eu-west").name
        'production'
    """

    name: str = Field(kw_only=False, min_length=1)


class InferenceService(
    BaseResourceModel[
        "contract.InferenceService", "contract.InferenceServiceCreate", "contract.InferenceServiceUpdate"
    ]
):
    """A service that answers with one model in one serving environment.

    Attributes:
        name: Unique within its serving environment; the registry makes one up when it is not given.
        registered_model_id: Id of the model that it serves; cannot be changed.
        serving_environment_id: Id of the environment that it is in; cannot be changed.
        model_version_id: Id of the version that it serves; the newest one when not given.
        runtime: Name of the runtime that serves it.
        desired_state: `DEPLOYED` or `UNDEPLOYED`.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import InferenceService
        >>> InferenceService(name="fraud", registered_model_id="1", runtime="mlserver").desired_state.value
        'DEPLOYED'
    """

    _facts: ClassVar[tuple[str, ...]] = ("desired_state", "registered_model_id", "model_version_id")

    name: str | None = None
    registered_model_id: str | None = None
    serving_environment_id: str | None = None
    model_version_id: str | None = None
    runtime: str | None = None
    desired_state: Annotated[InferenceServiceState, AfterValidator(known_member)] = (
        InferenceServiceState.DEPLOYED
    )


class ServeModel(
    BaseResourceModel["contract.ServeModel", "contract.ServeModelCreate", "contract.ServeModelUpdate"]
):
    """The act of serving one model version by an inference service.

    Attributes:
        name: Unique within its inference service; the registry makes one up when it is not given.
        model_version_id: Id of the version that is served.
        last_known_state: State of the deployment when it was last looked at.

    Raises:
        InvalidArgumentError: A value has the wrong type or an unknown state.

    Example:
        >>> from model_registry.types import ServeModel
        >>> ServeModel(model_version_id="2").last_known_state.value
        'UNKNOWN'
    """

    _facts: ClassVar[tuple[str, ...]] = ("last_known_state", "model_version_id")

    name: str | None = None
    model_version_id: str | None = None
    last_known_state: Annotated[ExecutionState, AfterValidator(known_member)] = ExecutionState.UNKNOWN
