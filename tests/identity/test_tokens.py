"""Named tokens: created, listed, revoked and expired, also while servers run."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, TypeVar

import pytest

from model_registry.exceptions import DuplicateError, InvalidArgumentError, NotFoundError
from model_registry.server.database.opening import open_database
from model_registry.server.errors import ApiError
from model_registry.server.identity.administration import create_token, list_tokens, revoke_token
from model_registry.server.identity.named_tokens import _RENEW_SECONDS, NamedTokens
from model_registry.server.identity.roles import Role
from model_registry.server.identity.token_text import new_token, parse_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_registry.server.database.protocol import Database, Session
    from tests.cli.conftest import Cli

    from .conftest import Guarded

Result = TypeVar("Result")


def test_a_token_has_a_prefix_and_a_checksum() -> None:
    token = new_token()
    assert token.startswith("mrt_")
    assert token.isascii()
    assert len(token) == 60
    for place in range(len(token)):
        other = "x" if token[place] != "x" else "y"
        assert parse_token((token[:place] + other + token[place + 1 :]).encode()) is None


def test_the_database_has_no_token(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    token = create_token(str(file), "ci", Role.WRITER)
    with contextlib.closing(sqlite3.connect(file)) as database:
        stored = database.execute("SELECT * FROM token").fetchall()
    secret = token[14:]
    assert "ci" in stored[0]
    assert not any(secret in str(value) for value in stored[0])


def test_names_are_unique_until_the_token_is_revoked(any_db: str) -> None:
    create_token(any_db, "ci", Role.WRITER)
    with pytest.raises(DuplicateError, match="there is a token 'ci': revoke it first"):
        create_token(any_db, "ci", Role.READER)
    revoke_token(any_db, "ci")
    with pytest.raises(NotFoundError, match="no token 'ci', or it is revoked already"):
        revoke_token(any_db, "ci")
    create_token(any_db, "ci", Role.READER)
    assert [(one.name, one.state, Role(one.role)) for one in list_tokens(any_db)] == [
        ("ci", "revoked", Role.WRITER),
        ("ci", "active", Role.READER),
    ]


@pytest.mark.parametrize("name", ["", " ci", "ci\n", "-x", "x" * 101, "a b", "ä"])
def test_names_that_are_refused(any_db: str, name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="the name of a token begins with"):
        create_token(any_db, name, Role.WRITER)


def wait_for(condition: Callable[[], bool], seconds: float) -> float:
    """Poll until a condition holds, and return how long it took."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.01)
    return time.monotonic() - began


def test_a_revoked_token_is_refused_within_a_second_by_all_processes(
    guard: Callable[..., Guarded], any_db: str
) -> None:
    guarded = guard("--workers", "2")
    token = create_token(any_db, "ann", Role.READER)

    def statuses() -> set[int]:
        return {guarded.send("GET", "registered_models", token=token).status for _ in range(20)}

    assert statuses() == {200}
    revoke_token(any_db, "ann")
    assert wait_for(lambda: statuses() == {401}, 10) < 1.5
    assert "the token 'ann' was revoked" in guarded.send("GET", "registered_models", token=token).message


def test_revoked_and_expired_tokens_are_refused_under_load_by_all_processes(
    guard: Callable[..., Guarded], any_db: str
) -> None:
    guarded = guard("--workers", "2")
    tokens = {name: create_token(any_db, name, Role.WRITER) for name in ("revoked", "stays")}
    tokens["expires"] = create_token(any_db, "expires", Role.WRITER, lifetime=3.0)
    ends = {"expires": time.time() + 3.0, "stays": math.inf}
    seen: dict[str, list[tuple[float, int]]] = {name: [] for name in tokens}
    stopped = threading.Event()

    def use(name: str, number: int) -> None:
        while not stopped.is_set():
            began = time.time()
            body = {"name": f"{name}-{number}-{len(seen[name])}-{began}"}
            write = len(seen[name]) % 2
            response = guarded.send(
                "POST" if write else "GET", "registered_models", body if write else None, token=tokens[name]
            )
            seen[name].append((began, response.status))

    threads = [threading.Thread(target=use, args=(name, number)) for name in tokens for number in range(3)]
    for thread in threads:
        thread.start()
    try:
        wait_for(lambda: all(len(found) >= 10 for found in seen.values()), 60)
        revoke_token(any_db, "revoked")
        ends["revoked"] = time.time() + 1.0
        for name in ("revoked", "expires"):
            wait_for(lambda name=name: sum(began > ends[name] for began, _ in seen[name]) >= 10, 60)
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    assert {status for _, status in seen["stays"]} == {200, 201}
    for name in ("revoked", "expires"):
        assert {status for _, status in seen[name]} >= {401}
        assert {status for began, status in seen[name] if began > ends[name]} == {401}
        assert {status for _, status in seen[name]} <= {200, 201, 401}


async def test_a_token_in_use_is_looked_up_while_requests_go_on(tmp_path: Path) -> None:
    db = str(tmp_path / "registry.db")
    token = (await asyncio.to_thread(create_token, db, "ann", Role.READER)).encode()
    database = HeldChecks(open_database(db))
    tokens = NamedTokens(database)
    caller = await tokens.caller({}, token)
    assert caller is not None
    assert caller.to_dict() == {"name": "ann", "role": "reader", "way": "token"}
    database.goes_on.clear()
    await asyncio.sleep(_RENEW_SECONDS)
    for _ in range(10):
        assert await asyncio.wait_for(tokens.caller({}, token), 0.2) is not None
    await database.asked.wait()
    await asyncio.to_thread(revoke_token, db, "ann")
    database.goes_on.set()
    await asyncio.gather(*tokens._tasks)
    with pytest.raises(ApiError, match="'ann' was revoked"):
        await tokens.caller({}, token)
    assert database.checks == 3
    database.close()


class HeldChecks:
    """A database whose checks wait until they may go on."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.checks = 0
        self.asked, self.goes_on = asyncio.Event(), asyncio.Event()
        self.goes_on.set()
        self.name, self.open, self.close = database.name, database.open, database.close
        self.read, self.write = database.read, database.write

    async def check(self, work: Callable[[Session], Result]) -> Result:
        self.checks += 1
        if not self.goes_on.is_set():
            self.asked.set()
        await self.goes_on.wait()
        return await self._database.check(work)


def test_an_expired_token_is_refused_by_name(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard()
    token = create_token(any_db, "short", Role.READER, lifetime=0.001)
    response = guarded.send("GET", "registered_models", token=token)
    assert response.status == 401
    assert response.message.startswith("the token 'short' expired at ")


def test_the_last_use_is_stored(guard: Callable[..., Guarded], any_db: str) -> None:
    guarded = guard()
    before = time.time()
    assert guarded.send("GET", "registered_models", role="reader").status == 200

    def used() -> dict[str, int | None]:
        return {one.name: one.use_time for one in list_tokens(any_db)}

    wait_for(lambda: used()["the-reader"] is not None, 10)
    assert abs((used()["the-reader"] or 0) / 1000 - before) < 60
    assert used()["the-writer"] is None


def test_the_command_creates_lists_and_revokes(bare: Cli) -> None:
    token = bare.ok("token", "create", "ci", "--role", "writer", "--expires", "90d").strip()
    assert parse_token(token.encode())
    (listed,) = json.loads(bare.ok("token", "ls", "-o", "json"))
    assert (listed["name"], listed["role"], listed["state"]) == ("ci", "writer", "active")
    assert listed["expires"] > listed["created"]
    assert token[14:] not in json.dumps(listed)
    bare.ok("token", "revoke", "ci")
    assert "revoked" in bare.ok("token", "ls")
    assert "is not a time span" in bare.fails(
        2, "token", "create", "x", "--role", "reader", "--expires", "1y"
    )
    assert "no token 'nope'" in bare.fails(3, "token", "revoke", "nope")


@pytest.mark.parametrize(
    "command", ["token ls", "token revoke ci", "audit ls", "audit export", "audit verify"]
)
def test_a_command_that_creates_nothing_creates_no_database(bare: Cli, tmp_path: Path, command: str) -> None:
    mistyped = tmp_path / "registy.db"
    assert "there is no registry at" in bare.fails(1, *command.split(), "--db", str(mistyped))
    assert not mistyped.exists()


def test_tokens_of_the_file_are_writers(guard: Callable[..., Guarded], tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("# comment\n\nfrom-the-file\n")
    guarded = guard("--token-file", str(tmp_path / "tokens"))
    found = guarded.send("GET", "/api/identity/whoami", token="from-the-file")
    assert found.json == {"name": "token-file", "role": "writer", "way": "token file"}
    assert guarded.send("POST", "registered_models", {"name": "m"}, token="from-the-file").status == 201
