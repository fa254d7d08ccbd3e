"""Models in OCI registries: as layers of an image, or as an artifact. Nothing but HTTP is needed for it."""

from __future__ import annotations

from .oci_store import OCIStore

__all__ = ["OCIStore"]
