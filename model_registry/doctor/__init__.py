"""Finding out why a registry cannot be reached, and what to do about it.

Each check builds on those before it: when a name is not known, nothing is asked over the network any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.doctor.report import CHECKS, Finding, Report, Verdict, skipped
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from model_registry.connection import ConnectionOptions

__all__ = ["CHECKS", "Finding", "Report", "Verdict", "examine", "skipped"]


def examine(
    address: str | None = None, *, profile: str | None = None, **options: Unpack[ConnectionOptions]
) -> Report:
    """Check everything that stands between this program and a registry.

    It sends a few reads and changes nothing. What is wrong is in the report: nothing of it is raised.

    Args:
        address: Host or URL; looked for in environment and profile when it is not given.
        profile: Name of a profile.
        **options: As `ModelRegistryAPIClient.connect` takes them.

    Returns:
        The report.

    Example:
        >>> from model_registry.doctor import examine
        >>> print(examine("ftp://registry.example.org").findings[0].says)
        server_address 'ftp://registry.example.org' must be a host or an http or https URL
    """
    from model_registry.connection.settings import resolve

    try:
        connection = resolve(address, profile=profile, **options).connection
    except InvalidArgumentError as error:
        wrong = Finding("address", "failed", str(error), "Correct the address, or where it comes from.")
        return Report(None, (wrong, *skipped(CHECKS[1:], "there is no address to check")))
    from model_registry.blocking import BlockingRunner
    from model_registry.doctor.examination import examine_connection

    run = BlockingRunner()
    try:
        return Report(connection.url, tuple(run(examine_connection(connection))))
    finally:
        run.close()
