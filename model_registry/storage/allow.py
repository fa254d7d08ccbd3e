"""Decide which locations an entry of a registry may name. A stranger may have written it."""

from __future__ import annotations

import ipaddress
import re
import socket
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable
from urllib.parse import urlsplit

from model_registry.exceptions import InvalidArgumentError, StorageAccessError

from .schemes import redact, scheme_of, store_for

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Sequence

    from .protocol import Store, StoredFile

_METADATA = frozenset(
    map(ipaddress.ip_address, ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192"))
)
"""Services that give credentials to machines in clouds, besides those at link-local addresses."""

_AUTHORITY = re.compile(r"(?:\[[0-9A-Fa-f:.]+(?:%[\w%.-]+)?\]|[^\s\\@/%?#:\[\]]+)(?::[0-9]*)?")
"""What all programs read as the same host and port."""

_DROPPED = re.compile(r"[\t\r\n]")
"""What some programs leave out of URLs."""


@dataclass(frozen=True)
class Allow:
    """The locations that entries of a registry may name.

    The default allows all schemes and hosts, but no path of this machine and no host at a loopback or
    link-local address. The address is checked after connecting, before anything is sent.

    Attributes:
        schemes: Allowed schemes, such as `("s3", "oci")`; by default all.
        hosts: Allowed hosts of `http:`, `https:` and `oci:` URIs and of endpoints, also at loopback and
            link-local addresses; by default all hosts at other addresses.
        folders: Folders of this machine whose content may be read.

    Example:
        >>> from model_registry import storage
        >>> storage.Allow(folders=["/srv/models"])
        Allow(schemes=None, hosts=None, folders=['/srv/models'])
    """

    schemes: Collection[str] | None = None
    hosts: Collection[str] | None = None
    folders: Collection[str | os.PathLike[str]] = ()
    _named: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for name in ("schemes", "hosts", "folders"):
            if isinstance(getattr(self, name), str):
                raise InvalidArgumentError(f"{name} must be a list, such as [{getattr(self, name)!r}]")
        for host in self.hosts or ():
            if not isinstance(host, str) or "/" in host:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
                raise InvalidArgumentError(f"hosts must be names such as 'localhost:5000', got {host!r}")

    def also(self, host: str | None) -> Allow:
        """Return the same, with a host that the user named otherwise, if any."""
        return self if host is None else replace(self, _named=(host.rpartition("://")[2],))

    def check_scheme(self, uri: str) -> None:
        """Check the scheme of a URI. Paths have the scheme `file`.

        Raises:
            StorageAccessError: The scheme is not allowed.
        """
        scheme = scheme_of(uri) or "file"
        if self.schemes is not None and scheme not in self.schemes:
            raise StorageAccessError(
                f"The registry's entry names {redact(uri)}, and allow= does not list the scheme {scheme!r}. "
                "Nothing was read."
            )

    def check_path(self, path: Path) -> None:
        """Check that a path of this machine is below an allowed folder, links included.

        Raises:
            StorageAccessError: It is not.
        """
        real = path.resolve() if self.folders else path
        if not any(real.is_relative_to(Path(folder).resolve()) for folder in self.folders):
            raise StorageAccessError(
                f"The registry's entry names the path {path} of this machine. Nothing was read. If you trust "
                f"the entry, allow a folder with allow=storage.Allow(folders=[{str(path.parent)!r}])."
            )

    def check_host(self, url: str) -> None:
        """Check the host of a URL before it is resolved.

        Raises:
            StorageAccessError: The host is not allowed.
        """
        host, port = _host_of(url)
        if host == "localhost" or host.endswith(".localhost"):
            self.check_address(host, "127.0.0.1", port)
        self.check_address(host, host, port)

    def check_listed(self, url: str) -> None:
        """Check that `hosts` lists the host of a URL.

        Raises:
            StorageAccessError: It does not.
        """
        host, port = _host_of(url)
        if not self._lists(host, port):
            raise self._refused(host, host)

    def check_address(self, host: str, address: str, port: int | None = None) -> None:
        """Check the address of a host.

        Args:
            host: The host.
            address: Its address, or its name if the address is not known.
            port: Its port.

        Raises:
            StorageAccessError: The address is not allowed.
        """
        if not self._lists(host, port) and (self.hosts is not None or is_local(address)):
            raise self._refused(host, address)

    def _lists(self, host: str, port: int | None) -> bool:
        listed = {_ascii(each) for each in (*(self.hosts or ()), *self._named)}
        name = f"[{host}]" if ":" in host else host
        return bool(listed & {host, name, f"{name}:{port}"})

    def _refused(self, host: str, address: str) -> StorageAccessError:
        at = "" if host == address else f" at the address {address}"
        return StorageAccessError(
            f"The registry's entry leads to the host {host}{at}, which is not allowed. Nothing was sent. If "
            f"you trust the entry, allow the host with allow=storage.Allow(hosts=[{host!r}])."
        )


@runtime_checkable
class EntryStore(Protocol):
    """A store that reads what entries of registries name with less trust than what the user names."""

    def for_entry(self, allow: Allow | None) -> Store:
        """Return the store for the URI of an entry.

        Its credentials go only to hosts that the user named.

        Args:
            allow: The locations that the entry may name; `None` for all.
        """
        ...


@runtime_checkable
class VersionedStore(Protocol):
    """A store that can read recorded versions of files, after newer ones replaced them."""

    def at_versions(self, files: Sequence[StoredFile]) -> Store:
        """Return the store that reads these files at their versions."""
        ...


def store_for_entry(uri: str, store: Store | None, allow: Allow | None) -> Store:
    """Return the store that reads what an entry of a registry names.

    Args:
        uri: The URI of the entry.
        store: The store of the user; by default the one of `store_for`.
        allow: The locations that the entry may name; `None` for all.

    Raises:
        StorageAccessError: The scheme is not allowed.
    """
    if allow is not None:
        allow.check_scheme(uri)
    found = store_for(uri) if store is None else store
    return found.for_entry(allow) if isinstance(found, EntryStore) else found


def is_local(address: str) -> bool:
    """Return whether an address is a loopback or link-local one, or that of a metadata service.

    Example:
        >>> from model_registry.storage.allow import is_local
        >>> is_local("::ffff:127.0.0.1"), is_local("169.254.169.254"), is_local("192.0.2.1")
        (True, True, False)
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        try:
            ip = ipaddress.IPv4Address(socket.inet_aton(address))  # such as 127.1 or 0x7f000001
        except OSError:
            return False
    if isinstance(ip, ipaddress.IPv6Address):
        ip = ip.ipv4_mapped or ip.sixtofour or _ending_in_ipv4(ip) or ip
    return ip.is_loopback or ip.is_link_local or ip.is_unspecified or ip in _METADATA or _is_this_network(ip)


def _host_of(url: str) -> tuple[str, int | None]:
    """Return the host in ASCII, without the dot at its end, and the port of a URL.

    Raises:
        InvalidArgumentError: Programs read the URL in different ways.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or not _AUTHORITY.fullmatch(parts.netloc) or _DROPPED.search(url):
        raise InvalidArgumentError(f"{redact(url)!r} is not a valid address")
    return _ascii(parts.hostname or "").rstrip("."), port


def _ascii(host: str) -> str:
    """Return a host as it is resolved: letters, digits and dots may be written with other characters."""
    try:
        return host.encode("idna").decode().lower()
    except UnicodeError:
        return host.lower()


def _ending_in_ipv4(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address at the end of an address of NAT64, or of the older form `::127.0.0.1`."""
    if ip in ipaddress.IPv6Network("64:ff9b::/96") or (int(ip) >> 32 == 0 and int(ip) > 1):
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def _is_this_network(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return ip.version == 4 and int(ip) < 1 << 24
