"""The registry as an application with everything around it that a setting asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.server.http import BODY_LIMIT, RegistryApp
from model_registry.server.store import open_store

if TYPE_CHECKING:
    from model_registry.server.asgi import Application


def create_app(
    db: str = "sqlite:///registry.db", *, durable: bool = True, body_limit: int = BODY_LIMIT
) -> Application:
    """Make a registry that an ASGI server can serve.

    Args:
        db: Where it keeps its data: `sqlite:///relative.db`, `sqlite:////absolute.db`, a path, or `:memory:`.
        durable: Whether a write survives a power failure once it is answered.
        body_limit: Longest request body, in bytes; longer ones are answered with 413.

    Returns:
        The application. It opens its database when it starts, or at the first request of a server that does
        not announce its start.

    Example:
        >>> from model_registry.server import create_app
        >>> app = create_app(":memory:")
    """
    return RegistryApp(open_store(db, durable=durable), body_limit=body_limit)
