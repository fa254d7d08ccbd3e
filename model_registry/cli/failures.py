"""How errors end the command: one line on standard error, and the exit status."""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from typing import TYPE_CHECKING

import click

from model_registry import exceptions
from model_registry.cli.groups import ReaderStopped
from model_registry.cli.output import FORMATS
from model_registry.exceptions import ModelRegistryError
from model_registry.near_names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable


class Status(IntEnum):
    """Exit statuses of the command."""

    SUCCESS = 0
    FAILURE = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    NOT_ALLOWED = 5
    NOT_REACHABLE = 6
    INTERRUPTED = 130
    """As shells report Ctrl-C."""
    BROKEN_PIPE = 141
    """As shells report a program whose reader, such as `head`, stopped reading."""


_KINDS: tuple[tuple[Status, tuple[type[BaseException], ...]], ...] = (
    (Status.NOT_FOUND, (exceptions.NotFoundError, exceptions.StorageNotFoundError)),
    (
        Status.CONFLICT,
        (exceptions.ConflictError, exceptions.DifferentError, exceptions.StorageExistsError),
    ),
    (
        Status.NOT_ALLOWED,
        (exceptions.UnauthenticatedError, exceptions.ForbiddenError, exceptions.StorageAccessError),
    ),
    (Status.NOT_REACHABLE, (exceptions.RegistryConnectionError, exceptions.RegistryTimeoutError)),
    (
        Status.USAGE,
        (exceptions.InvalidArgumentError, exceptions.InvalidRequestError, exceptions.UnsupportedType),
    ),
)
_STOPPED_HALF_WAY = (
    exceptions.ArchiveInterruptedError,
    exceptions.BatchError,
    exceptions.CopyInterruptedError,
    exceptions.IncompleteRegistrationError,
)
"""Errors whose kind is that of their cause."""


def status_of(error: BaseException) -> Status:
    """Return the exit status for an error."""
    if isinstance(error, _STOPPED_HALF_WAY) and error.__cause__ is not None:
        return status_of(error.__cause__)
    if isinstance(error, exceptions.DatabaseError) and _is_of_connection(error.__cause__):
        return Status.NOT_REACHABLE
    for status, kinds in _KINDS:
        if isinstance(error, kinds):
            return status
    return Status.FAILURE


def _is_of_connection(cause: BaseException | None) -> bool:
    """Return whether PostgreSQL could not be reached. Its driver is loaded only where it is used."""
    kinds = (f"{kind.__module__}.{kind.__name__}" for kind in type(cause).__mro__)
    return "psycopg.OperationalError" in kinds


def run_reporting_errors(action: Callable[[], object], *, debug: Callable[[], bool]) -> int:
    """Run the command, and report its error in one line.

    Args:
        action: The command. What it returns is its status, if it is a number.
        debug: Whether to show the traceback, as known when the error happened.

    Returns:
        The exit status.
    """
    try:
        returned = action()
        sys.stdout.flush()
    except (click.Abort, KeyboardInterrupt):
        return Status.INTERRUPTED
    except (BrokenPipeError, ReaderStopped):
        # The interpreter would report it once more when it flushes standard output.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.BROKEN_PIPE
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.ClickException as error:
        return _report(error, _usage(error), Status(error.exit_code), debug=debug())
    except ModelRegistryError as error:
        return _report(error, str(error), status_of(error), debug=debug())
    except OSError as error:
        return _report(error, _of_the_system(error), Status.FAILURE, debug=debug())
    except Exception as error:  # noqa: BLE001  # a mistake of the program
        text = f"unexpected {type(error).__name__}: {error} (--debug shows where it happened)"
        return _report(error, text, Status.FAILURE, debug=debug())
    return returned if isinstance(returned, int) else Status.SUCCESS


def _report(error: BaseException, text: str, status: Status, *, debug: bool) -> Status:
    from model_registry.cli.terminal import one_line

    if debug:
        import traceback

        traceback.print_exception(error)
    sys.stderr.write(f"model-registry: {one_line(text)}\n")
    return status


def _usage(error: click.ClickException) -> str:
    """Return the message of an error in the use of the command, with the place of its help."""
    text = error.format_message()
    if isinstance(error, click.NoSuchOption):
        name = error.option_name
        near = did_you_mean(name, error.possibilities or (), 1)
        known = error.ctx.command.params if error.ctx else ()
        if name.removeprefix("--") in FORMATS and any(each.name == "output" for each in known):
            near = f": write -o {name.removeprefix('--')}"
        text = f"no such option {name!r}{near}"
        if not error.option_name.startswith("--"):
            text += "; before a name that begins with '-', write --"
    text = text[:1].lower() + text[1:].rstrip(".") if not text.isupper() else text
    context = getattr(error, "ctx", None)
    if context is None or "--help" in text:
        return text
    return f"{text} (help: {context.command_path} --help)"


def _of_the_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"
