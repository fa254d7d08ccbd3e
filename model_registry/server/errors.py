"""Answers that are refusals."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

# Named alike by every version of Python.
_PHRASES: Final = {413: "Content Too Large", 422: "Unprocessable Entity"}


class ApiError(Exception):
    """A request that gets an error as its answer.

    Attributes:
        status: HTTP status.
        message: What is wrong, as the client reads it.
        headers: What the answer carries besides, such as `Allow`.
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def body(self) -> bytes:
        """The contract's schema `Error`."""
        code = _PHRASES.get(self.status) or HTTPStatus(self.status).phrase
        error = {"code": code, "message": self.message}
        return json.dumps(error, ensure_ascii=False).encode() + b"\n"


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
