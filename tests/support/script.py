"""Calls whose results can be compared between registries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from model_registry.exceptions import StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from model_registry import ModelRegistryAPIClient


class Script:
    """Runs calls on a client, and notes what each gave, with names instead of ids and times."""

    def __init__(self, client: ModelRegistryAPIClient) -> None:
        self.client = client
        self.notes: list[str] = []
        self._ids: dict[str, str] = {}

    async def __call__(self, call: Awaitable[Any]) -> Any:
        try:
            got = await call
        except StoreError as error:
            text = f"{type(error).__name__} {getattr(error, 'status', None)}"
            got = None
        else:
            text = repr(got)
        for each in got if isinstance(got, list) else [got]:
            if getattr(each, "id", None):
                self._ids.setdefault(each.id, f"#{len(self._ids)}")
        text = re.sub(r"time_since_epoch='\d+'", "time_since_epoch=T", text)
        self.notes.append(re.sub(r"id='(\d+)'", lambda m: f"id={self._ids.get(m[1], m[1])}", text))
        return got
