"""The command `mcp`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_registry.cli.extras import needs_extra
from model_registry.cli.groups import Command
from model_registry.cli.options import pass_session, running, where
from model_registry.cli.startup import collect_as_usual
from model_registry.cli.values import Read, port
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from model_registry.cli.session import Session


@click.command(
    "mcp",
    cls=Command,
    examples=(
        "mcp --registry https://registry.example.org",
        "mcp --registry registry.db --write",
        "mcp --http --port 8090",
    ),
)
@where
@running
@click.option("--write", is_flag=True, help="Offer tools that plan changes, and apply plans.")
@click.option("--http", is_flag=True, help="Serve HTTP on 127.0.0.1, instead of standard input and output.")
@click.option("--port", type=Read(port), help="Port of --http.  [default: a free one]")
@pass_session
def mcp(session: Session, *, write: bool, http: bool, port: int | None) -> None:
    """Offer a registry to agents, as tools of the Model Context Protocol (MCP).

    Agents start this command themselves, and speak with it over standard input and output. With --http, they
    send their token with each request. Calls are logged to standard error.
    """
    if port is not None and not http:
        raise InvalidArgumentError("--port needs --http")
    with needs_extra("mcp", "The command `mcp`"):
        from model_registry.mcp.process import run

    collect_as_usual()
    run(session.async_client(), write=write, port=(port or 0) if http else None)
