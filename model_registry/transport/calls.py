"""The one seam to the wire: requests go out here, answers and failures come back as ours."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

import mr_openapi
from model_registry.exceptions import NotFoundError, RegistryTimeoutError, RequestError
from model_registry.transport import diagnosis, recovery, retry
from model_registry.transport.backend import Request
from model_registry.transport.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from model_registry.transport.backend import Backend, Response
    from mr_openapi.base import Body
    from mr_openapi.request import CallOptions


_LOG = logging.getLogger("model_registry")

API_VERSIONS = ("v1", "v1alpha3")
"""API versions, newest first; they differ in the prefix of their paths."""

_quote = partial(quote, safe="")


class Transport:
    """The generated client's way to the wire, over one of the backends.

    It is a `mr_openapi.request.Requester`. A request is repeated until it succeeds, fails for good, or its
    time is over; a write only when it cannot have been processed, or when a look-up proved that it was not.

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

    async def request(
        self,
        method: str,
        path: str,
        response_type: str,
        *,
        path_params: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
        body: Body | None = None,
        **options: Unpack[CallOptions],
    ) -> Any:  # noqa: ANN401  # the class that `response_type` names
        """Send a request of the generated client and return the decoded response.

        Raises:
            RequestError: It failed for good, or its time is over.
            UnexpectedResponseError: The response is not what the contract says.
        """
        target = path.format(**{name: _quote(value) for name, value in (path_params or {}).items()})
        given = [f"{name}={_quote(value)}" for name, value in (query or {}).items() if value is not None]
        if given:
            target += "?" + "&".join(given)
        headers = {**self._headers, **(options.get("_headers") or {})}
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        data = None if body is None else body.to_json().encode()
        response = await self.send(Request(method, target, headers, data), options.get("_request_timeout"))
        model: type[BaseModel] = getattr(mr_openapi, response_type)
        try:
            return model.model_validate_json(response.data)
        except ValidationError as error:
            raise diagnosis.unreadable(response, model.__name__, error) from None

    async def send(self, request: Request, timeout: float | tuple[float, float] | None = None) -> Response:
        """Send a request, as often as it takes.

        Args:
            request: The request.
            timeout: Seconds that it may take instead of the usual, or those to connect and to read.

        Raises:
            RequestError: It failed for good, or its time is over.
        """
        given = sum(timeout) if isinstance(timeout, tuple) else timeout
        deadline = Deadline(self._total_timeout if given is None else given)
        try:
            return await self._persist(request, deadline)
        finally:
            deadline.close()

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
