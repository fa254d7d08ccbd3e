"""The commands `login`, `logout`, `whoami` and `config ...`, over the file of profiles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from model_registry.cli.groups import Command, Group
from model_registry.cli.options import local_work, local_writing, pass_session, profile_option, reading
from model_registry.cli.plans import planned
from model_registry.cli.secrets import read_secret, secret_file_option
from model_registry.exceptions import InvalidArgumentError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.types import Change

_SECRET: Final = "token"  # noqa: S105  # the name of a setting
_PATHS: Final = ("ca", "client_cert", "client_key", "token_file")
"""Settings that name files. A profile is used in any folder, so their paths are absolute."""


@click.command(
    "login",
    cls=Command,
    output="login",
    words={"ca='/path/to/ca.pem' (custom_ca= of ModelRegistry and of secure_connection)": "--ca FILE"},
    examples=(
        "login https://registry.example.org",
        "login https://registry.example.org --token-file token --profile team",
        "oc whoami --show-token | model-registry login https://registry.example.org --token-file -",
        "login http://localhost:8080 --no-token",
    ),
)
@click.argument("url")
@secret_file_option("--token-file", "File with the token; - for standard input. Without it you are asked.")
@click.option("--no-token", is_flag=True, help="The server needs no token.")
@click.option("--ca", metavar="PATH", help="PEM file or folder of the authorities to trust.")
@click.option("--author", help="Who registers.")
@profile_option
@local_writing
@pass_session
def login(
    session: Session,
    url: str,
    *,
    token_file: str | None,
    no_token: bool,
    ca: str | None,
    author: str | None,
) -> None:
    """Check a server's URL and token, and store them in a profile. The token is never an argument.

    The profile is `default`, unless --profile or MODEL_REGISTRY_PROFILE names another one. Other
    settings of the profile stay; with another URL, not those for the former server alone.
    """
    from model_registry import ModelRegistry
    from model_registry.connection.address import base_url
    from model_registry.connection.profiles import check_profile, write_profile
    from model_registry.connection.settings import resolve_profile
    from model_registry.core import ModelRegistryAPIClient

    profile = _chosen(session)
    address = base_url(url)
    token = None if no_token else read_secret(token_file, "token")
    given = {"url": address, "token": token, "ca": _absolute("ca", ca or ""), "author": author}
    settings = {**_kept(profile, address), **{name: value for name, value in given.items() if value}}
    check_profile(profile, settings)
    stored = resolve_profile(profile, settings)
    with ModelRegistry.over(ModelRegistryAPIClient(stored.connection), author=stored.author) as registry:
        _check(registry)
    if session.dry_run:
        session.show_plan([_change(profile, settings)])
        return
    path = write_profile(profile, settings)
    session.out.document(
        {"profile": profile, "url": address, "file": str(path)},
        f"Stored {address} as profile {profile} in {path}",
    )


@click.command("logout", cls=Command, output="removed-profile", examples=("logout", "logout --profile team"))
@profile_option
@local_writing
@pass_session
def logout(session: Session) -> None:
    """Remove a profile, with its token: `default`, unless you name another one."""
    from model_registry.connection.profiles import remove_profile
    from model_registry.connection.settings import profiles

    profile = _chosen(session)
    if session.dry_run and profile in profiles():
        session.show_plan([_change(profile, {})])
        return
    if not remove_profile(profile):
        raise NotFoundError(f"there is no profile {profile!r}", sent=False)
    session.out.document({"profile": profile}, f"Removed profile {profile}")


@click.command("whoami", cls=Command, output="whoami", examples=("whoami", "whoami -o json"))
@reading
@pass_session
def whoami(session: Session) -> None:
    """Show which registry is used, as whom, and where each value comes from."""
    with session.client() as registry:
        shown: dict[str, str | None] = {"registry": registry.connection.url, "author": registry.author}
        details = str(registry.connection)
        account = registry.whoami()
        if account is None:
            _check(registry)
    head = f"{shown['author']} at {shown['registry']}"
    if account is not None:
        shown |= {"account": account.name, "role": account.role, "way": account.way}
        head += f", known there as {account}"
    session.out.document(shown, f"{head}\n{details}")


@click.group(cls=Group)
def config() -> None:
    """List and change profiles: addresses and settings of servers."""


@config.command("path", output="path", examples=("config path",))
@local_work
@pass_session
def path(session: Session) -> None:
    """Print the path of the file of profiles."""
    from model_registry.connection.settings import profiles_file

    found = str(profiles_file())
    session.out.document({"path": found}, found)


@config.command("ls", output="profiles", examples=("config ls", "config ls -o json"))
@local_work
@pass_session
def ls(session: Session) -> None:
    """List the profiles. Tokens are not shown."""
    from model_registry.connection.settings import profiles

    rows = [
        {"profile": name, "setting": setting, "value": "***" if setting == _SECRET else value}
        for name, settings in profiles().items()
        for setting, value in settings.items()
    ]
    session.out.rows(rows, ("profile", "setting", "value"))


@config.command(
    "set",
    output="setting",
    examples=("config set read_timeout 90", "config set ca authority.pem --profile team"),
)
@click.argument("setting")
@click.argument("value")
@profile_option
@local_writing
@pass_session
def set_(session: Session, setting: str, value: str) -> None:
    """Set SETTING of a profile to VALUE; an empty VALUE removes it. Tokens are set by `login`.

    The profile is `default`, unless you name another one.
    """
    from model_registry.connection.profiles import check_profile, write_profile
    from model_registry.connection.settings import profiles

    profile = _chosen(session)
    if setting == _SECRET:
        raise InvalidArgumentError(
            "other users can see the arguments of a command: use `model-registry login`, or set token_file"
        )
    given = {**profiles().get(profile, {}), setting: _absolute(setting, value)}
    settings = {name: each for name, each in given.items() if each}
    check_profile(profile, settings)
    if session.dry_run:
        session.show_plan([_change(profile, settings)])
        return
    write_profile(profile, settings)
    session.out.document(
        {"profile": profile, "setting": setting, "value": value or None},
        f"{'Set' if value else 'Removed'} {setting} of profile {profile}",
    )


def _check(registry: ModelRegistry) -> None:
    """Check that a registry answers."""
    next(iter(registry.list_models(page_size=1)), None)


def _chosen(session: Session) -> str:
    """Return the name of the profile to change."""
    from model_registry.connection.settings import DEFAULT_PROFILE

    return session.profile or DEFAULT_PROFILE


def _absolute(setting: str, value: str) -> str:
    """Return the value of a setting, with an absolute path if it is one."""
    return str(Path(value).expanduser().absolute()) if value and setting in _PATHS else value


def _kept(profile: str, address: str) -> dict[str, str]:
    """Return the settings of a profile that stay when a token for an address is stored in it."""
    from model_registry.connection.address import base_url
    from model_registry.connection.settings import FOR_ONE_ADDRESS, profiles

    stored = profiles().get(profile, {})
    is_other = base_url(stored.get("url") or address) != address
    left_out = FOR_ONE_ADDRESS if is_other else {"token", "token_file"}
    return {name: value for name, value in stored.items() if name not in left_out}


def _change(profile: str, settings: Mapping[str, str]) -> Change:
    """Return the change of a profile to these settings; to none if it would be removed."""
    from model_registry.connection.settings import profiles

    stored = profiles().get(profile)
    before = dict(stored or {})
    after = dict(settings)
    if after.get(_SECRET, before.get(_SECRET)) != before.get(_SECRET):
        after[_SECRET] = "*** (new)"
    for each in (before, after):
        if _SECRET in each and each[_SECRET] != "*** (new)":
            each[_SECRET] = "***"
    return planned("create" if stored is None else "change", "profile", profile, before, after)
