"""Settings outside the program: environment variables and profiles in a file.

Each value is looked for in this order, and the first place that has it wins:

1. the argument;
2. the environment variable `MODEL_REGISTRY_` and its name;
3. the profile: a section of the file `profiles.ini`;
4. for the token alone: the file that `KF_PIPELINES_SA_TOKEN_PATH` names and, for an address within the
   cluster, the pod's service account;
5. the default.

Where a place names an address, its token, certificates and API version are for that address alone: they
are not used with an address that came from elsewhere.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

from model_registry.connection import Connection, ConnectionOptions, checked_headers
from model_registry.connection.address import base_url
from model_registry.connection.tokens import PIPELINES_VARIABLE, SERVICE_ACCOUNT_FILE, token_from_variable
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from typing_extensions import Unpack

PREFIX = "MODEL_REGISTRY_"
"""What the names of all environment variables begin with."""

DEFAULT_PROFILE = "default"
"""Name of the profile that is used by default, if it exists."""


@dataclass(frozen=True)
class Settings:
    """Everything that was found out, once.

    Attributes:
        connection: Where the registry is and how to speak to it.
        author: Who registers, or `None`.
        profile: Name of the profile that was used, or `None`.
    """

    connection: Connection
    author: str | None = None
    profile: str | None = None


def resolve(
    address: str | None = None,
    *,
    profile: str | None = None,
    author: str | None = None,
    **options: Unpack[ConnectionOptions],
) -> Settings:
    """Find out where a registry is and how to speak to it.

    Args:
        address: Host or URL.
        profile: Name of a profile.
        author: Who registers.
        **options: As `ConnectionOptions` describes them; what is `None` counts as not given.

    Returns:
        The settings. `str(settings.connection)` says where each value came from.

    Raises:
        InvalidArgumentError: A value cannot be right, two contradict each other, or there is no address.

    Example:
        >>> import os
        >>> from model_registry.connection.settings import resolve
        >>> os.environ["MODEL_REGISTRY_READ_TIMEOUT"] = "90"
        >>> print(resolve("https://registry.example.org", token="secret").connection)
        url = 'https://registry.example.org:443'  (argument)
        token = '***'  (argument)
        read_timeout = 90.0  (MODEL_REGISTRY_READ_TIMEOUT)
        >>> del os.environ["MODEL_REGISTRY_READ_TIMEOUT"]
    """
    given: dict[str, object] = {"url": address, "author": author, **options}
    arguments = {name: _Value(value, "argument") for name, value in given.items() if value is not None}
    name = profile or os.environ.get(f"{PREFIX}PROFILE")
    named, kept = _profile(name)
    values = _merged(arguments, [_environment(), kept])
    whose = values.pop("author", None)
    return Settings(_connection(values), None if whose is None else str(whose.value), named)


def resolve_profile(profile: str, settings: Mapping[str, str]) -> Settings:
    """Return what a profile with these settings says, whatever other places say.

    Args:
        profile: Name of the profile.
        settings: Its settings, as the file would have them.

    Raises:
        InvalidArgumentError: A value cannot be right, or there is no address.
    """
    check_settings(profile, settings)
    values = _merged({}, [_layer(settings, lambda _: "argument")])
    author = values.pop("author", None)
    return Settings(_connection(values), None if author is None else str(author.value), profile)


def profiles_file() -> Path:
    """Say where profiles are kept: `MODEL_REGISTRY_CONFIG`, or `profiles.ini` in the platform's folder."""
    given = os.environ.get(f"{PREFIX}CONFIG")
    if given:
        return Path(given).expanduser()
    from platformdirs import user_config_path

    return user_config_path("model-registry", appauthor=False) / "profiles.ini"


def profiles() -> dict[str, dict[str, str]]:
    """Return the settings of each profile in the file, by name, as they are written there.

    Raises:
        InvalidArgumentError: The file cannot be read as profiles.
    """
    return _sections(profiles_file())


class _Value(NamedTuple):
    value: Any
    origin: str


_Layer: TypeAlias = "dict[str, _Value]"


def _flag(text: str) -> bool:
    """Read `true` or `false`."""
    if text.lower() not in _FLAGS:
        raise ValueError(text)
    return _FLAGS[text.lower()]


_FLAGS: dict[str, bool] = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}

_SETTINGS: dict[str, Callable[[str], object]] = {
    "url": str,
    "token": str,
    "token_file": Path,
    "ca": str,
    "client_cert": str,
    "client_key": str,
    "author": str,
    "api": str,
    "connect_timeout": float,
    "read_timeout": float,
    "total_timeout": float,
    "retries": int,
    "require_signature": _flag,
}
"""What environment and profiles may hold, and how it is read. Neither can switch certificate checks off."""

SETTING_NAMES = tuple(_SETTINGS)
"""Names of the settings that a profile may have."""

_FOR_TLS = frozenset({"ca", "client_cert", "client_key"})
_NOTHING: frozenset[str] = frozenset()
FOR_ONE_ADDRESS = _FOR_TLS | {"token", "token_file", "api"}
"""Settings that are used with the address beside them alone."""


def _environment() -> _Layer:
    texts = {name: os.environ.get(f"{PREFIX}{name.upper()}", "") for name in _SETTINGS}
    return _layer(texts, lambda name: f"{PREFIX}{name.upper()}")


def _profile(wanted: str | None) -> tuple[str | None, _Layer]:
    """Read a profile; without a name the default one, if there is one."""
    path = profiles_file()
    sections = _sections(path)
    name = wanted or DEFAULT_PROFILE
    if name not in sections:
        if wanted is None:
            return None, {}
        there = ", ".join(sections) or "none"
        raise InvalidArgumentError(f"there is no profile {wanted!r} in {str(path)!r}; there is: {there}")
    unknown = sections[name].keys() - _SETTINGS.keys()
    if unknown:
        raise InvalidArgumentError(
            f"profile {name!r} in {str(path)!r} has {', '.join(sorted(unknown))}; it may have: "
            + ", ".join(_SETTINGS)
        )
    return name, _layer(sections[name], lambda setting: f"{setting} of profile {name!r} in {path}")


def _sections(path: Path) -> dict[str, dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None
    import configparser  # most users have no profiles

    # No section is special, and `%` is a character like others.
    parser = configparser.ConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise _unreadable(path, error) from None
    return {name: dict(parser[name]) for name in parser.sections()}


def _unreadable(path: Path, error: Exception) -> InvalidArgumentError:
    # The parser's own message quotes lines, which may hold a token.
    return InvalidArgumentError(
        f"{str(path)!r} cannot be read as profiles ({type(error).__name__}): it must be an INI file, "
        "with a [name] before the lines `setting = value` of each profile"
    )


def _layer(texts: Mapping[str, str], origin: Callable[[str], str]) -> _Layer:
    """Read the texts of one place; empty ones count as not given."""
    layer: _Layer = {}
    for name, read in _SETTINGS.items():
        text = texts.get(name, "").strip()
        if not text:
            continue
        try:
            layer[name] = _Value(read(text), origin(name))
        except ValueError:
            kind = "true or false" if read is _flag else "a number"
            raise InvalidArgumentError(f"{origin(name)} must be {kind}, got {text!r}") from None
    if "token" in layer and "token_file" in layer:
        raise InvalidArgumentError(
            f"{origin('token')} and {origin('token_file')} are both set: leave one out"
        )
    if "token_file" in layer:
        layer["token"] = layer.pop("token_file")
    return layer


def check_settings(profile: str, settings: Mapping[str, str]) -> None:
    """Check the values of the settings of a profile.

    Raises:
        InvalidArgumentError: A value is not valid.
    """
    layer = _layer(settings, lambda name: f"{name} of profile {profile!r}")
    if "url" in layer:
        base_url(layer["url"].value)
    if "api" in layer and layer["api"].value not in ("v1", "v1alpha3"):
        raise InvalidArgumentError(f"api of profile {profile!r} must be v1 or v1alpha3")


def _merged(arguments: _Layer, others: list[_Layer]) -> _Layer:
    """Take each value from the first place that has it, and from there what belongs to it."""
    layers = [arguments, *others]
    address = next((layer["url"] for layer in layers if "url" in layer), None)
    if address is None:
        raise InvalidArgumentError(
            f"no address of a registry: give one, set {PREFIX}URL, or keep it in a profile in "
            f"{str(profiles_file())!r}"
        )
    url = base_url(address.value)
    unused = _left_no_room(arguments, url)
    merged = dict(arguments)
    for layer in others:
        elsewhere = "url" in layer and base_url(layer["url"].value) != url
        left_out = unused | (FOR_ONE_ADDRESS if elsewhere else _NOTHING)
        if "client_cert" in merged:
            left_out |= {"client_key"}
        merged = {**{name: value for name, value in layer.items() if name not in left_out}, **merged}
    if "token" not in merged and "token" not in unused:
        merged.update(_token_of_the_platform(url))
    return merged


def _left_no_room(arguments: _Layer, url: str) -> frozenset[str]:
    """Say which values the arguments leave no room for."""
    unused = _NOTHING
    if not url.startswith("https:"):
        unused |= _FOR_TLS
    if "verify" in arguments and arguments["verify"].value is False:
        unused |= {"ca"}
    own = checked_headers("headers", arguments["headers"].value) if "headers" in arguments else {}
    if "auth" in arguments or "authorization" in {name.lower() for name in own}:
        unused |= {"token"}
    return unused


def _token_of_the_platform(url: str) -> _Layer:
    """Find the token that Kubernetes or Kubeflow gave to this process."""
    token = token_from_variable(PIPELINES_VARIABLE)
    if token is not None:
        return {"token": _Value(token, PIPELINES_VARIABLE)}
    if _is_in_cluster(urlsplit(url).hostname or "") and SERVICE_ACCOUNT_FILE.is_file():
        return {"token": _Value(SERVICE_ACCOUNT_FILE, "service account of this pod")}
    return {}


def _is_in_cluster(host: str) -> bool:
    """Tell names of services in a cluster: others must not get to see what opens this one."""
    return host.endswith((".svc", ".cluster.local")) or (
        "." not in host and ":" not in host and host != "localhost"
    )


def _connection(values: _Layer) -> Connection:
    origins = {name: value.origin for name, value in values.items()}
    try:
        return Connection(**{name: value.value for name, value in values.items()}, origins=origins)
    except InvalidArgumentError as error:
        found = sorted({origin for origin in origins.values() if origin != "argument"})
        if not found:
            raise
        raise InvalidArgumentError(f"{error} (values came from {', '.join(found)} too)") from None
