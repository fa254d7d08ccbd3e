"""The command `search`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.groups import Command
from model_registry.cli.lists import show_list
from model_registry.cli.options import listing, pass_session, reading
from model_registry.cli.records import artifact_record, record
from model_registry.cli.versions import VersionRecords
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.cli.session import Session
    from model_registry.types import Artifact, RegisteredModel


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
@listing(states=True, filters=False)
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
        to_records: Any
        if kind == "models":
            to_records = _of_models
            pages: Any = partial(registry.list_models, filter=filter, archived=shown)
            columns = ("name", "state", "owner", "description", "updated")
        elif kind == "artifacts":
            if archived or everything:
                raise InvalidArgumentError("artifacts are not archived: leave out --archived and --all")
            to_records = _of_artifacts
            pages = partial(registry.list_artifacts, filter=filter)
            columns = ("kind", "name", "value", "uri", "updated")
        else:
            to_records = VersionRecords(registry).records
            pages = partial(registry.list_versions, filter=filter, archived=shown)
            columns = ("reference", "state", "author", "description", "created")
        show_list(session.out, pages, to_records, default_columns=columns, **how)


def _of_models(found: Sequence[RegisteredModel], _: Sequence[str]) -> list[dict[str, Any]]:
    return [record(each) for each in found]


def _of_artifacts(found: Sequence[Artifact], _: Sequence[str]) -> list[dict[str, Any]]:
    return [artifact_record(each) for each in found]
