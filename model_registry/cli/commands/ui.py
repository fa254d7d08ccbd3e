"""The command `ui`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from model_registry.cli.extras import needs_server
from model_registry.cli.groups import Command
from model_registry.cli.options import pass_session, running, where
from model_registry.cli.startup import collect_as_usual
from model_registry.cli.values import Read, port

if TYPE_CHECKING:
    from model_registry.cli.session import Session


@click.command(
    "ui",
    cls=Command,
    examples=("ui", "ui --registry registry.db --read-only", "ui --registry https://registry.example.org"),
)
@where
@running
@click.option("--port", type=Read(port), default=0, help="Port to listen on.  [default: a free one]")
@click.option("--read-only", is_flag=True, help="Leave out all changes.")
@click.option(
    "--public-key",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    help="Key that verifies signatures.",
)
@click.option("--no-browser", is_flag=True, help="Do not open the browser.")
@pass_session
def ui(session: Session, *, port: int, read_only: bool, public_key: str | None, no_browser: bool) -> None:
    """Show a registry in the browser of this machine until it is interrupted.

    It works with every registry, that of Kubeflow included, and uses the token of the profile. Only a browser
    on this machine can open the pages, and only with the key in the printed address.
    """
    if public_key is not None:
        from model_registry.signing.keys import check_public_key

        check_public_key(public_key)
    with needs_server("The command `ui`"):
        from model_registry.web import serve_ui

    collect_as_usual()
    serve_ui(
        session.async_client(),
        port=port,
        read_only=read_only,
        public_key=public_key,
        opens_browser=not no_browser,
    )
