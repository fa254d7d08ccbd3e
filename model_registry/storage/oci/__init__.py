"""Store models in OCI registries, as layers of an image or as an artifact. No tool is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .modelpack import ModelPackConfig
    from .oci_store import OCIStore

__all__ = ["ModelPackConfig", "OCIStore"]

__getattr__, __dir__ = lazy_names(
    __name__,
    {f"{__name__}.modelpack": ["ModelPackConfig"], f"{__name__}.oci_store": ["OCIStore"]},
)
