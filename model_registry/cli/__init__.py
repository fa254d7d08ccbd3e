"""The command `model-registry`."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from model_registry.cli.startup import RARELY
from model_registry.garbage_collection import rare_collections

if TYPE_CHECKING:
    from collections.abc import Sequence


_INTERRUPTED = 130
"""`Status.INTERRUPTED`, which takes time to load."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Its arguments; those of the process when None.

    Returns:
        The exit status: 0 for success, else one of `model_registry.cli.failures.Status`. Errors are one line
        on standard error.
    """
    if arguments is None and None in (sys.stdin, sys.stdout, sys.stderr):
        from model_registry.cli.terminal import open_closed_streams

        open_closed_streams()
    with rare_collections(RARELY):
        status = _run(arguments)
        if arguments is None:
            gc.freeze()  # the process ends: Python need not search all objects for garbage
    return status


def _run(arguments: Sequence[str] | None) -> int:
    try:
        from model_registry.cli.app import run
    except KeyboardInterrupt:
        return _INTERRUPTED
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        from model_registry.exceptions import MissingExtraError

        missing = MissingExtraError.for_extra("cli", "This command", error)
        sys.stderr.write(f"model-registry: {missing}\n")
        return 1
    return run(arguments)
