"""Pages of lists: the parameters of a request, and the token that leads to the next page."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import msgspec

from model_registry.server.contract import load_contract
from model_registry.server.errors import ApiError, bad_request
from model_registry.server.ids import INT32, parse_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER_COLUMNS: Final = {"ID": "id", "CREATE_TIME": "create_time", "LAST_UPDATE_TIME": "update_time"}
"""Column of table `resource` for each value of `orderBy`."""

_ORDER_ALIASES: Final = {"id": "ID"}
"""Other spellings of orders that existing clients use."""
_MAX_TOKEN_LENGTH: Final = 1024


_Int64: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _PageToken(msgspec.Struct, array_like=True):
    """The content of a token: the fingerprint of the list, and key and id of the last row of the page."""

    list: str
    key: _Int64
    id: _Int64


@dataclass(frozen=True)
class PageRequest:
    """The page of a list that a request asks for.

    Attributes:
        size: Maximum number of items; 0 for all.
        order: Column that the list is ordered by; ties are ordered by id.
        descending: Whether the greatest comes first.
        after: Key and id of the last item of the page before, or None for the first page.
    """

    size: int
    order: str
    descending: bool
    after: tuple[int, int] | None
    _list: str

    def next_token(self, key: int, id: int) -> str:
        """Return the token of the page that follows the item with this key and id."""
        token = msgspec.json.encode(_PageToken(_fingerprint(self._list), key, id))
        return base64.urlsafe_b64encode(token).decode()


def read_page(path: str, query: Mapping[str, str]) -> PageRequest:
    """Read the parameters of a list.

    Args:
        path: The list. A token is valid for the list that returned it.
        query: The query parameters of the request.

    Raises:
        ApiError: 400 for a parameter that the contract does not allow.
    """
    size = _page_size(query.get("pageSize", ""))
    order = query.get("orderBy", "")
    order = _enum_value("OrderByField", _ORDER_ALIASES.get(order, order), "ID")
    direction = _enum_value("SortOrder", query.get("sortOrder", ""), "ASC")
    parts = [path, order, direction]
    parts += [
        f"{name}={query.get(name, '')}" for name in ("filterQuery", "artifactType", "name", "externalId")
    ]
    listed = "\0".join(parts)
    token = query.get("nextPageToken", "")
    after = _read_token(token, listed) if token else None
    return PageRequest(size, ORDER_COLUMNS[order], direction == "DESC", after, listed)


def _page_size(text: str) -> int:
    if not text:
        return 0
    size = parse_integer(text, INT32)
    if size is None:
        raise bad_request(f'invalid numeric string: pageSize "{text}" is not a 32-bit integer')
    if size <= 0:
        raise bad_request(f"pageSize {size} is not positive: leave out pageSize to get all items")
    return size


def _enum_value(enum: str, text: str, default: str) -> str:
    values = load_contract().enum(enum)
    if text and text not in values:
        raise ApiError(400, f"{text} is not a valid {enum}: use one of {', '.join(values)}")
    return text or default


def _fingerprint(listed: str) -> str:
    """Return a hash that identifies a list with its order and filter."""
    return hashlib.sha256(listed.encode()).hexdigest()[:16]


def _read_token(text: str, listed: str) -> tuple[int, int]:
    try:
        raw = base64.b64decode(text[:_MAX_TOKEN_LENGTH].encode("ascii"), b"-_", validate=True)
        token = msgspec.json.decode(raw, type=_PageToken)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise bad_request("invalid nextPageToken: send the token exactly as the last page has it") from None
    if token.list != _fingerprint(listed):
        raise bad_request(
            "invalid nextPageToken: it belongs to another list, order or filter; start again without a token"
        )
    return token.key, token.id
