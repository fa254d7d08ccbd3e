"""Errors of the registry as MLflow's exception with its error codes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from mlflow.exceptions import MlflowException
from mlflow.protos import databricks_pb2 as codes

from model_registry import exceptions

if TYPE_CHECKING:
    from collections.abc import Generator

_CODES: Final[tuple[tuple[type[exceptions.ModelRegistryError], int], ...]] = (
    (exceptions.NotFoundError, codes.RESOURCE_DOES_NOT_EXIST),
    (exceptions.DuplicateError, codes.RESOURCE_ALREADY_EXISTS),
    (exceptions.ConflictError, codes.RESOURCE_CONFLICT),
    (exceptions.UnauthenticatedError, codes.UNAUTHENTICATED),
    (exceptions.ForbiddenError, codes.PERMISSION_DENIED),
    (exceptions.RegistryConnectionError, codes.TEMPORARILY_UNAVAILABLE),
    (exceptions.RegistryTimeoutError, codes.TEMPORARILY_UNAVAILABLE),
    (exceptions.InvalidRequestError, codes.INVALID_PARAMETER_VALUE),
    (exceptions.InvalidArgumentError, codes.INVALID_PARAMETER_VALUE),
)


@contextmanager
def mlflow_errors() -> Generator[None]:
    """Raise errors of the registry as `MlflowException`. The original error is its cause."""
    try:
        yield
    except exceptions.ModelRegistryError as error:
        code = next((code for kind, code in _CODES if isinstance(error, kind)), codes.INTERNAL_ERROR)
        raise MlflowException(str(error), error_code=code) from error


def model_not_found(name: str) -> MlflowException:
    """Return the error for a model that does not exist, in MLflow's words."""
    return MlflowException(
        f"Registered Model with name={name} not found", error_code=codes.RESOURCE_DOES_NOT_EXIST
    )


def version_not_found(name: str, version: object) -> MlflowException:
    """Return the error for a version that does not exist, in MLflow's words."""
    return MlflowException(
        f"Model Version (name={name}, version={version}) not found", error_code=codes.RESOURCE_DOES_NOT_EXIST
    )


def invalid(message: str) -> MlflowException:
    """Return the error for an argument with an invalid value."""
    return MlflowException(message, error_code=codes.INVALID_PARAMETER_VALUE)
