"""Finding out why a registry cannot be reached, and what to do about it.

Each check builds on those before it: when a name is not known, nothing is asked over the network any more.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Unpack

    from model_registry.connection import ConnectionOptions

Verdict: TypeAlias = Literal["ok", "warning", "failed", "skipped"]
"""What came of a check."""

CHECKS = ("address", "dns", "tcp", "tls", "token", "answer", "api", "clock", "round trip")
"""The checks, in order."""


@dataclass(frozen=True)
class Finding:
    """What came of one check.

    Attributes:
        check: One of `CHECKS`.
        verdict: `ok`, `warning`, `failed`, or `skipped` when there was nothing to check.
        says: What was found. No secrets.
        fix: What to do about it, where there is something to do.
    """

    check: str
    verdict: Verdict
    says: str
    fix: str | None = None


@dataclass(frozen=True)
class Report:
    """What came of all checks.

    Attributes:
        url: Address of the registry, or `None` when none could be made out.
        findings: One for each of `CHECKS`, in order.
    """

    url: str | None
    findings: tuple[Finding, ...]

    @property
    def is_healthy(self) -> bool:
        """Whether no check failed; warnings may be there."""
        return all(finding.verdict != "failed" for finding in self.findings)

    def as_dict(self) -> Mapping[str, object]:
        """Return the report as values that JSON knows."""
        return {
            "url": self.url,
            "healthy": self.is_healthy,
            "findings": [asdict(finding) for finding in self.findings],
        }

    def as_json(self) -> str:
        """Return the report as JSON, for scripts."""
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False)

    def __str__(self) -> str:
        lines: list[str] = []
        for finding in self.findings:
            lines.append(f"{finding.verdict:8} {finding.check:11} {finding.says}")
            if finding.fix is not None:
                lines.append(f"{'':20} -> {finding.fix}")
        return "\n".join(lines)


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


def skipped(checks: tuple[str, ...], why: str) -> list[Finding]:
    """Say of several checks that there was nothing to check."""
    return [Finding(check, "skipped", why) for check in checks]
