"""Names that are suggested in the place of one that does not exist."""

from __future__ import annotations

import pytest

from model_registry.near_names import did_you_mean, near_names

KNOWN = ["churn", "card-fraud", "fraud-detection", "frauds", "Demand-Forecast"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("fruads", ["frauds"]),
        ("fraud", ["frauds", "card-fraud", "fraud-detection"]),
        ("demand", ["Demand-Forecast"]),
        ("DETECTION", ["fraud-detection"]),
        ("fr", []),
        ("--a", []),
        ("", []),
        ("spam", []),
    ],
)
def test_names_are_near_if_few_characters_differ_or_if_they_contain_it(name: str, near: list[str]) -> None:
    assert near_names(name, KNOWN) == near


def test_no_more_than_asked_for_are_suggested_and_none_twice() -> None:
    assert near_names("fraud", [*KNOWN, *KNOWN], 2) == ["frauds", "card-fraud"]
    assert did_you_mean("fraud", iter(KNOWN), 1) == ": did you mean 'frauds'?"
    assert did_you_mean("fraud", []) == ""
