"""What a server remembers of requests stays small, however long and different they are."""

from __future__ import annotations

import base64
import contextlib
import json
import random
import sys

import pytest

from tests.attack.test_connections import MODELS, memory
from tests.support.backends import Server, SyncHTTPBackend

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")


def test_queries_with_many_parameters_take_no_memory_that_stays() -> None:
    """The probes read their queries before they know their caller."""
    server = Server(":memory:")
    names = [f"{number:x}" for number in range(10_000)]
    shuffle = random.Random(0)
    assert len("=&".join(names)) < 64 * 1024
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        before = memory(server)
        for number in range(150):
            shuffle.shuffle(names)
            path = "/readyz/isDirty" if number % 2 else MODELS
            assert backend.send("GET", f"{path}?{'=&'.join(names)}=").status == 200
        assert memory(server) < before + 40
    assert server.stop() == 0


def test_long_names_in_structs_take_no_memory_that_stays() -> None:
    """The trail looks for names of secrets in them."""
    server = Server(":memory:", "--audit")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        assert backend.send("POST", MODELS, b'{"name": "m"}').status == 201
        before = 0
        for number in range(15):
            struct = json.dumps({f"{number}" + "aA-" * 2_000_000: "password: x"}).encode()
            value = {"metadataType": "MetadataStructValue", "struct_value": base64.b64encode(struct).decode()}
            body = json.dumps({"customProperties": {"s": value}}).encode()
            assert backend.send("PATCH", f"{MODELS}/1", body).status == 200
            before = before or (memory(server) if number == 4 else 0)
        assert memory(server) < before + 30
    assert server.stop() == 0
