"""Pages of lists: the parameters of a request, and the token that leads to the next page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from model_registry.server.contract import load_contract
from model_registry.server.errors import ApiError, bad_request
from model_registry.server.ids import INT32, parse_integer
from model_registry.server.queries.orders import BY_VALUE, ColumnKey, Key, Order, ValueKey, read_order

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_TOKEN_LENGTH: Final = 2048
"""Maximum length of a token, in characters: a text of 255 characters has up to 1020 bytes."""


@dataclass(frozen=True)
class PageRequest:
    """The page of a list that a request asks for.

    Attributes:
        size: Maximum number of items; 0 for all.
        order: What the list is ordered by.
        descending: Whether the greatest comes first.
        after: Key of the last item of the page before, or None for the first page.
    """

    size: int
    order: Order
    descending: bool
    after: Key | None
    _list: str

    def next_token(self, key: Key) -> str:
        """Return the token of the page that follows the item with this key."""
        token = msgspec.json.encode((_fingerprint(self._list), *key))
        return base64.urlsafe_b64encode(token).decode()


def read_page(path: str, query: Mapping[str, str], *, has_metrics: bool = False) -> PageRequest:
    """Read the parameters of a list.

    Args:
        path: The list. A token is valid for the list that returned it.
        query: The query parameters of the request.
        has_metrics: Whether the list can be ordered by metrics.

    Raises:
        ApiError: 400 for a parameter that the contract does not allow.
    """
    size = _page_size(query.get("pageSize", ""))
    order = read_order(query.get("orderBy", ""), has_metrics=has_metrics)
    direction = _direction(query.get("sortOrder", ""))
    parts = [path, order.by, order.name, direction]
    parts += [
        f"{name}={query.get(name, '')}" for name in ("filterQuery", "artifactType", "name", "externalId")
    ]
    listed = "\0".join(parts)
    token = query.get("nextPageToken", "")
    after = _read_token(token, listed, order) if token else None
    return PageRequest(size, order, direction == "DESC", after, listed)


def _page_size(text: str) -> int:
    if not text:
        return 0
    size = parse_integer(text, INT32)
    if size is None:
        raise bad_request(f'invalid numeric string: pageSize "{text}" is not a 32-bit integer')
    if size <= 0:
        raise bad_request(f"pageSize {size} is not positive: leave out pageSize to get all items")
    return size


def _direction(text: str) -> str:
    values = load_contract().enum("SortOrder")
    if text and text not in values:
        raise ApiError(400, f"{text} is not a valid SortOrder: use one of {', '.join(values)}")
    return text or "ASC"


def _fingerprint(listed: str) -> str:
    """Return a hash that identifies a list with its order and filter."""
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def _read_token(text: str, listed: str, order: Order) -> Key:
    try:
        raw = base64.b64decode(text[:_MAX_TOKEN_LENGTH].encode("ascii"), b"-_", validate=True)
        fingerprint, *key = msgspec.json.decode(raw, type=list[str | int | float])
        after: Key = msgspec.convert(key, ValueKey if order.by in BY_VALUE else ColumnKey)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise bad_request("invalid nextPageToken: send the token exactly as the last page has it") from None
    if fingerprint != _fingerprint(listed):
        raise bad_request(
            "invalid nextPageToken: it belongs to another list, order or filter; start again without a token"
        )
    return after
