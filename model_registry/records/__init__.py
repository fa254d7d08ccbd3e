"""Records of a registry: export to a file, import, and copy to another registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .copy import check_if_different, check_progress, copy_records, export_records, import_records

__all__ = ["check_if_different", "check_progress", "copy_records", "export_records", "import_records"]

__getattr__, __dir__ = lazy_names(__name__, {f"{__name__}.copy": __all__})
