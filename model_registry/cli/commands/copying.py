"""The commands `copy`, `export`, `import` and `import-mlflow`."""

from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_registry.cli.counting import counting
from model_registry.cli.groups import Command
from model_registry.cli.names import reference_names
from model_registry.cli.options import dry_run_option, pass_session, reading, writing
from model_registry.cli.plans import planned_file
from model_registry.cli.streams import STREAM, input_file, output_file, temporary_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.records.write import IfDifferent
    from model_registry.types import CopyReport

_if_different = click.option(
    "--if-different",
    type=click.Choice(["error", "keep", "update"]),
    default="error",
    show_default=True,
    help="What to do with what exists and differs.",
)


@click.command(
    "copy",
    cls=Command,
    output="copy-report",
    examples=(
        "copy fraud --to https://registry.example.org",
        "copy fraud/1.0 churn@champion --to backup.db --if-different keep",
        "copy --to backup.db --dry-run",
    ),
)
@click.argument("references", nargs=-1, metavar="[NAME|REF]...", shell_complete=reference_names)
@click.option("--to", required=True, metavar="URL|FILE", help="The other registry.")
@_if_different
@writing
@pass_session
def copy(session: Session, references: tuple[str, ...], to: str, if_different: IfDifferent) -> None:
    """Copy models or versions to another registry; everything if you name none.

    What exists there already is compared, so a copy can be repeated. Files stay where they are.
    """
    with (
        session.client() as source,
        session.open_other(to, creates=True) as target,
        target.dry_run() if session.dry_run else nullcontext(target) as destination,
    ):
        reports: list[CopyReport] = []
        with counting("copied", show=session.progress) as draw:
            for each in references or (None,):
                progress = _after(reports, draw)
                reports.append(
                    source.copy(each, to=destination, if_different=if_different, progress=progress)
                )
        plan = destination.plan if session.dry_run else None
    if plan is not None:
        session.show_plan(plan)
    else:
        show_report(session, reports)


@click.command(
    "export",
    cls=Command,
    output="copy-report",
    examples=(
        "export everything.jsonl",
        "export fraud.jsonl fraud",
        "export - fraud/1.0 churn | gzip > a.gz",
        "export fraud.jsonl fraud --dry-run",
    ),
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.argument("references", nargs=-1, metavar="[NAME|REF]...", shell_complete=reference_names)
@dry_run_option
@reading
@pass_session
def export(session: Session, file: Path, references: tuple[str, ...]) -> None:
    """Write models or versions to FILE, as JSON Lines; everything if you name none. - is standard output."""
    if not session.dry_run:
        reports = _export(session, file, references)
        if str(file) != STREAM:
            show_report(session, reports)
        return
    from model_registry.records.file import check_target

    check_target(file)
    with temporary_folder() as folder:
        whole = folder / "whole.jsonl"
        _export(session, whole, references)
        session.show_plan([planned_file(file, whole.stat().st_size)])


def _export(session: Session, file: Path, references: tuple[str, ...]) -> list[CopyReport]:
    from model_registry.records.file import join_files

    reports: list[CopyReport] = []
    with (
        temporary_folder() as folder,
        session.client() as registry,
        output_file(file) as whole,
        counting("exported", show=session.progress) as draw,
    ):
        if len(references) < 2:
            reports.append(registry.export(whole, *references, progress=_after(reports, draw)))
        else:
            parts = [folder / f"{number}.jsonl" for number in range(len(references))]
            for part, each in zip(parts, references, strict=True):
                reports.append(registry.export(part, each, progress=_after(reports, draw)))
            join_files(parts, whole)
    return reports


@click.command(
    "import",
    cls=Command,
    output="copy-report",
    examples=("import everything.jsonl", "import fraud.jsonl --if-different update --dry-run"),
)
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@_if_different
@writing
@pass_session
def import_(session: Session, file: Path, if_different: IfDifferent) -> None:
    """Write what `export` stored in FILE into the registry. - is standard input."""
    with input_file(file) as path:

        def write(registry: ModelRegistry) -> CopyReport:
            with counting("imported", _records_in(path), show=session.progress) as draw:
                return registry.import_(path, if_different=if_different, progress=_after((), draw))

        session.write(write, lambda report: show_report(session, [report]), creates=True)


@click.command(
    "import-mlflow",
    cls=Command,
    output="copy-report",
    examples=(
        "import-mlflow sqlite:///mlflow.db",
        "import-mlflow http://localhost:5000 --model fraud --model churn",
        "import-mlflow mlruns --if-different update --dry-run",
    ),
)
@click.argument("source")
@click.option("--model", "models", multiple=True, metavar="NAME", help="Import this model; repeatable.")
@click.option("--tracking", metavar="URI|PATH", help="Where the runs are, if they are not in SOURCE.")
@_if_different
@writing
@pass_session
def import_mlflow(
    session: Session, source: str, models: tuple[str, ...], tracking: str | None, if_different: IfDifferent
) -> None:
    """Write the models of MLflow's store SOURCE into the registry; all if you name none.

    SOURCE is a database, a folder or the address of a server. What exists there already is compared, so an
    import can be repeated. Files stay where they are.
    """

    def write(registry: ModelRegistry) -> CopyReport:
        with counting("imported", show=session.progress) as draw:
            return registry.import_mlflow(
                source,
                models=models or None,
                tracking=tracking,
                if_different=if_different,
                progress=_after((), draw),
            )

    session.write(write, lambda report: show_report(session, [report]), creates=True)


def _after(before: Sequence[CopyReport], draw: Callable[[int], None]) -> Callable[[CopyReport], None]:
    """Return a function that draws how many resources there are in reports, and in one that grows."""
    done = sum(each.total() for each in before)
    return lambda report: draw(done + report.total())


def _records_in(path: Path) -> int | None:
    """Return how many lines follow the first one, in a file that can be read."""
    try:
        with path.open("rb") as file:
            return sum(1 for _ in file) - 1
    except OSError:
        return None


def _noun(kind: str) -> str:
    """Return what people call a kind of resource: `data set` for `DataSet`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", kind).lower()


def show_report(session: Session, reports: Iterable[CopyReport]) -> None:
    """Print how many resources were copied, and what was left out."""
    from model_registry.types import CopyReport

    total = CopyReport()
    for each in reports:
        total.counts += each.counts
        total.notes += each.notes
    for note in total.notes:
        session.out.note(note)
    lines = [
        f"{number} {_noun(kind)}{'s' * (number != 1)} {outcome}"
        for (kind, outcome), number in total.counts.items()
    ]
    session.out.document(total.to_dict(), "\n".join(lines) or "nothing")
