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
        The exit status: 0 when all went well, 2 when an argument cannot be used, 1 for every other error,
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
        missing = MissingExtraError.for_extra("server", "A registry of one's own", error)
        sys.stderr.write(f"model-registry: {missing}\n")
        return 1
    return status or 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="model-registry", description="A Kubeflow Model Registry of your own."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('model-registry')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    variables = f"Environment variables give options too, {PREFIX}PORT for --port; arguments overrule them."
    serve = commands.add_parser(
        "serve", help="serve a registry over HTTP until interrupted", epilog=variables
    )
    serve.set_defaults(run=_serve)
    _add_database(serve)
    _add_listening(serve)
    _add_application(serve)
    database = commands.add_parser("db", help="look after a registry's database")
    tasks = database.add_subparsers(metavar="TASK", required=True)
    backup = tasks.add_parser(
        "backup", help="copy a registry in a SQLite file, even while it is used", epilog=variables
    )
    backup.set_defaults(run=_back_up)
    backup.add_argument("file", metavar="FILE", help="the copy to make; it must not exist yet")
    upgrade = tasks.add_parser(
        "upgrade", help="make a registry's tables, or bring older ones up to date", epilog=variables
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
        help="where the data is: sqlite:///path, a path, :memory:, or"
        " postgresql+psycopg://user:password@host/database (default: %(default)s)",
    )


def _add_listening(serve: argparse.ArgumentParser) -> None:
    add_option(
        serve,
        "--host",
        str,
        default="127.0.0.1",
        help="where to listen, a name or an address (default: %(default)s)",
    )
    add_option(serve, "--port", port, default=8080, help="port; 0 takes a free one (default: %(default)s)")
    add_option(serve, "--workers", count, default=1, help="number of processes (default: %(default)s)")
    add_option(serve, "--tls-cert", str, metavar="FILE", help="speak TLS with this certificate (PEM)")
    add_option(serve, "--tls-key", str, metavar="FILE", help="its private key (PEM), unless in the same file")
    add_option(
        serve,
        "--log-format",
        one_of(("json", "text")),
        metavar="json|text",
        help="log every request to standard error",
    )


def _add_application(serve: argparse.ArgumentParser) -> None:
    add_option(
        serve, "--token-file", str, metavar="FILE", help="demand a bearer token of this file, one a line"
    )
    add_option(
        serve,
        "--body-limit",
        count,
        default=_BODY_LIMIT,
        metavar="BYTES",
        help="answer 413 to longer request bodies (default: %(default)s)",
    )
    add_option(
        serve,
        "--request-timeout",
        seconds,
        metavar="SECONDS",
        help="answer 503 to requests that take longer (default: no limit)",
    )
    add_option(
        serve,
        "--cors-allowed-origins",
        origins,
        default=(),
        metavar="ORIGIN[,ORIGIN...]",
        help="let web pages of these origins use the registry; * for all",
    )
    add_option(
        serve,
        "--alpha-sunset-date",
        day,
        metavar="YYYY-MM-DD",
        help="say in answers of v1alpha3 that it may be gone from this day",
    )
    add_option(
        serve,
        "--metrics",
        switch,
        default=False,
        without_value=True,
        metavar="yes|no",
        help="show counts for Prometheus at /metrics",
    )


def _serve(*, tls_cert: str | None, tls_key: str | None, **options: Any) -> None:
    if tls_key is not None and tls_cert is None:
        raise InvalidArgumentError("--tls-key is of no use without --tls-cert")
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
