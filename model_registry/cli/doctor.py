"""The command `model-registry doctor`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import argparse


class Commands(Protocol):
    """What argparse's `add_subparsers` gives, whose class has no public name."""

    def add_parser(self, name: str, /, *, help: str, epilog: str) -> argparse.ArgumentParser:
        """Add a command."""
        ...


def add_doctor(commands: Commands) -> None:
    """Add the command to those of `model-registry`."""
    doctor = commands.add_parser(
        "doctor",
        help="find out why a registry cannot be reached, and what to do about it",
        epilog="What is not given is looked for in MODEL_REGISTRY_URL, MODEL_REGISTRY_TOKEN and the like, and"
        " in profiles. The exit status is 0 when no check failed, else 1.",
    )
    doctor.set_defaults(run=_doctor)
    doctor.add_argument("address", metavar="ADDRESS", nargs="?", help="host or URL of the registry")
    doctor.add_argument("--profile", metavar="NAME", help="profile to use")
    # No option for the token itself: other users see the arguments of a process.
    doctor.add_argument("--token-file", metavar="FILE", type=Path, dest="token", help="file with the token")
    doctor.add_argument("--ca", metavar="PATH", help="PEM file or folder of the authorities to trust")
    doctor.add_argument("--client-cert", metavar="FILE", help="certificate to show to the server")
    doctor.add_argument("--client-key", metavar="FILE", help="its private key, unless in the same file")
    doctor.add_argument("--json", action="store_true", help="print the report as JSON")


def _doctor(*, json: bool, **options: Any) -> int:
    from model_registry.doctor import examine

    report = examine(**options)
    sys.stdout.write((report.as_json() if json else str(report)) + "\n")
    return 0 if report.is_healthy else 1
