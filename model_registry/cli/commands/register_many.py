"""The command `register-many`."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import click

from model_registry.cli.counting import counting
from model_registry.cli.groups import Command
from model_registry.cli.options import pass_session, writing
from model_registry.cli.values import Read, count, needs_text
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.types import FailedRegistration, Registration


@click.command(
    "register-many",
    cls=Command,
    output="registrations",
    examples=("register-many versions.jsonl", "jq -c .runs[] runs.json | model-registry register-many -"),
)
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--concurrency", type=Read(count), default=8, show_default=True, help="Registrations at once.")
@click.option("--keep-going", is_flag=True, help="Register the others if one fails.")
@writing
@pass_session
def register_many(session: Session, file: IO[str], *, concurrency: int, keep_going: bool) -> int:
    """Register a version for each line of FILE, which is JSON Lines; - is standard input.

    A line holds arguments of the client's `register`: {"name": "fraud", "version": "1.0", "uri": "s3://models/1"}
    """
    failed = 0

    def show(results: Sequence[Any]) -> None:
        nonlocal failed
        records = [_record(each) for each in results]
        failed = sum(each["error"] is not None for each in records)
        session.out.rows(records, ("reference", "id", "error"))

    def write(registry: ModelRegistry) -> Sequence[Registration | FailedRegistration]:
        with counting("registered", show=session.progress) as draw:
            return registry.register_many(
                _items(file),
                concurrency=concurrency,
                progress=lambda now: draw(now.done),
                on_error="collect" if keep_going else "raise",
            )

    session.write(write, show, creates=True)
    return 1 if failed else 0


def _items(file: IO[str]) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            item: Any = json.loads(line)
        except ValueError:
            item = None
        if not isinstance(item, dict):
            raise InvalidArgumentError(f"line {number} of {file.name} is no JSON object")
        yield item


def _lines(file: IO[str]) -> Iterator[str]:
    with needs_text(file.name):
        yield from file


def _record(result: Any) -> dict[str, Any]:  # noqa: ANN401  # a Registration, or a FailedRegistration
    from model_registry.types import FailedRegistration

    if isinstance(result, FailedRegistration):
        return {"reference": result.path, "id": None, "is_new": False, "error": str(result.error)}
    reference = f"{result.model.name}/{result.version.name}"
    return {"reference": reference, "id": result.version.id, "is_new": result.is_new, "error": None}
