"""Python SDK of the Kubeflow Model Registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient

__all__ = ["ModelRegistryAPIClient", "__version__"]
__version__ = "0.4.0"

__getattr__, __dir__ = lazy_names(__name__, {f"{__name__}.core": ["ModelRegistryAPIClient"]})
