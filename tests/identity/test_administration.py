"""Tokens and the trail over the network: who may, what is sent, and the commands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest

from model_registry.server.audit.administration import read_trail
from model_registry.server.identity.token_text import parse_token
from tests.audit.conftest import tamper
from tests.cli.tree import schema
from tests.support.backends import Server

from .conftest import Guarded, start

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Cli

TOKENS = "/api/identity/tokens"
AUDIT = "/api/identity/audit"


def as_role(cli: Cli, guarded: Guarded, role: str) -> Cli:
    """The command, with the address of a server and the token of a role."""
    variables = {"MODEL_REGISTRY_URL": guarded.url, "MODEL_REGISTRY_TOKEN": guarded.tokens[role]}
    return type(cli)(cli.folder, cli.variables | variables)


def test_an_admin_creates_lists_and_revokes_tokens(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard("--audit")
    created = guarded.send(
        "POST",
        TOKENS,
        {"name": "ci/a b".replace(" ", "@"), "role": "writer", "lifetimeSeconds": 60},
        role="admin",
    )
    assert (created.status, created.headers["cache-control"]) == (201, "no-store")
    token = created.json["token"]
    assert parse_token(token.encode())
    assert guarded.send("POST", "registered_models", {"name": "m"}, token=token).status == 201
    listed = guarded.send("GET", TOKENS, role="admin")
    assert listed.headers["cache-control"] == "no-store"
    found = {one["name"]: one for one in listed.json["items"]}["ci/a@b"]
    assert found["expires"] - found["created"] == 60_000
    assert token[14:] not in listed.data.decode()
    assert guarded.send("DELETE", f"{TOKENS}/ci%2Fa@b", role="admin").json["state"] == "revoked"
    for unknown in ("ci%2Fa@b", "%00", "ci%00", "%FF", "%ED%A0%80", "%F0%9F%98%80"):
        assert guarded.send("DELETE", f"{TOKENS}/{unknown}", role="admin").status == 404
    entries = [(one.operation, one.actor, one.name) for one in read_trail(any_db)]
    assert entries == [
        ("createToken", "the-admin", "ci/a@b"),
        ("createRegisteredModel", "ci/a@b", "m"),
        ("revokeToken", "the-admin", "ci/a@b"),
    ]
    assert token[14:] not in str(list(read_trail(any_db)))


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"name": "the-reader", "role": "admin"}, 409, "there is a token 'the-reader'"),
        ({"name": "a b", "role": "admin"}, 400, "the name of a token begins with"),
        ({"name": "x", "role": "ADMIN"}, 400, "the role must be reader, writer, admin"),
        ({"name": "x", "role": "reader", "id": "1"}, 400, "unknown field `id`"),
        ({"name": "x", "role": "reader", "lifetimeSeconds": 0}, 400, "lifetimeSeconds must be more than 0"),
        ({"name": "x", "role": "reader", "lifetimeSeconds": 1e300}, 400, "lifetimeSeconds must be"),
        ({"name": "x", "role": "reader", "lifetimeSeconds": "9"}, 400, "not a new token"),
        (["x"], 400, "not a new token"),
        ({"name": "x" * 20_000, "role": "reader"}, 413, "longer than"),
    ],
)
def test_new_tokens_that_are_refused(guarded: Guarded, body: Any, status: int, message: str) -> None:
    response = guarded.send("POST", TOKENS, body, role="admin")
    assert (response.status, message in response.message) == (status, True), response


def test_a_token_named_like_a_check_is_revoked(guarded: Guarded) -> None:
    assert guarded.send("POST", TOKENS, {"name": "livez", "role": "reader"}, role="admin").status == 201
    assert guarded.send("DELETE", f"{TOKENS}/livez").status == 401
    assert guarded.send("DELETE", f"{TOKENS}/livez", role="admin").json["state"] == "revoked"


@pytest.mark.parametrize(
    ("method", "path"), [("POST", TOKENS), ("DELETE", f"{TOKENS}/the-reader"), ("GET", AUDIT)]
)
def test_pages_of_other_sites_change_and_read_nothing(guarded: Guarded, method: str, path: str) -> None:
    body = {"name": "evil", "role": "admin"} if method == "POST" else None
    origin = [("Origin", "https://evil.example.org")]
    response = guarded.send(method, path, body, role="admin", headers=origin)
    assert (response.status, "web pages of" in response.message) == (403, True)
    states = {one["name"]: one["state"] for one in guarded.send("GET", TOKENS, role="admin").json["items"]}
    assert "evil" not in states
    assert states["the-reader"] == "active"


def test_the_trail_is_read_in_pages(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard("--audit")
    for name in "abcde":
        guarded.make("registered_models", name=name)
    for order, names in (("ASC", "abcde"), ("DESC", "edcba")):
        token, found = "", ""
        for size in (2, 2, 2):
            query = f"?sortOrder={order}&pageSize={size}" + (f"&nextPageToken={token}" if token else "")
            page = guarded.send("GET", AUDIT + query, role="admin").json
            found += "".join(one["name"] for one in page["items"])
            token = page["nextPageToken"]
        assert (found, token) == (names, "")
    by_actor = guarded.send("GET", f"{AUDIT}?actor=the-admin", role="admin").json
    assert by_actor == {"items": [], "nextPageToken": ""}
    (by_name,) = guarded.send("GET", f"{AUDIT}?resource=c", role="admin").json["items"]
    (stored,) = [one.to_dict() for one in read_trail(any_db) if one.name == "c"]
    assert by_name == stored


@pytest.mark.parametrize(
    "query", ["pageSize=0", "pageSize=1001", "pageSize=x", "sortOrder=asc", "since=today", "actr=ann"]
)
def test_queries_of_the_trail_that_are_refused(guarded: Guarded, query: str) -> None:
    assert guarded.send("GET", f"{AUDIT}?{query}", role="admin").status == 400


def test_the_commands_work_over_the_network(guard: Callable[..., Guarded], bare: Cli) -> None:
    guarded = guard("--audit", "--audit-chain")
    admin = as_role(bare, guarded, "admin")

    def printed(output: str, *arguments: str) -> Any:
        found = json.loads(admin.ok(*arguments, "-o", "json"))
        jsonschema.validate(found, schema(output))
        return found

    assert printed("whoami", "whoami")["role"] == "admin"
    created = admin("token", "create", "ci", "--role", "writer", "--expires", "1d", "-o", "json")
    assert f"with the role writer in {guarded.url}." in created.stderr
    jsonschema.validate(json.loads(created.stdout), schema("token"))
    admin.ok("token", "revoke", "ci")
    assert "there is no token 'ci'" in admin.fails(3, "token", "revoke", "ci")
    assert [(one["name"], one["state"]) for one in printed("tokens", "token", "ls")][-1] == ("ci", "revoked")
    assert [one["operation"] for one in printed("audit", "audit", "ls")] == ["revokeToken", "createToken"]
    assert len(printed("audit", "audit", "ls", "--limit", "1")) == 1
    lines = [json.loads(line) for line in admin.ok("audit", "export", "--since", "1h").splitlines()]
    assert [one["operation"] for one in lines] == ["createToken", "revokeToken"]
    report = printed("audit-verify", "audit", "verify")
    assert (report["entries"], report["last_hash"]) == (2, lines[-1]["hash"])
    writer = as_role(bare, guarded, "writer")
    for command in ("token ls", "audit ls", "audit verify", "token create x --role admin"):
        assert "needs the role admin" in writer.fails(5, *command.split())


def test_the_history_of_an_alias_shows_the_caller(guarded: Guarded, bare: Cli) -> None:
    writer = as_role(bare, guarded, "writer")
    writer.variables["MODEL_REGISTRY_AUTHOR"] = "bob"
    writer.ok("register", "spam", "1.0", "--uri", "s3://m")
    writer.ok("alias", "set", "spam/1.0", "champion")
    (move,) = writer.ok("alias", "history", "spam").splitlines()
    assert move.split("\t")[3::2] == ["bob", "the-writer"]


def test_a_changed_trail_is_found_over_the_network(tmp_path: Path, bare: Cli) -> None:
    db = str(tmp_path / "registry.db")
    server, guarded = start(db, "--audit", "--audit-chain")
    admin = as_role(bare, guarded, "admin")
    guarded.make("registered_models", name="m", owner="ä", customProperties={})
    guarded.make("registered_models", name="n")
    assert admin.ok("audit", "verify").startswith("2 entries")
    tamper(db, "UPDATE audit_entry SET changes = replace(changes, ',', ', ') WHERE id = 1")
    assert "entry 1 does not follow" in admin.fails(1, "audit", "verify")
    assert server.stop() == 0


def test_the_command_says_where_it_creates_a_token(guarded: Guarded, bare: Cli) -> None:
    here = bare("token", "create", "local", "--role", "reader")
    assert f"in {bare.folder / 'registry.db'}." in here.stderr
    admin = as_role(bare, guarded, "admin")
    assert f"in {guarded.url}." in admin("token", "create", "one", "--role", "reader").stderr
    assert f"in {guarded.db.removeprefix('sqlite:///')}." in (
        admin("token", "create", "two", "--role", "reader", "--db", guarded.db).stderr
    )
    two = ("--registry", guarded.url, "--db", guarded.db)
    assert "--registry or --profile, or a database with --db" in admin.fails(2, "token", "ls", *two)
    for name in ("one", "two"):
        admin.ok("token", "revoke", name)


def test_a_server_without_callers_has_no_tokens(bare: Cli, tmp_path: Path) -> None:
    server = Server(str(tmp_path / "open.db"), "--audit")
    for command in ("token ls", "audit ls"):
        found = bare.fails(1, *command.split(), "--registry", server.url)
        assert "has no tokens and no trail" in found
    assert server.stop() == 0
