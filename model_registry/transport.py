"""The one seam to the wire: requests go out here, answers and failures come back as ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn, Protocol
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

import mr_openapi
from model_registry.exceptions import (
    DuplicateError,
    ForbiddenError,
    InvalidRequestError,
    NotFoundError,
    RequestError,
    ServerError,
    UnauthenticatedError,
    UnexpectedResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.inprocess import InProcessRegistry
    from mr_openapi.base import Body


@dataclass(frozen=True)
class Request:
    """A request before anybody decided how it travels.

    Attributes:
        method: HTTP method.
        target: Path and query, percent-encoded, from `/api/` on.
        headers: Headers without the token.
        body: JSON text, or `None`.
        timeout: Seconds for this request, or those to connect and to read; `None` for the usual.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes | None
    timeout: float | tuple[float, float] | None = None


@dataclass(frozen=True)
class Answer:
    """What came back for a request.

    Attributes:
        request: The request.
        url: Where it went.
        status: HTTP status.
        headers: Header values by lower-case name.
        data: The body.
    """

    request: Request
    url: str
    status: int
    headers: Mapping[str, str]
    data: bytes

    async def read(self) -> bytes:
        """Give the body, as the generated client asks for it."""
        return self.data


class Door(Protocol):
    """A way to a registry."""

    async def send(self, request: Request) -> Answer:
        """Carry a request there and its answer back.

        Raises:
            RegistryConnectionError: There was no answer.
            RegistryTimeoutError: There was none in time.
        """
        ...

    async def close(self) -> None:
        """Release everything."""
        ...


class LocalDoor:
    """Reaches an embedded registry in this process."""

    def __init__(self, registry: InProcessRegistry, name: str) -> None:
        self._registry = registry
        self._name = name

    async def send(self, request: Request) -> Answer:
        """Call the registry."""
        status, headers, data = await self._registry.request(
            request.method, request.target, request.headers, request.body
        )
        return Answer(request, self._name + request.target, status, headers, data)

    async def close(self) -> None:
        """Close the registry's database."""
        self._registry.close()


class Transport:
    """The generated client's way to the wire, over one of the doors.

    It stands where the generated `ApiClient` would, and has the methods that the operations call.

    Args:
        door: The way to the registry.
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._headers = {
            "Accept": "application/json",
            "User-Agent": f"model-registry-python/{mr_openapi.__version__}",
        }

    async def close(self) -> None:
        """Close the door."""
        await self._door.close()

    def param_serialize(  # the generated client's name and arguments
        self,
        method: str,
        resource_path: str,
        path_params: Mapping[str, str] | None = None,
        query_params: list[tuple[str, Any]] | None = None,
        header_params: Mapping[str, str] | None = None,
        body: Body | None = None,
        **_unused: object,
    ) -> tuple[str, str, dict[str, str], bytes | None]:
        """Write a request."""
        target = resource_path.format(
            **{name: quote(str(value), safe="") for name, value in (path_params or {}).items()}
        )
        if query_params:
            target += "?" + urlencode(
                [(name, getattr(value, "value", value)) for name, value in query_params], quote_via=quote
            )
        headers = {**self._headers, **(header_params or {})}
        if body is None:
            return method, target, headers, None
        headers["Content-Type"] = "application/json"
        return method, target, headers, body.to_json().encode()

    async def call_api(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        _request_timeout: float | tuple[float, float] | None = None,
    ) -> Answer:
        """Send a request."""
        return await self._door.send(Request(method, target, headers, body, _request_timeout))

    def response_deserialize(
        self, response_data: Answer, response_types_map: Mapping[str, str | None]
    ) -> mr_openapi.ApiResponse[Any]:
        """Read an answer.

        Raises:
            RequestError: The answer tells of a failure, or cannot be the registry's.
        """
        answer = response_data
        if not 200 <= answer.status < 300:
            _raise_for_status(answer)
        schema = response_types_map.get(str(answer.status)) or response_types_map.get("200")
        return mr_openapi.ApiResponse[Any].model_construct(
            status_code=answer.status,
            headers=answer.headers,
            data=_decoded(answer, schema or "object"),
            raw_data=answer.data,
        )


_BY_STATUS: dict[int, tuple[type[RequestError], str]] = {
    400: (InvalidRequestError, "Correct the request."),
    401: (UnauthenticatedError, "Give a valid user_token; tokens expire."),
    403: (ForbiddenError, "The token, or a rule of the service mesh, does not allow this."),
    404: (NotFoundError, "Check the id, and that the address is a model registry of API v1."),
    409: (DuplicateError, "Use another name or external_id, or look up the one that exists."),
    413: (InvalidRequestError, "Send less in one request."),
    422: (InvalidRequestError, "Give every required field a value."),
}


def _raise_for_status(answer: Answer) -> NoReturn:
    said = _server_message(answer)
    kind, advice = _BY_STATUS.get(answer.status) or _by_class(answer.status)
    if answer.status == 404 and said is None:  # a route that is not there is no missing resource
        kind, advice = UnexpectedResponseError, "Is this the address of a model registry of API v1?"
    raise kind(
        f"{answer.request.method} {answer.url} was answered {answer.status}: "
        f"{said or _begin(answer) or 'no message'}. {advice}",
        **_facts(answer, said),
    )


def _by_class(status: int) -> tuple[type[RequestError], str]:
    if status >= 500:
        return ServerError, "The registry, or a proxy before it, failed: try again later."
    if 300 <= status < 400:
        return UnexpectedResponseError, "Use the address that it redirects to; a login page means no token."
    return UnexpectedResponseError, "Is this the address of a model registry?"


def _decoded(answer: Answer, schema: str) -> BaseModel:
    try:
        model: type[BaseModel] = getattr(mr_openapi, schema)
        return model.model_validate_json(answer.data)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in problem["loc"]) or "the body"
        raise UnexpectedResponseError(
            f"{answer.request.method} {answer.url} was answered {answer.status}, but not with a {schema}: "
            f"{where}: {problem['msg']}; it begins {_begin(answer)!r}. "
            "Is this the address of a model registry?",
            **_facts(answer, None),
        ) from None


def _server_message(answer: Answer) -> str | None:
    """Read the message of the contract's `Error`; `None` when the answer is something else."""
    try:
        return mr_openapi.Error.model_validate_json(answer.data).message
    except ValidationError:
        return None


def _facts(answer: Answer, server_message: str | None) -> dict[str, Any]:
    return {
        "method": answer.request.method,
        "url": answer.url,
        "status": answer.status,
        "server_message": server_message,
        "request_id": answer.headers.get("x-request-id"),
    }


def _begin(answer: Answer) -> str:
    return " ".join(answer.data[:200].decode("utf-8", "replace").split())
