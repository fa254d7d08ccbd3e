"""The command `search`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.groups import Command
from model_registry.cli.listings import artifact_listing, model_listing, version_listing
from model_registry.cli.lists import show_list
from model_registry.cli.options import listing, pass_session, reading
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from model_registry.cli.listings import Listing
    from model_registry.cli.session import Session


@click.command(
    "search",
    cls=Command,
    output="search",
    examples=(
        "search \"team = 'risk' AND reviewed = true\" --sort -accuracy --columns reference,accuracy,created",
        "search \"name LIKE 'fraud%'\" --models",
        "search \"uri LIKE 's3://models/%'\" --artifacts -o jsonl --limit 0",
    ),
)
@click.argument("filter")
@click.option("--models", "kind", flag_value="models", help="Search models instead of versions.")
@click.option("--artifacts", "kind", flag_value="artifacts", help="Search artifacts instead of versions.")
@listing(states=True, filters=False, metrics=True)
@reading
@pass_session
def search(
    session: Session, *, filter: str, kind: str | None, archived: bool, everything: bool, **how: Any
) -> None:
    """Search versions whose fields and custom properties match FILTER.

    FILTER compares fields and custom properties: "rank > 3 AND author = 'ann'". Metrics are artifacts: sort
    by them, or search them with --artifacts.
    """
    shown = None if everything else archived
    with session.client() as registry:
        listing: Listing[Any]
        if kind == "models":
            listing = model_listing(registry)
            pages: Any = partial(registry.list_models, archived=shown)
        elif kind == "artifacts":
            if archived or everything:
                raise InvalidArgumentError("artifacts are not archived: leave out --archived and --all")
            listing = artifact_listing(registry)
            pages = registry.list_artifacts
        else:
            listing = version_listing(registry)
            pages = partial(registry.list_versions, archived=shown)
        show_list(session.out, listing, partial(pages, filter=filter), **how)
