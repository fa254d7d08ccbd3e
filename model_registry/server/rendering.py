"""JSON as it is answered: keys in order, no blanks, a line feed at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_encoder = msgspec.json.Encoder(order="sorted")


def render(body: Mapping[str, Any]) -> str:
    """One resource, without the line feed: the form in which it is stored."""
    return _encoder.encode(body).decode()


def render_list(items: Iterable[str], size: int, page_size: int, next_token: str) -> bytes:
    """A page of resources that are rendered already."""
    end = f'],"nextPageToken":"{next_token}","pageSize":{page_size},"size":{size}}}\n'
    return ('{"items":[' + ",".join(items) + end).encode()
