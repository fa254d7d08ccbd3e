"""The options of `serve` that say who may send requests, and what is recorded of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from model_registry.cli.values import Read, filled, lifetime, networks, switch, words
from model_registry.exceptions import InvalidArgumentError, MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from model_registry.server.audit.watch import Trail
    from model_registry.server.identity.oidc import Issuer
    from model_registry.server.identity.proxy_header import TrustedHeader
    from model_registry.server.identity.settings import Identity
    from model_registry.server.process.limits import Network

FunctionT = TypeVar("FunctionT", bound="Callable[..., Any]")


def _grants(text: str) -> tuple[tuple[str, str], ...]:
    from model_registry.server.identity.grants import read_grant

    found = tuple(read_grant(part) for part in words(text))
    for name, role in found:
        if any(other == name and role_ != role for other, role_ in found):
            raise ValueError(f"{name} has two roles")
    return found


def _header_name(text: str) -> str:
    if not _FIELD_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a header: write it as kubeflow-userid")
    return text


def _protected(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    found: list[tuple[str, frozenset[str]]] = []
    for part in words(text):
        alias, _, people = part.partition("=")
        if not _ALIAS.fullmatch(alias):
            raise ValueError(f"{alias!r} is not an alias")
        found.append((alias.lower(), frozenset(filter(None, people.split("|")))))
    return tuple(found)


_FIELD_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")  # RFC 9110, 5.1
_ALIAS: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


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


_NAME_CLAIM, _GROUPS_CLAIM = "sub", "groups"
_OPTIONS: Final = (
    click.option(
        "--token-file",
        type=Read(filled),
        metavar="FILE",
        help="Require one of the bearer tokens in this file (one per line; # starts a comment line).",
    ),
    _switch(
        "--named-tokens",
        "Require a token that `model-registry token create` created, or one of --token-file.",
    ),
    click.option(
        "--oidc-issuer",
        "issuers",
        type=Read(filled),
        multiple=True,
        metavar="URL",
        help="Accept tokens of this issuer of OpenID Connect, such as a Kubernetes cluster. Repeatable.",
    ),
    click.option(
        "--oidc-audience",
        type=Read(words),
        default=(),
        metavar="NAME[,NAME...]",
        help="The claim aud of these tokens must contain one of these names.",
    ),
    click.option(
        "--oidc-name-claim",
        type=Read(filled),
        default=_NAME_CLAIM,
        show_default=True,
        metavar="CLAIM",
        help="The claim with the name of the caller.",
    ),
    click.option(
        "--oidc-groups-claim",
        type=Read(filled),
        default=_GROUPS_CLAIM,
        show_default=True,
        metavar="CLAIM",
        help="The claim with the groups of the caller.",
    ),
    click.option(
        "--oidc-ca",
        type=Read(filled),
        metavar="FILE",
        help="PEM file of the authorities to trust for the issuers.",
    ),
    click.option(
        "--trusted-header",
        type=Read(_header_name),
        metavar="NAME",
        help="Header in which a proxy sends the name of the caller, such as kubeflow-userid.",
    ),
    click.option(
        "--trusted-proxies",
        type=Read(networks),
        default=(),
        metavar="ADDRESS[,ADDRESS...]",
        help="Addresses or networks of the proxies that send it; from others it is ignored.",
    ),
    click.option(
        "--grant",
        "grants",
        type=Read(_grants),
        default=(),
        metavar="NAME=ROLE[,NAME=ROLE...]",
        help="Roles of callers that issuers and proxies name, such as group:ml=writer or *=reader.",
    ),
    click.option(
        "--protected-aliases",
        type=Read(_protected),
        default=(),
        metavar="ALIAS[=NAME|NAME...][,...]",
        help="Aliases that only admins, and callers with these names, may move.",
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

    identity = Identity(
        named_tokens=options.pop("named_tokens"),
        token_file=options.pop("token_file"),
        issuers=_issuers(options),
        header=_header(options.pop("trusted_header"), options.pop("trusted_proxies")),
        grants=dict(options.pop("grants")),
        protected_aliases=dict(options.pop("protected_aliases")),
    )
    audit, seconds, chained = (options.pop(name) for name in _AUDIT)
    if not audit:
        if seconds is not None or chained:
            raise InvalidArgumentError(f"{'--audit-chain' if chained else '--audit-keep'} needs --audit")
        return identity, None
    return identity, Trail(seconds, chained)


def _issuers(options: dict[str, Any]) -> tuple[Issuer, ...]:
    audiences, name_claim, groups_claim, ca = (
        options.pop(f"oidc_{name}") for name in ("audience", "name_claim", "groups_claim", "ca")
    )
    urls = options.pop("issuers")
    if not urls:
        if audiences or ca or (name_claim, groups_claim) != (_NAME_CLAIM, _GROUPS_CLAIM):
            raise InvalidArgumentError("the options --oidc-... need --oidc-issuer")
        return ()
    try:
        from model_registry.server.identity.oidc import Issuer
    except ImportError as error:
        raise MissingExtraError.for_extra("oidc", "Tokens of OpenID Connect", error) from error
    return tuple(Issuer(url, audiences, name_claim, groups_claim, ca) for url in urls)


def _header(name: str | None, proxies: Sequence[Network]) -> TrustedHeader | None:
    from model_registry.server.identity.proxy_header import TrustedHeader

    if name is None:
        if proxies:
            raise InvalidArgumentError("--trusted-proxies needs --trusted-header")
        return None
    if not proxies:
        raise InvalidArgumentError("--trusted-header needs --trusted-proxies: anybody could send the header")
    if any(one.prefixlen == 0 for one in proxies):
        raise InvalidArgumentError(
            "--trusted-proxies has all addresses, so anybody could send the header: list those of the proxies"
        )
    return TrustedHeader(name, proxies)
