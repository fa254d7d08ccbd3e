"""What all tests share: fixtures, markers and the summary of skipped tests."""

from __future__ import annotations

import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterable

pytest_plugins = ["tests.support.postgresql"]

# How long an example takes depends on what else the machine does.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


@pytest.fixture(autouse=True)
def expected_deviation(request: pytest.FixtureRequest) -> None:
    """Expect a test that is marked `deviation(number)` to fail on the stand-in for the reference server."""
    marker = request.node.get_closest_marker("deviation")
    parameters = getattr(request.node, "callspec", None)
    if marker is None or parameters is None:
        return
    if any("reference" in (value, getattr(value, "where", None)) for value in parameters.params.values()):
        request.applymarker(pytest.mark.xfail(reason=f"deviation {marker.args[0]}"))


def pytest_configure() -> None:
    """Restore the default handler of SIGINT, also for child processes, when a shell ignores the signal."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Mark the tests that need PostgreSQL: by a fixture, or by a parameter named after it."""
    for item in items:
        names = [item.name, *getattr(item, "fixturenames", ())]
        if any("postgresql" in name for name in names):
            item.add_marker(pytest.mark.postgres)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Write one line for each reason why tests were skipped."""
    skipped = terminalreporter.getreports("skipped")
    reasons = Counter(report.longrepr[-1].removeprefix("Skipped: ") for report in skipped)
    if reasons:
        terminalreporter.section("skipped tests")
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")
