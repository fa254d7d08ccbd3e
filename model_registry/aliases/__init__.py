"""Aliases of versions: the log of their moves, and the move itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .book import AliasBook
    from .log import checked_alias

__all__ = ["AliasBook", "checked_alias"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.book": ["AliasBook"],
        f"{__name__}.log": ["checked_alias"],
    },
)
