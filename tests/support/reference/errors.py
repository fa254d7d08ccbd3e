"""What the server says when it refuses a request."""

from __future__ import annotations

STATUS_TEXT = {
    400: "Bad Request",
    404: "Not Found",
    409: "Conflict",
    422: "Bad Request",
    500: "Internal Server Error",
}


class RefusedError(Exception):
    """An error response.

    Args:
        status: The HTTP status.
        message: The text of the error.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message

    @property
    def body(self) -> dict[str, str]:
        return {"code": STATUS_TEXT[self.status], "message": self.message}


class ConnectionDroppedError(Exception):
    """The server closes the connection and sends nothing."""


def bad_request(message: str) -> RefusedError:
    """Return a 400 with the ending that the core of the server adds."""
    return RefusedError(400, f"{message}: bad request")


def not_found(message: str) -> RefusedError:
    """Return a 404 with the ending that the core of the server adds."""
    return RefusedError(404, f"{message}: not found")
