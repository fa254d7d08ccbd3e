"""JSON as it is answered: keys in order, no blanks, a line feed at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_encoder = msgspec.json.Encoder(order="sorted")


def render(body: Mapping[str, Any]) -> str:
    """One resource, without the line feed: the form in which it is stored."""
    return _encoder.encode(body).decode()


def render_items(items: Sequence[str], *, first: bool) -> bytes:
    """The beginning of a page, or more of its items."""
    start = '{"items":[' if first else "," if items else ""
    return (start + ",".join(items)).encode()


def render_list_end(size: int, page_size: int, next_token: str) -> bytes:
    """What follows the items of a page."""
    return f'],"nextPageToken":"{next_token}","pageSize":{page_size},"size":{size}}}\n'.encode()
