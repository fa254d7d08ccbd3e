"""Create the registry as an ASGI application, with the middleware that the settings ask for."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError
from model_registry.server.database.opening import open_database
from model_registry.server.database.protocol import READ_LIMIT
from model_registry.server.http.application import BODY_LIMIT, RegistryApp
from model_registry.server.identity.settings import Identity
from model_registry.server.middleware.origins import OriginMiddleware

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection
    from datetime import date

    from model_registry.server.audit.watch import Trail, Watch
    from model_registry.server.http.asgi import Application
    from model_registry.server.middleware.metrics import Metrics


def create_app(
    db: str = "sqlite:///registry.db",
    *,
    durable: bool = True,
    body_limit: int = BODY_LIMIT,
    request_timeout: float | None = 30.0,
    statement_timeout: float = READ_LIMIT,
    token_file: str | os.PathLike[str] | None = None,
    identity: Identity | None = None,
    audit: Trail | None = None,
    allowed_hosts: Collection[str] = (),
    cors_allowed_origins: Collection[str] = (),
    alpha_sunset_date: date | None = None,
    metrics: bool = False,
    metrics_folder: str | os.PathLike[str] | None = None,
    slow_request: float | None = None,
    access_log: bool = False,
    otel: bool | None = None,
    pages: Callable[[Application, Collection[str]], Application] | None = None,
) -> Application:
    """Create a registry that an ASGI server can serve.

    A feature that is off costs nothing.

    Args:
        db: Where the registry stores its data: `sqlite:///relative.db`, `sqlite:////absolute.db`, a path,
            `:memory:`, or `postgresql+psycopg://user:password@host:port/database`.
        durable: Whether a write survives a power failure once its response is sent.
        body_limit: Maximum length of a request body, in bytes. Longer ones get the status 413.
        request_timeout: Seconds after which a request without a response gets the status 503; None for no
            limit.
        statement_timeout: Seconds after which the database stops the queries of a request that reads, which
            gets the status 503.
        token_file: A file with bearer tokens, one per line. Every request must send one of them, except for
            readiness checks. The file is read again when it changes. Its tokens have the role writer.
        identity: Further ways to know callers, with roles; then its `token_file` is used, not this one's.
        audit: How to store an audit trail, `Trail()` for one that is never deleted; None for no trail.
        allowed_hosts: Names that the header `Host` may have, `.example.org` for all names below a domain. IP
            addresses are always accepted. Empty or `*` to accept every name. Others get the status 421.
        cors_allowed_origins: Origins whose web pages may use the registry, such as
            `https://dashboard.example.org`; `*` for all. Requests of pages of other origins get the status
            403.
        alpha_sunset_date: The day from which v1alpha3 may be removed. Its responses then have the headers
            `Deprecation`, `Sunset` and `Link`.
        metrics: Whether `/metrics` returns metrics in Prometheus' text format.
        metrics_folder: A folder for the metrics of several processes, empty when they start.
        slow_request: Milliseconds from which a request is logged as slow, with its operation and the time
            that the database took; None to log none.
        access_log: Whether to log every request to `model_registry.server.access` at level INFO, and to send
            its `X-Request-Id` in the response.
        pages: A function that adds pages for browsers, such as `model_registry.web.PagesBesideAPI`. It gets
            the registry as an application, and the allowed hosts.
        otel: Whether to create a span of OpenTelemetry for each request, with the tracer provider of the
            application; None if the application has imported OpenTelemetry.

    Returns:
        The application. It opens its database at startup, or at the first request if the server does not
        support the lifespan protocol.

    Raises:
        InvalidArgumentError: The token file cannot be read or is empty.
        MissingExtraError: A package that a feature needs is not installed.

    Example:
        >>> from model_registry.server import create_app
        >>> app = create_app(":memory:", request_timeout=30)
    """
    # Middleware is imported when it is used. Each one wraps those above it.
    counts = _metrics(metrics_folder) if metrics else None
    database = open_database(db, durable=durable, read_limit=statement_timeout)
    if counts is not None or slow_request is not None:
        from model_registry.server.database.measured import MeasuredDatabase

        database = MeasuredDatabase(database, None if counts is None else counts.observe_database)
    identity = identity or Identity(token_file=token_file)
    authenticators = identity.authenticators(database)
    watch = _watch(identity, audit) if authenticators or audit is not None else None
    app: Application = RegistryApp(database, body_limit=body_limit, watch=watch)
    if authenticators and watch is not None:
        from model_registry.server.http.identity import IdentityApp

        app = IdentityApp(app, database, watch, named_tokens=identity.named_tokens)
    if request_timeout is not None:
        from model_registry.server.middleware.timeouts import TimeoutMiddleware

        app = TimeoutMiddleware(app, request_timeout)
    if counts is not None:
        from model_registry.server.middleware.metrics import MetricsEndpoint

        app = MetricsEndpoint(app, counts)
    if authenticators:
        from model_registry.server.middleware.authentication import AuthenticationMiddleware

        app = AuthenticationMiddleware(app, authenticators)
    if alpha_sunset_date is not None:
        from model_registry.server.middleware.deprecation import DeprecationMiddleware

        app = DeprecationMiddleware(app, alpha_sunset_date)
    if cors_allowed_origins:
        from model_registry.server.middleware.cors import allow_origins

        app = allow_origins(app, cors_allowed_origins)
    app = OriginMiddleware(app, hosts=allowed_hosts, origins=cors_allowed_origins)
    if pages is not None:
        app = pages(app, allowed_hosts)
    return _observed(
        app,
        counts,
        slow_request=slow_request,
        access_log=access_log,
        has_ids=access_log or audit is not None,
        otel=otel,
    )


def _metrics(folder: str | os.PathLike[str] | None) -> Metrics:
    from model_registry.server.middleware.metrics import Metrics

    return Metrics(folder)


def _observed(
    app: Application,
    counts: Metrics | None,
    *,
    slow_request: float | None,
    access_log: bool,
    has_ids: bool,
    otel: bool | None,
) -> Application:
    """Wrap an application in the middleware that counts, logs and traces requests."""
    if counts is not None:
        from model_registry.server.middleware.metrics import MetricsMiddleware

        app = MetricsMiddleware(app, counts)
    if slow_request is not None:
        from model_registry.server.middleware.slow_requests import SlowRequestMiddleware

        app = SlowRequestMiddleware(app, slow_request)
    if access_log:
        from model_registry.server.middleware.access_log import AccessLogMiddleware

        app = AccessLogMiddleware(app)
    if has_ids:
        from model_registry.server.middleware.request_id import RequestIdMiddleware

        app = RequestIdMiddleware(app, reads=access_log)
    if otel or (otel is None and "opentelemetry.trace" in sys.modules):
        try:
            from model_registry.server.middleware.tracing import TracingMiddleware
        except ImportError as error:
            raise MissingExtraError.for_extra("otel", "Tracing", error) from error

        app = TracingMiddleware(app)
    return app


def _watch(identity: Identity, audit: Trail | None) -> Watch:
    from model_registry.server.audit.watch import Watch

    return Watch(audit, identity.protected_aliases)
