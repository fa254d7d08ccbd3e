"""Tokens and the audit trail: of a server, over HTTP, or in the database of a registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import click
from click.core import ParameterSource

from model_registry.exceptions import InvalidArgumentError

from .extras import needs_server
from .options import reading
from .session import is_server
from .values import Read, filled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from model_registry.server.audit.chain import ChainReport

    from .session import Session

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

_DEFAULT_DB: Final = "sqlite:///registry.db"


def administration_options(command: FunctionT) -> FunctionT:
    """Add the options that say which server or database to use."""
    option = click.option(
        "--db",
        type=Read(filled),
        metavar="ADDRESS",
        envvar="MODEL_REGISTRY_SERVE_DB",
        help="Database of a registry, instead of a server: sqlite:///path, a path, or postgresql+psycopg://"
        "user:password@host/database.  [default: sqlite:///registry.db, if no server is named]",
    )
    decorated: FunctionT = option(reading(command))
    return decorated


class Administration(Protocol):
    """Tokens and the trail of one registry."""

    @property
    def name(self) -> str:
        """The registry in messages."""
        ...

    def create_token(self, name: str, role: str, lifetime: float | None) -> str:
        """Create a token and return it."""
        ...

    def list_tokens(self) -> list[dict[str, Any]]:
        """Return all tokens."""
        ...

    def is_new(self) -> bool:
        """Return whether it does not exist yet."""
        ...

    def revoke_token(self, name: str) -> None:
        """Revoke a token."""
        ...

    def read_trail(
        self, filters: Mapping[str, Any], *, newest_first: bool, limit: int
    ) -> Iterator[dict[str, Any]]:
        """Return entries of the trail; all of them if the limit is 0."""
        ...

    def verify_trail(self, expected: str | None) -> ChainReport:
        """Check the hashes of the trail."""
        ...


def administration(session: Session, db: str | None) -> Administration:
    """Return the registry that the options, the environment or a profile name.

    Raises:
        InvalidArgumentError: The options name two.
    """
    if _is_given("registry") or _is_given("profile"):
        if _is_given("db"):
            raise InvalidArgumentError("name a server with --registry or --profile, or a database with --db")
        db = None
    if db is not None:
        return _Database(db)
    if session.registry is not None and not is_server(session.registry):
        return _Database(session.registry)
    if session.registry is not None or session.names_server():
        from .server_administration import ServerAdministration

        return ServerAdministration(session)
    return _Database(_DEFAULT_DB)


def _is_given(option: str) -> bool:
    """Return whether an option is on the command line, before or after the name of the command."""
    context: click.Context | None = click.get_current_context()
    while context is not None:
        if context.get_parameter_source(option) is ParameterSource.COMMANDLINE:
            return True
        context = context.parent
    return False


class _Database:
    """The database of a registry."""

    def __init__(self, db: str) -> None:
        with needs_server("A database"):
            from model_registry.server.database.opening import open_database

        self._db = db
        self._name = open_database(db).name

    @property
    def name(self) -> str:
        return self._name

    def create_token(self, name: str, role: str, lifetime: float | None) -> str:
        from model_registry.server.identity.administration import create_token
        from model_registry.server.identity.roles import ROLES

        return create_token(self._db, name, ROLES[role], lifetime=lifetime)

    def list_tokens(self) -> list[dict[str, Any]]:
        from model_registry.server.identity.administration import list_tokens

        return [each.to_dict() for each in list_tokens(self._db)]

    def is_new(self) -> bool:
        from model_registry.server.database.upgrade import versions

        return versions(self._db)[0] is None

    def revoke_token(self, name: str) -> None:
        from model_registry.server.identity.administration import revoke_token

        revoke_token(self._db, name)

    def read_trail(
        self, filters: Mapping[str, Any], *, newest_first: bool, limit: int
    ) -> Iterator[dict[str, Any]]:
        from model_registry.server.audit.administration import read_trail
        from model_registry.server.audit.entries import AuditFilter

        for number, entry in enumerate(
            read_trail(self._db, AuditFilter(**filters), newest_first=newest_first), 1
        ):
            yield entry.to_dict()
            if number == limit:
                return

    def verify_trail(self, expected: str | None) -> ChainReport:
        from model_registry.server.audit.administration import read_trail
        from model_registry.server.audit.chain import verify_trail_in_use

        return verify_trail_in_use(lambda: read_trail(self._db), expected)
