"""The command `doctor`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.groups import Command
from model_registry.cli.options import pass_session, reading
from model_registry.cli.secrets import read_secret, secret_file_option
from model_registry.cli.session import is_server
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from model_registry.cli.session import Session


@click.command(
    "doctor",
    cls=Command,
    output="doctor",
    examples=(
        "doctor https://registry.example.org",
        "doctor registry.example.org --ca authority.pem --token-file token",
        "doctor -o json",
    ),
)
@click.argument("address", required=False)
# No option for the token itself: other users see the arguments of a process.
@secret_file_option("--token-file", "File with the token; - for standard input.")
@click.option("--ca", metavar="PATH", help="PEM file or folder of the authorities to trust.")
@click.option("--client-cert", metavar="FILE", help="Certificate to show to the server.")
@click.option("--client-key", metavar="FILE", help="Its private key, unless in the same file.")
@click.option("--json", "as_json", is_flag=True, help="The same as --output json.")
@reading
@pass_session
def doctor(
    session: Session, address: str | None, *, token_file: str | None, as_json: bool, **options: Any
) -> int:
    """Find out why a registry cannot be reached, and what to do about it.

    ADDRESS is a host or URL. Values that you do not pass come from --registry, MODEL_REGISTRY_URL,
    MODEL_REGISTRY_TOKEN and the like, and from profiles. The exit status is 0 if no check failed, else 1.
    """
    from model_registry.doctor import examine

    if as_json:
        session.output = "json"
    named = address or session.registry
    if named is not None and (Path(named).is_file() or (address is None and not is_server(named))):
        raise InvalidArgumentError(
            f"{named!r} is a local registry, and `doctor` checks servers: pass the URL of one"
        )
    token = None
    if token_file is not None:  # a file that cannot be read is one of the findings
        token = read_secret(token_file, "token") if token_file == "-" else Path(token_file)  # noqa: S105
    report = examine(named, profile=session.profile, token=token, **options)
    session.out.document(report.as_dict(), str(report))
    return 0 if report.is_healthy else 1
