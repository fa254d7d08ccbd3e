"""A model registry of one's own: the whole API on a local file or a database server.

`create_app` makes it an ASGI application, for `uvicorn` and its like; the command `model-registry serve` runs
it; clients use it without a socket through `ModelRegistryAPIClient.local()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from model_registry.server.app import create_app

__all__ = ["create_app"]

__getattr__, __dir__ = lazy_names(__name__, {"model_registry.server.app": ["create_app"]})
