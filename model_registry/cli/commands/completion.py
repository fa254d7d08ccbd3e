"""The commands `completion` and `skill`."""

from __future__ import annotations

import sys
from importlib.resources import files

import click
from click.shell_completion import get_completion_class

from model_registry.cli.groups import Command
from model_registry.cli.options import running


@click.command(
    "completion",
    cls=Command,
    examples=(
        "completion bash > ~/.local/share/bash-completion/completions/model-registry",
        "completion fish > ~/.config/fish/completions/model-registry.fish",
        "completion zsh > ~/.zfunc/_model-registry",
    ),
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@running
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script for a shell: commands, options, and names in the registry."""
    from model_registry.cli.app import COMPLETION
    from model_registry.cli.bash_completion import register

    register()
    root = ctx.find_root()
    found = get_completion_class(shell)
    if found is None:
        raise click.UsageError(f"there is no completion for {shell}", ctx)
    sys.stdout.write(found(root.command, {}, root.info_name or "", COMPLETION).source() + "\n")


@click.command("skill", cls=Command, examples=("skill > SKILL.md",))
@running
def skill() -> None:
    """Print how to do common tasks with this command, for agents."""
    sys.stdout.write((files("model_registry.cli") / "SKILL.md").read_text(encoding="utf-8"))
