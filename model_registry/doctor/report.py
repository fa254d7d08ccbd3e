"""What the checks of the doctor found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def skipped(checks: tuple[str, ...], why: str) -> list[Finding]:
    """Say of several checks that there was nothing to check."""
    return [Finding(check, "skipped", why) for check in checks]
