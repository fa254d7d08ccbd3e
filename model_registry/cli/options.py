"""Options that many commands share. Those of the run are stored in the session."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

import click

from .names import profile_names, reference_names
from .output import FORMATS
from .session import Session
from .values import Read, count, filled, version_to_write, words

if TYPE_CHECKING:
    from collections.abc import Callable

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")
Decorator: TypeAlias = "Callable[[Any], Any]"
"""Adds an option or argument to a command."""

pass_session: Decorator = click.pass_obj
"""Passes the session to a command, as its first argument."""

LIMIT: Final = 30
"""How many rows a list has, if the user does not choose."""


def _stored(ctx: click.Context, param: click.Parameter, value: Any) -> None:  # noqa: ANN401  # any option's
    if value not in (None, False):
        setattr(ctx.ensure_object(Session), param.name or "", value)


def _stored_option(*names: str, **settings: Any) -> Callable[[FunctionT], FunctionT]:
    return click.option(*names, expose_value=False, callback=_stored, **settings)


def _all(*decorators: Callable[[FunctionT], FunctionT]) -> Callable[[FunctionT], FunctionT]:
    def decorate(function: FunctionT) -> FunctionT:
        for each in reversed(decorators):
            function = each(function)
        return function

    return decorate


running: Decorator = _all(
    _stored_option("-q", "--quiet", is_flag=True, help="Print no notes and no progress."),
    debug_option := _stored_option("--debug", is_flag=True, help="Show the traceback of an error."),
)
"""Options of every command."""
where: Decorator = _all(
    _stored_option(
        "--registry",
        type=Read(filled),
        metavar="URL|FILE",
        help="The registry: URL of a server, or path of a local registry.",
    ),
    profile_option := _stored_option(
        "--profile",
        type=Read(filled),
        metavar="NAME",
        help="Profile with the address and token of a server.",
        shell_complete=profile_names,
    ),
)
"""Which registry to use."""
printing: Decorator = _all(
    _stored_option(
        "-o",
        "--output",
        type=click.Choice(FORMATS),
        help="Format of the output.",
    ),
    running,
)
"""How to print."""
reading: Decorator = _all(where, printing)
"""Options of a command that reads from a registry."""
writing: Decorator = _all(
    dry_run_option := _stored_option(
        "--dry-run",
        is_flag=True,
        envvar="MODEL_REGISTRY_DRY_RUN",
        help="Print what would be written, and write nothing.",
    ),
    _stored_option("-y", "--yes", is_flag=True, envvar="MODEL_REGISTRY_YES", help="Do not ask."),
    where,
    printing,
)
"""Options of a command that writes to a registry."""
local_work: Decorator = printing
"""Options of a command that reads, and needs no registry."""
local_writing: Decorator = _all(dry_run_option, printing)
"""Options of a command that writes something else than a registry."""
everywhere: Decorator = _all(where, printing)
"""Options that may stand before the name of the command, too."""

version_to_write_argument: Decorator = click.argument(
    "reference", type=Read(version_to_write), metavar="REF", shell_complete=reference_names
)
"""The version that a command changes. Commands that read take the newest one of a bare name."""

limit_option = click.option(
    "--limit",
    type=Read(_limit := lambda text: 0 if text == "0" else count(text), "NUMBER"),
    default=LIMIT,
    show_default=True,
    help="How many rows at most; 0 for all.",
)


def listing(*, states: bool = False, filters: bool = True, metrics: bool = False) -> Decorator:
    """Return the options of a list.

    Args:
        states: Whether the resources can be archived.
        filters: Whether there is an option for a filter.
        metrics: Whether the resources have metrics.
    """
    field = "Field, custom property or metric" if metrics else "Field or custom property"
    fields = "Fields, custom properties or metrics" if metrics else "Fields or custom properties"
    options: list[Decorator] = []
    if filters:
        options.append(
            click.option("--filter", metavar="FILTER", help="Condition, such as \"name LIKE 'fraud%'\".")
        )
    options.append(
        click.option(
            "--sort",
            default="id",
            show_default=True,
            metavar="KEY",
            help=f"{field} to sort by; -KEY for the largest first.",
        )
    )
    if states:
        options += [
            click.option("--archived", is_flag=True, help="List only archived ones."),
            click.option("--all", "everything", is_flag=True, help="List archived ones, too."),
        ]
    columns_option = click.option(
        "--columns", type=Read(words), metavar="NAME[,NAME...]", help=f"{fields} to print."
    )
    return _all(*options, limit_option, columns_option)


def pair(text: str) -> tuple[str, Any]:
    """Read `name=value` as a text, and `name:=value` as JSON."""
    name, sign, value = text.partition("=")
    if not sign or not name.rstrip(":"):
        raise ValueError(f"{text!r} is not NAME=VALUE, or NAME:=JSON for a number, true, a list or an object")
    if not name.endswith(":"):
        return name, value
    try:
        return name[:-1], json.loads(value)
    except ValueError:
        raise ValueError(f"{value!r} of {name[:-1]!r} is not JSON: write NAME=VALUE for a text") from None


def format_and_version(text: str) -> tuple[str, str | None]:
    """Read `name` or `name:version`, such as `onnx:1`."""
    name, sign, version = text.partition(":")
    if not name or (sign and not version):
        raise ValueError(f"{text!r} is not NAME or NAME:VERSION, such as onnx:1")
    return name, version or None


def number_pair(text: str) -> tuple[str, float]:
    """Read `name=number`."""
    name, sign, value = text.partition("=")
    try:
        if sign and name:
            return name.rstrip(":"), float(value)
    except ValueError:
        pass
    raise ValueError(f"{text!r} is not NAME=NUMBER")


def typed_pair(text: str) -> tuple[str, Any]:
    """Read `name=value`, where a value that is JSON is read as such, like the parameters of a training."""
    name, value = pair(text)
    try:
        parsed: Any = json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return name, value
    return name, value if parsed is None or isinstance(parsed, (str, list)) else parsed


def pairs(option: str, help: str, read: Callable[[str], object] = pair, name: str | None = None) -> Decorator:
    """Return a repeatable option of names and values."""
    return click.option(
        option,
        name or option.removeprefix("--").replace("-", "_"),
        type=Read(read),
        multiple=True,
        metavar="NAME=VALUE",
        help=help,
    )


format_option = click.option(
    "--format",
    "model_format",
    type=Read(format_and_version),
    metavar="NAME[:VERSION]",
    help="Format of the files, such as onnx:1.",
)
property_option = pairs(
    "--property", "Custom property; NAME:=JSON for numbers and other values. Repeatable.", name="properties"
)


def text_fields(names: tuple[str, ...]) -> Decorator:
    """Return an option for each field that holds a text."""
    return _all(
        *[
            click.option(f"--{name.replace('_', '-')}", name, metavar="TEXT", help=f"The field {name}.")
            for name in names
        ]
    )


def list_fields(names: tuple[str, ...]) -> Decorator:
    """Return a repeatable option for each field that holds several texts."""
    return _all(
        *[
            click.option(
                f"--{name.rstrip('s')}",
                name,
                multiple=True,
                metavar="TEXT",
                help=f"The field {name}. Repeatable.",
            )
            for name in names
        ]
    )
