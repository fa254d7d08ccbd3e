"""The commands `alias ...`, `resolve` and `latest`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import click

from model_registry.cli.groups import Command, Group
from model_registry.cli.lists import show_rows
from model_registry.cli.names import model_names, reference_names
from model_registry.cli.options import (
    limit_option,
    pass_session,
    reading,
    version_to_write_argument,
    writing,
)
from model_registry.cli.versions import VersionRecords
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.references import Reference

if TYPE_CHECKING:
    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.types import AliasMove, ModelVersion

_COLUMNS = ("reference", "id", "uri")

force_option = click.option("--force", is_flag=True, help="Move it even if somebody else moves it meanwhile.")


@click.group(cls=Group)
def alias() -> None:
    """Set, remove and list aliases of versions, such as champion."""


@alias.command(
    "set",
    output="alias-move",
    examples=("alias set fraud/2.0 champion", "alias set fraud@latest champion --dry-run"),
)
@version_to_write_argument
@click.argument("alias")
@force_option
@writing
@pass_session
def set_(session: Session, reference: str, alias: str, *, force: bool) -> None:
    """Set ALIAS on the version REF, or move it there."""

    def move(registry: ModelRegistry) -> AliasMove:
        version = registry.resolve(reference)
        model = registry.get_model(id=version.registered_model_id)
        return registry.set_alias(model, alias, version, force=force)

    session.write(move, lambda moved: session.out.document(moved.to_dict(), _text(moved)))


@alias.command(
    "rm", output="alias-move", examples=("alias rm fraud@challenger", "alias rm fraud@challenger -y")
)
@click.argument("reference", metavar="MODEL@ALIAS", shell_complete=reference_names)
@force_option
@writing
@pass_session
def rm(session: Session, reference: str, *, force: bool) -> None:
    """Remove an alias. Its version stays."""
    named = Reference.parse(reference)
    if named.model is None or named.alias is None or "@" not in reference:
        raise InvalidArgumentError(f"{reference!r} names no alias: write MODEL@ALIAS, such as fraud@champion")
    model, name = named.model, named.alias
    session.confirm(f"Remove the alias {name} of {model}?")
    session.write(
        lambda registry: registry.remove_alias(model, name, force=force),
        lambda moved: session.out.document(moved.to_dict(), _text(moved)),
    )


@alias.command("ls", output="aliases", examples=("alias ls fraud", "alias ls fraud -o json"))
@click.argument("model", shell_complete=model_names)
@limit_option
@reading
@pass_session
def ls(session: Session, model: str, *, limit: int) -> None:
    """List the aliases of MODEL."""
    with session.client() as registry:
        found = registry.list_aliases(model)
    records = [
        {"alias": name, "version": version, "path": str(Reference(model, alias=name))}
        for name, version in found.items()
    ]
    show_rows(session.out, records, ("alias", "version"), limit=limit)


@alias.command(
    "history", output="alias-history", examples=("alias history fraud", "alias history fraud champion")
)
@click.argument("model", shell_complete=model_names)
@click.argument("alias", required=False)
@limit_option
@reading
@pass_session
def history(session: Session, model: str, alias: str | None, *, limit: int) -> None:
    """List the moves of ALIAS, or of all aliases of MODEL, the first one first.

    The last column is the caller as the server knows it, if it does.
    """
    with session.client() as registry:
        moves = registry.alias_history(model, alias)
    callers = ("actor",) if any(each.actor for each in moves) else ()
    columns = ("alias", "previous", "version", "by", "at", *callers)
    show_rows(session.out, [each.to_dict() for each in moves], columns, limit=limit)


@click.command(
    "resolve",
    cls=Command,
    output="resolved",
    examples=("resolve fraud@champion", "resolve fraud/1.0 -o name"),
)
@click.argument("reference", metavar="REF", shell_complete=reference_names)
@reading
@pass_session
def resolve(session: Session, reference: str) -> None:
    """Print name, id and location of the version REF, such as fraud/1.0, fraud@champion or an id."""
    with session.client() as registry:
        shown = _resolved(registry, registry.resolve(reference))
    session.out.summary(shown, _COLUMNS)


@click.command(
    "latest", cls=Command, output="resolved", examples=("latest fraud", "latest fraud --by semver")
)
@click.argument("model", shell_complete=model_names)
@click.option(
    "--by",
    type=click.Choice(["created", "semver"]),
    default="created",
    show_default=True,
    help="Which one is later.",
)
@click.option("--archived", is_flag=True, help="Include archived versions.")
@reading
@pass_session
def latest(session: Session, model: str, *, by: Literal["created", "semver"], archived: bool) -> None:
    """Print name, id and location of the latest version of MODEL."""
    with session.client() as registry:
        shown = _resolved(registry, registry.latest(model, by=by, archived=archived))
    session.out.summary(shown, _COLUMNS)


def _resolved(registry: ModelRegistry, version: ModelVersion) -> dict[str, Any]:
    """Return the record of a version with the location of its files, if it has one."""
    from model_registry.types import ModelArtifact

    locations = [each.uri for each in registry.list_artifacts(version, kind=ModelArtifact) if each.uri]
    return VersionRecords(registry).record(version, uri=locations[0] if len(locations) == 1 else None)


def _text(move: AliasMove) -> str:
    return str(move) if move.changed else f"{move.alias} of {move.model}: {move.version or '(none)'} already"
