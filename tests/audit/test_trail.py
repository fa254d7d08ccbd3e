"""The trail: who did what, in one transaction with the write."""

from __future__ import annotations

import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from model_registry.server.audit.administration import read_trail
from model_registry.server.audit.chain import verify_trail
from model_registry.server.audit.changes import MASK, changes_of, encode_changes
from model_registry.server.audit.entries import AuditEntry, AuditFilter, delete_older
from model_registry.server.contract import load_contract
from model_registry.server.database.protocol import new_findings
from model_registry.server.database.sqlite_file import prepare
from model_registry.server.database.sqlite_session import SQLiteSession
from model_registry.server.database.upgrade import upgrade
from tests.identity.conftest import start

from .conftest import tamper

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Cli
    from tests.identity.conftest import Guarded

TEXT = "MetadataStringValue"
INSERT = (
    "INSERT INTO audit_entry (time, actor, way, operation, changes) VALUES (?, 'eve', 'token', 'o', '{}')"
)


def trail(db: str, **filters: Any) -> list[AuditEntry]:
    return list(read_trail(db, AuditFilter(**filters)))


def test_each_write_has_an_entry_and_nothing_else_has(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard("--audit")
    model = guarded.make("registered_models", name="fraud", owner="ann")
    changed = guarded.send(
        "PATCH",
        f"registered_models/{model['id']}",
        {"owner": "bob", "customProperties": {"team": {"metadataType": TEXT, "string_value": "risk"}}},
        role="admin",
        headers=[("X-Request-Id", "job-7")],
    )
    assert changed.status == 200
    assert guarded.send("POST", "registered_models", {"name": "fraud"}, role="writer").status == 409
    assert guarded.send("POST", "registered_models", {"name": ""}, role="writer").status == 422
    assert guarded.send("POST", "registered_models", {"name": "x"}, role="reader").status == 403
    assert guarded.send("GET", "registered_models", role="reader").status == 200
    created, updated = [entry.to_dict() for entry in trail(any_db)]
    assert created["changes"]["name"] == [None, "fraud"]
    assert (created["actor"], created["way"], created["operation"]) == (
        "the-writer",
        "token",
        "createRegisteredModel",
    )
    assert updated | {"time": 0, "id": 0} == {
        "id": 0,
        "time": 0,
        "actor": "the-admin",
        "way": "token",
        "author": None,
        "operation": "updateRegisteredModel",
        "kind": "RegisteredModel",
        "resource_id": model["id"],
        "name": "fraud",
        "request_id": "job-7",
        "changes": {"owner": ["ann", "bob"], "customProperties.team": [None, "risk"]},
        "hash": None,
    }


def test_the_author_is_shown_where_it_differs_from_the_actor(
    guard: Callable[..., Guarded], any_db: str
) -> None:
    guarded = guard("--audit")
    model = guarded.make("registered_models", name="fraud")
    for name, author in (("1", "the-writer"), ("2", "eve"), ("3", None)):
        guarded.make("model_versions", name=name, registeredModelId=model["id"], author=author)
    assert [entry.author for entry in trail(any_db, operation="createModelVersion")] == [None, "eve", None]


def test_a_write_to_a_version_names_the_version(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard("--audit")
    model = guarded.make("registered_models", name="fraud")
    first, second = (
        guarded.make("model_versions", name=name, registeredModelId=model["id"]) for name in "12"
    )
    artifact = guarded.make(f"model_versions/{first['id']}/artifacts", artifactType="doc-artifact", name="d")
    linked = guarded.send(
        "POST",
        f"model_versions/{second['id']}/artifacts",
        {"artifactType": "doc-artifact", "id": artifact["id"]},
        role="writer",
    )
    assert linked.status == 200
    entries = trail(any_db, operation="upsertModelVersionArtifact")
    changes = [json.loads(entry.changes) for entry in entries]
    assert [one["modelVersionId"] for one in changes] == [[None, first["id"]], [None, second["id"]]]


def test_each_operation_that_writes_is_recorded(guard: Callable[..., Guarded], any_db: str) -> None:
    """All writing operations of the contract, on resources that exist."""
    guarded = guard("--audit")
    ids = {"registeredmodel": guarded.make("registered_models", name="m")["id"]}
    ids["modelversion"] = guarded.make("model_versions", name="v", registeredModelId=ids["registeredmodel"])[
        "id"
    ]
    ids["servingenvironment"] = guarded.make("serving_environments", name="e")["id"]
    ids["inferenceservice"] = guarded.make(
        "inference_services",
        name="s",
        servingEnvironmentId=ids["servingenvironment"],
        registeredModelId=ids["registeredmodel"],
    )["id"]
    ids["artifact"] = ids["modelartifact"] = ids["id"] = guarded.make("model_artifacts", name="a")["id"]
    for number, one in enumerate(load_contract().operations.values()):
        if one.method == "GET":
            continue
        parameter = one.path.partition("{")[2].partition("}")[0]
        path = one.path.replace(
            "{" + parameter + "}", ids.get(parameter.replace("_id", "").replace("_", ""), "")
        )
        body: dict[str, Any] = {"description": f"text {number}"}
        if one.method == "POST":
            body |= {"name": f"n{number}", "registeredModelId": ids["registeredmodel"]}
            body |= {"servingEnvironmentId": ids["servingenvironment"], "modelVersionId": ids["modelversion"]}
        body["artifactType"] = "model-artifact"
        fields = one.body.properties if one.body and one.body.properties else None
        sent = body if fields is None else {key: value for key, value in body.items() if key in fields}
        response = guarded.send(one.method, path.removeprefix("/"), sent, role="writer")
        assert response.status in {200, 201}, (one, response)
        entry = trail(any_db)[-1]
        assert entry.operation == one.id
        assert entry.resource_id == int(response.json["id"])
        assert json.loads(entry.changes)["description"][1] == f"text {number}"


def test_secrets_are_masked() -> None:
    def text(value: str) -> dict[str, str]:
        return {"metadataType": TEXT, "string_value": value}

    struct = {
        "metadataType": "MetadataStructValue",
        "struct_value": "eyJhcGlLZXkiOiAiczNjcmV0IiwgImEiOiAxfQ==",
    }
    before = {"customProperties": {"hf_token": text("s3cret-a")}}
    after = {
        "uri": "https://ann:s3cret@example.org/m?sig=s3cret",
        "customProperties": {
            "hf_token": text("s3cret-b"),
            "num_tokens": {"metadataType": "MetadataIntValue", "int_value": "5"},
            "dbPassword": text("s3cret"),
            "aws_access_key": text("s3cret"),
            "note": text("use hf_abcdefghijklmnopqrstuvwx"),
            "nested": struct,
        },
    }
    changes = json.loads(encode_changes(changes_of(before, after)))
    assert changes["customProperties.hf_token"] == [MASK, MASK]
    assert changes["customProperties.num_tokens"] == [None, "5"]
    assert changes["customProperties.note"] == [None, f"use {MASK}"]
    assert changes["customProperties.nested"] == [None, {"apiKey": MASK, "a": 1}]
    assert changes["uri"] == [None, "https://example.org/m"]
    assert "s3cret" not in json.dumps(changes)


SECRETS = (
    f"mrt_{'a1' * 14}",
    f"hf_{'b2' * 12}",
    f"ghp_{'c3' * 12}",
    "AKIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJub25l.eyJzdWIiOiJhbm4i.c2lnbmF0dXJl",
    "-----BEGIN RSA PRIVATE KEY-----\nd4d4\n-----END RSA PRIVATE KEY-----",
    "https://ann:e5e5@example.org/m",
    "\\\\ann:f6f6@server\\share",
    "m.onnx?sig=g7g7",
)


@given(
    st.lists(st.text(max_size=12) | st.sampled_from(SECRETS), max_size=4),
    st.sampled_from(SECRETS),
    st.sampled_from(["description", "customProperties.note", "uri"]),
    st.booleans(),
)
def test_no_secret_in_a_text_is_recorded(texts: list[str], secret: str, name: str, nested: bool) -> None:
    whole = " ".join([*texts, secret, *texts])
    value = {"a": [whole]} if nested else whole
    recorded = encode_changes({name: ["ann", value], "owner": [None, "bob"]})
    assert json.loads(recorded)["owner"] == [None, "bob"]
    for part in ("a1a1", "b2b2", "c3c3", "GHIJKL", "c2lnbm", "d4d4", "e5e5", "f6f6", "g7g7"):
        assert part not in recorded


def test_only_what_changed_is_recorded() -> None:
    def properties(**values: str) -> dict[str, Any]:
        return {name: {"metadataType": TEXT, "string_value": value} for name, value in values.items()}

    before = {"id": "1", "owner": "ann", "state": "LIVE", "customProperties": properties(a="1", b="2", c="3")}
    after = {"id": "1", "state": "LIVE", "name": "m", "customProperties": properties(a="1", b="4", d="5")}
    assert changes_of(before, after) == {
        "owner": ["ann", None],
        "name": [None, "m"],
        "customProperties.b": ["2", "4"],
        "customProperties.c": ["3", None],
        "customProperties.d": [None, "5"],
    }
    assert changes_of(before, before) == {}


def test_long_texts_are_shortened() -> None:
    (before, after) = json.loads(encode_changes({"readme": [None, "x" * 5000]}))["readme"]
    assert before is None
    assert after == f"{'x' * 1000}... (5000 characters)"


def test_without_audit_there_is_no_trail(guarded: Guarded) -> None:
    guarded.make("registered_models", name="unrecorded")
    assert trail(guarded.db) == []


def test_old_entries_are_deleted_and_the_others_stay(tmp_path: Path) -> None:
    with contextlib.closing(prepare(str(tmp_path / "registry.db"), durable=False)) as connection:
        connection.executemany(
            INSERT,
            [(moment,) for moment in range(2500)],
        )
        session = SQLiteSession(connection, new_findings())
        assert delete_older(session, 1500)
        assert not delete_older(session, 1500)
        times = connection.execute("SELECT min(time), count(*) FROM audit_entry").fetchone()
        assert times == (1500, 1000)


@pytest.mark.parametrize(
    "statement",
    [
        *("UPDATE audit_entry SET actor = 'eve' WHERE id = 1", "UPDATE audit_entry SET time = 0"),
        *("DELETE FROM audit_entry", "DELETE FROM audit_entry WHERE id = 1", "TRUNCATE audit_entry"),
    ],
)
def test_the_database_refuses_changes_of_the_trail(
    guard: Callable[..., Guarded], any_db: str, statement: str
) -> None:
    guard("--audit").make("registered_models", name="m")
    before = trail(any_db)
    engine = create_engine(any_db)
    with engine.connect() as connection, pytest.raises(DBAPIError) as caught:
        connection.execute(text(statement))
    engine.dispose()
    expected = (
        "syntax error" if (engine.dialect.name, statement[:8]) == ("sqlite", "TRUNCATE") else "only grows"
    )
    assert expected in str(caught.value)
    assert trail(any_db) == before


def test_a_server_deletes_old_entries(guard: Callable[..., Guarded], any_db: str) -> None:
    upgrade(any_db)
    engine = create_engine(any_db)
    with engine.begin() as connection:
        for moment in range(3):
            connection.execute(text(INSERT.replace("?", str(moment))))
    engine.dispose()
    guarded = guard("--audit", "--audit-keep", "1m")
    guarded.make("registered_models", name="new")
    assert [entry.name for entry in trail(any_db)] == ["new"]


def test_a_chain_shows_each_kind_of_change(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard("--audit", "--audit-chain")
    for number in range(6):
        guarded.make("registered_models", name=f"m{number}")
    report = verify_trail(read_trail(any_db))
    assert (report.entries, report.unhashed, report.wrong) == (6, 0, None)
    entries = trail(any_db)
    assert report.last_hash == entries[-1].hash
    assert verify_trail(read_trail(any_db), entries[2].hash).has_expected
    assert not verify_trail(read_trail(any_db), "0" * 64).has_expected


@pytest.mark.parametrize(
    ("statement", "wrong"),
    [
        ("UPDATE audit_entry SET actor = 'eve' WHERE id = 1", 1),
        ("UPDATE audit_entry SET actor = 'eve' WHERE id = 3", 3),
        ("UPDATE audit_entry SET time = time + 1 WHERE id = 4", 4),
        ("UPDATE audit_entry SET hash = NULL WHERE id = 4", 4),
        ("DELETE FROM audit_entry WHERE id = 3", 4),
        (INSERT.replace("?", "1"), 7),
    ],
)
def test_a_changed_chain_is_found(tmp_path: Path, bare: Cli, statement: str, wrong: int) -> None:
    db = str(tmp_path / "registry.db")
    server, guarded = start(db, "--audit", "--audit-chain")
    for number in range(6):
        guarded.make("registered_models", name=f"m{number}")
    server.stop()
    assert bare.ok("audit", "verify", "--db", db).startswith("6 entries")
    tamper(db, statement)
    assert f"entry {wrong} does not follow" in bare.fails(1, "audit", "verify", "--db", db)


def test_the_command_lists_and_exports(guard: Callable[..., Guarded], any_db: str, bare: Cli) -> None:
    guarded = guard("--audit")
    for name in ("a", "b"):
        guarded.make("registered_models", name=name)
    guarded.make("registered_models", role="admin", name="c")
    listed = json.loads(bare.ok("audit", "ls", "--db", any_db, "-o", "json", "--actor", "the-writer"))
    assert [one["name"] for one in listed] == ["b", "a"]
    lines = bare.ok("audit", "export", "--db", any_db, "--since", "1h").splitlines()
    assert [json.loads(line)["name"] for line in lines] == ["a", "b", "c"]
    assert bare.ok("audit", "export", "--db", any_db, "--until", "2020-01-01") == ""
    assert len(bare.ok("audit", "ls", "--db", any_db, "--resource", "c").splitlines()) == 1
    assert "is not a time" in bare.fails(2, "audit", "ls", "--since", "yesterday")


def test_an_option_that_needs_audit(bare: Cli) -> None:
    assert bare.fails(2, "serve", "--audit-keep", "1d") == "--audit-keep needs --audit"
