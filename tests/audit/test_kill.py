"""A server that is killed under load: each acknowledged write has its entry, and no entry lacks its write."""

from __future__ import annotations

import http.client
import json
import os
import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry import ModelRegistry
from model_registry.server.audit.administration import read_trail
from model_registry.server.audit.chain import verify_trail
from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import Role
from tests.support.backends import API, SECONDS, Server

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 20 if os.environ.get("MODEL_REGISTRY_THOROUGH_TESTS") else 4
WRITERS = 8
ENOUGH = 150


def write_until_it_dies(url: str, token: str, prefix: str, acknowledge: Callable[[str], None]) -> None:
    """Create models, until the server is gone."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(connection), suppress(OSError, http.client.HTTPException):
        for number in range(10_000):
            name = f"{prefix}-{number}"
            connection.request("POST", f"{API}/registered_models", json.dumps({"name": name}), headers)
            response = connection.getresponse()
            response.read()
            if response.status == 201:
                acknowledge(name)


@pytest.mark.slow
def test_no_write_without_its_entry_and_no_entry_without_its_write(any_db: str) -> None:
    token = create_token(any_db, "writer", Role.WRITER)
    acknowledged: set[str] = set()
    for number in range(ROUNDS):
        chained = ("--audit-chain",) if number % 2 else ()
        server = Server(any_db, "--named-tokens", "--audit", *chained)
        enough = threading.Event()
        before = len(acknowledged)

        def acknowledge(name: str, enough: threading.Event = enough, before: int = before) -> None:
            acknowledged.add(name)
            if len(acknowledged) >= before + ENOUGH:
                enough.set()

        threads = [
            threading.Thread(
                target=write_until_it_dies, args=(server.url, token, f"{number}-{writer}", acknowledge)
            )
            for writer in range(WRITERS)
        ]
        for thread in threads:
            thread.start()
        assert enough.wait(60)
        server.process.kill()
        server.process.communicate()
        for thread in threads:
            thread.join()
    # Entries without a name record that the chain was switched.
    recorded = [entry.name for entry in read_trail(any_db) if entry.name]
    assert verify_trail(read_trail(any_db)).wrong is None
    with ModelRegistry.local(any_db) as registry:
        stored = [model.name for model in registry.list_models().page_size(1000)]
    assert acknowledged <= set(recorded)
    assert sorted(recorded) == sorted(stored)


def test_a_chain_that_several_processes_write_is_whole(any_db: str) -> None:
    token = create_token(any_db, "writer", Role.WRITER)
    server = Server(any_db, "--named-tokens", "--audit", "--audit-chain", "--workers", "2")
    done: list[str] = []
    threads = [
        threading.Thread(target=write_until_it_dies, args=(server.url, token, str(number), done.append))
        for number in range(WRITERS)
    ]
    for thread in threads:
        thread.start()
    while len(done) < ENOUGH and any(thread.is_alive() for thread in threads):
        threads[0].join(0.05)
    server.stop()
    for thread in threads:
        thread.join()
    report = verify_trail(read_trail(any_db))
    assert report.entries >= ENOUGH
    assert (report.unhashed, report.wrong) == (0, None)
