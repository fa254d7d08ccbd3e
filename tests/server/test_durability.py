"""What was answered is there, and nothing half done is, however often the registry is killed."""

from __future__ import annotations

import contextlib
import http.client
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import create_engine, select

from model_registry.server.database.schema import attribution, property_, resource
from model_registry.server.kinds import KIND_BY_CODE
from model_registry.server.rows import PropertyRow, property_rows
from tests.support.backends import SECONDS, Client, SyncHTTPBackend

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow

KILLS = 20
WRITERS = 4
ANSWERS = 20
"""How many writes are answered, at least, before the registry is killed."""

# Starts registries in processes that need not import anything any more.
NURSERY = """
import os, sys
import model_registry.server.database.postgresql, model_registry.server.database.sqlite
import model_registry.server.process.serve
import pytest
from model_registry import cli
for _ in sys.stdin:
    child = os.fork()
    if child == 0:
        os._exit(cli.main(["serve", "--db", sys.argv[1], "--port", "0"]))
    print(child, flush=True)
    os.waitpid(child, 0)
"""


class Log:
    """What the registry was asked for, and what it has answered.

    Attributes:
        answers: The last answer about each resource.
        pending: What is being changed of a resource; nobody knows whether it came to pass.
        count: How many writes were answered.
    """

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Any]] = {}
        self.pending: dict[str, dict[str, Any]] = {}
        self.count = 0
        self._changed = threading.Condition()

    def take(self, answered: dict[str, Any]) -> None:
        with self._changed:
            self.answers[answered["id"]] = answered
            self.pending.pop(answered["id"], None)
            self.count += 1
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, SECONDS), "too few answers"


def write(url: str, log: Log, numbers: Iterator[int]) -> None:
    """Make and change things until the registry is gone."""

    def take(status: int, answered: dict[str, Any]) -> str:
        assert status in {200, 201}, answered
        log.take(answered)
        id: str = answered["id"]  # noqa: A001  # the contract's word
        return id

    with (
        contextlib.closing(SyncHTTPBackend(url)) as backend,
        contextlib.suppress(OSError, http.client.HTTPException),
    ):
        client = Client(backend)
        for number in numbers:
            made = client.post("/registered_models", {"name": f"m{number}", "externalId": f"x{number}"})
            model = take(made.status, made.json)
            log.pending[model] = {"owner": "ann", "customProperties": properties(number)}
            changed = client.patch(f"/registered_models/{model}", log.pending[model])
            take(changed.status, changed.json)
            made = client.post("/model_versions", {"name": "v", "registeredModelId": model})
            version = take(made.status, made.json)
            metric = {"artifactType": "metric", "name": "m", "value": 1, "customProperties": properties(1)}
            made = client.post(f"/model_versions/{version}/artifacts", metric)
            made_metric = take(made.status, made.json)
            log.pending[made_metric] = {"value": 2, "customProperties": properties(2)}
            changed = client.post(f"/model_versions/{version}/artifacts", metric | log.pending[made_metric])
            take(changed.status, changed.json)


def properties(number: int) -> dict[str, Any]:
    return {
        "turn": {"metadataType": "MetadataIntValue", "int_value": str(number)},
        "text": {"metadataType": "MetadataStringValue", "string_value": f"turn {number} " * (number % 40)},
    }


def test_what_was_answered_survives_kills_and_nothing_half_done_does(any_db: str) -> None:
    log, numbers = Log(), itertools.count()
    command = [sys.executable, "-c", NURSERY, any_db]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as nursery:
        assert nursery.stdin is not None
        assert nursery.stdout is not None
        for _ in range(KILLS):
            nursery.stdin.write("\n")
            nursery.stdin.flush()
            child = int(nursery.stdout.readline())
            url = nursery.stdout.readline().strip()
            threads = [threading.Thread(target=write, args=(url, log, numbers)) for _ in range(WRITERS)]
            for thread in threads:
                thread.start()
            log.wait_for(log.count + ANSWERS)
            os.kill(child, signal.SIGKILL)
            for thread in threads:
                thread.join(SECONDS)
            check(any_db, log)
        nursery.stdin.close()


def check(db: str, log: Log) -> None:
    """Compare what is stored with what was answered, and its parts with one another."""
    # All from one moment: PostgreSQL may just be committing what the killed server had sent.
    engine = create_engine(db, isolation_level="SERIALIZABLE")
    with engine.connect() as connection:
        resources = connection.execute(select(resource)).all()
        links = {(link.version_id, link.artifact_id) for link in connection.execute(select(attribution))}
        rows: dict[int, dict[tuple[bool, str], PropertyRow]] = defaultdict(dict)
        for row in connection.execute(select(property_)).mappings():
            values = PropertyRow(*(row[column] for column in PropertyRow._fields))
            rows[row["resource_id"]][row["is_custom"], row["name"]] = values
    engine.dispose()
    stored = {str(one.id): json.loads(one.body) for one in resources}
    for number, answered in log.answers.items():
        now = stored[number]
        unanswered = log.pending.get(number, {})
        time = {"lastUpdateTimeSinceEpoch": now["lastUpdateTimeSinceEpoch"]}
        assert now in (answered, answered | unanswered | time)
    for one in resources:
        body = stored[str(one.id)]
        assert dict(property_rows(KIND_BY_CODE[one.kind], body)) == rows.pop(one.id, {})
        assert (one.name, one.external_id) == (body["name"], body.get("externalId"))
        assert (str(one.create_time), str(one.update_time)) == (
            body["createTimeSinceEpoch"],
            body["lastUpdateTimeSinceEpoch"],
        )
    assert not rows, "properties of nothing"
    assert links == {(one.parent_id, one.id) for one in resources if KIND_BY_CODE[one.kind].is_artifact}
