"""Read the address of a registry in PostgreSQL."""

from __future__ import annotations

import math
import re
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote

import psycopg
from psycopg.conninfo import make_conninfo

from model_registry.exceptions import InvalidArgumentError

_CONNECTIONS: Final = 10
_WAIT_SECONDS: Final = 5.0
_FORM: Final = "write it as postgresql+psycopg://user:password@host:port/database"
_ADDRESS: Final = re.compile(
    r"(?P<scheme>[^:]+)://(?:(?P<user>[^:/?@]*)(?::(?P<password>[^@]*))?@)?"
    r"(?P<hosts>[^/?@]*)(?:/(?P<database>[^?]*))?(?:\?(?P<parameters>.*))?",
    re.DOTALL,
)
_HOST: Final = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>\d*))?")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


class PostgreSQLAddress(NamedTuple):
    """An address, in parts.

    Attributes:
        name: The address without password and parameters, for messages.
        conninfo: The address for libpq.
        size: Maximum number of connections.
        wait: Seconds to wait for one.
        prepare: Whether statements may be prepared; None to detect it.
    """

    name: str
    conninfo: str
    size: int
    wait: float
    prepare: bool | None


def read_postgresql_address(url: str) -> PostgreSQLAddress:
    """Read `postgresql+psycopg://user:password@host:port/database?parameters`.

    There may be several hosts, separated by commas. Parameters are `pool_size`, `pool_timeout`, `prepare`,
    and all parameters of libpq.

    Raises:
        InvalidArgumentError: It is not valid. No message contains the password.
    """
    found = _ADDRESS.fullmatch(url)
    if found is None or _BAD_ESCAPE.search(url):
        raise InvalidArgumentError(
            f"the address of the database is not valid: {_FORM}, and @, :, /, ? and % in a password"
            " as %40, %3A, %2F, %3F and %25"
        )
    parameters = _read_parameters(found["parameters"] or "")
    size = _positive_integer("pool_size", parameters.pop("pool_size", str(_CONNECTIONS)))
    wait = _positive_seconds("pool_timeout", parameters.pop("pool_timeout", str(_WAIT_SECONDS)))
    prepare = _switch("prepare", parameters.pop("prepare", "detect"))
    hosts, ports = _read_hosts(parameters.pop("host", "") or found["hosts"])
    settings = {
        "user": unquote(found["user"] or ""),
        "password": unquote(found["password"] or ""),
        "host": hosts,
        "port": ports,
        "dbname": unquote(found["database"] or ""),
        "connect_timeout": str(max(2, round(wait))),
        "application_name": "model-registry",
        # Of several servers, only one can be written to.
        "target_session_attrs": "read-write" if "," in hosts else "",
    }
    settings = {name: value for name, value in settings.items() if value} | parameters
    user = f"{found['user']}{':***' if found['password'] else ''}@" if found["user"] else ""
    name = f"{found['scheme']}://{user}{found['hosts']}/{found['database'] or ''}"
    return PostgreSQLAddress(name, _conninfo(settings), size, wait, prepare)


def _read_parameters(text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name == "host" and name in parameters:  # SQLAlchemy's form of several hosts
            parameters[name] += f",{value}"
        elif name in parameters:
            raise InvalidArgumentError(f"the address of the database has {name!r} twice")
        else:
            parameters[name] = value
    return parameters


def _read_hosts(text: str) -> tuple[str, str]:
    """Return hosts and ports as libpq expects them: separated by commas, and empty if nothing is given."""
    hosts: list[str] = []
    ports: list[str] = []
    for one in text.split(","):
        if one.startswith("/"):  # the folder of a socket
            hosts.append(one)
            ports.append("")
            continue
        found = _HOST.fullmatch(one)
        if found is None or (found["port"] and not 0 < int(found["port"]) <= 65535):
            raise InvalidArgumentError(
                f"the address of the database has a host or port that is not valid: {_FORM}, and"
                " several hosts as host1:port1,host2:port2"
            )
        hosts.append(unquote(found["host"]).strip("[]"))
        ports.append(found["port"] or "")
    return ",".join(hosts), ",".join(ports) if any(ports) else ""


def _conninfo(settings: dict[str, str]) -> str:
    try:
        return make_conninfo("", **settings)
    except psycopg.Error as error:
        reason = str(error).strip()
        secrets = {value for name, value in settings.items() if "password" in name}
        if any(secret and secret in reason for secret in secrets):
            reason = "PostgreSQL cannot read it"
        raise InvalidArgumentError(f"the address of the database is not valid: {reason}") from None


def _positive_integer(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise _refused(name, text, "a positive number")
    return int(text)


def _positive_seconds(name: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise _refused(name, text, "a positive number of seconds")
    return number


def _switch(name: str, text: str) -> bool | None:
    known = {"on": True, "off": False, "detect": None}
    if text not in known:
        raise _refused(name, text, "on, off or detect")
    return known[text]


def _refused(name: str, text: str, expected: str) -> InvalidArgumentError:
    return InvalidArgumentError(f"{name}={text} in the address of the database is not {expected}")
