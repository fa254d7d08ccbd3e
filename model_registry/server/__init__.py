"""An embedded model registry: the whole API on a SQLite file or a PostgreSQL database.

`create_app` returns it as an ASGI application, for `uvicorn` or another server. The command
`model-registry serve` runs it. `ModelRegistryAPIClient.local()` uses one in the
same process, without a socket.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from model_registry.server.app import create_app

__all__ = ["create_app"]

__getattr__, __dir__ = lazy_names(__name__, {"model_registry.server.app": ["create_app"]})
