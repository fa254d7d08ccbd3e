"""The order of semantic versions."""

from __future__ import annotations

import itertools

import pytest

from model_registry.types.semver import precedence

# The order that semver.org gives as its example, and more.
IN_ORDER = [
    *("0.0.1", "0.9", "1.0.0-0", "1.0.0-1", "1.0.0-10", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta"),
    *("1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2", "1.10", "2"),
    "10.0.0",
]


def test_order():
    for one, other in itertools.combinations(IN_ORDER, 2):
        assert precedence(one) < precedence(other), (one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("v1.2", "1.2.0"),
        ("V1", "1.0.0"),
        ("1.0.0+build.5", "1.0.0"),
        ("1.02", "1.2"),
        ("1-rc", "v1.0.0-rc+x"),
    ],
)
def test_equal(one, other):
    assert precedence(one) == precedence(other)


@pytest.mark.parametrize(
    "name", ["", "v", "latest", "1.2.3.4", "1.x", "1.0 ", "1.0.0-", "1.0.0-a..b", "\uff11.0", "1" * 5000]
)
def test_other_names_have_no_place(name):
    assert precedence(name) is None
