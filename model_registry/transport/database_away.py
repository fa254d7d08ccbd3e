"""Recognize a server whose database is away.

The reference server responds then as if something were wrong with the request: 404 for ids and 400 for lists.
So a response of this kind is believed only after the server said that it is ready.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidRequestError, NotFoundError, ServerError

if TYPE_CHECKING:
    from model_registry.exceptions import RequestError
    from model_registry.transport.backend import Request, Response

_AWAY_AS_400 = "type mismatch or invalid value in comparison"


def is_suspect(error: RequestError) -> bool:
    """Return whether a failure may be due to a database that is away."""
    if isinstance(error, NotFoundError):
        return error.server_message is not None
    return isinstance(error, InvalidRequestError) and _AWAY_AS_400 in (error.server_message or "")


def readiness(request: Request) -> Request:
    """Return the request that shows whether the server is ready.

    Its path is below that of the API, where proxies let requests pass.
    """
    path = "/".join(request.target.split("/")[:4])
    return request._replace(method="GET", target=f"{path}/readyz/isDirty", body=None)


def unavailable(error: RequestError, readiness: Response) -> ServerError | None:
    """Return the error to raise instead, if the response about readiness says that the database is away."""
    if readiness.status != 503:
        return None
    said = " ".join(readiness.data[:300].decode("utf-8", "replace").split())
    return ServerError(
        f"{error.method} {error.url} failed because the database of the registry is unavailable: {said}. "
        "Try again later.",
        method=error.method,
        url=error.url,
        status=503,
        server_message=said,
        request_id=error.request_id,
        sent=False,
    )
