"""Dry runs print a plan, and write nothing: neither to a registry nor elsewhere."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

import pytest

from .tree import COMMANDS, name_of

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Cli


@pytest.fixture
def prepared(local: Cli) -> Cli:
    """A folder with a model, keys, a stored copy, a database and a profile."""
    pytest.importorskip("model_signing")
    (local.folder / "model").mkdir()
    (local.folder / "model" / "config.json").write_text("{}")
    (local.folder / "model" / "weights").write_bytes(b"weights")
    (local.folder / "token").write_text("s3cret\n")
    (local.folder / "profiles.ini").write_text("[default]\nauthor = ann\n[team]\ntoken = s3cret\n")
    local.ok("keys", "create", "team")
    local.ok("upload", "model/weights", "store/1/weights")
    local.ok("db", "upgrade", "--db", "server.db")
    return local


def everything(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.suffix not in (".db-shm", ".db-wal")
    }


def change(verb: str, kind: str, name: str, **fields: Any) -> tuple[str, str, str, dict[str, Any]]:
    return (verb, kind, name, fields)


PLANS = {
    "upload model store/1": [
        change("create", "file", "store/1/config.json", size=[None, 2]),
        change("change", "file", "store/1/weights"),
    ],
    "upload model/config.json store/1/": [change("create", "file", "store/1/config.json", size=[None, 2])],
    "upload model/weights store/1 --ignore x": [change("create", "file", "store/1", size=[None, 7])],
    "transfer store/1 store/2": [change("create", "file", "store/2/weights", size=[None, 7])],
    "keys create other": [change("create", "file", "other.key"), change("create", "file", "other.pub")],
    "sign model --key team.key": [change("create", "file", "model/model.sig")],
    "sign model/weights --key team.key --signature token": [change("change", "file", "token")],
    "logout --profile team": [change("change", "profile", "team", token=["***", None])],
    "config set author bob": [change("change", "profile", "default", author=["ann", "bob"])],
    "config set author '' --profile default": [
        change("change", "profile", "default", author=["ann", None]),
    ],
    "config set retries 5 --profile new": [change("create", "profile", "new", retries=[None, "5"])],
    "db backup copy.db --db server.db": [change("create", "file", "copy.db")],
    "db upgrade --db server.db": [],
    "db upgrade --db new.db": [change("create", "tables", "of the registry", version=[None, "..."])],
}


@pytest.mark.parametrize("line", PLANS)
def test_16_a_plan_of_what_is_no_registry(prepared: Cli, line: str) -> None:
    before = everything(prepared.folder)
    plan = prepared.json(*shlex.split(line), "--dry-run")
    found = [
        (
            *(each["verb"], each["kind"], each["name"]),
            {name: [values["before"], values["after"]] for name, values in each["fields"].items()},
        )
        for each in plan["changes"]
    ]
    for *_, fields in found:
        if "version" in fields:
            fields["version"][1] = "..."
    assert found == PLANS[line]
    assert everything(prepared.folder) == before


WRONG = {
    "upload none store/1": 2,
    "upload model nonsense://x": 2,
    "keys create team": 1,
    "sign model --key token": 1,
    "logout --profile none": 3,
    "config set colour red": 2,
    "db backup team.key --db server.db": 2,
    "db upgrade --db token": 1,
    "transfer none store/2": 3,
}


@pytest.mark.parametrize("line", WRONG)
def test_16_a_dry_run_refuses_what_the_command_would_refuse(prepared: Cli, line: str) -> None:
    before = everything(prepared.folder)
    assert prepared.fails(WRONG[line], *shlex.split(line), "--dry-run")
    assert prepared.fails(WRONG[line], *shlex.split(line))
    assert everything(prepared.folder) == before


def test_16_the_plan_of_a_transfer_has_what_would_be_registered(prepared: Cli) -> None:
    plan = prepared.ok("transfer", "store/1", "store/2", "--register", "fraud/1.0", "--dry-run")
    assert "+ file store/2/weights" in plan
    assert "+ ModelVersion fraud/1.0" in plan
    assert not (prepared.folder / "registry.db").exists()


def test_16_what_would_be_downloaded_and_exported(prepared: Cli) -> None:
    cli = prepared
    cli.ok("register", "fraud", "1.0", "model", "--to", "store/2")
    before = everything(cli.folder)
    cli.variables["MODEL_REGISTRY_DRY_RUN"] = "1"
    files = "+ file out/config.json\n+     size: 2\n+ file out/weights\n+     size: 7\n"
    assert cli.ok("download", "fraud/1.0", "out") == files
    assert cli.ok("export", "all.jsonl", "fraud").startswith("+ file all.jsonl\n+     size: ")
    assert cli.ok("export", "team.pub").startswith("~ file team.pub\n-     size: ")
    assert cli.json("export", "-", "fraud/1.0", "fraud", "--dry-run")["changes"][0]["name"] == "-"
    assert "did you mean 'fraud'?" in cli.fails(3, "export", "all.jsonl", "frauds")
    cli.fails(2, "export", "none/all.jsonl")
    cli.fails(3, "download", "fraud/2.0", "out")
    assert "contains other files" in cli.fails(1, "download", "fraud/1.0", ".")
    assert everything(cli.folder) == before
    del cli.variables["MODEL_REGISTRY_DRY_RUN"]
    cli.ok("download", "fraud/1.0", "out")
    assert cli.ok("download", "fraud/1.0", "out", "--dry-run") == "nothing to write\n"
    (cli.folder / "out" / "weights").write_text("own")
    assert "exists with other content" in cli.fails(1, "download", "fraud/1.0", "out", "--dry-run")
    plan = cli.ok("download", "fraud/1.0", "out", "--dry-run", "--overwrite")
    assert plan == "~ file out/weights\n-     size: 3\n+     size: 7\n"


def test_16_a_dry_run_of_login_checks_the_server_and_stores_nothing(prepared: Cli) -> None:
    from tests.support.backends import Server

    server = Server(":memory:")
    before = everything(prepared.folder)
    login = ("login", server.url, "--token-file", "token", "--profile", "team")
    arguments = (*login, "--author", "bob", "--dry-run")
    plan = prepared.ok(*arguments)
    server.stop()
    assert plan == f"~ profile team\n+     url: '{server.url}'\n+     author: 'bob'\n"
    prepared.fails(6, *arguments)
    assert before == everything(prepared.folder)


def test_16_the_upgrade_of_an_older_database_is_planned(prepared: Cli) -> None:
    import sqlite3

    with sqlite3.connect(prepared.folder / "server.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0002'")
    database.close()
    plan = prepared.ok("db", "upgrade", "--db", "server.db", "--dry-run")
    assert plan.startswith("~ tables of the registry\n-     version: '0002'\n+     version: '")


def test_16_tokens_are_planned(prepared: Cli) -> None:
    create = ("token", "create", "ci", "--role", "writer")
    assert prepared.ok(*create, "--db", "new.db", "--dry-run") == "+ token ci\n+     role: 'writer'\n"
    assert not (prepared.folder / "new.db").exists()
    prepared.ok(*create, "--db", "server.db")
    assert "revoke it first" in prepared.fails(4, *create, "--db", "server.db", "--dry-run")
    plan = prepared.ok("token", "revoke", "ci", "--db", "server.db", "--dry-run")
    assert plan == "~ token ci\n-     revoked: False\n+     revoked: True\n"
    prepared.ok("token", "revoke", "ci", "--db", "server.db")
    prepared.fails(3, "token", "revoke", "ci", "--db", "server.db", "--dry-run")


OF_REGISTRIES = (
    "register new 1.0 model --to store/2 --metric auc=0.9 --param epochs=3 --alias champion",
    "register churn-prediction 2.0 --uri s3://m",
    "register-many many.jsonl",
    "models set churn-prediction --owner bob --property tier:=1",
    "models archive churn-prediction --with-versions",
    "models restore fraud-detection",
    "versions set churn-prediction/1.0.0 --property a:=[1]",
    "versions archive churn-prediction/1.0.0",
    "versions restore churn-prediction/1.1.0",
    "alias set churn-prediction/1.0.0 champion",
    "alias rm churn-prediction@champion",
    "environments create staging",
    "services create churn --environment production --model churn-prediction",
    "services set fraud --environment production --desired-state UNDEPLOYED",
    "services record fraud --environment production",
    "copy churn-prediction --to other.db",
    "import other.jsonl",
    "transfer model store/3 --register new/1.0",
)
ELSEWHERE = {"download", "export", "demo", "hf", "import-mlflow", "login", "token create", "token revoke"}
"""Commands with a test of their own, here or beside the source that they read."""


def test_16_every_dry_run_is_tested() -> None:
    lines = (*PLANS, *OF_REGISTRIES)
    with_dry_run = {
        name for name, each in COMMANDS.items() if any(one.name == "dry_run" for one in each.params)
    }
    assert {name_of(shlex.split(line)) for line in lines} | ELSEWHERE == with_dry_run


@pytest.mark.slow
def test_16_a_dry_run_writes_nothing_to_a_registry(cli: Cli) -> None:
    assert len(cli.json("demo", "--dry-run")["changes"]) > 30
    assert not (cli.folder / "registry.db").exists()
    cli.ok("demo")
    cli.ok("environments", "create", "production")
    cli.ok("services", "create", "fraud", "--environment", "production", "--model", "fraud-detection")
    cli.ok("models", "archive", "fraud-detection")
    cli.ok("versions", "archive", "churn-prediction/1.1.0")
    (cli.folder / "model").write_bytes(b"weights")
    (cli.folder / "many.jsonl").write_text('{"name": "many", "version": "1", "uri": "s3://m"}\n')
    cli.ok("register-many", "many.jsonl", "--registry", "many.db")
    cli.ok("export", "other.jsonl", "--registry", "many.db")
    cli.ok("export", "before.jsonl")
    before = everything(cli.folder)
    for line in OF_REGISTRIES:
        assert cli.json(*shlex.split(line), "--dry-run")["changes"], line
    now = everything(cli.folder)
    for database in ("registry.db", "server.db"):  # reading may write pages of SQLite anew
        assert (database in now) == (database in before)
        now.pop(database, None)
        before.pop(database, None)
    assert now == before
    cli.ok("export", "after.jsonl")
    assert (cli.folder / "after.jsonl").read_text() == (cli.folder / "before.jsonl").read_text()
