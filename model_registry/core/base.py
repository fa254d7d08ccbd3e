"""What every group of operations needs: the generated client, checked arguments, friendly answers."""

from __future__ import annotations

import json
import threading
import warnings
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, cast
from urllib.parse import urlencode

from model_registry import types
from model_registry._forks import call_in_child
from model_registry.connection import Connection, Local
from model_registry.core.loading import check_loop, load, loading, only_async_with
from model_registry.core.peculiarities.lists import fetch_page
from model_registry.core.peculiarities.written import check_written
from model_registry.exceptions import (
    InvalidArgumentError,
    MissingExtraError,
    NotFoundError,
    StoreError,
    UnexpectedResponseError,
)
from model_registry.transport.backend import Request
from model_registry.transport.deadline import part_of
from model_registry.types import Account
from model_registry.types.arguments import check_text
from model_registry.types.limits import problem_of_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from typing_extensions import Self

    from model_registry.transport.backend import Backend
    from model_registry.transport.calls import Transport
    from model_registry.transport.dry_run import DryRunTransport
    from model_registry.types import BaseResourceModel, ListOptions, Page, Plan
    from mr_openapi import ModelRegistryServiceApi

_LIBRARIES_OF_LOCAL = ("alembic", "msgspec", "sqlalchemy")
"""Libraries of the extra `server` that a registry in this process uses."""

T = TypeVar("T")
ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


class Caller:
    """Calls operations of the contract and answers with friendly types.

    Args:
        target: Where the registry is.

    Attributes:
        connection: Where the registry is.
        lists_with_filters: Lists on which another server than ours was seen to obey filters.
        lists_without_filters: Lists on which it was seen to ignore them.
        shown_as: The class of the client that the user has, and the statement that closes it, for messages.
    """

    def __init__(self, target: Connection | Local) -> None:
        self.connection = target
        self.lists_with_filters: set[str] = set()
        self.lists_without_filters: set[str] = set()
        self._original: Self | None = None  # the client that this one is a dry run of
        self._dry_run: DryRunTransport | None = None
        self._transport: Transport | None = None
        self._api: ModelRegistryServiceApi | None = None
        self._closed = False
        self.shown_as: tuple[str, str] = (type(self).__name__, "async with")
        self._forked()
        call_in_child(self._forked)

    def _forked(self) -> None:
        """Make a lock that no thread of a parent process holds."""
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.connection.url!r})"

    @property
    def _shown(self) -> str:
        return f"{self.shown_as[0]}({self.connection.url!r})"

    if not TYPE_CHECKING:  # type checkers refuse it by themselves

        def __enter__(self) -> NoReturn:
            raise only_async_with(self)

        def __exit__(self, *_: object) -> None:
            pass

    def __reduce__(self) -> tuple[type[Self], tuple[Connection | Local], dict[str, object]]:
        """Return what another process needs for a client of its own: the settings, as they were given."""
        if self.is_dry_run:
            raise InvalidArgumentError(
                "a dry run cannot be sent to another process, which could not record in its plan: send the "
                "client"
            )
        target = self.connection
        target = target.for_other_process() if isinstance(target, Local) else target
        return type(self), (target,), {"shown_as": self.shown_as}

    def __del__(self) -> None:
        if getattr(self, "_transport", None) not in (None, self._dry_run) and not self._closed:
            warnings.warn(
                f"{self._shown} was not closed: use `{self.shown_as[1]}`, or close()",
                ResourceWarning,
                source=self,
                stacklevel=2,
            )

    async def close(self) -> None:
        """Release connections and files. Closing twice is fine; calls afterwards are refused."""
        self._closed = True
        if self._transport is not None:
            await self._transport.close()

    @classmethod
    def over(cls, backend: Backend, url: str, *, total_timeout: float = 300.0) -> Self:
        """Return a client whose requests a backend carries. Each request is sent once.

        Args:
            backend: What carries the requests.
            url: Address of the registry, for messages.
            total_timeout: Seconds that a call may take.
        """
        from model_registry.transport.calls import Transport
        from mr_openapi import ModelRegistryServiceApi

        transport = Transport(backend, retries=0, total_timeout=total_timeout)
        client = cls(Local(url))
        vars(client).update(_transport=transport, _api=ModelRegistryServiceApi(transport))
        return client

    def dry_run(self) -> Self:
        """Return a client that reads what this one reads, and records what it would write.

        Returns:
            The client. It holds nothing that needs closing; this one stays open when it is closed.
        """
        client = type(self)(self.connection)
        client._original = self  # noqa: SLF001  # of this class
        client.shown_as = self.shown_as
        return client

    def _open_transport(self) -> Transport:
        """Return the transport, unless this client is closed."""
        transport: object = self.open_api().api_client  # pyright: ignore[reportUnknownMemberType,reportUnknownVariableType]  # generated
        return cast("Transport", transport)

    def _recorder(self) -> DryRunTransport:
        """Return the transport of a dry run of this client."""
        from model_registry.transport.dry_run import DryRunTransport

        self.open_api()
        return DryRunTransport(self._open_transport, self._dry_run)

    @property
    def is_foreign(self) -> bool | None:
        """Whether the server is not `model-registry serve`; `None` while that is unknown.

        Such a server may have the peculiarities of the Go server. Responses show what it is.
        """
        if self._original is not None:
            return self._original.is_foreign
        if self._api is None:
            return False if isinstance(self.connection, Local) else None
        return self._open_transport().is_foreign

    async def ask_foreign(self) -> bool:
        """Return whether the server is not `model-registry serve`; send a request if that is unknown."""
        await self.load()
        return await self._open_transport().ask_foreign()

    async def whoami(self) -> Account | None:
        """Return who this client is for the registry; `None` if the registry does not check that.

        Raises:
            UnauthenticatedError: The registry requires a token, and this one is not valid.
        """
        from pydantic import TypeAdapter, ValidationError

        try:
            return TypeAdapter(Account).validate_json(await self.administer("GET", "whoami"))
        except (NotFoundError, UnexpectedResponseError, ValidationError):
            return None  # another server, or a registry in this process

    async def administer(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> bytes:
        """Send a request for tokens or the audit trail, which servers have beside the contract.

        Args:
            method: HTTP method.
            path: The path below `/api/identity/`, percent-encoded.
            query: Query parameters.
            body: The body, to be sent as JSON.

        Returns:
            The body of the response.
        """
        target = f"/api/identity/{path}" + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json"}
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", json.dumps(body).encode()
        response = await self._open_transport().send(Request(method, target, headers, data))
        return response.data

    def _checked(self, sent: ResourceT, stored: ResourceT) -> ResourceT:
        """Return what the server stored, if that is what was sent."""
        if self.is_foreign:
            check_written(sent, stored)
        return stored

    @property
    def is_dry_run(self) -> bool:
        """Whether writes are recorded instead of sent."""
        return self._original is not None

    @property
    def plan(self) -> Plan:
        """What was recorded so far.

        Raises:
            StoreError: This client is not a dry run.
        """
        if self._original is None:
            raise StoreError("only a dry run has a plan: use `with registry.dry_run() as trial`")
        return types.Plan(()) if self._dry_run is None else self._dry_run.plan()

    @property
    def api(self) -> ModelRegistryServiceApi:
        """The generated client; until it is loaded, a stand-in whose operations load it.

        Raises:
            StoreError: This client is closed, or no event loop of asyncio runs in this thread.
        """
        if self._api is None or self._closed:
            return loading(self.open_api, self)
        check_loop(self)
        return self._api

    async def load(self) -> None:
        """Load the code of the first call, in a thread if others may use the event loop.

        Raises:
            StoreError: This client is closed, or no event loop of asyncio runs in this thread.
        """
        if self._api is None:
            await load(self.open_api, self)

    def open_api(self) -> ModelRegistryServiceApi:
        """Return the generated client. It is loaded when it is first needed, which takes a while.

        Raises:
            StoreError: This client is closed.
        """
        if self._closed:
            raise StoreError(f"{self._shown} is closed: create a new client")
        with self._lock:
            if self._api is None:
                from mr_openapi import ModelRegistryServiceApi

                if self._original is None:
                    self._transport = _transport(self.connection)
                else:
                    self._transport = self._dry_run = self._original._recorder()  # noqa: SLF001  # of this class
                self._api = ModelRegistryServiceApi(self._transport)
        return self._api

    async def _page(
        self,
        build: Callable[[Any], T],
        list_call: Callable[..., Awaitable[Any]],
        options: ListOptions | None,
        **query: str,
    ) -> Page[T]:
        """Fetch one page; `query` adds to what the options say."""
        options = checked_options(options)
        sent = options.as_options()
        sent.pop("artifact_type", None)  # lists of artifacts put it into `query`; others have no such thing
        with part_of(options.walk):
            response = await fetch_page(self, list_call, {**sent, **query})
        token = response.next_page_token or None
        options.following_page_token = token
        return types.Page([build(item) for item in response.items], token)


def checked_id(argument: str, value: str | None) -> str:
    """Refuse what is not an id: a whole number in decimal, as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    hint = "; give options by keyword" if isinstance(value, types.ListOptions) else ""
    raise InvalidArgumentError(f"{argument} must be an id of the registry, such as '12', got {value!r}{hint}")


def id_of(resource: BaseResourceModel) -> str:
    """Return the id of a registered resource.

    Raises:
        InvalidArgumentError: It has none.
    """
    if resource.id is None:
        raise InvalidArgumentError(f"this {type(resource).__name__} is not registered: it has no id")
    return resource.id


def checked_text(argument: str, value: str | None) -> str:
    """Refuse an empty or missing text."""
    if not value:
        raise InvalidArgumentError(f"{argument} must be a text of at least one character, got {value!r}")
    check_text(argument, value)
    if problem := problem_of_text(value):
        raise InvalidArgumentError(f"{argument} {problem}")
    return value


def checked_kind(argument: str, value: object, kind: type[BaseResourceModel]) -> None:
    """Refuse an object of another class."""
    if not isinstance(value, kind):
        raise InvalidArgumentError(f"{argument} must be an instance of {kind.__name__}, got {value!r}")


def check_form(forms: str, **given: str | None) -> None:
    """Check that the given arguments are one of the forms of a look-up.

    Args:
        forms: The forms, such as `name | registered_model_id, name`.
        given: The arguments of all forms, by name.

    Raises:
        InvalidArgumentError: The arguments are none of the forms, or one of them is invalid.
    """
    used = {name: value for name, value in given.items() if value is not None}
    if used.keys() not in [set(form.split(", ")) for form in forms.split(" | ")]:
        listed = " or ".join(f"({form})" for form in forms.split(" | "))
        raise InvalidArgumentError(f"give {listed}, got ({', '.join(used) or 'nothing'})")
    for name, value in used.items():
        (checked_id if name.endswith("_id") and name != "external_id" else checked_text)(name, value)


def checked_options(options: ListOptions | None) -> ListOptions:
    """Refuse what is not `ListOptions`; none are those that a list has by itself."""
    if options is None:
        return types.ListOptions()
    if not isinstance(options, types.ListOptions):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"options must be ListOptions, got {options!r}")
    return options


def check_extra_of_local() -> None:
    """Check that the extra `server` is installed, without importing it.

    Raises:
        MissingExtraError: It is not.
    """
    for library in _LIBRARIES_OF_LOCAL:
        try:
            is_installed = find_spec(library) is not None
        except ModuleNotFoundError:  # of an import hook
            is_installed = False
        if not is_installed:
            cause = ModuleNotFoundError(f"No module named {library!r}", name=library)
            raise MissingExtraError.for_extra("server", "A local registry", cause) from cause


def _transport(target: Connection | Local) -> Transport:
    from model_registry.transport.calls import Transport
    from model_registry.transport.in_process_backend import InProcessBackend

    if isinstance(target, Connection):
        from model_registry.transport.http_backend import HTTPBackend

        return Transport(
            HTTPBackend(target),
            retries=target.retries,
            total_timeout=target.total_timeout,
            api_version=target.api,
        )
    from model_registry.server.inprocess import InProcessRegistry

    transport = Transport(InProcessBackend(InProcessRegistry(target.db), target.url))
    transport.notes.is_foreign = False
    return transport
