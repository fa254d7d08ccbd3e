"""Store models in OCI registries, as layers of an image or as an artifact. No tool is needed."""

from __future__ import annotations

from .modelpack import ModelPackConfig
from .oci_store import OCIStore

__all__ = ["ModelPackConfig", "OCIStore"]
