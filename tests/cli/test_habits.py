"""What all commands have in common: each command and each option is checked."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from model_registry.cli.app import PROGRAM, root
from model_registry.cli.options import LIMIT

from .tree import COMMANDS

if TYPE_CHECKING:
    from .conftest import Cli

READS = {
    *("models ls", "models show", "versions ls", "versions show", "artifacts ls", "artifacts show"),
    *("alias ls", "alias history", "search", "resolve", "latest", "compare", "lineage", "manifest"),
    *("files", "cat", "verify", "environments ls", "environments show"),
    *("services ls", "services show", "services history", "whoami", "config ls", "config path"),
    *("completion", "skill", "doctor", "token ls", "audit ls", "audit export", "audit verify"),
}
SERVES = {"serve", "ui", "mcp"}
NO_DATA = {"cat", "completion", "skill", *SERVES}
"""They print a file, a script or a text, whatever the format."""
NO_REGISTRY = {
    *("login", "logout", "config ls", "config path", "config set", "completion", "skill"),
    *("sign", "keys create", "upload", "serve", "db backup", "db upgrade"),
}
UNDOES_MUCH = {"models archive", "alias rm"}
LISTS = {
    *("models ls", "versions ls", "artifacts ls", "environments ls", "services ls", "services history"),
    *("search", "alias ls", "alias history", "files", "token ls", "audit ls"),
}
STREAMS = {
    *("upload", "register", "register-many", "import", "export", "db backup"),
    *("models set", "login", "doctor", "sign", "keys create"),
}
"""Commands that read a file or write one, which may be `-`."""


def options(name: str) -> dict[str, click.Option]:
    """Return the options of a command by their long names."""
    params = [each for each in COMMANDS[name].params if isinstance(each, click.Option)]
    return {max(each.opts, key=len): each for each in params}


def with_option(option: str) -> set[str]:
    return {name for name in COMMANDS if option in options(name)}


def test_16_which_commands_have_which_options() -> None:
    everything = COMMANDS.keys()
    assert with_option("--dry-run") == everything - READS - SERVES
    assert with_option("--output") == everything - NO_DATA
    assert with_option("--debug") == everything
    assert with_option("--quiet") == everything - {"serve"}  # its log is set by --log-format
    assert with_option("--registry") == everything - NO_REGISTRY
    assert with_option("--profile") >= with_option("--registry")
    assert with_option("--yes") >= UNDOES_MUCH
    lists = with_option("--limit") - {"manifest"}  # of memory and processors
    assert lists == LISTS
    assert {options(name)["--limit"].default for name in lists} == {LIMIT}
    assert (
        with_option("--sort")
        == with_option("--columns")
        == LISTS - {*("alias ls", "alias history", "files", "token ls", "audit ls")}
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_16_every_command_and_every_option_explains_itself(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert command.help.strip().endswith((".", "}")), command.help
    for option, each in options(name).items():
        assert each.help, f"{option} has no help"
        assert each.help.split("  [")[0].endswith("."), f"{option}: {each.help}"


@pytest.mark.parametrize("name", COMMANDS)
def test_16_examples_parse(name: str) -> None:
    command = COMMANDS[name]
    assert command.examples
    for line in command.example_lines(PROGRAM):
        words = shlex.split(line.partition(f"{PROGRAM} ")[2])
        words = words[: min((words.index(each) for each in (">", "|") if each in words), default=None)]
        calls = name.split()
        assert words[: len(calls)] == calls
        arguments = words[len(calls) :]
        with pytest.MonkeyPatch.context() as patch:  # the files of examples do not exist
            patch.setattr(click.File, "convert", lambda _, value, __, ___: value)
            patch.setattr(click.Path, "convert", lambda _, value, __, ___: value)
            command.make_context(calls[-1], arguments, parent=click.Context(root, info_name=PROGRAM))


@pytest.mark.parametrize("name", COMMANDS)
def test_16_every_option_has_an_environment_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    context = click.Context(root, info_name=PROGRAM, **root.context_settings)
    for word in name.split():
        assert isinstance(context.command, click.Group)
        command = context.command.get_command(context, word)
        assert command is not None
        context = click.Context(command, context, word, help_option_names=["--help"])
    with pytest.raises(click.exceptions.Exit):
        context.command.parse_args(context, ["--help"])
    for option, each in options(name).items():
        words = "_".join(["MODEL_REGISTRY", name, option.removeprefix("--")])
        variable = re.sub("[- ]", "_", words).upper()
        monkeypatch.setenv(variable, "value")
        assert each.resolve_envvar_value(context) == "value", variable


def test_16_values_of_the_environment_are_used(local: Cli) -> None:
    local.variables |= {
        "MODEL_REGISTRY_REGISTER_PROPERTY": "team=risk rank:=3",
        "MODEL_REGISTRY_REGISTER_URI": "s3://m",
        "MODEL_REGISTRY_DRY_RUN": "1",
        "MODEL_REGISTRY_SEARCH_MODELS": "1",
        "MODEL_REGISTRY_OUTPUT": "name",
    }
    assert "+ ModelVersion fraud/1.0" in local.ok("register", "fraud", "1.0")
    del local.variables["MODEL_REGISTRY_DRY_RUN"]
    local.ok("register", "fraud", "1.0")
    shown = local.json("versions", "show", "fraud/1.0")
    assert shown["custom_properties"] == {"team": "risk", "rank": 3}
    assert local.ok("search", "name = 'fraud'") == "fraud\n"


OTHER_VERBS = {"ls": ["list"], "show": ["get"], "set": ["edit"], "rm": ["remove"]}
WITHOUT_PLURAL = {"audit", "config", "db"}


def test_16_commands_have_other_names() -> None:
    context = click.Context(root, info_name=PROGRAM)
    for name in COMMANDS:
        group, _, verb = name.partition(" ")
        found = root.get_command(context, group)
        if not isinstance(found, click.Group):
            continue
        other = {"alias": "aliases", "token": "tokens"}.get(group, group.removesuffix("s"))
        assert other != group or group in WITHOUT_PLURAL
        assert root.get_command(context, other) is found
        for each in OTHER_VERBS.get(verb, ()):
            assert found.get_command(context, each) is found.get_command(context, verb)


def test_16_a_file_may_be_a_stream() -> None:
    def takes_stream(each: click.Parameter) -> bool:
        if isinstance(each.type, click.File):
            return True
        if isinstance(each.type, click.Path):
            return each.type.allow_dash
        return isinstance(each, click.Option) and "- for standard input" in (each.help or "")

    assert {name for name, each in COMMANDS.items() if any(map(takes_stream, each.params))} == STREAMS


@pytest.mark.parametrize(
    "line",
    ["models ls", "versions ls fraud --columns external_id", "search none=1", "register fraud 2.0"],
)
def test_16_quiet_prints_no_notes(local: Cli, line: str) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m", "--model-property", "x=1")
    ended = local(*line.split(), "--quiet")
    assert (ended.returncode, ended.stderr) == (0, "")
