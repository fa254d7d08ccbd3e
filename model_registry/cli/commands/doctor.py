"""The command `doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from model_registry.cli.groups import Command


@click.command(
    "doctor",
    cls=Command,
    examples=(
        "doctor https://registry.example.org",
        "doctor registry.example.org --ca authority.pem --token-file token",
        "doctor --json",
    ),
)
@click.argument("address", required=False)
@click.option("--profile", metavar="NAME", help="Profile to use.")
# No option for the token itself: other users see the arguments of a process.
@click.option("--token-file", "token", type=click.Path(path_type=Path), help="File with the token.")
@click.option("--ca", metavar="PATH", help="PEM file or folder of the authorities to trust.")
@click.option("--client-cert", metavar="FILE", help="Certificate to show to the server.")
@click.option("--client-key", metavar="FILE", help="Its private key, unless in the same file.")
@click.option("--json", is_flag=True, help="Print the report as JSON.")
def doctor(*, json: bool, **options: Any) -> int:
    """Find out why a registry cannot be reached, and what to do about it.

    ADDRESS is a host or URL. Values that you do not pass come from MODEL_REGISTRY_URL,
    MODEL_REGISTRY_TOKEN and the like, and from profiles. The exit status is 0 if no check failed, else 1.
    """
    from model_registry.doctor import examine

    report = examine(**options)
    sys.stdout.write((report.as_json() if json else str(report)) + "\n")
    return 0 if report.is_healthy else 1
