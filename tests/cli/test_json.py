"""The JSON of each command follows its schema, on every kind of registry."""

from __future__ import annotations

import csv
import json
import shlex
from typing import TYPE_CHECKING

import pytest

from tests.support.backends import Server

from .conftest import Cli, command_on
from .tree import COMMANDS, SCHEMAS, name_of

if TYPE_CHECKING:
    from pathlib import Path

OF_REGISTRIES = (
    "demo",
    "models ls",
    "models show churn-prediction",
    "models set churn-prediction --owner bob",
    "versions ls churn-prediction --columns auc",
    "versions show churn-prediction@champion",
    "versions set churn-prediction/1.0.0 --property a:=[1]",
    "versions archive churn-prediction/1.0.0",
    "versions restore churn-prediction/1.0.0",
    "artifacts ls churn-prediction/1.0.0",
    "artifacts show churn-prediction/1.0.0 card --kind doc",
    "alias ls churn-prediction",
    "alias set churn-prediction/1.0.0 old",
    "alias history churn-prediction",
    "alias rm churn-prediction@old",
    "search reviewed=true",
    "search reviewed=true --models",
    "search value>0 --artifacts",
    "resolve churn-prediction@champion",
    "latest churn-prediction",
    "compare churn-prediction/1.0.0 churn-prediction/1.1.0",
    "compare churn-prediction/1.0.0 churn-prediction/1.1.0 churn-prediction/1.2.0",
    "lineage churn-prediction",
    "manifest churn-prediction@champion",
    "environments create production",
    "environments ls",
    "environments show production",
    "services create churn --environment production --model churn-prediction",
    "services ls",
    "services show churn --environment production",
    "services set churn --environment production --desired-state UNDEPLOYED",
    "services record churn --environment production",
    "services history churn --environment production",
    "register churn-prediction 3.0.0 model --to store/3",
    "files churn-prediction/3.0.0 --allow-folder store",
    "download churn-prediction/3.0.0 out --allow-folder store",
    "verify out churn-prediction/3.0.0",
    "transfer store/3 store/4 --register churn-prediction/4.0.0",
    "copy churn-prediction --to other.db",
    "export all.jsonl",
    "import all.jsonl",
    "register-many many.jsonl",
    "models archive fraud-detection",
    "models restore fraud-detection",
    "whoami",
)
OF_THIS_MACHINE = (
    "upload model store/4",
    "transfer store/4 store/5",
    "config set author ann",
    "config ls",
    "config path",
    "logout",
    "token create ci --role writer --db tokens.db",
    "token ls --db tokens.db",
    "token revoke ci --db tokens.db",
    "audit ls --db tokens.db",
    "audit export --db tokens.db",
    "audit verify --db tokens.db",
    "db backup copy.db --db tokens.db",
    "db upgrade --db tokens.db",
    "keys create team",
    "sign model --key team.key",
)
OF_SERVERS = (
    "login {url} --token-file token --profile admin",
    "whoami --profile admin",
    "doctor --profile admin",
    "register fraud 1.0 --uri s3://m --profile admin",
    "token create ci --role reader --expires 1d --profile admin",
    "token ls --profile admin",
    "token revoke ci --profile admin",
    "audit ls --profile admin --limit 1",
    "audit export --profile admin",
    "audit verify --profile admin",
    "logout --profile admin",
)
VALIDATED_ELSEWHERE = {"hf", "import-mlflow"}
"""Where there is a Hugging Face Hub and a store of MLflow."""
PRINTS_NO_JSON = {
    *("cat", "completion", "skill"),  # a file, a script, a text
    *("serve", "ui", "mcp"),
}


def test_16_every_command_that_prints_json_has_a_schema() -> None:
    with_schema = {name for name, each in COMMANDS.items() if each.output}
    assert sorted(COMMANDS.keys() - with_schema) == sorted(PRINTS_NO_JSON)
    lines = (*OF_REGISTRIES, *OF_THIS_MACHINE, *OF_SERVERS)
    assert sorted(with_schema - {name_of(shlex.split(line)) for line in lines} - VALIDATED_ELSEWHERE) == []
    outputs = {each.output for each in COMMANDS.values() if each.output}
    assert {path.stem for path in SCHEMAS.glob("*.json")} == {*outputs, "plan"}


def prepare(folder: Path) -> None:
    (folder / "model").write_bytes(b"weights")
    (folder / "many.jsonl").write_text('{"name": "many", "version": "1", "uri": "s3://m"}\n')


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "format"), [("local", "jsonl"), ("server", "json"), ("reference", "json")], ids=lambda each: each
)
def test_16_json_of_registries_follows_the_schemas(kind: str, format: str, tmp_path: Path) -> None:
    prepare(tmp_path)
    with command_on(kind, tmp_path) as cli:
        for line in OF_REGISTRIES:
            cli.json(*shlex.split(line), format=format)


def test_16_json_of_this_machine_follows_the_schemas(bare: Cli) -> None:
    pytest.importorskip("model_signing")
    prepare(bare.folder)
    for line in OF_THIS_MACHINE:
        bare.json(*shlex.split(line))


def test_16_json_of_servers_follows_the_schemas(bare: Cli) -> None:
    token = bare.ok("token", "create", "root", "--role", "admin", "--db", "server.db")
    (bare.folder / "token").write_text(token)
    db = f"sqlite:///{bare.folder / 'server.db'}"
    server = Server(db, "--named-tokens", "--audit", "--audit-chain")
    try:
        printed = [bare.json(*shlex.split(line.format(url=server.url))) for line in OF_SERVERS]
    finally:
        assert server.stop() == 0
    assert (printed[1]["account"], printed[1]["role"]) == ("root", "admin")
    assert printed[2]["healthy"]
    assert token.strip() not in json.dumps(printed)


def test_16_results_of_every_kind_are_rows_of_csv(local: Cli) -> None:
    local.ok("demo")
    for line, name, value in (
        ("whoami", "author", "ann"),
        ("compare churn-prediction/1.0.0 churn-prediction/1.1.0", "is_same", "false"),
        ("alias set churn-prediction/1.0.0 old", "alias", "old"),
        ("models set churn-prediction --owner bob --dry-run", "verb", "change"),
    ):
        (row,) = csv.DictReader(local.ok(*line.split(), "-o", "csv").splitlines())
        assert row[name] == value


def test_17_csv_has_no_formulas(local: Cli) -> None:
    """A spreadsheet runs a formula when it opens the file, and names are texts of strangers."""
    names = ['=HYPERLINK("http://evil.example.org")', "@SUM(1)", "+1", "-x", "a=b"]
    for name in names:
        local.ok("register", "--uri", "s3://b/m", "--", name, "1")
    rows = csv.DictReader(local.ok("models", "ls", "-o", "csv").splitlines())
    found = {row["name"] for row in rows}
    assert found >= {*(f"'{name}" for name in names[:-1]), names[-1]}
