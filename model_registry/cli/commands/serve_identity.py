"""The options of `serve` that say who may send requests, and what is recorded of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from model_registry.cli.values import Read, lifetime, switch
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from model_registry.server.audit.watch import Trail
    from model_registry.server.identity.settings import Identity

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")


def _switch(name: str, help: str) -> Callable[[FunctionT], FunctionT]:
    return click.option(
        name,
        type=Read(switch),
        default=False,
        is_flag=False,
        flag_value="yes",
        metavar="[yes|no]",
        help=help,
    )


_OPTIONS: Final = (
    click.option(
        "--token-file",
        metavar="FILE",
        help="Require one of the bearer tokens in this file (one per line; # starts a comment line).",
    ),
    _switch(
        "--named-tokens",
        "Require a token that `model-registry token create` created, or one of --token-file.",
    ),
    _switch("--audit", "Record each write in the audit trail: who, when and what."),
    click.option(
        "--audit-keep",
        type=Read(lifetime),
        metavar="TIME",
        help="How long the trail is stored, such as 365d.  [default: for ever]",
    ),
    _switch(
        "--audit-chain",
        "Store in each entry of the trail a hash of it and the one before it, for `model-registry audit"
        " verify`. Writes then run one after the other.",
    ),
)
_IDENTITY: Final = ("token_file", "named_tokens")
_AUDIT: Final = ("audit", "audit_keep", "audit_chain")


def identity_options(command: FunctionT) -> FunctionT:
    """Add the options to the command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def take_settings(options: dict[str, Any]) -> tuple[Identity, Trail | None]:
    """Take the values of these options out of those of the command.

    Raises:
        InvalidArgumentError: Some of them do not fit together.
    """
    from model_registry.server.audit.watch import Trail
    from model_registry.server.identity.settings import Identity

    identity = Identity(**{name: options.pop(name) for name in _IDENTITY})
    audit, seconds, chained = (options.pop(name) for name in _AUDIT)
    if not audit:
        if seconds is not None or chained:
            raise InvalidArgumentError(f"{'--audit-chain' if chained else '--audit-keep'} needs --audit")
        return identity, None
    return identity, Trail(seconds, chained)
