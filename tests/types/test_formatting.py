"""How things show themselves: in a line, and as tables in notebooks."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry.types import (
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    Page,
    Parameter,
    RegisteredModel,
    ServeModel,
    ServingEnvironment,
)


@pytest.mark.parametrize(
    ("thing", "line"),
    [
        (RegisteredModel("fraud", owner="ann", id="1"), "('fraud', id='1', state='LIVE', owner='ann')"),
        (RegisteredModel("fraud", state="ARCHIVED"), "('fraud', state='ARCHIVED')"),
        (
            ModelVersion("1.0", id="2", registered_model_id="1"),
            "('1.0', id='2', state='LIVE', registered_model_id='1')",
        ),
        (ModelArtifact(name="a", uri="s3://key:secret@b/x?token=secret"), "('a', uri='s3://b/x')"),
        (ModelArtifact(), "()"),
        (DocArtifact(name="card", uri="/a/b"), "('card', uri='/a/b')"),
        (Metric(name="accuracy", value=0.5), "('accuracy', value=0.5, step=0)"),
        (Parameter(name="rate", value={"a": 1}), "('rate', value=\"{'a': 1}\")"),
        (ServingEnvironment("prod", id="3"), "('prod', id='3')"),
        (InferenceService(registered_model_id="1"), "(desired_state='DEPLOYED', registered_model_id='1')"),
        (ServeModel(model_version_id="1"), "(last_known_state='UNKNOWN', model_version_id='1')"),
    ],
)
def test_a_line(thing, line):
    assert repr(thing) == type(thing).__name__ + line


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_every_line_is_one_and_short(text):
    for thing in (
        RegisteredModel(text * 50, owner=text * 50, description=text * 500),
        ModelArtifact(name=text * 50, uri=f"s3://{text * 50}", custom_properties={"a": text}),
        Page([RegisteredModel(text * 50)] * 100, "token"),
        Page([text * 50] * 4),
    ):
        assert len(repr(thing).splitlines()) == 1
        assert len(repr(thing)) < 1500  # were everything an escape of ten characters


def test_pages():
    assert repr(Page()) == "Page(empty)"
    models = [RegisteredModel(name) for name in "abcd"]
    assert repr(Page(models[:2])) == "Page(2 RegisteredModel: 'a', 'b')"
    assert repr(Page(models, "x")) == "Page(4 RegisteredModel: 'a', 'b', 'c', …; more follow)"
    assert (
        repr(Page([Metric(name="m", value=1), DocArtifact(name="d")]))
        == "Page(2 DocArtifact or Metric: 'm', 'd')"
    )


class Table(HTMLParser):
    """Reads the cells of a table, and refuses any other tag."""

    def __init__(self, text):
        super().__init__()
        self.rows = []
        self.cell = None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        assert tag in {"table", "thead", "tbody", "tr", "th", "td", "p"}
        assert attrs == []
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"}:
            self.cell = ""

    def handle_data(self, data):
        if self.cell is not None:
            self.cell += data

    def handle_endtag(self, tag):
        if tag in {"td", "th"}:
            self.rows[-1].append(self.cell)
            self.cell = None


EVIL = "<script>alert('&')</script>"


def test_a_table_of_a_model():
    model = RegisteredModel(
        EVIL,
        id="1",
        owner="a&b",
        create_time_since_epoch="1777636800000",
        custom_properties={EVIL: EVIL, "n": 1},
    )
    table = Table(model._repr_html_())
    assert table.rows == [
        ["RegisteredModel", ""],
        ["id", "1"],
        ["name", EVIL],
        ["owner", "a&b"],
        ["state", "LIVE"],
        ["create_time", "2026-05-01 12:00:00 UTC"],
        [f"custom_properties[{EVIL!r}]", EVIL],
        ["custom_properties['n']", "1"],
    ]


def test_a_table_of_a_page():
    page = Page([RegisteredModel(EVIL, id="1", owner="ann"), RegisteredModel("x", id="2")], "token")
    html = page._repr_html_()
    assert Table(html).rows == [
        ["id", "name", "state", "owner", "last_update_time"],
        ["1", EVIL, "LIVE", "ann", ""],
        ["2", "x", "LIVE", "", ""],
    ]
    assert html.endswith("<p>More follow.</p>")
    mixed = Page([Metric(name="m", value=0.5), ModelArtifact(name="a", uri="https://u:p@h/x?q")])
    assert Table(mixed._repr_html_()).rows == [
        ["id", "kind", "name", "value", "step", "uri", "model_format_name", "last_update_time"],
        ["", "Metric", "m", "0.5", "0", "", "", ""],
        ["", "ModelArtifact", "a", "", "", "https://h/x", "", ""],
    ]
    assert Page([EVIL])._repr_html_().startswith("<p>Page(1 str: &quot;&lt;script&gt;")


def test_long_values_are_cut():
    model = RegisteredModel("m", readme="x" * 100_000)
    assert len(model._repr_html_()) < 1000
