"""YAML that is written here is read by PyYAML as what it was."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from model_registry.exceptions import InvalidArgumentError
from model_registry.types.yaml_text import to_yaml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TRICKY = st.sampled_from(
    [
        *("", " ", "~", "null", "Null", "true", "YES", "off", "n", "=", "<<", "-", "- a", "? a", "#", "a #b"),
        *("1", "1.0", "1e3", "0x1f", "0o7", "017", "1_000", "1:30", ".5", ".inf", "nan", "_1", "2026-01-31"),
        *(
            "a: b",
            "a:",
            "a\nb",
            "a\r\nb",
            "\ta",
            "'",
            '"',
            "\\",
            "\\u0041",
            "@a",
            "`",
            "%a",
            "&a",
            "*a",
            "!a",
        ),
        *("\x00", "\x1b", "\x7f", "\x85", "\xa0", "\u2028", "\ufeff", "\uffff", "😀", "s3://a/b", "a.", "é"),
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | TRICKY
)
KEYS = TEXTS | TRICKY
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
)


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_what_is_written_is_read_the_same(value):
    read = yaml.safe_load(to_yaml(value))
    assert read == value
    assert repr(read) == repr(value)  # 1 is not 1.0, nor True


def test_plain_where_that_is_safe():
    text = to_yaml({"apiVersion": "serving.kserve.io/v1beta1", "a": {"b": [{"c": 1, "d": "1"}, "on", []]}})
    assert text == (
        'apiVersion: serving.kserve.io/v1beta1\na:\n  b:\n    - c: 1\n      d: "1"\n    - "on"\n    - []\n'
    )
    assert to_yaml({}) == "{}\n"


@pytest.mark.parametrize(
    "value", [{1: "a"}, {"a": object()}, {"a": float("nan")}, {"a": "\ud800"}, {"a": b"x"}]
)
def test_what_is_no_json_is_refused(value):
    with pytest.raises(InvalidArgumentError):
        to_yaml(value)
