"""Python SDK of the Kubeflow Model Registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from model_registry._client import ModelRegistry
    from model_registry.client import AsyncModelRegistry
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.transport.deadline import time_limit
    from model_registry.types import F

__all__ = ["AsyncModelRegistry", "F", "ModelRegistry", "ModelRegistryAPIClient", "__version__", "time_limit"]
__version__ = "0.3.19"

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}._client": ["ModelRegistry"],
        f"{__name__}.client": ["AsyncModelRegistry"],
        f"{__name__}.core": ["ModelRegistryAPIClient"],
        f"{__name__}.transport.deadline": ["time_limit"],
        f"{__name__}.types.filter_fields": ["F"],
    },
)
