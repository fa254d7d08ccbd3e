"""Find resources: by name, id or external id, by reference, in lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .comparison import read_comparison
    from .edits import edit_resource
    from .lineage import read_lineage

__all__ = ["edit_resource", "read_comparison", "read_lineage"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.comparison": ["read_comparison"],
        f"{__name__}.edits": ["edit_resource"],
        f"{__name__}.lineage": ["read_lineage"],
    },
)
