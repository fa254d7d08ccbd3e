"""The commands `models ...`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.archiving import archiving_commands
from model_registry.cli.changes import change_resource
from model_registry.cli.fields import MODEL_LISTS, MODEL_TEXTS
from model_registry.cli.groups import OF_MODELS, Group
from model_registry.cli.listings import model_listing
from model_registry.cli.lists import show_list
from model_registry.cli.names import model_names
from model_registry.cli.options import (
    list_fields,
    listing,
    pass_session,
    property_option,
    reading,
    text_fields,
    writing,
)
from model_registry.cli.records import record

if TYPE_CHECKING:
    from model_registry.cli.session import Session


@click.group(cls=Group, elsewhere=OF_MODELS)
def models() -> None:
    """List, show, change and archive models."""


_found_by = click.option("--id", help="Find it by the registry's id instead of its name.")
_external = click.option("--external-id", help="Find it by your own id instead of its name.")


@models.command(
    "ls",
    output="models",
    examples=(
        "models ls",
        "models ls --filter \"owner = 'ann'\" --sort -updated",
        "models ls -o json --limit 0",
    ),
)
@listing(states=True)
@reading
@pass_session
def ls(session: Session, *, filter: str | None, archived: bool, everything: bool, **how: Any) -> None:
    """List models."""
    shown = None if everything else archived
    with session.client() as registry:
        show_list(
            session.out,
            model_listing(registry),
            partial(registry.list_models, filter=filter, archived=shown),
            **how,
        )


@models.command("show", output="model", examples=("models show fraud", "models show --id 1 -o json"))
@click.argument("model", required=False, metavar="NAME", shell_complete=model_names)
@_found_by
@_external
@reading
@pass_session
def show(session: Session, model: str | None, **ids: str | None) -> None:
    """Show the model NAME: its fields, custom properties and aliases."""
    with session.client() as registry:
        found = registry.get_model(model, **ids)
        shown = record(found, aliases=registry.list_aliases(found))
    session.out.record(shown)


@models.command(
    "set",
    output="model",
    examples=(
        "models set fraud --owner ann --property team=risk",
        "models set fraud --readme README.md --task classification",
        "models set fraud --remove-property team --dry-run",
    ),
)
@click.argument("model", metavar="NAME", shell_complete=model_names)
@text_fields(MODEL_TEXTS)
@list_fields(MODEL_LISTS)
@click.option(
    "--readme",
    type=click.File(encoding="utf-8"),
    help="File with the long description; - for standard input.",
)
@property_option
@click.option("--remove-property", "removed", multiple=True, metavar="NAME", help="Remove it. Repeatable.")
@writing
@pass_session
def set_(session: Session, model: str, **values: Any) -> None:
    """Change the model NAME. What you do not name stays."""
    session.write(
        lambda registry: change_resource(registry, registry.get_model(model), values),
        lambda changed: session.out.record(record(changed)),
    )


archiving_commands(models, "model", "NAME", lambda registry, model: registry.get_model(model))
