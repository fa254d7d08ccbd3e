"""Finding out whether a write landed whose answer was lost.

The registry has no idempotency keys, but a name is taken once (contract: names are unique within their
parent). So a write is looked up where it would be, and compared field by field with what was sent.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlencode

from pydantic import ValidationError

from model_registry.exceptions import UnexpectedResponseError
from model_registry.transport.resource_kinds import COLLECTIONS, collection_name, read_resource
from model_registry.types.diff import diff
from model_registry.types.equality import equal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.transport.backend import Request, Response
    from model_registry.types.diff import Comparator

CLOCK_STEP = 1.0
"""Seconds between two values of the `Date` header."""

_API = "/api/model_registry/"
_NEWEST = {"orderBy": "LAST_UPDATE_TIME", "sortOrder": "DESC", "pageSize": "100"}


@dataclass(frozen=True)
class LookUp:
    """A request that shows whether a write landed.

    Attributes:
        target: What to GET.
        kind: Name of the class of what was written, or `Artifact`.
        sent: The body of the write.
        creates: Whether the write makes something new.
    """

    target: str
    kind: str
    sent: Mapping[str, Any]
    creates: bool

    def landed(self, response: Response, elapsed: float, same: Comparator = equal) -> bytes | None:
        """Find what was written in the answer to the look-up.

        Args:
            response: The response to `target`.
            elapsed: Seconds since the write was first sent.
            same: How the registry compares two values.

        Returns:
            The response that the registry would have sent to the write; `None` if it was not processed.
        """
        found = json.loads(response.data)
        for item in found.get("items", [found]):
            if self.creates and not _is_recent(item, response, elapsed):
                continue
            if _reflects(self.kind, item, self.sent, same):
                return json.dumps(item).encode()
        return None


def look_up(request: Request) -> LookUp | None:
    """Return the request that shows whether a write landed; `None` if no request can."""
    if not request.target.startswith(_API):
        return None
    sent: dict[str, Any] = json.loads(request.body or b"{}")
    root, route = request.target[: _prefix(request.target)], request.target[_prefix(request.target) :]
    parts = route.split("/")
    collection = COLLECTIONS[collection_name(parts[0] if request.method == "PATCH" else parts[-1])]
    if request.method == "PATCH":
        return LookUp(request.target, collection.kind, sent, creates=False)
    if sent.get("id"):  # an artifact that exists
        return LookUp(f"{root}artifacts/{sent['id']}", collection.kind, sent, creates=False)
    if not sent.get("name"):
        return None
    if collection.is_artifact or collection.find is None:
        return LookUp(f"{request.target}?{urlencode(_NEWEST)}", collection.kind, sent, creates=True)
    query = {"name": sent["name"]}
    if collection.parent_field:
        query["parentResourceId"] = unquote(parts[1]) if len(parts) > 1 else sent[collection.parent_field]
    return LookUp(f"{root}{collection.find}?{urlencode(query)}", collection.kind, sent, creates=True)


def _prefix(target: str) -> int:
    """Length of `/api/model_registry/<API version>/`."""
    return target.index("/", len(_API)) + 1


def _is_recent(item: Mapping[str, Any], response: Response, elapsed: float) -> bool:
    """Return whether the item was written since the write was first sent, by the server's clock."""
    date = response.headers.get("date")
    if date is None:
        return True
    now = parsedate_to_datetime(date).timestamp()
    return int(item.get("lastUpdateTimeSinceEpoch", 0)) / 1000 >= now - elapsed - CLOCK_STEP


def _reflects(kind: str, item: Mapping[str, Any], sent: Mapping[str, Any], same: Comparator) -> bool:
    """Return whether a resource has all that was sent, so that the write would not change it.

    Null changes nothing.
    """
    written = {**item, **{name: value for name, value in sent.items() if value is not None}}
    try:
        found, expected = read_resource(kind, item), read_resource(kind, written)
    except (ValidationError, UnexpectedResponseError):  # an item that this client cannot read
        return False
    return type(found) is type(expected) and not diff(found, expected, ignore=(), same=same)
