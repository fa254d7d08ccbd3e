"""Models, versions, artifacts and aliases from the terminal, on every kind of registry."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import ModelRegistry
from model_registry.cli.listings import version_listing
from model_registry.cli.lists import show_list
from model_registry.cli.output import Output
from model_registry.cli.versions import VersionRecords

if TYPE_CHECKING:
    from .conftest import Cli


def register(cli: Cli, version: str = "1.0", *more: str) -> dict[str, object]:
    found: dict[str, object] = cli.json(
        "register", "fraud", version, "--uri", f"s3://models/{version}", *more
    )
    return found


def test_a_version_with_all_that_belongs_to_it(cli: Cli) -> None:
    done = register(
        cli,
        "1.0",
        *("--format", "onnx:1", "--property", "team=risk", "--property", "approved:=true"),
        *("--metric", "accuracy=0.93", "--param", "epochs=10", "--param", "optimizer=adam"),
        *("--dataset", "s3://data/train.parquet", "--doc", "card=https://example.org/card.md"),
        *("--alias", "champion", "--owner", "bob", "--description", "first", "--task", "scoring"),
    )
    assert (done["reference"], done["is_new"]) == ("fraud/1.0", True)
    shown = cli.json("versions", "show", "fraud@champion")
    assert shown["custom_properties"] == {"team": "risk", "approved": True}
    assert (shown["author"], shown["description"], shown["on_aliases"]) == ("ann", "first", ["champion"])
    kinds = {each["kind"]: each for each in shown["artifacts"]}
    assert kinds["ModelArtifact"]["model_format_name"] == "onnx"
    assert kinds["Metric"]["value"] == 0.93
    assert kinds["DataSet"]["name"] == "train.parquet"
    assert kinds["DocArtifact"]["uri"] == "https://example.org/card.md"
    parameters = [each["value"] for each in shown["artifacts"] if each["kind"] == "Parameter"]
    assert sorted(map(str, parameters)) == ["10", "adam"]
    model = cli.json("models", "show", "fraud")
    assert (model["owner"], model["tasks"], model["aliases"]) == ("bob", ["scoring"], {"champion": "1.0"})


def test_lists_are_sorted_by_metrics_and_properties(cli: Cli) -> None:
    for version, accuracy, latency in (("1.0", 0.9, 12), ("1.1", 0.95, 30), ("1.2", 0.8, 9)):
        register(cli, version, "--metric", f"accuracy={accuracy}", "--property", f"latency:={latency}")
    by_metric = cli.ok("versions", "ls", "fraud", "--sort", "-accuracy", "--columns", "name,accuracy,latency")
    assert by_metric == "1.1\t0.95\t30\n1.0\t0.9\t12\n1.2\t0.8\t9\n"
    by_property = cli.ok("versions", "ls", "fraud", "--sort", "latency", "-o", "name")
    assert by_property == "fraud/1.2\nfraud/1.0\nfraud/1.1\n"
    ended = cli("versions", "ls", "fraud", "--sort", "-created", "--limit", "2", "-o", "name")
    assert ended.stdout == "fraud/1.2\nfraud/1.1\n"
    assert ended.stderr == "There are more rows: use --limit, or --limit 0 for all.\n"


def test_16_a_property_and_a_metric_of_one_name_are_sorted_as_they_are_shown(cli: Cli) -> None:
    register(cli, "1.0", "--metric", "auc=0.9", "--property", "auc:=0.1")
    register(cli, "1.1", "--metric", "auc=0.5")
    register(cli, "1.2", "--property", "auc:=0.7")
    register(cli, "1.3")
    shown = cli.ok("versions", "ls", "fraud", "--sort", "-auc", "--columns", "name,auc", "--limit", "3")
    assert shown == "1.2\t0.7\n1.1\t0.5\n1.0\t0.1\n"


def test_16_the_best_of_many_are_found_without_reading_all(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read: list[str] = []
    metrics_of = VersionRecords._metrics

    def noted(self: VersionRecords, record: dict[str, Any]) -> dict[str, float]:
        read.append(record["name"])
        return metrics_of(self, record)

    monkeypatch.setattr(VersionRecords, "_metrics", noted)
    with ModelRegistry.local(author="ann") as registry:
        for number in range(12):
            auc, rank = {"auc": number / 12}, {"rank": number}
            registry.register("fraud", number, metrics=auc, properties=rank if number else None)
        for sort in ("-auc", "-rank", "name"):
            pages = partial(registry.list_versions, "fraud")
            show_list(Output("name"), version_listing(registry), pages, sort=sort, limit=1, columns=None)
    assert capsys.readouterr().out == "fraud/11\nfraud/11\nfraud/0\n"
    assert len(read) < 4


def test_16_lists_are_sorted_by_name_and_by_the_last_change(cli: Cli) -> None:
    for version in ("b", "a", "c"):
        register(cli, version)
    for limit in ("0", "2", "3"):
        listed = cli.ok("versions", "ls", "fraud", "--sort", "-name", "--limit", limit, "-o", "name")
        assert listed.split() == ["fraud/c", "fraud/b", "fraud/a"][: int(limit) or None]
    cli.ok("versions", "set", "fraud/a", "--description", "later")
    for limit in ("0", "2"):
        listed = cli.ok("search", "", "--sort", "-updated", "--limit", limit, "-o", "name")
        assert listed.split()[0] == "fraud/a"
    assert (
        cli.ok("search", "author = 'ann'", "--sort", "state", "--limit", "2", "--columns", "state").split()
        == ["LIVE"] * 2
    )
    cli.ok("versions", "set", "fraud/b", "--property", "rank:=3")
    for key, advice in {
        "": "--sort is empty: name a field, a custom property or a metric, such as created",
        "-rang": "no row has a value 'rang' to sort by: did you mean 'rank'?",
        "x": "no row has a value 'x' to sort by: name a field, a custom property or a metric",
    }.items():
        assert cli.fails(2, "versions", "ls", "fraud", f"--sort={key}") == advice


def test_what_is_archived_is_left_out_of_lists(cli: Cli) -> None:
    register(cli, "1.0")
    register(cli, "1.1")
    cli.ok("versions", "archive", "fraud/1.0")
    assert cli.ok("versions", "ls", "fraud", "-o", "name") == "fraud/1.1\n"
    assert cli.ok("versions", "ls", "fraud", "--archived", "-o", "name") == "fraud/1.0\n"
    assert cli.ok("versions", "ls", "fraud", "--all", "-o", "name") == "fraud/1.0\nfraud/1.1\n"
    assert "now LIVE" in cli.ok("versions", "restore", "fraud/1.0")
    report = cli.json("models", "archive", "fraud", "--with-versions", "-y")
    assert [each["name"] for each in report["changed"]] == ["1.0", "1.1", "fraud"]
    assert cli.ok("models", "ls") == ""


def test_fields_are_set_and_properties_removed(cli: Cli) -> None:
    register(cli, "1.0", "--property", "draft=yes")
    (cli.folder / "README.md").write_text("# Fraud\n")
    model = cli.json("models", "set", "fraud", "--readme", "README.md", "--language", "en")
    assert (model["readme"], model["language"]) == ("# Fraud\n", ["en"])
    version = cli.json(
        *("versions", "set", "fraud/1.0", "--property", "accuracy:=0.9", "--remove-property", "draft")
    )
    assert version["custom_properties"] == {"accuracy": 0.9}


def test_aliases_move_and_remember(cli: Cli) -> None:
    register(cli, "1.0")
    register(cli, "1.1")
    cli.ok("alias", "set", "fraud/1.0", "champion")
    cli.ok("alias", "set", "fraud@latest", "champion")
    assert cli.ok("alias", "ls", "fraud") == "champion\t1.1\n"
    assert cli.ok("resolve", "fraud@champion", "-o", "csv").splitlines()[1].startswith("fraud/1.1,")
    assert "already" in cli.ok("alias", "set", "fraud/1.1", "champion")
    cli.ok("alias", "rm", "fraud@champion")
    moves = cli.json("alias", "history", "fraud")
    assert [(each["previous"], each["version"], each["by"]) for each in moves] == [
        (None, "1.0", "ann"),
        ("1.0", "1.1", "ann"),
        ("1.1", None, "ann"),
    ]
    assert cli.ok("alias", "history", "fraud", "-o", "name") == "champion\n" * 3
    assert cli.ok("latest", "fraud", "--by", "semver", "-o", "name") == "fraud/1.1\n"


def test_artifacts(cli: Cli) -> None:
    register(cli, "1.0", "--metric", "accuracy=0.9", "--metric", "auc=0.8")
    listed = cli.ok(
        *("artifacts", "ls", "fraud/1.0", "--kind", "metric", "--sort", "-value", "--columns", "name,value")
    )
    assert listed == "accuracy\t0.9\nauc\t0.8\n"
    shown = cli.json("artifacts", "show", "fraud/1.0", "auc", "--kind", "metric")
    assert cli.json("artifacts", "show", "--id", shown["id"]) == shown


@pytest.mark.parametrize(
    "command",
    [
        ("versions", "archive", "fraud"),
        ("versions", "restore", "fraud"),
        ("versions", "set", "fraud", "--description", "changed"),
        ("versions", "set", "model-registry://fraud", "--description", "changed"),
        ("alias", "set", "fraud", "champion"),
    ],
    ids=" ".join,
)
def test_a_forgotten_version_changes_nothing(local: Cli, command: tuple[str, ...]) -> None:
    for version in ("1.0", "1.1"):
        local.ok("register", "fraud", version, "--uri", "s3://m")
    before = local.json("versions", "ls", "fraud", "--all")
    refused = local.fails(2, *command)
    name = command[2]
    assert f"{name!r} names no version: write {name}/VERSION, {name}@ALIAS, or {name}@latest" in refused
    assert local.json("versions", "ls", "fraud", "--all") == before
    assert local.json("alias", "ls", "fraud") == []
    assert local.json("versions", "show", "fraud")["name"] == "1.1"


def test_a_column_that_no_row_can_have_is_refused(local: Cli) -> None:
    for number in range(3):
        local.ok("register", "fraud", str(number), "--uri", "s3://m", *["--metric", "auc=1"] * (number == 2))
    ls = ("versions", "ls", "fraud", "--columns")
    assert local.fails(2, *ls, "nmae") == "no row has a value 'nmae' to print: did you mean 'name'?"
    assert local.fails(2, *ls, "name,nmae", "--limit", "1", "-o", "json")
    assert "'nmae' to print" in local.fails(2, "models", "ls", "--columns", "nmae")
    assert local.ok(*ls, "name,auc", "--limit", "1") == "0\t\n"
    assert local.ok(*ls, "name,external_id,created", "--limit", "1", "-o", "csv").startswith(
        "name,external_id"
    )
    assert local.ok("artifacts", "ls", "fraud/2", "--kind", "metric", "--columns", "name,uri") == "auc\t\n"
    assert local.ok(*ls, "name,auc", "--archived") == ""


@pytest.mark.parametrize(
    "line",
    [
        *("models ls", "versions ls", "artifacts ls", "environments ls", "services ls"),
        *("search id=1", "search id=1 --models"),
    ],
)
def test_16_an_empty_list_refuses_the_names_that_a_full_one_refuses(local: Cli, line: str) -> None:
    local.ok("register", "churn", "1", "--uri", "s3://m", "--metric", "auc=1", "--property", "team=risk")
    local.ok("models", "archive", "churn", "--with-versions", "-y")
    empty = (*line.split(), *(["--filter", "id = '0'"] if line == "artifacts ls" else []))
    names = "a field, a custom property or a metric"
    if not line.startswith("versions") and line != "search id=1":
        names = "a field or custom property"
    for option, use in (("--columns", "to print"), ("--sort", "to sort by")):
        assert local.fails(2, *empty, option, "x-y") == f"no row has a value 'x-y' {use}: name {names}"
    known = ["name", "created", "external_id", *(["auc", "team"] if "metric" in names else [])]
    assert local.ok(*empty, "--columns", ",".join(known), "--sort", known[-1]) == ""


def test_16_an_empty_list_knows_the_properties_and_metrics_of_the_registry(filled: Cli) -> None:
    empty = ("versions", "ls", "--archived", "--columns")
    assert filled.ok(*empty, "auc,team") == ""
    assert "'tema' to print" in filled.fails(2, *empty, "auc,tema")


def test_json_has_the_metrics_that_sort_or_columns_name(local: Cli) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m", "--metric", "auc=0.5", "--metric", "loss=2")
    ls = ("versions", "ls", "fraud")
    assert local.json(*ls)[0]["metrics"] == {}
    for sort in ("-auc", "auc"):
        assert local.json(*ls, "--sort", sort)[0]["metrics"] == {"auc": 0.5}
    assert local.json(*ls, "--sort", "auc", "--limit", "0")[0]["metrics"] == {"auc": 0.5}
    assert local.json(*ls, "--columns", "loss")[0]["metrics"] == {"loss": 2}
    assert local.json("search", "", "--sort", "auc")[0]["metrics"] == {"auc": 0.5}


def test_a_registry_in_a_folder_that_does_not_exist_is_refused_by_a_dry_run_too(local: Cli) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m")
    for more in ((), ("--dry-run",)):
        assert local.fails(1, "copy", "--to", "none/x.db", *more) == (
            "cannot create a registry at none/x.db: the folder none does not exist"
        )


def test_the_history_of_aliases_is_copied_with_everything_alone(local: Cli) -> None:
    local.ok("register", "fraud", "1.0", "--uri", "s3://m", "--alias", "champion")
    for words, moves in (((), 1), (("fraud",), 0)):
        target = ("--registry", f"{moves}.db")
        local.ok("copy", *words, "--to", target[1])
        assert local.ok("alias", "ls", "fraud", *target) == "champion\t1.0\n"
        assert len(local.json("alias", "history", "fraud", *target)) == moves


def test_16_names_of_versions_are_names_for_other_commands(local: Cli) -> None:
    names = ["new\nline", "tab\there", "-dash", "a b/c@d%", "a\\b'c\"", "\x7f"]
    for name in names:
        local.ok("register", "--uri", "s3://m", "--", name, "v")
    listed = local.ok("versions", "ls", "-o", "name").splitlines()
    shown = [json.loads(local.ok("versions", "show", "-o", "json", "--", each)) for each in listed]
    assert [each["model"] for each in shown] == names
