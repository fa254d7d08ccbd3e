"""Bodies that take long to read do not keep others waiting."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

import pytest

from tests.attack.test_connections import MODELS, probe
from tests.support.backends import Server, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZE = 15_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server(":memory:")
    yield server
    assert server.stop() == 0


def properties(value: bytes) -> bytes:
    names = (b'"%d":%b' % (number, value) for number in range(SIZE // (len(value) + 9)))
    return b'{"name":"m","customProperties":{%b,"last":5}}' % b",".join(names)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name":5,"description":"%b"}' % (b"\xffa" * (SIZE // 2)),
        b'{"name":5,"description":"%b"}' % (b"\\ud800" * (SIZE // 6)),
        b'{"name":5,"description":%b}' % (b"9" * SIZE),
        b'{"name":1e%b}' % (b"9" * SIZE),
        properties(b'{"metadataType":"MetadataIntValue","int_value":"1"}'),
        properties(b'{"metadataType":"MetadataBoolValue"}'),
    ],
    ids=["bytes", "surrogates", "integer", "exponent", "integers", "booleans"],
)
def test_reading_a_large_body_keeps_nobody_waiting(server: Server, body: bytes) -> None:
    answers: list[int] = []

    def attack() -> None:
        with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
            answers.append(backend.send("POST", MODELS, body).status)

    attacker = threading.Thread(target=attack)
    attacker.start()
    slowest = 0.0
    while attacker.is_alive():
        slowest = max(slowest, probe(server))
    assert answers == [400]
    assert slowest < 2
