"""Find the operation of a request by method and path, with one dictionary look-up."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote

from model_registry.server.contract import OWN_OPERATIONS, PREFIX, Contract, Operation
from model_registry.server.errors import NoSuchRouteError, method_not_allowed
from model_registry.server.rules.operations import RULES

if TYPE_CHECKING:
    from model_registry.server.rules.rule import Rule

PREFIXES: Final = (f"{PREFIX}/", f"{PREFIX}alpha3/")
"""The prefixes of the API versions v1 and v1alpha3, which have the same operations."""

_PARAMETER: Final = re.compile(r"\{[^}]*\}")
_PLACEHOLDER: Final = "{}"


class Route(NamedTuple):
    """An operation and its rule."""

    operation: Operation
    rule: Rule


class RouteMatch(NamedTuple):
    """The route of a request, the path below the prefix, and the path parameter or an empty text."""

    route: Route
    path: str
    id: str


class Router:
    """The operations of a contract, and those of this registry, by method and path.

    Raises:
        KeyError: An operation has no rule.
    """

    def __init__(self, contract: Contract) -> None:
        self._methods: dict[str, dict[str, Route]] = {}
        for operation in (*contract.operations.values(), *OWN_OPERATIONS.values()):
            template = _PARAMETER.sub(_PLACEHOLDER, operation.path)
            self._methods.setdefault(template, {})[operation.method] = Route(operation, RULES[operation.id])

    def match(self, method: str, raw_path: str) -> RouteMatch:
        """Find the operation of a request.

        Args:
            method: The method; HEAD is handled like GET.
            raw_path: The path, still percent-encoded, so that an encoded slash separates nothing.

        Raises:
            NoSuchRouteError: The API has no such path.
            ApiError: 405 when the path does not support the method.
        """
        prefix = next((one for one in PREFIXES if raw_path.startswith(one)), None)
        if prefix is None:
            raise NoSuchRouteError(f"{unquote(raw_path)}; the API begins at {PREFIX}")
        path = raw_path[len(prefix) - 1 :]
        methods, path_id = self._methods.get(path), ""
        if methods is None:
            collection, _, rest = path[1:].partition("/")
            path_id, *below = rest.split("/")
            methods = self._methods.get("/".join(("", collection, _PLACEHOLDER, *below))) if path_id else None
        if methods is None:
            raise NoSuchRouteError(unquote(raw_path))
        route = methods.get("GET" if method == "HEAD" else method)
        if route is None:
            raise method_not_allowed(method, [*methods, "HEAD"] if "GET" in methods else methods)
        return RouteMatch(route, path, path_id)
