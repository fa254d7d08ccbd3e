"""Tokens and the audit trail of a server, over HTTP. Another server may answer anything."""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeVar
from urllib.parse import quote

from pydantic import Field, TypeAdapter, ValidationError
from typing_extensions import TypedDict

from model_registry.exceptions import NotFoundError, UnexpectedResponseError

from .extras import needs_server

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from model_registry import AsyncModelRegistry
    from model_registry.blocking import BlockingRunner
    from model_registry.server.audit.chain import ChainReport
    from model_registry.server.audit.entries import AuditEntry

    from .session import Session

Answer = TypeVar("Answer")
Entry = TypeVar("Entry")

_PAGE: Final = 1000
_END_OF_9999: Final = 253_402_300_799_999
_Time = Annotated[int, Field(ge=0, le=_END_OF_9999)]
_Id = Annotated[str, Field(pattern=r"^\d{1,18}$")]


class _Token(TypedDict):
    name: str
    role: str
    state: str
    created: _Time
    expires: _Time | None
    revoked: _Time | None
    last_used: _Time | None


class _Tokens(TypedDict):
    items: list[_Token]


class _NewToken(TypedDict):
    token: Annotated[str, Field(pattern=r"^[\x21-\x7e]+$")]


class _Revoked(TypedDict):
    name: str
    state: Literal["revoked"]


class _Entry(TypedDict):
    id: int
    time: _Time
    actor: str
    way: str
    author: str | None
    operation: str
    kind: str | None
    resource_id: _Id | None
    name: str | None
    request_id: str | None
    changes: dict[str, Any]
    hash: str | None


class _Entries(TypedDict):
    items: list[_Entry]
    nextPageToken: str


class ServerAdministration:
    """Tokens and the trail of a server. The caller needs the role admin."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def name(self) -> str:
        """The address of the server."""
        with self._client() as (registry, _):
            return registry.connection.url

    def create_token(self, name: str, role: str, lifetime: float | None) -> str:
        """Create a token and return it."""
        body = {"name": name, "role": role, "lifetimeSeconds": lifetime}
        with self._client() as (registry, run):
            return _read(_NewToken, run(registry.core.administer("POST", "tokens", None, body)))["token"]

    def list_tokens(self) -> list[dict[str, Any]]:
        """Return all tokens."""
        with self._client() as (registry, run):
            listed = _read(_Tokens, run(registry.core.administer("GET", "tokens")))
        return [{**each} for each in listed["items"]]

    def is_new(self) -> bool:
        """Return False: it runs."""
        return False

    def revoke_token(self, name: str) -> None:
        """Revoke a token."""
        with self._client() as (registry, run):
            _read(_Revoked, run(registry.core.administer("DELETE", f"tokens/{quote(name, safe='')}")))

    def read_trail(
        self, filters: Mapping[str, Any], *, newest_first: bool, limit: int
    ) -> Iterator[dict[str, Any]]:
        """Return entries of the trail; all of them if the limit is 0."""
        size = min(limit or _PAGE, _PAGE)
        entries = self._entries(lambda _, page: page["items"], filters, newest_first=newest_first, size=size)
        for entry in islice(entries, limit or None):
            yield {**entry}

    def verify_trail(self, expected: str | None) -> ChainReport:
        """Check the hashes of the trail."""
        with needs_server("The check of a trail"):
            from model_registry.server.audit.administration import read_page
            from model_registry.server.audit.chain import verify_trail_in_use

        def read(data: bytes, _: _Entries) -> list[AuditEntry]:
            try:
                return read_page(data)
            except (KeyError, TypeError, ValueError) as error:  # kinds or fields of a newer server
                raise UnexpectedResponseError(f"an entry: {error}") from None

        return verify_trail_in_use(lambda: self._entries(read, {}, newest_first=False, size=_PAGE), expected)

    def _entries(
        self,
        read: Callable[[bytes, _Entries], Iterable[Entry]],
        filters: Mapping[str, Any],
        *,
        newest_first: bool,
        size: int,
    ) -> Iterator[Entry]:
        """Return what a function reads in the pages of the trail."""
        query = {name: str(value) for name, value in filters.items() if value is not None}
        query |= {"pageSize": str(size), "sortOrder": "DESC" if newest_first else "ASC"}
        with self._client() as (registry, run):
            while True:
                data = run(registry.core.administer("GET", "audit", query))
                page = _read(_Entries, data)
                yield from read(data, page)
                following = page["nextPageToken"]
                if not following:
                    return
                if following == query.get("nextPageToken"):
                    raise UnexpectedResponseError("the list does not end")
                query["nextPageToken"] = following

    @contextmanager
    def _client(self) -> Generator[tuple[AsyncModelRegistry, BlockingRunner]]:
        from model_registry.blocking import BlockingRunner

        registry, run = self._session.async_client(), BlockingRunner()
        try:
            yield registry, run
        except (UnexpectedResponseError, NotFoundError) as error:
            if isinstance(error, NotFoundError) and error.method == "DELETE" and error.server_message:
                raise  # there is no such token
            raise UnexpectedResponseError(
                f"{registry.connection.url} has no tokens and no trail: it is another server, or a newer one,"
                " or does not check who sends requests. Name its database with --db"
            ) from error
        finally:
            run(registry.close())
            run.close()


def _read(kind: type[Answer], data: bytes) -> Answer:
    """Read the body of a response.

    Raises:
        UnexpectedResponseError: It is something else.
    """
    try:
        return TypeAdapter(kind).validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "the body"
        raise UnexpectedResponseError(f"{where}: {first['msg']}") from None
