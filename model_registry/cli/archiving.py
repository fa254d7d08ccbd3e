"""The commands `archive` and `restore` of models and versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from .names import model_names
from .options import pass_session, version_to_write_argument, writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry import ModelRegistry
    from model_registry.types import ArchiveReport, ModelVersion, RegisteredModel

    from .session import Session

    Find = Callable[[ModelRegistry, str], RegisteredModel | ModelVersion]

_HELP = {
    "archive": "Archive the {noun} {metavar}: it stays, and lists leave it out.",
    "restore": "Restore the archived {noun} {metavar}.",
}


def archiving_commands(group: click.Group, noun: str, metavar: str, find: Find) -> None:
    """Add the commands to a group.

    Args:
        group: The group of a noun.
        noun: `model` or `version`.
        metavar: How the help calls its argument.
        find: Finds the resource that the argument names.
    """
    example = "fraud" if noun == "model" else "fraud/1.0"
    argument = click.argument("model", metavar=metavar, shell_complete=model_names)
    if noun == "version":
        argument = version_to_write_argument
    for verb, text in _HELP.items():
        command = argument(writing(pass_session(_archive_or_restore(verb, find))))
        if noun == "model":
            command = click.option(
                "--with-versions", is_flag=True, help="Do the same with all versions of the model."
            )(command)
        group.command(
            verb,
            help=text.format(noun=noun, metavar=metavar),
            output="archive-report",
            examples=(f"{noun}s {verb} {example}", f"{noun}s {verb} {example} --dry-run"),
        )(command)


def _archive_or_restore(verb: str, find: Find) -> Callable[..., None]:
    def command(
        session: Session, *, model: str = "", reference: str = "", with_versions: bool = False
    ) -> None:
        if verb == "archive" and with_versions:
            session.confirm(f"Archive {model} and all its versions?")

        def write(registry: ModelRegistry) -> ArchiveReport:
            found = find(registry, model or reference)
            do = registry.archive if verb == "archive" else registry.restore
            return do(found, with_versions=with_versions)

        session.write(write, lambda report: session.out.document(report.to_dict(), _text(report)))

    return command


def _text(report: ArchiveReport) -> str:
    lines = [f"{_kind(each)} {each.name} is now {report.state}" for each in report.changed]
    lines += [f"{_kind(each)} {each.name} was {report.state} already" for each in report.unchanged]
    return "\n".join(lines)


def _kind(resource: object) -> str:
    return {"RegisteredModel": "model", "ModelVersion": "version"}[type(resource).__name__]
