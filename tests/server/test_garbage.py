"""Requests leave nothing to the garbage collector, which a server runs seldom."""

from __future__ import annotations

import asyncio
import gc
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from model_registry.server.app import create_app
from model_registry.server.audit.watch import Trail
from model_registry.server.http.asgi import call_application
from tests.support.asgi import started
from tests.support.backends import API

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio

MODELS = f"{API}/registered_models"
TIMES = 10
REQUESTS: dict[str, tuple[str, str, object, int]] = {
    "create": ("POST", MODELS, {"name": "model-{}"}, 201),
    "conflict": ("POST", MODELS, {"name": "model-0"}, 409),
    "wrong body": ("POST", MODELS, {"name": 5}, 400),
    "change": ("PATCH", f"{MODELS}/1", {"description": "text {}"}, 200),
    "change of nothing": ("PATCH", f"{MODELS}/999", {"description": "text"}, 404),
    "get": ("GET", f"{MODELS}/1", None, 200),
    "get nothing": ("GET", f"{MODELS}/999", None, 404),
    "list": ("GET", MODELS, None, 200),
    "filter": ("GET", f"{MODELS}?filterQuery=name%3D%22model-0%22", None, 200),
    "slow filter": ("GET", f"{MODELS}?filterQuery=name+LIKE+%22%25del%25%22", None, 200),
    "wrong filter": ("GET", f"{MODELS}?filterQuery=name+LIKE", None, 400),
    "wrong method": ("DELETE", MODELS, None, 405),
    "health": ("GET", "/readyz/health", None, 200),
}


@pytest.fixture(params=["sqlite", "postgresql"])
def db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return str(
        request.getfixturevalue("postgresql_db") if request.param == "postgresql" else tmp_path / "r.db"
    )


@pytest.mark.skipif(sys.version_info < (3, 11), reason="failed requests leave cycles on Python 3.10")
async def test_requests_leave_no_cycles(db: str) -> None:
    app = create_app(db, audit=Trail(), metrics=True, slow_request=60_000, access_log=True)

    async def send(name: str, number: int) -> int:
        method, target, content, _ = REQUESTS[name]
        body = None if content is None else json.dumps(content).replace("{}", str(number)).encode()
        headers = {"content-type": "application/json", "host": "localhost"}
        status, *_ = await call_application(app, method, target, headers, body)
        return status

    left: dict[str, int] = {}
    async with started(app):
        await send("create", 0)
        gc.disable()
        try:
            for name, (*_, expected) in REQUESTS.items():
                await send(name, 1)  # the first one compiles, and remembers
                await asyncio.sleep(0)
                gc.collect()
                for number in range(TIMES):
                    assert await send(name, 2 + number) == expected, name
                await asyncio.sleep(0)
                left[name] = gc.collect()
        finally:
            gc.enable()
    # A timer or a thread may hold something of the last request for a moment.
    assert {name: count for name, count in left.items() if count >= TIMES} == {}


def test_a_program_that_serves_keeps_its_own_collections(tmp_path: Path) -> None:
    program = """
import gc, os, signal, sys, threading
from model_registry.server.process import serve as serving
def stop(ready):
    print(gc.get_threshold()[0], gc.get_freeze_count() > 10_000)
    threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM)).start()
serving._announce = lambda *_: stop(None)
before = gc.get_threshold()
serving.serve(sys.argv[1], port=0)
print(gc.get_threshold() == before, gc.get_freeze_count())
"""
    ended: Any = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "r.db")], capture_output=True, text=True, check=False
    )
    objects = 10_000 if sys.version_info >= (3, 11) else gc.get_threshold()[0]
    assert ended.stdout == f"{objects} True\nTrue 0\n", ended.stderr
