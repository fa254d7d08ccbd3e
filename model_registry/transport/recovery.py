"""Finding out whether a write landed whose answer was lost.

The registry has no idempotency keys, but a name is taken once (contract: names are unique within their
parent). So a write is looked up where it would be, and compared field by field with what was sent.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import unquote, urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.transport.backend import Request, Response

CLOCK_STEP = 1.0
"""Seconds between two values of the `Date` header."""

_NEWEST = {"orderBy": "LAST_UPDATE_TIME", "sortOrder": "DESC", "pageSize": "100"}


class _Find(NamedTuple):
    """How a kind is found by name."""

    route: str
    parent_field: str | None = None


_FINDS = {
    "registered_models": _Find("registered_model"),
    "versions": _Find("model_version", "registeredModelId"),
    "model_versions": _Find("model_version", "registeredModelId"),
    "serving_environments": _Find("serving_environment"),
    "inference_services": _Find("inference_service", "servingEnvironmentId"),
}


@dataclass(frozen=True)
class LookUp:
    """A request that shows whether a write landed.

    Attributes:
        target: What to GET.
        sent: The body of the write.
        creates: Whether the write makes something new.
    """

    target: str
    sent: Mapping[str, Any]
    creates: bool

    def landed(self, response: Response, elapsed: float) -> bytes | None:
        """Find what was written in the answer to the look-up.

        Args:
            response: The response to `target`.
            elapsed: Seconds since the write was first sent.

        Returns:
            What the registry would have answered the write; `None` when it did not land.
        """
        found = json.loads(response.data)
        for item in found.get("items", [found]):
            if _reflects(item, self.sent) and (not self.creates or _is_recent(item, response, elapsed)):
                return json.dumps(item).encode()
        return None


def look_up(request: Request) -> LookUp | None:
    """Tell how to find out whether a write landed; `None` when nothing can tell."""
    sent: dict[str, Any] = json.loads(request.body or b"{}")
    root, route = request.target[: _prefix(request.target)], request.target[_prefix(request.target) :]
    if request.method == "PATCH":
        return LookUp(request.target, sent, creates=False)
    if sent.get("id"):  # an artifact that is there already
        return LookUp(f"{root}artifacts/{sent['id']}", sent, creates=False)
    if not sent.get("name"):
        return None
    *parents, collection = route.split("/")
    find = _FINDS.get(collection)
    if find is None:
        return LookUp(f"{request.target}?{urlencode(_NEWEST)}", sent, creates=True)
    wanted = {"name": sent["name"]}
    if find.parent_field:
        wanted["parentResourceId"] = unquote(parents[1]) if parents else sent[find.parent_field]
    return LookUp(f"{root}{find.route}?{urlencode(wanted)}", sent, creates=True)


def _prefix(target: str) -> int:
    """Length of `/api/model_registry/<API version>/`."""
    return target.index("/", len("/api/model_registry/")) + 1


def _is_recent(item: Mapping[str, Any], response: Response, elapsed: float) -> bool:
    """Tell by the server's own clock whether something was written since a moment."""
    date = response.headers.get("date")
    if date is None:
        return True
    now = parsedate_to_datetime(date).timestamp()
    return int(item.get("lastUpdateTimeSinceEpoch", 0)) / 1000 >= now - elapsed - CLOCK_STEP


def _reflects(item: Mapping[str, Any], sent: Mapping[str, Any]) -> bool:
    """Tell whether a resource holds all that was sent; nulls change nothing and are passed over."""
    return all(_same(item.get(name), value) for name, value in sent.items() if value is not None)


def _same(found: object, sent: object) -> bool:
    if not isinstance(found, dict) or not isinstance(sent, dict):
        return found == sent
    has, had = cast("dict[str, object]", found), cast("dict[str, object]", sent)
    if "struct_value" in had:
        return _struct(has.get("struct_value")) == _struct(had["struct_value"])
    return has.keys() == had.keys() and all(_same(has[name], had[name]) for name in had)


def _struct(text: object) -> object:
    """Decode a struct, which is base64 or JSON text."""
    if not isinstance(text, str):
        return None
    return json.loads(text if text.startswith("{") else base64.b64decode(text))
