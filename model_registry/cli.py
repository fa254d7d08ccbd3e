"""The command `model-registry`."""

from __future__ import annotations

import argparse
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError, ModelRegistryError

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        arguments: Its arguments; those of the process when None.

    Returns:
        The exit status: 0 when all went well, 1 for an error that was reported in one line.
    """
    options = _parser().parse_args(arguments)
    try:
        _serve(options)
    except ModelRegistryError as error:
        sys.stderr.write(f"model-registry: {error}\n")
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="model-registry", description="A Kubeflow Model Registry of your own."
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {version('model-registry')}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    serve = commands.add_parser("serve", help="serve a registry over HTTP until interrupted")
    serve.add_argument(
        "--db",
        default="sqlite:///registry.db",
        help="where it keeps its data: sqlite:///path, a path, or :memory: (default: %(default)s)",
    )
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    serve.add_argument(
        "--port",
        type=_port,
        default=8080,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not a port: 0 to 65535 are")
    return port


def _serve(options: argparse.Namespace) -> None:
    try:
        from model_registry.server.serve import serve
    except ModuleNotFoundError as error:
        raise MissingExtraError.for_extra("server", "Serving a registry", error) from error
    serve(options.db, host=options.host, port=options.port)


if __name__ == "__main__":
    sys.exit(main())
