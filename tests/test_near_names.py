"""Names that are suggested in the place of one that does not exist."""

from __future__ import annotations

import pytest

from model_registry.near_names import did_you_mean, near_names

KNOWN = ["churn", "card-fraud", "fraud-detection", "frauds", "Demand-Forecast", "2.1.0", "1.1.0", "1.0.0"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("fruads", ["frauds"]),
        ("fraud", ["frauds", "fraud-detection", "card-fraud"]),
        ("1.0", ["1.0.0", "2.1.0", "1.1.0"]),
        ("demand", ["Demand-Forecast"]),
        ("DETECTION", ["fraud-detection"]),
        ("fr", []),
        ("--a", []),
        ("", []),
        ("spam", []),
    ],
)
def test_names_that_start_with_it_come_before_those_that_contain_it(name: str, near: list[str]) -> None:
    assert near_names(name, KNOWN) == near


def test_no_more_than_asked_for_are_suggested_and_none_twice() -> None:
    assert near_names("fraud", [*KNOWN, *KNOWN], 2) == ["frauds", "fraud-detection"]
    assert did_you_mean("fraud", iter(KNOWN), 1) == ": did you mean 'frauds'?"
    assert did_you_mean("fraud", []) == ""
