"""Answers that are refusals."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import ClassVar, Final

# Named alike by every version of Python.
_PHRASES: Final = {413: "Content Too Large", 422: "Unprocessable Entity"}
_LONGEST_MESSAGE: Final = 1000


class ApiError(Exception):
    """A request that gets an error as its answer.

    Attributes:
        status: HTTP status.
        message: What is wrong, as the client reads it.
        headers: What the answer carries besides, such as `Allow`.
    """

    content_type: ClassVar[bytes] = b"application/json; charset=UTF-8"

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        # A message quotes what was wrong in the request, which may be of any length.
        self.message = message if len(message) <= _LONGEST_MESSAGE else message[:_LONGEST_MESSAGE] + "..."
        super().__init__(self.message)
        self.status = status
        self.headers = headers or {}

    def body(self) -> bytes:
        """The contract's schema `Error`."""
        code = _PHRASES.get(self.status) or HTTPStatus(self.status).phrase
        error = {"code": code, "message": self.message}
        return json.dumps(error, ensure_ascii=False).encode() + b"\n"


class NoSuchRouteError(ApiError):
    """The path is none of the API's.

    The answer is plain text, as the reference server's: clients tell a wrong address or an API that is not
    there from a resource that is not there by it.
    """

    content_type = b"text/plain; charset=utf-8"

    def __init__(self, where: str) -> None:
        super().__init__(404, f"404 page not found: there is nothing at {where}")

    def body(self) -> bytes:
        """The message alone."""
        return self.message.encode() + b"\n"


def bad_request(message: str) -> ApiError:
    """The request cannot be right, whatever the registry holds."""
    return ApiError(400, f"{message}: bad request")


def not_found(message: str) -> ApiError:
    """What the request names is not there."""
    return ApiError(404, f"{message}: not found")


def conflict(message: str) -> ApiError:
    """Something that is there stands in the way."""
    return ApiError(409, f"{message}: conflict")


class UniqueViolation(Exception):  # noqa: N818  # the databases' own word
    """A write would have stored what must be unique a second time.

    Attributes:
        column: `name` or `external_id`.
    """

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column
