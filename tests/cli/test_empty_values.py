"""Options of servers, and those that name a registry, refuse empty values: a default may be no guard."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import click
import pytest

from model_registry.cli.commands.serve import serve

if TYPE_CHECKING:
    from tests.cli.conftest import Cli

BLANK = ["", " ", "\t"]
OPTIONS = [
    option.opts[-1] for option in serve.params if isinstance(option, click.Option) and not option.is_flag
]


def context(command: click.Command, *arguments: str) -> click.Context:
    return command.make_context("serve", list(arguments), auto_envvar_prefix="MODEL_REGISTRY_SERVE")


@pytest.mark.parametrize("value", BLANK)
@pytest.mark.parametrize("option", OPTIONS)
def test_13_08_an_empty_option_of_serve_is_refused(option: str, value: str) -> None:
    with pytest.raises(click.UsageError) as caught:
        context(serve, option, value)
    assert isinstance(caught.value, click.BadParameter)
    assert caught.value.param is not None
    assert option in caught.value.param.opts


@pytest.mark.parametrize("value", BLANK)
@pytest.mark.parametrize("option", OPTIONS)
def test_13_08_an_empty_variable_of_serve_is_refused(
    option: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = f"MODEL_REGISTRY_SERVE_{option.lstrip('-').replace('-', '_').upper()}"
    monkeypatch.setenv(name, value)
    with pytest.raises(click.UsageError, match=name):
        context(serve)


def test_13_08_an_option_wins_over_an_empty_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_REGISTRY_SERVE_DB", "")
    assert context(serve, "--db", "other.db").params["db"] == "other.db"


def test_13_08_lists_without_a_word_are_refused() -> None:
    for option in ("--allowed-hosts", "--cors-allowed-origins", "--grant", "--trusted-proxies"):
        with pytest.raises(click.BadParameter, match="empty"):
            context(serve, option, " , ,")


@pytest.mark.parametrize("option", ["--registry", "--profile", "--db"])
@pytest.mark.parametrize(("module", "name"), [("audit", "ls"), ("audit", "verify"), ("tokens", "create")])
def test_13_08_an_empty_name_of_a_registry_is_refused(module: str, name: str, option: str) -> None:
    group = getattr(import_module(f"model_registry.cli.commands.{module}"), module.removesuffix("s"))
    with pytest.raises(click.BadParameter, match="empty"):
        context(group.commands[name], option, "")


def test_13_08_the_command_says_it_in_one_line(bare: Cli) -> None:
    for arguments in (
        ["serve", "--db", ""],
        ["--registry", "", "models", "ls"],
        ["models", "ls", "--registry", " "],
        ["ui", "--registry", ""],
        ["mcp", "--registry", ""],
        ["db", "upgrade", "--db", ""],
        ["audit", "verify", "--expect", ""],
        ["audit", "ls", "--actor", " "],
    ):
        (line,) = bare.fails(2, *arguments).splitlines()
        assert "empty" in line
    bare.fails(2, "token", "create", "", "--role", "admin", "--db", "new.db")
    bare.variables["MODEL_REGISTRY_SERVE_DB"] = ""
    for arguments in (["serve"], ["token", "ls"], ["audit", "verify"]):
        (line,) = bare.fails(2, *arguments).splitlines()
        assert "MODEL_REGISTRY_SERVE_DB is empty" in line
    assert [path.name for path in bare.folder.iterdir()] == []
