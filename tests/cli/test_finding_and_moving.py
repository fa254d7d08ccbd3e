"""Search, compare, copy, files and serving from the terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Cli


def test_search_and_compare(cli: Cli) -> None:
    cli.ok("demo")
    found = cli.ok(
        *("search", "team = 'payments' AND reviewed = true", "--sort", "-accuracy"),
        *("--columns", "reference,accuracy", "--limit", "2"),
    )
    assert found == "fraud-detection/1.2.0\t0.951\nfraud-detection/1.1.0\t0.934\n"
    models = cli.ok("search", "name LIKE 'churn%'", "--models", "-o", "name")
    assert models == "churn-prediction\n"
    data = cli.json("search", "uri LIKE 's3://data/demand%'", "--artifacts")
    assert {each["kind"] for each in data} == {"DataSet"}
    assert len(data) == 3
    compared = cli.json(
        "compare", "fraud-detection@champion", "fraud-detection/1.0.0", "churn-prediction/1.0.0"
    )
    assert [(each["left"], each["right"]) for each in compared] == [
        ("fraud-detection/1.1.0", "fraud-detection/1.0.0"),
        ("fraud-detection/1.1.0", "churn-prediction/1.0.0"),
    ]
    assert "+     value: 0.912" in cli.ok("compare", "fraud-detection@champion", "fraud-detection/1.0.0")
    assert "(no difference)" in cli.ok("compare", "fraud-detection@champion", "fraud-detection/1.1.0")
    assert "DataSet training" in cli.ok("lineage", "fraud-detection")
    manifest = cli.json(
        *("manifest", "fraud-detection@champion", "--request", "cpu=1", "--label", "team=risk"),
        *(
            "--env",
            "LEVEL=info",
            "--min-replicas",
            "0",
        ),
    )
    assert manifest["spec"]["predictor"]["model"]["resources"]["requests"] == {"cpu": "1"}
    assert manifest["spec"]["predictor"]["minReplicas"] == 0


def test_copies_exports_and_imports(cli: Cli) -> None:
    cli.ok("demo")
    plan = cli.json("copy", "churn-prediction", "--to", "copy.db", "--dry-run")
    assert {each["verb"] for each in plan["changes"]} == {"create"}
    assert not (cli.folder / "copy.db").exists()
    report = cli.json("copy", "churn-prediction", "--to", "copy.db")
    assert report["counts"]["ModelVersion"] == {"created": 3}
    assert "3 model versions unchanged" in cli.ok("copy", "churn-prediction", "--to", "copy.db")
    assert (
        cli.ok("alias", "ls", "churn-prediction", "--registry", "copy.db")
        == "challenger\t1.2.0\nchampion\t1.1.0\n"
    )
    cli.ok("export", "two.jsonl", "fraud-detection/1.0.0", "fraud-detection/1.1.0", "churn-prediction")
    piped = cli.ok("export", "-", "fraud-detection/1.0.0")
    assert json.loads(piped.splitlines()[0])["format"] == "model-registry-export"
    imported = cli.json("import", "two.jsonl", "--registry", "new.db")
    assert imported["counts"]["ModelVersion"] == {"created": 5}
    cli.ok("import", "-", "--registry", "piped.db", stdin=piped)
    assert cli.ok("versions", "ls", "--registry", "piped.db", "-o", "name") == "fraud-detection/1.0.0\n"


def test_files_are_uploaded_listed_read_and_verified(cli: Cli) -> None:
    model = cli.folder / "model"
    model.mkdir()
    (model / "config.json").write_text('{"a": 1}')
    (model / "weights").write_bytes(b"\x00\xff")
    done = cli.json("register", "fraud", "1.0", "model", "--to", "store/1")
    assert done["uri"].endswith("/store/1")
    recorded = cli.ok("files", "fraud/1.0", "--recorded", "--artifact", "fraud")
    assert [line.split("\t")[:2] for line in recorded.splitlines()] == [
        ["config.json", "8"],
        ["weights", "2"],
    ]
    if "MODEL_REGISTRY_URL" in cli.variables:
        # Entries of a server may not name files of this machine.
        refused = cli.fails(5, "download", "fraud/1.0", "out")
        assert refused.endswith(f"allow a folder with --allow-folder '{cli.folder / 'store'}'.")
    allowed = ("--allow-folder", str(cli.folder / "store"))
    assert cli.ok("files", "fraud/1.0", *allowed) == recorded
    assert cli.ok("download", "fraud/1.0", "out", *allowed) == f"{cli.folder / 'out'}\n"
    assert cli.ok("cat", "fraud/1.0:config.json", *allowed) == '{"a": 1}'
    assert "Name one as REF:FILE, such as" in cli.fails(2, "cat", "fraud/1.0", *allowed)
    assert cli.ok("verify", "out", "fraud/1.0").startswith("out is fraud/1.0 (sha256:")
    (cli.folder / "out" / "weights").write_bytes(b"others")
    (cli.folder / "out" / "new").write_bytes(b"")
    assert cli.fails(1, "verify", "out", "fraud/1.0").endswith("changed weights, unknown new")
    uploaded = cli.json("upload", "model", "store/2")
    moved = cli.json("transfer", "store/2", "store/3", "--register", "fraud/2.0")
    assert (moved["digest"], moved["size"], moved["reference"]) == (uploaded["digest"], 10, "fraud/2.0")
    assert cli.ok("resolve", "fraud/2.0").endswith("/store/3\n")


def test_signatures(cli: Cli) -> None:
    pytest.importorskip("model_signing")
    (cli.folder / "model").mkdir()
    (cli.folder / "model" / "weights").write_bytes(b"weights")
    cli.ok("keys", "create", "team", "--password-file", "-", stdin="s3cret\n")
    (cli.folder / "password").write_text("s3cret\n")
    cli.ok("sign", "model", "--key", "team.key", "--password-file", "password")
    cli.ok("keys", "create", "other")
    cli.ok("register", "fraud", "1.0", "model", "--to", "store/1", "--key", "other.key")
    allowed = ("--allow-folder", "store")
    refused = cli.fails(1, "download", "fraud/1.0", "out", *allowed)
    assert "give --key with the public key of the signer" in refused
    assert "verifier" not in refused
    cli.ok("download", "fraud/1.0", "out", "--verify", "signature", "--key", "other.pub", *allowed)
    verify = ("verify", "out", "fraud/1.0", "--key", "other.pub")
    cli.ok(*verify)
    cli.fails(1, *verify[:-1], "team.pub")
    cli.ok("register", "fraud", "2.0", "model", "--to", "store/2", "--key", "other.key")
    with cli.client() as registry:
        older, newer = (registry.get_model_artifact("fraud", version) for version in ("1.0", "2.0"))
        newer.uri, newer.custom_properties = older.uri, older.custom_properties
        registry.update(newer)
        older.custom_properties["signature_uri"] = (cli.folder / "store" / "1" / "model.sig").as_uri()
        registry.update(older)
    replaced = cli.fails(1, "verify", "out", "fraud/2.0", "--key", "other.pub")
    assert "The signature is for model-registry://fraud/1.0, not for model-registry://fraud/2.0" in replaced
    if "MODEL_REGISTRY_URL" in cli.variables:  # entries of a server may not name files of this machine
        assert "--allow-folder" in cli.fails(5, *verify)
    cli.ok(*verify, *allowed)
    assert "there already" in cli.fails(1, "keys", "create", "other")


def test_serving(cli: Cli) -> None:
    cli.ok("demo")
    cli.ok("environments", "create", "production", "--description", "eu-west", "--property", "zone=b")
    assert cli.ok("environments", "ls", "-o", "name") == "production\n"
    assert cli.json("environments", "show", "production")["custom_properties"] == {"zone": "b"}
    made = cli.json(
        *("services", "create", "fraud", "--environment", "production", "--model", "fraud-detection"),
        *(
            "--runtime",
            "mlserver",
        ),
    )
    assert (made["model"], made["version"]) == ("fraud-detection", "1.3.0")
    in_production = ("fraud", "--environment", "production")
    changed = cli.json("services", "set", *in_production, "--version", "1.2.0")
    assert changed["version"] == "1.2.0"
    cli.ok("services", "record", *in_production, "--state", "FAILED")
    assert "FAILED" in cli.ok("services", "history", *in_production)
    assert cli.json("services", "show", "--id", made["id"]) == changed
    assert cli.ok("services", "ls", "--environment", "production", "-o", "name") == "fraud\n"


def test_many_registrations(cli: Cli) -> None:
    lines = [{"name": "fraud", "version": f"1.{number}", "uri": "s3://m"} for number in range(3)]
    text = "".join(f"{json.dumps(each)}\n" for each in [*lines, lines[0], {"name": "churn"}])
    ended = cli("register-many", "-", "--keep-going", "-o", "json", stdin=text)
    assert ended.returncode == 1
    results = json.loads(ended.stdout)
    assert [each["error"] is None for each in results] == [True, True, True, False, False]
    listed = cli.ok("versions", "ls", "fraud", "--sort", "name", "-o", "name")
    assert listed == "fraud/1.0\nfraud/1.1\nfraud/1.2\n"
    assert "line 1 of <stdin> is no JSON object" in cli("register-many", "-", stdin="nonsense").stderr


def test_16_a_line_that_cannot_be_registered_is_named(local: Cli) -> None:
    (local.folder / "two.jsonl").write_text(
        '{"name": "a", "version": "1"}\n\n{"name": "b", "version": "1"}\n'
    )
    local.ok("register", "b", "1", "--uri", "s3://m")
    assert local.fails(4, "register-many", "two.jsonl") == (
        "line 3 of two.jsonl: version '1' of model 'b' already exists, and it was not changed: choose another"
        ' version, or add "if_exists": "return" to get it, or "resume" to complete it. 1 other was'
        " registered; --keep-going goes on after an error"
    )
    (local.folder / "one.jsonl").write_text('{"name": "a"}\n')
    assert local.fails(2, "register-many", "one.jsonl").endswith(
        ". 0 others were registered; --keep-going goes on after an error"
    )
    ended = local("register-many", "one.jsonl", "--keep-going")
    assert (ended.returncode, ended.stdout.split("\t")[0]) == (1, "a/?")
    (local.folder / "none.jsonl").write_text("\n")
    assert local("register-many", "none.jsonl").stderr == "none.jsonl has no lines: nothing was registered.\n"
