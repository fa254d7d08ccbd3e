"""Failed requests to a registry."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urlsplit

from .base import StoreError
from .library_bases import add_library_bases

if TYPE_CHECKING:
    from collections.abc import Mapping

_PHRASES = {int(each): each.phrase for each in HTTPStatus}


class RequestError(StoreError):
    """A request failed.

    Attributes:
        method: HTTP method, or `None` when no request was built.
        url: URL of the request without credentials, or `None`.
        status: HTTP status of the response, or `None` without a response.
        reason: Standard phrase of the status, such as `Not Found`, or `None`.
        body: Text of the response, or `None`.
        data: The response's JSON as Python values, or `None`.
        headers: Header values of the response by lower-case name, without cookies, or `None`.
        server_message: Message of the registry, or `None`.
        request_id: `X-Request-Id` of the response, or `None`.
        retry_after: Seconds that the server asked to wait before the next attempt, or `None`.
        sent: Whether the registry may have received the request.
    """

    # Classes of other libraries that programs for release 0.3 catch; see `library_bases`.
    _also_caught_as: ClassVar[tuple[str, ...]] = ()

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
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        add_library_bases(type(self))
        super().__init__(message)
        self.args = (message,)
        self.method = method
        self.url = url
        self.status = status
        self.reason = None if status is None else _PHRASES.get(status)
        self.body = body
        self.data = _json(body)
        self.headers = (
            None
            if headers is None
            else {name: value for name, value in headers.items() if name != "set-cookie"}
        )
        self.server_message = server_message
        self.request_id = request_id
        self.retry_after = retry_after
        self.sent = sent

    def __str__(self) -> str:
        # The builtin parents that are OSErrors would print an errno here.
        return str(self.args[0])

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.args[0], self.__dict__)


def _json(body: str | None) -> Any:  # noqa: ANN401  # whatever the JSON holds
    try:
        return None if body is None else json.loads(body)
    except (ValueError, RecursionError):
        return None


def _rebuild(cls: type[RequestError], message: str, facts: dict[str, object]) -> RequestError:
    error = cls(message)
    error.__dict__.update(facts)
    return error


class RegistryConnectionError(RequestError, ConnectionError):
    """The registry cannot be reached, or the connection broke before the response was complete."""

    _also_caught_as: ClassVar[tuple[str, ...]] = (
        "aiohttp.ClientConnectorError",
        "aiohttp.ServerDisconnectedError",
    )

    @property
    def host(self) -> str | None:
        """Host of the address, or `None`."""
        return urlsplit(self.url or "").hostname

    @property
    def port(self) -> int | None:
        """Port of the address, or `None`."""
        return urlsplit(self.url or "").port

    @property
    def os_error(self) -> OSError | None:
        """The error of the operating system, or `None`."""
        found = getattr(self.__cause__, "os_error", self.__cause__)
        return found if isinstance(found, OSError) else None


class RegistryTLSError(RegistryConnectionError):
    """TLS failed: a certificate is not trusted, or one side uses plain HTTP.

    Nothing was processed. Repeating the request would fail again.
    """

    _also_caught_as = ("aiohttp.ClientConnectorSSLError",)


class _BaseTimeoutError(TimeoutError):
    """`TimeoutError` as a base that subclasses of it, such as those of aiohttp, may follow."""


class RegistryTimeoutError(RequestError, _BaseTimeoutError):
    """The registry did not respond in time."""

    _also_caught_as = ("aiohttp.ConnectionTimeoutError", "aiohttp.SocketTimeoutError")


class InvalidRequestError(RequestError, ValueError):
    """The registry refused the request as invalid (400, 413 or 422)."""

    _also_caught_as = (
        "mr_openapi.exceptions.BadRequestException",
        "mr_openapi.exceptions.UnprocessableEntityException",
    )


class UnauthenticatedError(RequestError, PermissionError):
    """The registry, or a proxy in front of it, requires a valid token (401)."""

    _also_caught_as = ("mr_openapi.exceptions.UnauthorizedException",)


class ForbiddenError(RequestError, PermissionError):
    """The token is valid, but does not permit this (403)."""

    _also_caught_as = ("mr_openapi.exceptions.ForbiddenException",)


class NotFoundError(RequestError, LookupError):
    """The registry has no such resource (404)."""

    _also_caught_as = ("mr_openapi.exceptions.NotFoundException",)


class ConflictError(RequestError):
    """The request conflicts with the contents of the registry (409)."""

    _also_caught_as = ("mr_openapi.exceptions.ConflictException",)


class DuplicateError(ConflictError):
    """The name or the external id already exists (409)."""


class ServerError(RequestError):
    """The registry failed (5xx)."""

    _also_caught_as = ("mr_openapi.exceptions.ServiceException",)


class UnexpectedResponseError(RequestError):
    """The response does not come from a model registry: a wrong address, a login page, a proxy."""

    _also_caught_as = ("mr_openapi.exceptions.ApiException",)
