"""The command `model-registry`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Its arguments; those of the process when None.

    Returns:
        The exit status: 0 for success, else one of `model_registry.cli.failures.Status`. Errors are one line
        on standard error.
    """
    try:
        from model_registry.cli.app import run
    except ModuleNotFoundError as error:
        if error.name != "click":
            raise
        missing = MissingExtraError.for_extra("cli", "This command", error)
        sys.stderr.write(f"model-registry: {missing}\n")
        return 1
    return run(arguments)
