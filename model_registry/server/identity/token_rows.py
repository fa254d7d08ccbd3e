"""Create, list and revoke the named tokens of a registry, in table `token`."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from sqlalchemy import bindparam, insert, select, update

from model_registry.exceptions import DuplicateError, InvalidArgumentError, NotFoundError
from model_registry.server.database.protocol import Statement
from model_registry.server.database.schema import token as table
from model_registry.server.identity.roles import Role
from model_registry.server.identity.token_text import new_token, parse_token

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Session

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:/-]{0,99}")
_COLUMNS: Final = ("id", "name", "role", "hash", "create_time", "expire_time", "revoke_time", "use_time")
_INSERT: Final = Statement(insert(table).values({name: bindparam(name) for name in _COLUMNS}))
_ALL: Final = Statement(
    select(*(table.c[name] for name in _COLUMNS)).order_by(table.c.create_time, table.c.id)
)
_BY_ID: Final = Statement(select(*(table.c[name] for name in _COLUMNS)).where(table.c.id == bindparam("id")))
_ACTIVE: Final = Statement(
    select(*(table.c[name] for name in _COLUMNS)).where(
        table.c.name == bindparam("name"), table.c.revoke_time.is_(None)
    )
)
_REVOKE: Final = Statement(
    update(table)
    .where(table.c.name == bindparam("of_name"), table.c.revoke_time.is_(None))
    .values(revoke_time=bindparam("now"))
)
_USE: Final = Statement(
    update(table).where(table.c.id == bindparam("of_id")).values(use_time=bindparam("now"))
)


class NamedToken(NamedTuple):
    """A token as the database stores it. Times are milliseconds since 1970.

    Attributes:
        id: The part of the token by which it is found.
        name: Its name, unique among the tokens that are not revoked.
        role: Number of its role.
        hash: The hash of the token.
        create_time: When it was created.
        expire_time: When it expires, or None.
        revoke_time: When it was revoked, or None.
        use_time: When it was last used, to the minute, or None.
    """

    id: str
    name: str
    role: int
    hash: str
    create_time: int
    expire_time: int | None
    revoke_time: int | None
    use_time: int | None

    @property
    def state(self) -> str:
        """Whether it can be used: `active`, `expired` or `revoked`."""
        if self.revoke_time is not None:
            return "revoked"
        return "expired" if self.expire_time is not None and self.expire_time <= now() else "active"

    def to_dict(self) -> dict[str, Any]:
        """Return the token as JSON types, without its hash."""
        return {
            "name": self.name,
            "role": Role(self.role).word,
            "state": self.state,
            "created": self.create_time,
            "expires": self.expire_time,
            "revoked": self.revoke_time,
            "last_used": self.use_time,
        }


def check_name(name: str) -> None:
    """Check that a token can have a name.

    Raises:
        InvalidArgumentError: It cannot.
    """
    if not _NAME.fullmatch(name):
        raise InvalidArgumentError(
            "the name of a token begins with a letter or digit and has at most 100 letters, digits and "
            f"._@:/-, such as 'ci' or 'ann@example.org'; got {name!r}"
        )


def create_token(session: Session, name: str, role: Role, lifetime: int | None) -> str:
    """Store a new token.

    Args:
        session: A transaction.
        name: Its name.
        role: Its role.
        lifetime: Milliseconds until it expires; None for a token that does not expire.

    Returns:
        The token. The database has only its hash.

    Raises:
        InvalidArgumentError: The name is not valid.
        DuplicateError: A token that is not revoked has the name.
    """
    check_name(name)
    if session.row(_ACTIVE, {"name": name}) is not None:
        raise DuplicateError(f"there is a token {name!r}: revoke it first, or use another name", sent=False)
    token = new_token()
    parts = parse_token(token.encode())
    assert parts is not None  # noqa: S101  # a new token can be parsed
    created = now()
    session.execute(
        _INSERT,
        NamedToken(
            parts.id,
            name,
            role.value,
            parts.hash,
            created,
            None if lifetime is None else created + lifetime,
            None,
            None,
        )._asdict(),
    )
    return token


def list_tokens(session: Session) -> list[NamedToken]:
    """Return all tokens, the oldest first."""
    return [NamedToken(*row) for row in session.rows(_ALL, {})]


def find_token(session: Session, id: str) -> NamedToken | None:
    """Return the token with an id, or None."""
    row = session.row(_BY_ID, {"id": id})
    return None if row is None else NamedToken(*row)


def revoke_token(session: Session, name: str) -> None:
    """Revoke a token.

    Raises:
        NotFoundError: No token that is not revoked has the name.
    """
    # PostgreSQL cannot look up every text.
    if not _NAME.fullmatch(name) or session.row(_ACTIVE, {"name": name}) is None:
        raise NotFoundError(f"there is no token {name!r}, or it is revoked already", sent=False)
    session.execute(_REVOKE, {"of_name": name, "now": now()})


def note_use(session: Session, id: str) -> None:
    """Store that a token is used now."""
    session.execute(_USE, {"of_id": id, "now": now()})


def now() -> int:
    """Return the time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
