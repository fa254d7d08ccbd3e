"""The trail: who did what, in one transaction with the write."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from model_registry.server.audit.administration import read_trail
from model_registry.server.audit.chain import prune, verify_trail
from model_registry.server.audit.changes import changes_of, encode_changes
from model_registry.server.audit.entries import AuditEntry, AuditFilter
from model_registry.server.audit.masking import MASK, MOST, text_without_secrets
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
    f"github_pat_11{'h8' * 20}_{'h8' * 20}",
    f"glpat-{'i9' * 10}",
    f"xoxb-1234567890-{'j1' * 12}",
    f"sk-proj-{'k2' * 20}",
    f"sk-{'l3' * 20}",
    f"Bearer {'m4' * 12}",
    "AccountName=a;AccountKey=n5n5==;x",
    "password: o6o6",
    'Password = "p p7p7 p"',
    "https://hooks.slack.com/services/T0/B0/q8q8q8",
    f"hvs.{'r9' * 12}",
    f"AIza{'s1' * 18}",
)
PARTS = (
    *(
        "a1a1",
        "b2b2",
        "c3c3",
        "GHIJKL",
        "c2lnbm",
        "d4d4",
        "e5e5",
        "f6f6",
        "g7g7",
        "h8h8",
        "i9i9",
        "j1j1",
        "k2k2",
    ),
    *("l3l3", "m4m4", "n5n5", "o6o6", "p7p7", "q8q8", "r9r9", "s1s1"),
)


@given(
    st.lists(st.text(max_size=12) | st.sampled_from(SECRETS), max_size=4),
    st.sampled_from(SECRETS),
    st.sampled_from(["description", "customProperties.note", "uri"]),
    st.sampled_from(["text", "nested", "name", "name of a property"]),
    st.sampled_from([0, 1, 960, 980, 990, 4960, 4990]),
)
def test_no_secret_in_a_text_is_recorded(
    texts: list[str], secret: str, name: str, where: str, before: int
) -> None:
    whole = " ".join(["x" * before, *texts, secret, *texts])
    changes: dict[str, list[Any]] = {name: ["ann", {"a": [whole]} if where == "nested" else whole]}
    if where == "name":
        changes = {name: ["ann", {whole: 1}]}
    elif where == "name of a property":
        changes = {f"{name}.{whole}": ["ann", "x"]}
    recorded = encode_changes({**changes, "owner": [None, "bob"]})
    assert json.loads(recorded)["owner"] == [None, "bob"]
    for part in PARTS:
        assert part not in recorded
        assert part not in text_without_secrets(whole)


@pytest.mark.parametrize("length", [10, 3000, 6000])
def test_a_long_secret_is_not_cut_in_two(length: int) -> None:
    for secret in (f"https://ann:{'s3' * length}@example.org/m", f"hf_{'s3' * length}"):
        for before in (0, MOST - 30, MOST - 12):
            assert "s3" not in text_without_secrets(f"{'x' * before} {secret} {'y' * 9000}")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "dbpassword",
            "passwords",
            "pwd",
            "MYSQL_PWD",
            "api-keys",
            "ACCESSKEY",
            "authorization",
            "AuthHeader",
        ),
        *(
            "connection string",
            "connectionString",
            "secretkey",
            "client-secret",
            "signing_key",
            "sas",
            "hftoken",
        ),
        *("private_key_pem", "aws_secret_access_key", "Passwort", "refresh_tokens", "db_pass"),
        *(
            "db_creds",
            "github-pat",
            "pw",
            "privKey",
            "tls.key",
            "HMAC_KEY",
            "passkey",
            "oauth2",
            "session_id",
        ),
        *("SharedAccessSignature", "seed phrase", "otp"),
    ],
)
@pytest.mark.parametrize("value", ["s3cret", 4242, 42.5, ["s3cret"], {"current": "s3cret", "pin": [4242]}])
def test_nothing_below_a_secret_name_is_recorded(name: str, value: object) -> None:
    recorded = encode_changes(
        {f"customProperties.{name}": [None, value], "a": [{"b": [{name: value}]}, True]}
    )
    assert json.loads(recorded) == {
        f"customProperties.{name}": [None, MASK],
        "a": [{"b": [{name: MASK}]}, True],
    }


@pytest.mark.parametrize(
    "name",
    [
        *(
            "num_tokens",
            "max_tokens",
            "tokens",
            "tokenizer",
            "author",
            "primary_key",
            "public_key",
            "compass_width",
        ),
        *(
            "pass_rate",
            "keys",
            "monkey",
            "global_average_pooling",
            "pattern",
            "power",
            "credit_score",
            "bypass",
        ),
    ],
)
def test_names_of_no_secrets_are_recorded(name: str) -> None:
    changes: dict[str, list[Any]] = {
        name: [None, 5],
        "a": [{name: "sk-learn of global-average-pooling-layer"}, 1],
    }
    assert json.loads(encode_changes(changes)) == changes


def test_17_no_field_of_the_contract_is_taken_for_a_secret() -> None:
    """`storageKey` is the name of a secret of Kubernetes."""
    bodies = [one.body.properties or {} for one in load_contract().operations.values() if one.body]
    changes: dict[str, list[Any]] = {name: ["a", "b"] for each in bodies for name in each}
    assert "storageKey" in changes
    assert json.loads(encode_changes(changes)) == changes


def test_names_that_are_secrets_stay_different() -> None:
    changes = {f"customProperties.{secret}": [None, number] for number, secret in enumerate(SECRETS[:3])}
    assert [after for _, after in json.loads(encode_changes(changes)).values()] == [0, 1, 2]


@pytest.mark.parametrize("levels", [100, 600, 900])
@pytest.mark.parametrize(("start", "end"), [('{"a":', "}"), ("[", "]")])
def test_deeply_nested_structs_are_written_and_recorded(
    guard: Callable[..., Guarded], any_db: str, levels: int, start: str, end: str
) -> None:
    def struct(leaf: int) -> dict[str, Any]:
        text = f'{{"a":{start * levels}{leaf}{end * levels}}}'
        value = base64.b64encode(text.encode()).decode()
        return {"deep": {"metadataType": "MetadataStructValue", "struct_value": value}}

    guarded = guard("--audit")
    model = guarded.make("registered_models", name="m", customProperties=struct(1))
    path = f"registered_models/{model['id']}"
    assert guarded.send("PATCH", path, {"customProperties": struct(2)}, role="writer").status == 200
    changes = [json.loads(entry.changes) for entry in trail(any_db)]
    assert ["customProperties.deep" in one for one in changes] == [True, True]


def test_the_author_is_what_the_request_says(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard("--audit")
    model = guarded.make("registered_models", name="m")
    version = guarded.make("model_versions", name="1", registeredModelId=model["id"], author="eve")
    path = f"model_versions/{version['id']}"
    for body in ({"description": "x"}, {"author": "eve"}, {"author": f"hf_{'s3' * 20} {'y' * 2000}"}):
        assert guarded.send("PATCH", path, body, role="writer").status == 200
    entries = trail(any_db, operation="updateModelVersion")
    assert [entry.author and entry.author[:6] for entry in entries] == [None, "eve", "*** yy"]
    assert len(entries[-1].author or "") < MOST + 30


def test_names_of_resources_hold_no_secrets(guard: Callable[..., Guarded], any_db: str) -> None:
    guard("--audit").make("registered_models", name=f"hf_{'s3' * 20}")
    assert [entry.name for entry in trail(any_db)] == [MASK]


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
        assert prune(session, 1500, chained=False)
        assert not prune(session, 1500, chained=False)
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
