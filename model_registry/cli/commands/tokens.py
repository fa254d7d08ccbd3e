"""The commands `token create`, `token ls` and `token revoke`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from model_registry.cli.administration import administration, administration_options
from model_registry.cli.groups import Group
from model_registry.cli.lists import show_rows
from model_registry.cli.options import dry_run_option, limit_option, pass_session
from model_registry.cli.plans import planned
from model_registry.cli.values import Read, lifetime
from model_registry.exceptions import DuplicateError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.cli.administration import Administration
    from model_registry.cli.session import Session

_COLUMNS: Final = ("name", "role", "state", "created", "expires", "last_used")
_ROLES: Final = ("reader", "writer", "admin")


@click.group(cls=Group)
def token() -> None:
    """Create, list and revoke the tokens of a server that was started with --named-tokens.

    Over the network (--registry, --profile), you need the role admin.
    """


@token.command(
    "create",
    output="token",
    examples=(
        "token create ci --role writer --expires 90d > ci.token",
        "token create ann --role admin --db postgresql+psycopg://registry@db.example.org/registry",
        "token create ben --role reader --registry https://registry.example.org",
    ),
)
@click.argument("name")
@click.option("--role", type=click.Choice(_ROLES), required=True, help="What the token may do.")
@click.option(
    "--expires",
    type=Read(lifetime),
    metavar="TIME",
    help="When it expires, such as 90d, 12h or 30m from now.  [default: never]",
)
@administration_options
@dry_run_option
@pass_session
def create(session: Session, name: str, *, role: str, expires: float | None, db: str | None) -> None:
    """Create the token NAME and print it. It cannot be printed again."""
    registry = administration(session, db)
    if session.dry_run:
        if not registry.is_new() and _is_active(registry, name):
            raise DuplicateError(
                f"there is a token {name!r}: revoke it first, or use another name", sent=False
            )
        session.show_plan([planned("create", "token", name, after={"role": role})])
        return
    created = registry.create_token(name, role, expires)
    session.out.document({"name": name, "role": role, "token": created}, created)
    session.out.note(
        f"Created token {name} with the role {role} in {registry.name}. Store it now: it is not shown again."
    )


@token.command("ls", output="tokens", examples=("token ls", "token ls -o json"))
@limit_option
@administration_options
@pass_session
def ls(session: Session, *, limit: int, db: str | None) -> None:
    """List the tokens, with those that expired or were revoked. The tokens themselves are not shown."""
    found = [_with_times(each) for each in administration(session, db).list_tokens()]
    show_rows(session.out, found, _COLUMNS, limit=limit)


@token.command("revoke", output="revoked-token", examples=("token revoke ci",))
@click.argument("name")
@administration_options
@dry_run_option
@pass_session
def revoke(session: Session, name: str, *, db: str | None) -> None:
    """Revoke the token NAME. Servers refuse it within a second."""
    registry = administration(session, db)
    if session.dry_run:
        if not _is_active(registry, name):
            raise NotFoundError(f"there is no token {name!r}, or it is revoked already", sent=False)
        session.show_plan([planned("change", "token", name, {"revoked": False}, {"revoked": True})])
        return
    registry.revoke_token(name)
    session.out.document(
        {"name": name, "registry": registry.name}, f"Revoked token {name} in {registry.name}"
    )


def _is_active(registry: Administration, name: str) -> bool:
    """Return whether there is a token of the name that is not revoked."""
    return any(each["name"] == name and each["revoked"] is None for each in registry.list_tokens())


def _with_times(record: Mapping[str, Any]) -> dict[str, Any]:
    from model_registry.cli.records import iso_time

    times = {name: iso_time(record[name]) for name in ("created", "expires", "revoked", "last_used")}
    return {**record, **times}
