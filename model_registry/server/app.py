"""The registry as an application with everything around it that a setting asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.server.database.address import open_store
from model_registry.server.http import BODY_LIMIT, RegistryApp

if TYPE_CHECKING:
    import os
    from collections.abc import Collection
    from datetime import date

    from model_registry.server.asgi import Application


def create_app(
    db: str = "sqlite:///registry.db",
    *,
    durable: bool = True,
    body_limit: int = BODY_LIMIT,
    request_timeout: float | None = None,
    token_file: str | os.PathLike[str] | None = None,
    cors_allowed_origins: Collection[str] = (),
    alpha_sunset_date: date | None = None,
    metrics: bool = False,
    metrics_folder: str | os.PathLike[str] | None = None,
    access_log: bool = False,
) -> Application:
    """Make a registry that an ASGI server can serve.

    What is not asked for is not there, and costs nothing.

    Args:
        db: Where it keeps its data: `sqlite:///relative.db`, `sqlite:////absolute.db`, a path, `:memory:`, or
            `postgresql+psycopg://user:password@host:port/database`.
        durable: Whether a write survives a power failure once it is answered.
        body_limit: Longest request body, in bytes; longer ones are answered with 413.
        request_timeout: Seconds until a request that has no answer yet is answered with 503.
        token_file: A file with bearer tokens, one a line, of which every request must carry one, unless
            it asks for readiness. It is read anew when it changes.
        cors_allowed_origins: Origins whose web pages may use the registry, such as
            `https://dashboard.example.org`; `*` for all.
        alpha_sunset_date: The day from which v1alpha3 may be gone: its answers then carry `Deprecation`,
            `Sunset` and `Link`.
        metrics: Whether `/metrics` shows counts in Prometheus' text format.
        metrics_folder: A folder for counts that several processes share, empty when they start.
        access_log: Whether every request is logged, to `model_registry.server.access` at level INFO, and
            answered with its `X-Request-Id`.

    Returns:
        The application. It opens its database when it starts, or at the first request of a server that does
        not announce its start.

    Raises:
        InvalidArgumentError: The token file cannot be read, or is empty.

    Example:
        >>> from model_registry.server import create_app
        >>> app = create_app(":memory:", request_timeout=30)
    """
    # Each is imported when it is asked for, and is outside of what stands above it.
    app: Application = RegistryApp(open_store(db, durable=durable), body_limit=body_limit)
    if request_timeout is not None:
        from model_registry.server.middleware.timeouts import Timeout

        app = Timeout(app, request_timeout)
    counts = None
    if metrics:
        from model_registry.server.middleware.metrics import Metrics, MetricsPage

        counts = Metrics(metrics_folder)
        app = MetricsPage(app, counts)
    if token_file is not None:
        from model_registry.server.middleware.auth import BearerAuth

        app = BearerAuth(app, token_file)
    if alpha_sunset_date is not None:
        from model_registry.server.middleware.deprecation import Deprecation

        app = Deprecation(app, alpha_sunset_date)
    if cors_allowed_origins:
        from model_registry.server.middleware.cors import allow_origins

        app = allow_origins(app, cors_allowed_origins)
    if counts is not None:
        from model_registry.server.middleware.metrics import Measured

        app = Measured(app, counts)
    if access_log:
        from model_registry.server.middleware.access_log import AccessLog

        app = AccessLog(app)
    return app
