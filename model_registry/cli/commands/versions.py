"""The commands `versions ...`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.archiving import archiving_commands
from model_registry.cli.changes import change_resource
from model_registry.cli.fields import VERSION_TEXTS
from model_registry.cli.groups import OF_MODELS, Group
from model_registry.cli.listings import version_listing
from model_registry.cli.lists import show_list
from model_registry.cli.names import model_names, reference_names
from model_registry.cli.options import (
    listing,
    pass_session,
    property_option,
    reading,
    text_fields,
    version_to_write_argument,
    writing,
)
from model_registry.cli.records import artifact_record
from model_registry.cli.versions import VersionRecords

if TYPE_CHECKING:
    from model_registry.cli.session import Session


@click.group(cls=Group, elsewhere=OF_MODELS)
def versions() -> None:
    """List, show, change and archive versions of models."""


@versions.command(
    "ls",
    output="versions",
    examples=(
        "versions ls fraud",
        "versions ls fraud --sort -accuracy --columns name,accuracy,created",
        "versions ls --archived -o name",
    ),
)
@click.argument("model", required=False, shell_complete=model_names)
@listing(states=True, metrics=True)
@reading
@pass_session
def ls(
    session: Session, model: str | None, *, filter: str | None, archived: bool, everything: bool, **how: Any
) -> None:
    """List the versions of MODEL, or of all models."""
    shown = None if everything else archived
    with session.client() as registry:
        show_list(
            session.out,
            version_listing(registry),
            partial(registry.list_versions, model, filter=filter, archived=shown),
            **how,
        )


@versions.command(
    "show",
    output="version",
    examples=(
        "versions show fraud/1.0",
        "versions show fraud@champion -o json",
        "versions show --external-id run-17",
    ),
)
@click.argument("reference", required=False, metavar="REF", shell_complete=reference_names)
@click.option("--id", help="Find it by the registry's id instead of its name.")
@click.option("--external-id", help="Find it by your own id instead of its name.")
@reading
@pass_session
def show(session: Session, reference: str | None, **ids: str | None) -> None:
    """Show the version REF, such as fraud/1.0, fraud@champion or an id, with its properties and artifacts."""
    with session.client() as registry:
        if reference is not None and not any(ids.values()):
            version = registry.resolve(reference)
        else:
            version = registry.get_version(None, reference, **ids)
        records = VersionRecords(registry)
        shown = records.record(version)
        on_it = [
            alias for alias, name in registry.list_aliases(shown["model"]).items() if name == version.name
        ]
        shown |= {
            "on_aliases": on_it,
            "artifacts": [artifact_record(each) for each in registry.list_artifacts(version)],
        }
    session.out.record(shown)


@versions.command(
    "set",
    output="version",
    examples=(
        'versions set fraud/1.0 --description "Trained on October"',
        "versions set fraud@champion --property approved:=true --remove-property draft",
    ),
)
@version_to_write_argument
@text_fields(VERSION_TEXTS)
@property_option
@click.option("--remove-property", "removed", multiple=True, metavar="NAME", help="Remove it. Repeatable.")
@writing
@pass_session
def set_(session: Session, reference: str, **values: Any) -> None:
    """Change the version REF. What you do not name stays."""

    def change(registry: Any) -> dict[str, Any]:  # noqa: ANN401  # a client, or a dry run of one
        changed = change_resource(registry, registry.resolve(reference), values)
        return VersionRecords(registry).record(changed)

    session.write(change, session.out.record)


archiving_commands(versions, "version", "REF", lambda registry, reference: registry.resolve(reference))
