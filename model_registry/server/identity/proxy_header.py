"""Know callers by a header that a proxy sets after it authenticated them."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from model_registry.server.identity.grants import granted
from model_registry.server.identity.peers import PEER
from model_registry.server.identity.refusals import unauthenticated

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_registry.server.http.asgi import Scope
    from model_registry.server.identity.caller import Actor
    from model_registry.server.process.limits import Network

_NAME: Final = re.compile(r"[!-~]{1,200}")


@dataclass(frozen=True)
class TrustedHeader:
    """A header with the name of the caller.

    Attributes:
        name: Its name.
        proxies: Addresses of the proxies that set it. From others, it is ignored.
    """

    name: str
    proxies: Sequence[Network]


class HeaderCallers:
    """Know callers by a trusted header.

    Args:
        header: The header, and who may send it.
        grants: Roles by name.
    """

    def __init__(self, header: TrustedHeader, grants: Mapping[str, str]) -> None:
        self._name = header.name.lower().encode()
        self._proxies = header.proxies
        self._grants = grants

    async def caller(self, scope: Scope, token: bytes | None) -> Actor | None:
        """See `Authenticator`."""
        del token
        values = [value for name, value in scope["headers"] if name == self._name]
        if not values or not self._is_proxy(scope):
            return None
        name = values[0].decode("latin-1").strip()
        if len(values) > 1 or not _NAME.fullmatch(name):
            raise unauthenticated(f"the proxy must send one name in {self._name.decode()}")
        return granted(self._grants, name, (), "header")

    def _is_proxy(self, scope: Scope) -> bool:
        peer = scope.get(PEER) or scope.get("client")
        try:
            address = ipaddress.ip_address(peer[0]) if peer else None
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped  # of a server that listens on IPv6 and IPv4 alike
        return address is not None and any(address in network for network in self._proxies)
