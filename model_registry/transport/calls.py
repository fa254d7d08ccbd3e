"""Send requests of the generated client: retries, time limit, API version, recovery of lost writes."""

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
from model_registry.transport import database_away, diagnosis, recovery, retry
from model_registry.transport.backend import Request
from model_registry.transport.deadline import Deadline
from model_registry.transport.exact_find import find_exactly, find_of
from model_registry.transport.server_notes import ServerNotes
from model_registry.transport.tracing import client_span
from model_registry.types.equality import equal, equal_as_stored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from model_registry.transport.backend import Backend, Response
    from model_registry.transport.exact_find import Find
    from mr_openapi.base import Body
    from mr_openapi.request import CallOptions


_LOG = logging.getLogger("model_registry")

API_VERSIONS = ("v1", "v1alpha3")
"""API versions, newest first; they differ in the prefix of their paths."""

_quote = partial(quote, safe="")


class Transport:
    """Sends the requests of the generated client over a backend.

    It is a `mr_openapi.request.Requester`. A request is repeated until it succeeds, fails for good, or its
    time is over. A write is repeated only when the registry cannot have processed it, or a look-up showed
    that it did not.

    Args:
        backend: What carries the requests.
        retries: How often a request is repeated at most.
        total_timeout: Seconds that one call may take, with all attempts and waits.
        api_version: `v1` or `v1alpha3`; detected with the first response when not given.

    Attributes:
        notes: What the responses showed of the server.
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
        self.notes = ServerNotes()
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
            RequestError: The request failed for good, or its time is over.
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
        timeout = options.get("_request_timeout")
        deadline = (
            None if timeout is None else Deadline(sum(timeout) if isinstance(timeout, tuple) else timeout)
        )
        with client_span(method, path, headers):
            response = await self.send(Request(method, target, headers, data), deadline)
        model: type[BaseModel] = getattr(mr_openapi, response_type)
        try:
            return model.model_validate_json(response.data)
        except ValidationError as error:
            raise diagnosis.unreadable(response, model.__name__, error) from None

    @property
    def is_foreign(self) -> bool | None:
        """Whether the server is not our registry; `None` while no response showed it."""
        return self.notes.is_foreign

    async def ask_foreign(self) -> bool:
        """Return whether the server is not our registry; ask it if no response has shown it yet."""
        if self.is_foreign is None:
            target = f"/api/model_registry/{API_VERSIONS[0]}/registered_models?pageSize=1"
            await self.send(Request("GET", target, self._headers, None))
        return self.is_foreign is True

    async def send(
        self, request: Request, deadline: Deadline | None = None, *, exactly: bool = True
    ) -> Response:
        """Send a request, and repeat it until it succeeds or repeating is pointless.

        Args:
            request: The request.
            deadline: When to give up, instead of after the client's own time.
            exactly: Whether a look-up by name or external id finds exactly that, whatever the server does
                with names.

        Raises:
            RequestError: The request failed for good, or its time is over.
        """
        if exactly and self.notes.is_foreign is not False and (find := find_of(request)):
            return await self._find(find, deadline)
        attempt = 0
        may_have_landed = False
        with deadline or Deadline(self._total_timeout) as deadline:
            while True:
                attempt += 1
                try:
                    return await self._attempt(request, deadline, self._api_version or API_VERSIONS[0])
                except RequestError as error:
                    verdict = retry.verdict(request.method, error)
                    # A conflict may be with what an attempt wrote whose response was lost.
                    conflicts = may_have_landed and error.status == 409
                    if verdict is retry.Verdict.LOOK_UP or conflicts:
                        may_have_landed = True
                        landed = await self._look_up(request, deadline, error)
                        if landed is not None:
                            return landed
                    pause = retry.wait(attempt, error.retry_after)
                    if deadline.left <= 0:
                        raise _out_of_time(request, deadline, may_have_landed=may_have_landed) from error
                    if verdict is retry.Verdict.GIVE_UP or attempt > self._retries or pause >= deadline.left:
                        raise
                await asyncio.sleep(pause)

    async def _find(self, find: Find, deadline: Deadline | None) -> Response:
        with deadline or Deadline(self._total_timeout) as shared:
            return await find_exactly(
                find,
                lambda request: self.send(request, shared, exactly=False),
                lambda: self.notes.is_foreign,
                self.ask_foreign,
            )

    async def _attempt(self, request: Request, deadline: Deadline, api_version: str) -> Response:
        """Send a request once, with the API version of the server; as long as that is unknown, try each."""
        addressed = _addressed(request, api_version, deadline)
        began = time.monotonic()
        outcome: object = "no response"
        try:
            response = await self._backend.send(addressed)
            outcome = response.status
        finally:
            _log(addressed, outcome, began)
        self.notes.note(response)
        is_first = self._api_version is None and api_version == API_VERSIONS[0]
        if is_first and diagnosis.is_missing_route(response):
            return await self._attempt(request, deadline, API_VERSIONS[1])
        error = diagnosis.failure(response)
        if error is None or error.server_message is not None:  # the registry itself responded
            self._api_version = api_version
        if error is not None:
            if self.notes.is_foreign and database_away.is_suspect(error):
                ready = _addressed(database_away.readiness(request), api_version, deadline)
                error = database_away.unavailable(error, await self._backend.send(ready)) or error
            raise error
        return response

    async def _look_up(self, request: Request, deadline: Deadline, error: RequestError) -> Response | None:
        """Return the response that a write would have had whose response was lost; `None` if it did not land.

        Raises:
            RequestError: It is unknown whether the write landed.
        """
        look_up = recovery.look_up(request)
        if look_up is None:
            raise diagnosis.uncertain(error) from error
        try:
            read = Request("GET", look_up.target, self._headers, None)
            response = await self.send(read, deadline)
        except NotFoundError:
            return None
        except RequestError:
            raise diagnosis.uncertain(error) from error
        same = equal_as_stored if self.notes.is_foreign else equal
        landed = look_up.landed(response, deadline.elapsed, same)
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


def _log(request: Request, outcome: object, began: float) -> None:
    """Log a request for debugging, without headers and body, which may hold secrets."""
    if _LOG.isEnabledFor(logging.DEBUG):
        took = (time.monotonic() - began) * 1000
        _LOG.debug("%s %s: %s in %.1f ms", request.method, request.target, outcome, took)


def _out_of_time(request: Request, deadline: Deadline, *, may_have_landed: bool) -> RequestError:
    error = RegistryTimeoutError(
        f"{request.method} {request.target} took longer than {deadline.seconds:g} seconds, the limit for all "
        "its attempts. Increase total_timeout=, or check why the registry is slow.",
        method=request.method,
        url=request.target,
        sent=may_have_landed,
    )
    return diagnosis.uncertain(error) if may_have_landed else error
