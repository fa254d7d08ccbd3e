"""Commands with examples, and groups that load a command when it is used."""

from __future__ import annotations

import os
from contextlib import contextmanager
from functools import update_wrapper
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click
from click.core import ParameterSource

from model_registry.exceptions import ModelRegistryError
from model_registry.near_names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping, Sequence

ALIASES: Final = {
    "list": "ls",
    "get": "show",
    "edit": "set",
    "remove": "rm",
    "model": "models",
    "version": "versions",
    "artifact": "artifacts",
    "environment": "environments",
    "service": "services",
    "aliases": "alias",
    "key": "keys",
    "tokens": "token",
}
"""Other names of commands."""


_REGISTER: Final = "`model-registry register` creates models and versions"
_ARCHIVE: Final = "nothing is deleted; `archive` takes it out of lists"
OF_MODELS: Final = {
    **dict.fromkeys(("create", "add", "register"), _REGISTER),
    **dict.fromkeys(("delete", "rm", "remove"), _ARCHIVE),
}
"""What to use instead of commands that models and versions do not have."""


class Command(click.Command):
    """A command whose help ends with examples.

    Args:
        *arguments: Arguments of Click's command.
        examples: Command lines, without the name of the program.
        output: Name of the schema of its JSON, if it prints JSON.
        words: What messages say for words of the client.
        **settings: Further arguments of Click's command.
    """

    def __init__(
        self,
        *arguments: Any,
        examples: Sequence[str] = (),
        output: str | None = None,
        words: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(*arguments, **settings)
        self.examples = tuple(examples)
        self.output = output
        self._words = words or {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the arguments. The environment variable of an option has the name of the option."""
        for option in self.params:
            if isinstance(option, click.Option) and option.envvar is None and ctx.auto_envvar_prefix:
                option.envvar = variable_of(option, ctx)
        rest = super().parse_args(ctx, args)
        for option in self.params:
            if isinstance(option, click.Option):
                _refuse_empty_variable(option, ctx)
        self._refuse_other_registry(ctx)
        return rest

    def _refuse_other_registry(self, ctx: click.Context) -> None:
        """Check that options before the name of the command name no registry instead of its database."""
        own = {option.name for option in self.params}
        for name in ("registry", "profile"):
            given = ctx.find_root().get_parameter_source(name) is ParameterSource.COMMANDLINE
            if given and "db" in own and name not in own:
                raise click.UsageError(
                    f"`{ctx.command_path}` takes no --{name}: name the database with --db", ctx
                )

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # Click's
        """Run the command. Errors name its options, not the arguments of the client."""
        try:
            return super().invoke(ctx)
        except ModelRegistryError as error:
            text = error.args[0] if error.args else None
            if isinstance(text, str):
                from .wording import for_user_of_command

                options = {each.name: each.opts[-1] for each in self.params if isinstance(each, click.Option)}
                own = for_user_of_command(
                    text,
                    options,
                    self._words,
                    filter=ctx.params.get("filter"),
                    profile=getattr(ctx.obj, "profile", None),
                )
                error.args = (own, *error.args[1:])
            raise

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples after the options."""
        super().format_epilog(ctx, formatter)
        if not self.examples:
            return
        with formatter.section("Examples"):
            for line in self.example_lines(ctx.find_root().info_name or ""):
                formatter.write(f"{'':{formatter.current_indent}}{line}\n")

    def example_lines(self, program: str) -> list[str]:
        """Return the examples as lines for a shell."""
        return [each if f"{program} " in each else f"{program} {each}" for each in self.examples]


def variable_of(option: click.Option, ctx: click.Context) -> str:
    """Return the environment variable of an option, such as MODEL_REGISTRY_MODELS_LS_LIMIT.

    Args:
        option: The option.
        ctx: The context of its command.
    """
    name = max(option.opts, key=len).lstrip("-").replace("-", "_")
    return f"{ctx.auto_envvar_prefix}_{name.upper()}"


def _refuse_empty_variable(option: click.Option, ctx: click.Context) -> None:
    """Check that the variable of an option is not empty: Click would ignore it."""
    name = option.envvar
    if option.is_flag or not isinstance(name, str) or os.environ.get(name, "x").strip():
        return
    if ctx.get_parameter_source(option.name or "") is not ParameterSource.COMMANDLINE:
        raise click.UsageError(f"the environment variable {name} is empty: unset it, or set a value", ctx)


class Group(click.Group):
    """A group of commands that prints its help when no command is given, and suggests similar names.

    Args:
        *arguments: Arguments of Click's group.
        callback: The function of the group.
        elsewhere: What to use instead of commands that it lacks, by their names.
        **settings: Further arguments of Click's group.
    """

    command_class = Command

    def __init__(
        self,
        *arguments: Any,
        callback: Callable[..., object] | None = None,
        elsewhere: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> None:
        self._elsewhere = elsewhere or {}

        def call_or_help(*values: Any, **options: Any) -> object:
            context = click.get_current_context()
            if context.invoked_subcommand is None:
                click.echo(context.get_help())
                return None
            return callback(*values, **options) if callback else None

        settings.setdefault("invoke_without_command", True)
        super().__init__(
            *arguments, callback=update_wrapper(call_or_help, callback or call_or_help), **settings
        )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command by its name or another name."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, ALIASES.get(cmd_name, cmd_name))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is not None:
            return command.name, command, args[1:]
        if name.startswith("-"):
            raise click.NoSuchOption(name, ctx=ctx)
        if name in self._elsewhere:
            raise click.UsageError(f"there is no command {name!r}: {self._elsewhere[name]}", ctx)
        names = self.list_commands(ctx)
        known = ", ".join(names) if len(names) <= _FEW else f"see {ctx.command_path} --help"
        raise click.UsageError(f"there is no command {name!r}{did_you_mean(name, names, 1)} ({known})", ctx)


_FEW: Final = 8


class Entry(NamedTuple):
    """A command that is loaded when it is used.

    Attributes:
        module: Module in `model_registry.cli.commands`.
        help: The first line of its help.
        attribute: Name of the command in the module; the default is its name.
    """

    module: str
    help: str
    attribute: str | None = None


class ReaderStopped(Exception):  # noqa: N818  # it is no error
    """The reader of standard output, such as `head`, stopped reading."""


@contextmanager
def _hidden_from_click() -> Generator[None]:
    """Replace `BrokenPipeError`, at which Click ends the process with status 1."""
    try:
        yield
    except BrokenPipeError as error:
        raise ReaderStopped from error


class LazyGroup(Group):
    """A group whose commands are in modules that are loaded when they are used.

    Args:
        *arguments: Arguments of Click's group.
        sections: The commands by name, in named sections of the help.
        **settings: Further arguments of Click's group.
    """

    def __init__(self, *arguments: Any, sections: Mapping[str, Mapping[str, Entry]], **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.sections = sections
        self.entries = {name: entry for section in sections.values() for name, entry in section.items()}

    def make_context(self, *arguments: Any, **settings: Any) -> click.Context:
        """Read the arguments; this also prints the help."""
        with _hidden_from_click():
            return super().make_context(*arguments, **settings)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401  # Click's
        """Run the command."""
        with _hidden_from_click():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # Click's
        """Return the names of all commands."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # Click's
        """Load a command."""
        name = cmd_name if cmd_name in self.entries else ALIASES.get(cmd_name, cmd_name)
        entry = self.entries.get(name)
        if entry is None:
            return None
        module = import_module(f"model_registry.cli.commands.{entry.module}")
        command: click.Command = getattr(module, entry.attribute or name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # Click's
        """Write the commands in their sections, without loading them."""
        for title, section in self.sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.help) for name, entry in section.items()])
