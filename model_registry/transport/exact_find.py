r"""Find one resource by name, exactly, whatever the server does with the name.

The reference server reads the name of a find as an SQL pattern, in which `_`, `%` and `\` have a meaning. It
also finds what ends in `:` and the name, and reports two hits as "not found". A response is compared with
what was asked for, on every server; what differs was not found.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from model_registry.exceptions import InvalidRequestError, NotFoundError
from model_registry.transport.resource_kinds import COLLECTIONS, Collection

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from model_registry.transport.backend import Request, Response

_FINDS = {rule.find: name for name, rule in COLLECTIONS.items() if rule.find}
_PARENTS = {
    "model_versions": ("registered_models", "versions"),
    "artifacts": ("model_versions", "artifacts"),
    "model_artifacts": ("model_versions", "artifacts"),
    "inference_services": ("serving_environments", "inference_services"),
}
"""Collections of the parents, and the names of the lists below them."""

_WILDCARDS = str.maketrans({"\\": "\\\\", "_": "\\_", "%": "\\%"})
_BREAKS_FIND = frozenset("\\'\"")
"""Signs with which the reference server finds no artifact."""


class Find(NamedTuple):
    """A look-up of one resource by name or external id.

    Attributes:
        request: The request.
        root: Path of the API.
        collection: Name of the collection.
        query: What is asked for.
    """

    request: Request
    root: str
    collection: str
    query: Mapping[str, str]

    @property
    def rule(self) -> Collection:
        """What the resources of the collection have in common."""
        return COLLECTIONS[self.collection]

    @property
    def name(self) -> str:
        """The name that is asked for; empty for an external id."""
        return self.query.get("name", "")

    @property
    def has_wildcards(self) -> bool:
        """Whether a server that reads names as patterns finds others, too."""
        return self.name != self.name.translate(_WILDCARDS)

    @property
    def breaks(self) -> bool:
        """Whether the reference server cannot find this name at all."""
        return self.rule.is_artifact and not _BREAKS_FIND.isdisjoint(self.name)

    def escaped(self) -> Request:
        """Return the request with a name that a pattern matches literally."""
        query = {**self.query, "name": self.name.translate(_WILDCARDS)}
        route = self.request.target.partition("?")[0]
        return self.request._replace(target=f"{route}?{urlencode(query, quote_via=quote)}")

    def listing(self) -> str | None:
        """Return the target of the list that the resource is in; `None` if it has no parent."""
        parent = self.query.get("parentResourceId")
        if parent is None or self.collection not in _PARENTS:
            return None
        above, below = _PARENTS[self.collection]
        kind = "&artifactType=model-artifact" if self.collection == "model_artifacts" else ""
        return f"{self.root}{above}/{quote(parent, safe='')}/{below}?pageSize=1000&orderBy=ID{kind}"

    def is_match(self, found: Mapping[str, Any]) -> bool:
        """Return whether a resource is the one that was asked for."""
        asked = {"name": self.query.get("name"), "externalId": self.query.get("externalId")}
        if any(value is not None and found.get(field) != value for field, value in asked.items()):
            return False
        parent = self.query.get("parentResourceId")
        if parent is None or self.rule.parent_field is None:
            return True
        # A registry reads ids as numbers: "007" is "7".
        return str(found.get(self.rule.parent_field, "")).lstrip("0") == parent.lstrip("0")


def find_of(request: Request) -> Find | None:
    """Return the look-up that a request is; `None` for other requests."""
    if request.method != "GET" or "?" not in request.target:
        return None
    path, _, query = request.target.partition("?")
    root, _, route = path.rpartition("/")
    collection = _FINDS.get(route)
    if collection is None:
        return None
    return Find(request, f"{root}/", collection, dict(parse_qsl(query, keep_blank_values=True)))


async def find_exactly(
    find: Find,
    send: Callable[[Request], Awaitable[Response]],
    is_foreign: Callable[[], bool | None],
    ask_foreign: Callable[[], Awaitable[bool]],
) -> Response:
    """Find a resource by name or external id.

    Args:
        find: The look-up.
        send: Sends a request.
        is_foreign: Returns whether the server is not our registry; `None` while that is unknown.
        ask_foreign: Asks the server.

    Raises:
        NotFoundError: There is no such resource.
        RequestError: The request failed otherwise.
    """
    if find.breaks and await ask_foreign():
        return await _from_list(find, send)
    escapes = is_foreign() is True and find.has_wildcards
    try:
        response = await send(find.escaped() if escapes else find.request)
    except (NotFoundError, InvalidRequestError) as error:
        if not escapes and find.has_wildcards and is_foreign():
            return await find_exactly(find, send, is_foreign, ask_foreign)
        if isinstance(error, NotFoundError) and "multiple" in (error.server_message or ""):
            return await _from_list(find, send, error)
        raise
    if find.is_match(json.loads(response.data)):
        return response
    if not escapes and find.has_wildcards and is_foreign():
        return await find_exactly(find, send, is_foreign, ask_foreign)
    raise _not_found(find)


async def _from_list(
    find: Find, send: Callable[[Request], Awaitable[Response]], error: NotFoundError | None = None
) -> Response:
    """Find a resource among those of its parent: of several with the name, the one with the lowest id."""
    listing = find.listing()
    token = ""
    while listing is not None:
        page = f"&nextPageToken={quote(token, safe='')}" if token else ""
        response = await send(find.request._replace(target=listing + page))
        found: dict[str, Any] = json.loads(response.data)
        for item in found["items"]:
            if find.is_match(item):
                return response._replace(data=json.dumps(item).encode())
        token = found.get("nextPageToken") or ""
        if not token:
            raise _not_found(find)
    raise error or _not_found(find)


def _not_found(find: Find) -> NotFoundError:
    asked = ", ".join(f"{name}={value}" for name, value in find.query.items())
    kind = (find.rule.find or "").replace("_", " ")
    message = f"there is no {kind} with {asked}"
    return NotFoundError(
        f"GET {find.request.target}: {message}. Check the name.",
        method="GET",
        url=find.request.target,
        status=404,
        server_message=message,
    )
