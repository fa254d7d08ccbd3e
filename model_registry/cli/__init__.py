"""The command `model-registry`."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from model_registry.cli.doctor import add_doctor
from model_registry.cli.options import (
    PREFIX,
    add_option,
    count,
    day,
    hosts,
    one_of,
    origins,
    port,
    seconds,
    switch,
)
from model_registry.exceptions import InvalidArgumentError, MissingExtraError, ModelRegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence

_BODY_LIMIT: Final = 16 * 1024 * 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Its arguments; those of the process when None.

    Returns:
        The exit status: 0 for success, 2 for an invalid argument, 1 for every other error,
        which is reported in one line.
    """
    options = vars(_parser().parse_args(arguments))
    run = options.pop("run")
    try:
        status: int | None = run(**options)
    except ModelRegistryError as error:
        sys.stderr.write(f"model-registry: {error}\n")
        return 2 if isinstance(error, InvalidArgumentError) else 1
    except ModuleNotFoundError as error:
        missing = MissingExtraError.for_extra("server", "The registry server", error)
        sys.stderr.write(f"model-registry: {missing}\n")
        return 1
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="model-registry", description="Run and check Kubeflow Model Registry servers."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('model-registry')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    variables = (
        f"Options can also be set by environment variables, such as {PREFIX}PORT for --port."
        " Command-line options take precedence."
    )
    serve = commands.add_parser(
        "serve", help="run a registry server until it is interrupted", epilog=variables
    )
    serve.set_defaults(run=_serve)
    _add_database(serve)
    _add_listening(serve)
    _add_application(serve)
    database = commands.add_parser("db", help="back up or upgrade the database of a registry")
    tasks = database.add_subparsers(metavar="TASK", required=True)
    backup = tasks.add_parser(
        "backup", help="back up a registry in a SQLite file, even while it is in use", epilog=variables
    )
    backup.set_defaults(run=_back_up)
    backup.add_argument("file", metavar="FILE", help="the backup file to create; it must not exist")
    upgrade = tasks.add_parser(
        "upgrade", help="create the tables of a registry, or upgrade older ones", epilog=variables
    )
    upgrade.set_defaults(run=_upgrade)
    for task in (backup, upgrade):
        _add_database(task)
    add_doctor(commands)
    return parser


def _add_database(parser: argparse.ArgumentParser) -> None:
    add_option(
        parser,
        "--db",
        str,
        default="sqlite:///registry.db",
        help="database: sqlite:///path, a path, :memory:, or"
        " postgresql+psycopg://user:password@host/database (default: %(default)s)",
    )


def _add_listening(serve: argparse.ArgumentParser) -> None:
    add_option(
        serve,
        "--host",
        str,
        default="127.0.0.1",
        help="host name or address to listen on (default: %(default)s)",
    )
    add_option(
        serve,
        "--port",
        port,
        default=8080,
        help="port to listen on; 0 for a free port (default: %(default)s)",
    )
    add_option(serve, "--workers", count, default=1, help="number of processes (default: %(default)s)")
    add_option(serve, "--tls-cert", str, metavar="FILE", help="serve HTTPS with this certificate (PEM)")
    add_option(
        serve,
        "--tls-key",
        str,
        metavar="FILE",
        help="private key of the certificate (PEM), if it is in another file",
    )
    add_option(
        serve,
        "--log-format",
        one_of(("json", "text")),
        metavar="json|text",
        help="log requests to standard error in this format",
    )


def _add_application(serve: argparse.ArgumentParser) -> None:
    add_option(
        serve,
        "--token-file",
        str,
        metavar="FILE",
        help="require one of the bearer tokens in this file (one per line; # starts a comment line)",
    )
    add_option(
        serve,
        "--body-limit",
        count,
        default=_BODY_LIMIT,
        metavar="BYTES",
        help="maximum size of a request body; larger ones get status 413 (default: %(default)s)",
    )
    add_option(
        serve,
        "--request-timeout",
        seconds,
        default=30.0,
        metavar="SECONDS",
        help="maximum time of a request; slower ones get status 503 (default: %(default)g)",
    )
    add_option(
        serve,
        "--statement-timeout",
        seconds,
        default=10.0,
        metavar="SECONDS",
        help="maximum time of the queries of a request; the database stops slower ones, and the request gets"
        " status 503 (default: %(default)g)",
    )
    add_option(
        serve,
        "--allowed-hosts",
        hosts,
        default=(),
        metavar="NAME[,NAME...]",
        help="names of this registry in URLs, besides localhost, IP addresses, --host and the name of this"
        " machine; .example.org for all below a domain, * for all names",
    )
    add_option(
        serve,
        "--cors-allowed-origins",
        origins,
        default=(),
        metavar="ORIGIN[,ORIGIN...]",
        help="allow web pages of these origins to use the registry (CORS); * for all",
    )
    add_option(
        serve,
        "--alpha-sunset-date",
        day,
        metavar="YYYY-MM-DD",
        help="announce in responses of v1alpha3 that it may be removed on this day",
    )
    add_option(
        serve,
        "--metrics",
        switch,
        default=False,
        without_value=True,
        metavar="yes|no",
        help="serve metrics for Prometheus at /metrics",
    )


def _serve(*, tls_cert: str | None, tls_key: str | None, **options: Any) -> None:
    if tls_key is not None and tls_cert is None:
        raise InvalidArgumentError("--tls-key needs --tls-cert")
    from model_registry.server.process.serve import serve

    serve(tls_cert=tls_cert, tls_key=tls_key, **options)


def _back_up(*, db: str, file: str) -> None:
    from model_registry.server.database.backup import back_up

    size = back_up(db, file)
    sys.stdout.write(f"{file}: {size} bytes\n")


def _upgrade(*, db: str) -> None:
    from model_registry.server.database.upgrade import upgrade

    version = upgrade(db)
    sys.stdout.write(f"schema version {version}\n")
