"""Store models in OCI registries, as layers of an image or as an artifact. No tool is needed."""

from __future__ import annotations

from .oci_store import OCIStore

__all__ = ["OCIStore"]
