"""References to versions: build, parse, write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.exceptions import InvalidArgumentError
from model_registry.types import Reference


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("fraud/1.0", Reference("fraud", "1.0")),
        ("fraud@champion", Reference("fraud", alias="champion")),
        ("fraud", Reference("fraud", alias="latest")),
        ("42", Reference(id="42")),
        ("42/1", Reference("42", "1")),
        ("my model/1.0 beta", Reference("my model", "1.0 beta")),
        ("team%2Ffraud/1.0", Reference("team/fraud", "1.0")),
        ("a%40b@c", Reference("a@b", alias="c")),
        ("100%/1", Reference("100%", "1")),
        ("modèle/été", Reference("modèle", "été")),
        ("model-registry://fraud/1.0", Reference("fraud", "1.0")),
        ("model-registry://fraud", Reference("fraud", alias="latest")),
        ("model-registry://42", Reference(id="42")),
        ("model-registry://fraud@champion", Reference("fraud", alias="champion")),
        (
            "model-registry://registry.example.org/fraud/1.0",
            Reference("fraud", "1.0", registry="registry.example.org"),
        ),
        ("model-registry://[::1]:8080/fraud/1.0", Reference("fraud", "1.0", registry="[::1]:8080")),
        ("model-registry://host:80/fraud@a", Reference("fraud", alias="a", registry="host:80")),
        ("model-registry://m%20x/%E2%82%AC", Reference("m x", "€")),
    ],
)
def test_parse(text, reference):
    assert Reference.parse(text) == reference


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a part is empty"),
        ("/1.0", "a part is empty"),
        ("fraud/", "a part is empty"),
        ("fraud@", "a part is empty"),
        ("a/b/c", "within a name / is written %2F"),
        ("a/b@c", "@ is written %40"),
        ("a@b/c", "%2F"),
        ("s3://bucket/key", "another kind"),
        ("model-registry://", "a part is empty"),
        ("model-registry://fraud/1.0/", "a part is empty"),
        ("model-registry://no host/fraud/1.0", "is no host"),
        ("model-registry://h/a/b/c", "%2F"),
        ("model-registry://fraud/1.0?x=1", "no query"),
        ("fraud/%FF", "no UTF-8"),
        ("fraud/\ud800", "Unicode"),
        (5, "must be a text"),
    ],
)
def test_what_names_no_version_is_refused(text, said):
    with pytest.raises(InvalidArgumentError, match=said):
        Reference.parse(text)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "got nothing"),
        ({"model": "fraud"}, "got model"),
        ({"model": "fraud", "version": "1", "alias": "a"}, "got model and version and alias"),
        ({"id": "1", "model": "fraud"}, "got model and id"),
        ({"id": "x"}, "such as '12'"),
        ({"model": "", "version": "1"}, "at least one character"),
        ({"id": "1", "registry": "host"}, "by id cannot name a registry"),
        ({"model": "m", "version": "1", "registry": "http://host"}, "registry must be a host"),
    ],
)
def test_parts_that_name_no_version_are_refused(given, said):
    with pytest.raises(InvalidArgumentError, match=said):
        Reference(**given)


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1) | st.sampled_from(
    ["a/b", "a@b", "%2F", "fraud/1.0", "model-registry://x/y", "12", "?", "#", " ", "..", "host:80", "@", "/"]
)
HOSTS = st.none() | st.sampled_from(["registry.example.org", "localhost:8080", "[::1]:1"])


@given(model=NAMES, other=NAMES, by_alias=st.booleans(), registry=HOSTS)
def test_what_is_written_is_read(model, other, by_alias, registry):
    parts = {"alias": other} if by_alias else {"version": other}
    reference = Reference(model, **parts, registry=registry)
    assert Reference.parse(str(reference)) == reference
    assert Reference.parse(reference.uri) == reference
    assert reference.uri.isascii()
    assert repr(reference) == f"Reference({str(reference)!r})"


@given(id_=st.integers(0).map(str))
def test_ids_too(id_):
    reference = Reference(id=id_)
    assert Reference.parse(reference.uri) == Reference.parse(id_) == reference
