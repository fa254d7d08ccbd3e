"""Errors that become responses, and the error of a unique constraint."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, ClassVar, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_CODES: Final = {
    413: "Content Too Large",  # older versions of Python have another phrase
    499: "Client Closed Request",  # never sent
    422: "Bad Request",  # as the reference server does
}
_MAX_MESSAGE_LENGTH: Final = 1000


class ApiError(Exception):
    """A request fails with an error response.

    Attributes:
        status: The HTTP status.
        message: What is wrong, for the client.
        headers: Additional headers of the response, such as `Allow`.
    """

    content_type: ClassVar[bytes] = b"application/json; charset=UTF-8"

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        # Messages quote parts of the request, which may be of any length.
        self.message = (
            message if len(message) <= _MAX_MESSAGE_LENGTH else message[:_MAX_MESSAGE_LENGTH] + "..."
        )
        super().__init__(self.message)
        self.status = status
        self.headers = headers or {}

    def body(self) -> bytes:
        """Return the response body: the schema `Error` of the contract."""
        code = _CODES.get(self.status) or HTTPStatus(self.status).phrase
        error = {"code": code, "message": self.message}
        return json.dumps(error, ensure_ascii=False).encode() + b"\n"


class NoSuchRouteError(ApiError):
    """The API has no such path.

    The response is plain text, like that of the reference server. Clients use this to distinguish a wrong
    address or a missing API from a missing resource.
    """

    content_type = b"text/plain; charset=utf-8"

    def __init__(self, path: str) -> None:
        super().__init__(404, f"404 page not found: there is nothing at {path}")

    def body(self) -> bytes:
        """Return the message."""
        return self.message.encode() + b"\n"


class DatabaseLockedError(ApiError):
    """Another process has locked the database for longer than a request waits."""

    reason: ClassVar[str] = "another process has locked it: try again when that process has finished"

    def __init__(self) -> None:
        super().__init__(503, f"cannot use the database of the registry: {self.reason}", {"Retry-After": "1"})


def bad_request(message: str) -> ApiError:
    """Return the error for a request that is invalid, whatever the registry contains."""
    return ApiError(400, f"{message}: bad request")


def not_found(message: str) -> ApiError:
    """Return the error for a resource that does not exist."""
    return ApiError(404, f"{message}: not found")


def conflict(message: str) -> ApiError:
    """Return the error for a request that conflicts with an existing resource."""
    return ApiError(409, f"{message}: conflict")


def method_not_allowed(method: str, allowed: Iterable[str]) -> ApiError:
    """Return the error for a method that a path does not support."""
    listed = ", ".join(allowed)
    return ApiError(405, f"method {method} is not allowed here: use {listed}", {"Allow": listed})


def slow_read(seconds: float) -> ApiError:
    """Return the error for a read that took longer than its time limit, and was stopped."""
    return ApiError(
        503,
        f"the query took longer than {seconds:g} seconds and was stopped: use a filter that finds fewer"
        " resources, or one without LIKE '%...%'",
    )


def busy_with_slow_reads() -> ApiError:
    """Return the error for a read that waited too long for other slow reads."""
    return ApiError(503, "too many slow queries are running: try again later", {"Retry-After": "1"})


class UniqueViolation(Exception):  # noqa: N818  # the name that databases use
    """A write would break a unique constraint.

    Attributes:
        column: `name` or `external_id`.
    """

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column
