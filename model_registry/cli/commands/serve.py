"""The command `serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from model_registry.cli.extras import needs_server
from model_registry.cli.groups import Command
from model_registry.cli.options import debug_option
from model_registry.cli.startup import collect_as_usual
from model_registry.cli.values import (
    Read,
    count,
    day,
    delay,
    file,
    filled,
    hosts,
    locations,
    networks,
    one_of,
    origins,
    port,
    seconds,
    switch,
)
from model_registry.exceptions import InvalidArgumentError

from .serve_identity import identity_options, take_settings

if TYPE_CHECKING:
    from collections.abc import Callable

_BODY_LIMIT: Final = 16 * 1024 * 1024

database_option = click.option(
    "--db",
    type=Read(filled),
    default="sqlite:///registry.db",
    show_default=True,
    envvar="MODEL_REGISTRY_SERVE_DB",
    help="Database: sqlite:///path, a path, :memory:, or postgresql+psycopg://user:password@host/database.",
)
"""Where the data of a registry are."""


def _option(name: str, read: Callable[[str], object], **settings: Any) -> Callable[..., Any]:
    return click.option(name, type=Read(read), **settings)


@click.command(
    "serve",
    cls=Command,
    examples=(
        "serve",
        "serve --db sqlite:////srv/registry.db --host 0.0.0.0 --token-file tokens",
        "serve --db postgresql+psycopg://registry@db.example.org/registry --workers 4 --metrics",
    ),
)
@database_option
@_option("--host", filled, default="127.0.0.1", show_default=True, help="Host name or address to listen on.")
@_option("--port", port, default=8080, show_default=True, help="Port to listen on; 0 for a free port.")
@_option("--workers", count, default=1, show_default=True, help="Number of processes.")
@_option("--tls-cert", filled, metavar="FILE", help="Serve HTTPS with this certificate (PEM).")
@_option(
    "--tls-key",
    filled,
    metavar="FILE",
    help="Private key of the certificate (PEM), if it is in another file.",
)
@_option(
    "--forwarded-allow-ips",
    networks,
    default=(),
    metavar="ADDRESS[,ADDRESS...]",
    help="Addresses or networks of proxies whose header X-Forwarded-For is used; * for all.",
)
@_option(
    "--shutdown-delay",
    delay,
    default=0.0,
    show_default=True,
    metavar="SECONDS",
    help="Time from the signal to stop until the server stops; readiness checks fail in this time, so that"
    " load balancers notice.",
)
@_option(
    "--log-format",
    one_of(("json", "text")),
    metavar="json|text",
    help="Log requests to standard error in this format.",
)
@identity_options
@_option(
    "--body-limit",
    count,
    default=_BODY_LIMIT,
    show_default=True,
    metavar="BYTES",
    help="Maximum size of a request body; larger ones get status 413.",
)
@_option(
    "--request-timeout",
    seconds,
    default=30.0,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time of a request; slower ones get status 503.",
)
@_option(
    "--statement-timeout",
    seconds,
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time of the queries of a request; the database stops slower ones, and the request gets"
    " status 503.",
)
@_option(
    "--allowed-hosts",
    hosts,
    default=(),
    metavar="NAME[,NAME...]",
    help="Names of this registry in URLs, besides localhost, IP addresses, --host and the name of this"
    " machine; .example.org for all below a domain, * for all names.",
)
@_option(
    "--cors-allowed-origins",
    origins,
    default=(),
    metavar="ORIGIN[,ORIGIN...]",
    help="Allow web pages of these origins to use the registry (CORS); * for all.",
)
@_option(
    "--alpha-sunset-date",
    day,
    metavar="YYYY-MM-DD",
    help="Announce in responses of v1alpha3 that it may be removed on this day.",
)
@_option(
    "--slow-request",
    count,
    metavar="MILLISECONDS",
    help="Log requests that take this long, with their operation and the time of the database.",
)
@_option(
    "--metrics",
    switch,
    default=False,
    is_flag=False,
    flag_value="yes",
    metavar="[yes|no]",
    help="Serve metrics for Prometheus at /metrics.",
)
@_option(
    "--otel",
    switch,
    default=False,
    is_flag=False,
    flag_value="yes",
    metavar="[yes|no]",
    help="Send a span of each request to a collector of OpenTelemetry (OTEL_EXPORTER_OTLP_ENDPOINT).",
)
@_option(
    "--metrics-dir",
    filled,
    metavar="FOLDER",
    help="Folder for the metrics of several processes.  [default: a temporary folder]",
)
@click.option("--no-ui", is_flag=True, help="Serve no pages for browsers.")
@click.option("--ui-read-only", is_flag=True, help="Leave out all changes in the pages for browsers.")
@_option(
    "--ui-files",
    locations,
    default=(),
    metavar="LOCATION[,LOCATION...]",
    help="Locations whose files the server reads for visitors of the pages, to verify signatures and show"
    " documents, such as s3://models or /srv/models.",
)
@_option("--ui-public-key", file, metavar="FILE", help="Public key that verifies signatures in the pages.")
@debug_option
def serve(
    *,
    tls_cert: str | None,
    tls_key: str | None,
    no_ui: bool,
    ui_read_only: bool,
    ui_files: tuple[str, ...],
    ui_public_key: str | None,
    **options: Any,
) -> None:
    """Run a registry server until it is interrupted. Its address shows the registry in a browser.

    Options can also be set by environment variables, such as MODEL_REGISTRY_SERVE_PORT for --port.
    Command-line options take precedence.
    """
    if tls_key is not None and tls_cert is None:
        raise InvalidArgumentError("--tls-key needs --tls-cert")
    if ui_public_key is not None and not ui_files:
        raise InvalidArgumentError("--ui-public-key needs --ui-files: without it, the pages read no files")
    if ui_public_key is not None:
        from model_registry.signing.keys import check_public_key

        check_public_key(ui_public_key)
    with needs_server("The registry server"):
        from model_registry.server.process.serve import serve as run_server

        identity, audit = take_settings(options)
        if not no_ui:
            from model_registry.web import PagesBesideAPI

            options["pages"] = PagesBesideAPI(
                read_only=ui_read_only,
                files=ui_files,
                public_key=ui_public_key,
                signs_in=bool(identity.sources),
            )
        collect_as_usual()
        run_server(tls_cert=tls_cert, tls_key=tls_key, identity=identity, audit=audit, **options)
