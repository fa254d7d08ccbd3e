"""From method and path to an operation, by looking up, whatever the number of operations."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from model_registry.server.contract import PREFIX, Contract, Operation
from model_registry.server.errors import ApiError, NoSuchRouteError
from model_registry.server.operations import RULES

if TYPE_CHECKING:
    from model_registry.server.registry import Rule

PREFIXES: Final = (f"{PREFIX}/", f"{PREFIX}alpha3/")
"""The API's two addresses: the same operations answer at both."""

_PARAMETER: Final = re.compile(r"\{[^}]*\}")
_HOLE: Final = "{}"


class Route(NamedTuple):
    """What a request asks for."""

    operation: Operation
    rule: Rule


class Match(NamedTuple):
    """A request's route, its path below the prefix, and the path's parameter or an empty text."""

    route: Route
    path: str
    id: str


class Router:
    """The operations of a contract by method and path.

    Raises:
        KeyError: The contract has an operation for which there is no rule.
    """

    def __init__(self, contract: Contract) -> None:
        self._methods: dict[str, dict[str, Route]] = {}
        for operation in contract.operations.values():
            template = _PARAMETER.sub(_HOLE, operation.path)
            self._methods.setdefault(template, {})[operation.method] = Route(operation, RULES[operation.id])

    def match(self, method: str, raw_path: str) -> Match:
        """Find the operation for a request.

        Args:
            method: Its method; HEAD is answered as GET.
            raw_path: Its path, still percent-encoded, so that an encoded slash separates nothing.

        Raises:
            NoSuchRouteError: The path is none of the API's.
            ApiError: 405 for a method that the path does not have.
        """
        prefix = next((one for one in PREFIXES if raw_path.startswith(one)), None)
        if prefix is None:
            raise NoSuchRouteError(f"{unquote(raw_path)}; the API begins at {PREFIX}")
        path = raw_path[len(prefix) - 1 :]
        methods, named = self._methods.get(path), ""
        if methods is None:
            collection, _, rest = path[1:].partition("/")
            named, *below = rest.split("/")
            methods = self._methods.get("/".join(("", collection, _HOLE, *below))) if named else None
        if methods is None:
            raise NoSuchRouteError(unquote(raw_path))
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            allowed = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
            raise ApiError(405, f"{method} is not possible here, only {allowed}", {"allow": allowed})
        return Match(route, path, named)
