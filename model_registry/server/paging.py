"""Lists in pages: what a client may ask, and the token that leads from one page to the next."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import msgspec

from model_registry.server.contract import load_contract
from model_registry.server.errors import ApiError, bad_request
from model_registry.server.integers import INT32, parse_integer

if TYPE_CHECKING:
    from collections.abc import Mapping

ORDER_COLUMNS: Final = {"ID": "id", "CREATE_TIME": "create_time", "LAST_UPDATE_TIME": "update_time"}
"""Column of table `resource` for each value of `orderBy`."""

_SHORT_ORDERS: Final = {"id": "ID"}
"""Another way to write an order, which existing clients use."""
_LONGEST_TOKEN: Final = 1024


_Int64: TypeAlias = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]


class _Token(msgspec.Struct, array_like=True):
    """What a token says: the list that it belongs to, and the last row of the page before."""

    list: str
    key: _Int64
    id: _Int64


@dataclass(frozen=True)
class Page:
    """Which part of a list is wanted.

    Attributes:
        size: Most items of the page; 0 for all there are.
        order: Column that the list is ordered by; ties are ordered by id.
        descending: Whether the greatest comes first.
        after: Key and id of the last item before the page, or None for the first page.
    """

    size: int
    order: str
    descending: bool
    after: tuple[int, int] | None
    _list: str

    def next_token(self, key: int, id: int) -> str:
        """The token for the page after this one, which ends with the item of that key and id."""
        token = msgspec.json.encode(_Token(_fingerprint(self._list), key, id))
        return base64.urlsafe_b64encode(token).decode()


def read_page(path: str, query: Mapping[str, str]) -> Page:
    """Read the parameters of a list.

    Args:
        path: The list. A token of one list is not good for another.
        query: The query parameters of the request.

    Raises:
        ApiError: 400 for a parameter that is not as the contract says.
    """
    size = _page_size(query.get("pageSize", ""))
    order = query.get("orderBy", "")
    order = _one_of("OrderByField", _SHORT_ORDERS.get(order, order), "ID")
    direction = _one_of("SortOrder", query.get("sortOrder", ""), "ASC")
    selection = [path, order, direction]
    selection += [
        f"{name}={query.get(name, '')}" for name in ("filterQuery", "artifactType", "name", "externalId")
    ]
    wanted = "\0".join(selection)
    token = query.get("nextPageToken", "")
    after = _read_token(token, wanted) if token else None
    return Page(size, ORDER_COLUMNS[order], direction == "DESC", after, wanted)


def _page_size(text: str) -> int:
    if not text:
        return 0
    size = parse_integer(text, INT32)
    if size is None:
        raise bad_request(f'invalid numeric string: pageSize "{text}" is no whole number of 32 bits')
    if size <= 0:
        raise bad_request(f"pageSize {size} is not positive: leave it out to get everything")
    return size


def _one_of(enum: str, text: str, default: str) -> str:
    values = load_contract().enum(enum)
    if text and text not in values:
        raise ApiError(400, f"{text} is not a valid {enum}: one of {', '.join(values)} is wanted")
    return text or default


def _fingerprint(selection: str) -> str:
    """What tells a list, order and filter from all others."""
    return hashlib.sha256(selection.encode()).hexdigest()[:16]


def _read_token(text: str, selection: str) -> tuple[int, int]:
    try:
        raw = base64.b64decode(text[:_LONGEST_TOKEN].encode("ascii"), b"-_", validate=True)
        token = msgspec.json.decode(raw, type=_Token)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise bad_request("invalid nextPageToken: give the token exactly as a list answered it") from None
    if token.list != _fingerprint(selection):
        raise bad_request(
            "invalid nextPageToken: it belongs to another list, order or filter; start again without a token"
        )
    return token.key, token.id
