"""The one seam to the wire: requests go out here, answers and failures come back as ours."""

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

import mr_openapi
from model_registry.exceptions import NotFoundError, RegistryTimeoutError, RequestError
from model_registry.transport import diagnosis, recovery, retry
from model_registry.transport.backend import Request
from model_registry.transport.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.transport.backend import Backend, Response
    from mr_openapi.base import Body


_LOG = logging.getLogger("model_registry")

API_VERSIONS = ("v1", "v1alpha3")
"""API versions, newest first; they differ in the prefix of their paths."""


class Decoded(NamedTuple):
    """An answer as the operations take it: the part of `mr_openapi.ApiResponse` that they look at."""

    data: BaseModel


class Transport:
    """The generated client's way to the wire, over one of the backends.

    It stands where the generated `ApiClient` would, and has the methods that the operations call. A request
    is repeated until it succeeds, fails for good, or its time is over; a write only when it cannot have been
    processed, or when a look-up proved that it was not.

    Args:
        backend: The way to the registry.
        retries: How often a request is repeated at most.
        total_timeout: Seconds that one call may take, all attempts and waits together.
        api_version: `v1` or `v1alpha3`; detected with the first response when not given.
    """

    def __init__(
        self,
        backend: Backend,
        *,
        retries: int = 3,
        total_timeout: float = 300.0,
        api_version: str | None = None,
    ) -> None:
        self._backend = backend
        self._retries = retries
        self._total_timeout = total_timeout
        self._api_version = api_version
        self._headers = {
            "Accept": "application/json",
            "User-Agent": f"model-registry-python/{mr_openapi.__version__}",
        }

    async def close(self) -> None:
        """Close the backend."""
        await self._backend.close()

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
        return method, target, headers, None if body is None else body.to_json().encode()

    async def call_api(
        self,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | None,
        _request_timeout: float | tuple[float, float] | None = None,
    ) -> Response:
        """Send a request, as often as it takes.

        Raises:
            RequestError: It failed for good, or its time is over.
        """
        given = sum(_request_timeout) if isinstance(_request_timeout, tuple) else _request_timeout
        deadline = Deadline(self._total_timeout if given is None else given)
        try:
            return await self._persist(Request(method, target, headers, body), deadline)
        finally:
            deadline.close()

    def response_deserialize(
        self, response_data: Response, response_types_map: Mapping[str, str | None]
    ) -> Decoded:
        """Read an answer that tells of success.

        Raises:
            UnexpectedResponseError: It is not what the contract says.
        """
        response = response_data
        schema = response_types_map.get(str(response.status)) or next(iter(response_types_map.values()))
        model: type[BaseModel] = getattr(mr_openapi, schema or "Error")
        try:
            data = model.model_validate_json(response.data)
        except ValidationError as error:
            raise diagnosis.unreadable(response, model.__name__, error) from None
        return Decoded(data)

    async def _persist(self, request: Request, deadline: Deadline) -> Response:
        """Repeat a request until it succeeds or there is no point in repeating it."""
        may_have_landed = False
        attempt = 0
        while True:
            attempt += 1
            try:
                return await self._attempt(request, deadline)
            except RequestError as error:
                judged = retry.verdict(request.method, error)
                taken = (
                    may_have_landed and error.status == 409
                )  # by an attempt whose answer was lost, perhaps
                if judged is retry.Verdict.LOOK_UP or taken:
                    may_have_landed = True
                    landed = await self._look_up(request, deadline, error)
                    if landed is not None:
                        return landed
                pause = retry.wait(attempt, error.retry_after)
                if deadline.left <= 0:
                    raise _out_of_time(request, deadline, may_have_landed=may_have_landed) from error
                if judged is retry.Verdict.GIVE_UP or attempt > self._retries or pause >= deadline.left:
                    raise
            await asyncio.sleep(pause)

    async def _attempt(self, request: Request, deadline: Deadline) -> Response:
        """Send a request once, to the API version that the server speaks."""
        api_version = self._api_version or API_VERSIONS[0]
        response = await self._send(_addressed(request, api_version, deadline))
        if self._api_version is None and diagnosis.is_missing_route(response):
            api_version = API_VERSIONS[1]
            response = await self._send(_addressed(request, api_version, deadline))
        error = diagnosis.failure(response)
        if error is None or error.server_message is not None:  # this was the registry
            self._api_version = api_version
        if error is not None:
            raise error
        return response

    async def _send(self, request: Request) -> Response:
        """Send a request, and log it for those who ask for it: no header or body, which may hold secrets."""
        if not _LOG.isEnabledFor(logging.DEBUG):
            return await self._backend.send(request)
        began = time.monotonic()
        outcome: object = "no answer"
        try:
            response = await self._backend.send(request)
            outcome = response.status
            return response
        finally:
            took = (time.monotonic() - began) * 1000
            _LOG.debug("%s %s: %s in %.1f ms", request.method, request.target, outcome, took)

    async def _look_up(self, request: Request, deadline: Deadline, error: RequestError) -> Response | None:
        """Find out whether a write landed whose answer was lost; `None` when it did not.

        Raises:
            RequestError: It cannot be found out.
        """
        look_up = recovery.look_up(request)
        if look_up is None:
            raise diagnosis.uncertain(error) from error
        try:
            read = Request("GET", look_up.target, self._headers, None)
            response = await self._persist(read, deadline)
        except NotFoundError:
            return None
        except RequestError:
            raise diagnosis.uncertain(error) from error
        landed = look_up.landed(response, deadline.elapsed)
        if landed is None:
            return None
        status = 200 if request.method == "PATCH" else 201
        return response._replace(request=request, status=status, data=landed)


def _addressed(request: Request, api_version: str, deadline: Deadline) -> Request:
    """Direct a request to an API version, with the time that is left."""
    left = deadline.left
    if left <= 0:
        raise _out_of_time(request, deadline, may_have_landed=False)
    target = request.target.replace("/v1/", f"/{api_version}/", 1)
    return request._replace(target=target, timeout=left)


def _out_of_time(request: Request, deadline: Deadline, *, may_have_landed: bool) -> RequestError:
    error = RegistryTimeoutError(
        f"{request.method} {request.target} took more than the {deadline.seconds:g} seconds that it may take "
        "with all its attempts. Give it more time, or see why the registry is slow.",
        method=request.method,
        url=request.target,
        sent=may_have_landed,
    )
    return diagnosis.uncertain(error) if may_have_landed else error
