"""The files of versions: moving them in a thread, checking their signatures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .download import download_files, open_file
    from .signatures import signature_method

__all__ = ["download_files", "open_file", "signature_method"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.download": ["download_files", "open_file"],
        f"{__name__}.signatures": ["signature_method"],
    },
)
