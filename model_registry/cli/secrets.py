"""Read secrets from a file, from standard input or from a prompt, never from an argument."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_registry.exceptions import InvalidArgumentError

from .terminal import can_ask
from .values import needs_text

if TYPE_CHECKING:
    from .options import Decorator


def secret_file_option(name: str, help: str) -> Decorator:
    """Return an option for the file of a secret. Other users can see the arguments of a process."""
    return click.option(name, metavar="FILE", help=help)


def read_secret(file: str | None, what: str) -> str:
    """Return a secret.

    Args:
        file: A file; `-` for standard input; `None` to ask for it.
        what: What the prompt and messages call it.

    Raises:
        InvalidArgumentError: There is none, and the input is not a terminal.
    """
    if file == "-":
        secret = sys.stdin.readline()
    elif file is not None:
        try:
            with needs_text(file):
                secret = Path(file).expanduser().read_text(encoding="utf-8")
        except OSError as error:
            raise InvalidArgumentError(f"the {what} cannot be read from {file!r}: {error.strerror}") from None
    elif can_ask():
        secret = str(click.prompt(what.capitalize(), hide_input=True, err=True))
    else:
        raise InvalidArgumentError(
            f"no {what}: pass it in a file with --{what}-file, or - for standard input"
        )
    if not secret.strip():
        raise InvalidArgumentError(f"the {what} is empty")
    return secret.strip()
