"""The command's root: its commands, its options, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from model_registry import __version__

from .failures import run_reporting_errors
from .groups import Entry, LazyGroup

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PROGRAM: Final = "model-registry"

SECTIONS: Final[Mapping[str, Mapping[str, Entry]]] = {
    "Servers": {
        "serve": Entry("serve", "Run a registry server until it is interrupted."),
        "db": Entry("database", "Back up or upgrade the database of a registry."),
        "doctor": Entry("doctor", "Find out why a registry cannot be reached, and what to do about it."),
    },
}


@click.group(
    PROGRAM,
    cls=LazyGroup,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "MODEL_REGISTRY"},
)
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def root() -> None:
    """Work with a registry of machine-learning models from the terminal."""


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    return run_reporting_errors(
        lambda: root.main(arguments, PROGRAM, standalone_mode=False), debug=lambda: False
    )
