"""How things show themselves: in a line, and as tables in notebooks."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model_registry import ModelRegistry
from model_registry.exceptions import StoreError
from model_registry.types import (
    Account,
    AliasMove,
    ArchiveReport,
    Change,
    Comparison,
    CopyReport,
    DocArtifact,
    FailedRegistration,
    FieldConflict,
    InferenceService,
    Lineage,
    Manifest,
    Metric,
    ModelArtifact,
    ModelVersion,
    Page,
    Parameter,
    Plan,
    RegisteredModel,
    Registration,
    ServeModel,
    ServingEnvironment,
    Values,
    VersionLineage,
)
from model_registry.types.results.comparison import Differences, Sides


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
        assert tag in {"table", "thead", "tbody", "tr", "th", "td", "p", "div", "span", "details", "summary"}
        assert {name for name, _ in attrs} <= ({"style"} if tag == "div" else {"title"})
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
    assert 'title="2026-05-01 12:00:00 UTC"' in model._repr_html_()
    relative = table.rows[5][1]
    assert relative.endswith(" ago")
    assert table.rows == [
        ["RegisteredModel", "value"],
        ["id", "1"],
        ["name", EVIL],
        ["owner", "a&b"],
        ["state", "LIVE"],
        ["create_time", relative],
        [f"custom_properties[{EVIL!r}]", EVIL],
        ["custom_properties['n']", "1"],
    ]


def test_a_table_of_a_page():
    page = Page([RegisteredModel(EVIL, id="1", owner="ann"), RegisteredModel("x", id="2")], "token")
    html = page._repr_html_()
    assert Table(html).rows == [
        ["id", "name", "state", "owner"],
        ["1", EVIL, "LIVE", "ann"],
        ["2", "x", "LIVE", ""],
    ]
    assert html.endswith("<p>More follow.</p>")
    mixed = Page([Metric(name="m", value=0.5), ModelArtifact(name="a", uri="https://u:p@h/x?q")])
    assert Table(mixed._repr_html_()).rows == [
        ["kind", "name", "value", "step", "uri"],
        ["Metric", "m", "0.5", "0", ""],
        ["ModelArtifact", "a", "", "", "https://h/x"],
    ]
    assert Page([EVIL])._repr_html_().startswith("<p>Page(1 str: &quot;&lt;script&gt;")


def test_long_values_are_cut():
    model = RegisteredModel("m", readme="x" * 100_000)
    assert len(model._repr_html_()) < 1000


def test_15_14_tables_have_properties_as_columns_and_nothing_unknown():
    digest = "sha256:" + "ab" * 32
    page = Page(
        [
            ModelArtifact(name="a", custom_properties={"auc": 0.9, "storage.digest": digest, "tags": ["x"]}),
            ModelArtifact(name="b", custom_properties={"team": "risk"}),
        ]
    )
    assert Table(page._repr_html_()).rows == [
        ["name", "auc", "team"],
        ["a", "0.9", ""],
        ["b", "", "risk"],
    ]
    rows = dict(Table(page[0]._repr_html_()).rows)
    assert "state" not in rows
    assert rows["custom_properties['storage.digest']"] == "sha256:abababab…"
    assert digest in page[0]._repr_html_()


def test_15_14_every_table_scrolls_and_names_its_columns():
    results = [
        Page([RegisteredModel("m")]),
        RegisteredModel("m"),
        Registration(RegisteredModel("m"), ModelVersion("1")),
        Comparison(
            "a/1", "a/2", properties=Differences(changed={"x": Sides({"a": 1, "b": 2}, {"a": 1, "b": 3})})
        ),
        Lineage(RegisteredModel("m")),
        Plan([Change("create", "RegisteredModel", "m", None, {"owner": Values(None, "ann")})]),
        CopyReport(),
        ArchiveReport("ARCHIVED"),
        FieldConflict("owner", "a", "b", "c"),
        Account("ann", "writer", "token"),
        AliasMove("fraud", "champion", "1", "2", "ann"),
        Change("create", "RegisteredModel", "m", None, {"owner": Values(None, "ann")}),
        Differences(only_left={"x": 1}),
        VersionLineage(ModelVersion("1"), (Metric(name="auc", value=0.9),)),
        FailedRegistration(0, {"name": "m", "version": "1"}, StoreError("it failed")),
    ]
    for result in results:
        text = result._repr_html_()
        assert text.startswith('<div style="overflow-x: auto">')
        assert "" not in Table(text).rows[0]
        assert len(repr(result).splitlines()) == 1
    assert Table(results[3]._repr_html_()).rows[1:] == [["custom_properties.x['b']", "2", "3"]]


def test_15_14_cells_are_for_readers():
    version = ModelVersion(
        "1",
        custom_properties={"third": 1 / 3, "half": 0.5, "tags": ["a", "<b>"], "names": ["x" * 30] * 3},
    )
    rows = dict(Table(version._repr_html_()).rows)
    assert rows["custom_properties['third']"] == "0.333333"
    assert f'title="{1 / 3}"' in version._repr_html_()
    assert rows["custom_properties['half']"] == "0.5"
    assert rows["custom_properties['tags']"] == "a, <b>"
    assert rows["custom_properties['names']"].startswith("3 entries")
    manifest = Manifest({"kind": "<InferenceService>"})._repr_html_()
    assert "kind: &quot;&lt;InferenceService&gt;&quot;" in manifest or "kind: &lt;Inf" in manifest


def test_15_14_lists_of_one_model_have_no_column_for_it():
    versions = [ModelVersion("1", registered_model_id="7"), ModelVersion("2", registered_model_id="7")]
    assert Table(Page(versions)._repr_html_()).rows[0] == ["name", "state"]
    versions.append(ModelVersion("1", registered_model_id="8"))
    assert "registered_model_id" in Table(Page(versions)._repr_html_()).rows[0]


def test_15_14_aliases_are_shown_by_name_and_not_as_they_are_stored():
    with ModelRegistry.local(author="ann") as registry:
        registry.register("fraud", "1", "s3://models/1")
        with registry.dry_run() as trial:
            trial.set_alias("fraud", "champion", "1")
        registry.set_alias("fraud", "champion", "1")
        model = dict(Table(registry.get_model("fraud")._repr_html_()).rows)
        history = registry.alias_history("fraud")
    assert model["alias champion"] == "1"
    assert not [label for label in model if "model-registry." in label]
    plan = [row[3:] for row in Table(trial.plan._repr_html_()).rows]
    assert plan[1:] == [
        ["description", "", "champion of fraud: (none) -> 1 by ann"],
        ["alias champion", "", "1"],
    ]
    assert repr(history).startswith("[AliasMove(champion of fraud: (none) -> 1 by ann at ")


def test_15_14_comparisons_and_lineages_show_values():
    with ModelRegistry.local(author="ann") as registry:
        registry.register("fraud", "1", "s3://models/1", metrics={"auc": 1 / 3}, params={"depth": 4})
        registry.register("fraud", "2", "s3://models/2", metrics={"auc": 0.5})
        compared = Table(registry.compare("fraud/1", "fraud/2")._repr_html_()).rows
        lineage = Table(registry.lineage("fraud")._repr_html_()).rows
    assert ["Metric auc", "0.333333", "0.5"] in compared
    assert ["Parameter depth", "4", ""] in compared
    assert lineage[0][3:] == ["ModelArtifact", "Metric", "Parameter"]
    assert lineage[1][3:] == ["fraud: s3://models/1", "auc: 0.333333", "depth: 4"]


def test_15_14_times_are_relative():
    now = time.time()
    for ago, text in ((5, "just now"), (7200, "2 hours ago"), (86400, "1 day ago"), (-86400, "UTC")):
        model = RegisteredModel("m", create_time_since_epoch=str(int((now - ago - 1) * 1000)))
        assert dict(Table(model._repr_html_()).rows)["create_time"].endswith(text)


@pytest.mark.parametrize("resource", [RegisteredModel("m"), ModelVersion("1"), Metric(name="m", value=1)])
def test_15_14_dir_lists_what_is_for_users(resource):
    shown = {name for name in dir(resource) if not name.startswith("_")}
    assert {"name", "custom_properties", "create_time", *type(resource).model_fields} <= shown
    assert not {name for name in shown if name.startswith("model_")} - type(resource).model_fields.keys()
    assert len(shown - type(resource).model_fields.keys()) == 2
