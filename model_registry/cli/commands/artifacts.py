"""The commands `artifacts ...`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.groups import Group
from model_registry.cli.listings import artifact_listing
from model_registry.cli.lists import show_list
from model_registry.cli.names import reference_names
from model_registry.cli.options import listing, pass_session, reading
from model_registry.cli.records import artifact_record

if TYPE_CHECKING:
    from model_registry.cli.session import Session

KINDS = {
    "model": "model-artifact",
    "doc": "doc-artifact",
    "dataset": "dataset-artifact",
    "metric": "metric",
    "parameter": "parameter",
}
"""Kinds of artifacts, with their names in the client."""

kind_option = click.option("--kind", type=click.Choice(list(KINDS)), help="Only artifacts of this kind.")


@click.group(cls=Group)
def artifacts() -> None:
    """List and show artifacts: model files, documents, data sets, metrics and parameters."""


@artifacts.command(
    "ls",
    output="artifacts",
    examples=("artifacts ls fraud/1.0", "artifacts ls fraud@champion --kind metric --sort -value"),
)
@click.argument("reference", required=False, metavar="REF", shell_complete=reference_names)
@kind_option
@listing()
@reading
@pass_session
def ls(session: Session, reference: str | None, kind: str | None, filter: str | None, **how: Any) -> None:
    """List the artifacts of the version REF, or of all versions."""
    with session.client() as registry:
        show_list(
            session.out,
            artifact_listing(registry),
            partial(registry.list_artifacts, reference, kind=KINDS.get(kind or ""), filter=filter),
            **how,
        )


@artifacts.command(
    "show",
    output="artifact",
    examples=("artifacts show fraud/1.0 accuracy --kind metric", "artifacts show --id 3 -o json"),
)
@click.argument("reference", required=False, metavar="REF", shell_complete=reference_names)
@click.argument("name", required=False)
@kind_option
@click.option("--id", help="Find it by the registry's id instead of its version and name.")
@click.option("--external-id", help="Find it by your own id instead of its version and name.")
@reading
@pass_session
def show(
    session: Session, reference: str | None, name: str | None, kind: str | None, **ids: str | None
) -> None:
    """Show the artifact NAME of the version REF."""
    with session.client() as registry:
        found = registry.get_artifact(reference, name, kind=KINDS.get(kind or ""), **ids)
    session.out.record(artifact_record(found))
