"""What differs between resources, and what an update writes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .archive import set_state
    from .dry_run import PlannedUpdates
    from .properties import edit_of, removal_of
    from .write import ResourceWriter

__all__ = ["PlannedUpdates", "ResourceWriter", "edit_of", "removal_of", "set_state"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.archive": ["set_state"],
        f"{__name__}.dry_run": ["PlannedUpdates"],
        f"{__name__}.properties": ["edit_of", "removal_of"],
        f"{__name__}.write": ["ResourceWriter"],
    },
)
