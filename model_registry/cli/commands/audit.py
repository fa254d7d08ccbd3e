"""The commands `audit ls`, `audit export` and `audit verify`."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from model_registry.cli.administration import administration, administration_options
from model_registry.cli.groups import Group
from model_registry.cli.lists import show_rows
from model_registry.cli.options import limit_option, pass_session
from model_registry.cli.values import Read, filled, lifetime
from model_registry.exceptions import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from model_registry.cli.session import Session

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")

_COLUMNS: Final = ("id", "time", "actor", "author", "operation", "kind", "resource_id", "name", "changes")


def _moment(text: str) -> int:
    """Read a time: a day, a time of ISO 8601, or a time span before now. Returns milliseconds since 1970."""
    try:
        return round((time.time() - lifetime(text)) * 1000)
    except ValueError:
        pass
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(
            f"{text!r} is not a time: write it as 2027-06-30, 2027-06-30T12:00:00+00:00, or 7d for 7 days ago"
        ) from None
    return round((found if found.tzinfo else found.replace(tzinfo=timezone.utc)).timestamp() * 1000)


_FILTERS: Final = (
    click.option("--actor", type=Read(filled), metavar="NAME", help="Who did it."),
    click.option(
        "--operation",
        type=Read(filled),
        metavar="NAME",
        help="Operation of the API, such as updateRegisteredModel.",
    ),
    click.option("--resource", type=Read(filled), metavar="ID|NAME", help="Id or name of a resource."),
    click.option("--since", type=Read(_moment), metavar="TIME", help="Day, time, or time span before now."),
    click.option("--until", type=Read(_moment), metavar="TIME", help="Day, time, or time span before now."),
)


def _filtered(command: FunctionT) -> FunctionT:
    for option in reversed(_FILTERS):
        command = option(command)
    return command


@click.group(cls=Group)
def audit() -> None:
    """Read and verify the audit trail of a server that was started with --audit.

    Over the network (--registry, --profile), you need the role admin.
    """


@audit.command(
    "ls",
    output="audit",
    examples=(
        "audit ls --since 7d",
        "audit ls --resource fraud --actor ci -o json",
        "audit ls --registry https://registry.example.org",
    ),
)
@_filtered
@limit_option
@administration_options
@pass_session
def ls(session: Session, *, limit: int, db: str | None, **filters: Any) -> None:
    """List who did what, the newest first. Times without a time zone are UTC."""
    most = limit + 1 if limit else 0
    found = list(_entries(session, db, filters, newest_first=True, limit=most))
    show_rows(session.out, found, _COLUMNS, limit=limit, are_all=False)


@audit.command("export", output="audit", examples=("audit export --since 2027-01-01 > trail.jsonl",))
@_filtered
@administration_options
@pass_session
def export(session: Session, *, db: str | None, **filters: Any) -> None:
    """Print the trail, the oldest entry first: as JSON Lines, or as --output says."""
    session.output = session.output or "jsonl"
    session.out.rows(_entries(session, db, filters), _COLUMNS)


@audit.command(
    "verify",
    output="audit-verify",
    examples=("audit verify", "audit verify --expect 3a7b..."),
)
@click.option(
    "--expect", type=Read(filled), metavar="HASH", help="Hash of an entry that must be in the trail."
)
@administration_options
@pass_session
def verify(session: Session, *, expect: str | None, db: str | None) -> None:
    """Check the hashes of a trail that was written with --audit-chain.

    It finds entries that were changed, renumbered, inserted or removed, except for removed ones at the end,
    and names those that were stored while the chain was off, which nothing protects. Store the hash that it
    prints elsewhere, and pass it to the next check with --expect: then it finds removed ones at the end, too.
    """
    from model_registry.cli.records import iso_time

    report = administration(session, db).verify_trail(expect)
    if report.first is not None:
        raise IntegrityError(
            f"the start of the trail cannot be checked: its first entry is {report.first}, and no entry"
            " records that --audit-keep deleted those before it. If an older server deleted them, check again"
            " after the next deletion by --audit-keep. If not, somebody else deleted them"
        )
    if report.wrong is not None:
        raise IntegrityError(f"the trail was changed: entry {report.wrong} does not follow the one before it")
    if report.entries and report.last_hash is None:
        raise IntegrityError(
            f"the trail cannot be checked: none of its {report.entries} entries has a hash. Start the server"
            " with --audit-chain. If it had this option, somebody deleted the hashes"
        )
    if not report.has_expected:
        raise IntegrityError(f"the trail was changed: it has no entry with the hash {expect}")
    unchained = [
        {
            "first": each.first,
            "last": each.last,
            "since": iso_time(each.since),
            "until": iso_time(each.until),
        }
        for each in report.unchained
    ]
    lines = [
        f"{report.entries} entries, {report.unhashed} of them without a hash, and the others unchanged",
        *(
            "without a hash: {first} to {last}, from {since} until {until}".format(**each)
            for each in unchained
        ),
        f"last hash: {report.last_hash or 'none'}",
    ]
    session.out.document(
        {
            "entries": report.entries,
            "without_hash": report.unhashed,
            "unchained": unchained,
            "last_hash": report.last_hash,
        },
        "\n".join(lines),
    )


def _entries(
    session: Session,
    db: str | None,
    filters: dict[str, Any],
    *,
    newest_first: bool = False,
    limit: int = 0,
) -> Iterator[dict[str, Any]]:
    from model_registry.cli.records import iso_time

    registry = administration(session, db)
    for entry in registry.read_trail(filters, newest_first=newest_first, limit=limit):
        yield {**entry, "time": iso_time(entry["time"])}
