"""The command `register-many`."""

from __future__ import annotations

import json
from typing import IO, TYPE_CHECKING, Any

import click

from model_registry.cli.counting import counting
from model_registry.cli.groups import Command
from model_registry.cli.options import pass_session, writing
from model_registry.cli.values import Read, count, needs_text
from model_registry.exceptions import BatchError, InvalidArgumentError
from model_registry.exceptions.base import sentence

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
        if not records:
            session.out.note(f"{file.name} has no lines: nothing was registered.")

    def write(registry: ModelRegistry) -> Sequence[Registration | FailedRegistration]:
        lines: list[int] = []
        try:
            with counting("registered", show=session.progress) as draw:
                return registry.register_many(
                    _items(file, lines),
                    concurrency=concurrency,
                    progress=lambda now: draw(now.done),
                    on_error="collect" if keep_going else "raise",
                )
        except BatchError as error:
            error.args = (_stopped(error, f"line {lines[error.index]} of {file.name}"),)
            raise

    session.write(write, show, creates=True)
    return 1 if failed else 0


def _stopped(error: BatchError, where: str) -> str:
    """Return what to say if a line could not be registered."""
    others = len(error.done)
    were = "1 other was" if others == 1 else f"{others} others were"
    reason = sentence(error.__cause__ or error)
    return f"{where}: {_in_words_of_json(reason)} {were} registered; --keep-going goes on after an error"


def _in_words_of_json(message: str) -> str:
    """Return a message of the client's `register` for arguments that are in a line of JSON."""
    return message.replace(
        "pass if_exists='return' to get it, or 'resume' to complete it",
        'add "if_exists": "return" to get it, or "resume" to complete it',
    )


def _items(file: IO[str], numbers: list[int]) -> Iterator[dict[str, Any]]:
    """Return the arguments in each line, and store the numbers of the lines."""
    for number, line in enumerate(_lines(file), 1):
        if not line.strip():
            continue
        try:
            item: Any = json.loads(line)
        except ValueError:
            item = None
        if not isinstance(item, dict):
            raise InvalidArgumentError(f"line {number} of {file.name} is no JSON object")
        numbers.append(number)
        yield item


def _lines(file: IO[str]) -> Iterator[str]:
    with needs_text(file.name):
        yield from file


def _record(result: Any) -> dict[str, Any]:  # noqa: ANN401  # a Registration, or a FailedRegistration
    from model_registry.types import FailedRegistration

    if isinstance(result, FailedRegistration):
        return {
            "reference": result.path,
            "id": None,
            "is_new": False,
            "error": _in_words_of_json(str(result.error)),
        }
    reference = f"{result.model.name}/{result.version.name}"
    return {"reference": reference, "id": result.version.id, "is_new": result.is_new, "error": None}
