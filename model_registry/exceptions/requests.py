"""Failed requests to a registry."""

from __future__ import annotations

from .base import StoreError


class RequestError(StoreError):
    """A request failed.

    Attributes:
        method: HTTP method, or `None` when no request was built.
        url: URL of the request without credentials, or `None`.
        status: HTTP status of the response, or `None` without a response.
        server_message: Message of the registry, or `None`.
        request_id: `X-Request-Id` of the response, or `None`.
        retry_after: Seconds that the server asked to wait before the next attempt, or `None`.
        sent: Whether the registry may have received the request.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str | None = None,
        url: str | None = None,
        status: int | None = None,
        server_message: str | None = None,
        request_id: str | None = None,
        retry_after: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(message)
        self.method = method
        self.url = url
        self.status = status
        self.server_message = server_message
        self.request_id = request_id
        self.retry_after = retry_after
        self.sent = sent

    def __str__(self) -> str:
        # The builtin parents that are OSErrors would print an errno here.
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args[0], self.__dict__)


def _rebuild(cls: type[RequestError], message: str, facts: dict[str, object]) -> RequestError:
    error = cls(message)
    error.__dict__.update(facts)
    return error


class RegistryConnectionError(RequestError, ConnectionError):
    """The registry cannot be reached, or the connection broke before the response was complete."""


class RegistryTLSError(RegistryConnectionError):
    """TLS failed: a certificate is not trusted, or one side uses plain HTTP.

    Nothing was processed. Repeating the request would fail again.
    """


class RegistryTimeoutError(RequestError, TimeoutError):
    """The registry did not respond in time."""


class InvalidRequestError(RequestError, ValueError):
    """The registry refused the request as invalid (400, 413 or 422)."""


class UnauthenticatedError(RequestError, PermissionError):
    """The registry, or a proxy in front of it, requires a valid token (401)."""


class ForbiddenError(RequestError, PermissionError):
    """The token is valid, but does not permit this (403)."""


class NotFoundError(RequestError, LookupError):
    """The registry has no such resource (404)."""


class ConflictError(RequestError):
    """The request conflicts with the contents of the registry (409)."""


class DuplicateError(ConflictError):
    """The name or the external id already exists (409)."""


class ServerError(RequestError):
    """The registry failed (5xx)."""


class UnexpectedResponseError(RequestError):
    """The response does not come from a model registry: a wrong address, a login page, a proxy."""
