"""The registry in other people's servers and applications."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.support.backends import API, SECONDS, Client, SyncHTTPBackend
from tests.support.servers import unused_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def running(folder: Path, command: list[str], port: int) -> Iterator[SyncHTTPBackend]:
    """Another server, once it answers."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        [sys.executable, "-m", *command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for _ in range(SECONDS * 20):
            with contextlib.closing(SyncHTTPBackend(f"http://127.0.0.1:{port}")) as backend:
                try:
                    backend.send("GET", "/readyz/health")
                except ConnectionError:
                    time.sleep(0.05)
                    continue
                yield backend
                break
        else:
            raise AssertionError("it does not answer")
    finally:
        process.terminate()
        try:
            said, _ = process.communicate(timeout=SECONDS)
        finally:
            process.kill()
    assert "Traceback" not in said


def test_uvicorn_by_import_string(tmp_path: Path) -> None:
    port = unused_port()
    command = ["uvicorn", "--factory", "model_registry.server:create_app", "--port", str(port)]
    with running(tmp_path, command, port) as backend:
        Client(backend).make("/registered_models", name="m")
    assert (tmp_path / "registry.db").exists()


def test_uvicorn_below_a_path(tmp_path: Path) -> None:
    port = unused_port()
    command = ["uvicorn", "--factory", "model_registry.server:create_app", "--root-path", "/registry"]
    with running(tmp_path, [*command, "--port", str(port)], port) as backend:
        Client(backend).make("/registered_models", name="m")


@pytest.mark.skipif(sys.platform == "win32", reason="gunicorn needs Unix")
def test_gunicorn_with_several_processes(tmp_path: Path) -> None:
    port = unused_port()
    command = ["gunicorn", "--worker-class", "uvicorn_worker.UvicornWorker", "--workers", "2"]
    app = "model_registry.server:create_app('served.db')"
    with running(tmp_path, [*command, "--bind", f"127.0.0.1:{port}", app], port) as backend:
        Client(backend).make("/registered_models", name="m")
    assert (tmp_path / "served.db").exists()


MOUNTED = """
from datetime import date

from starlette.applications import Starlette
from starlette.routing import Mount

from model_registry.server import create_app

registry = create_app(
    "mounted.db", token_file="tokens", alpha_sunset_date=date(2027, 6, 30), metrics=True, access_log=True
)
app = Starlette(routes=[Mount("/teams/a b", registry)])
"""


def test_mounted_in_a_bigger_application(tmp_path: Path) -> None:
    (tmp_path / "bigger.py").write_text(MOUNTED)
    (tmp_path / "tokens").write_text("t")
    port, place, token = unused_port(), "/teams/a%20b", {"Authorization": "Bearer t"}
    with running(tmp_path, ["uvicorn", "bigger:app", "--port", str(port)], port) as backend:
        models = f"{place}{API}/registered_models"
        assert backend.send("GET", f"{place}/readyz/health").status == 200
        assert backend.send("GET", models).status == 401
        made = backend.send("POST", models, b'{"name": "m"}', token)
        assert made.status == 201
        assert backend.send("GET", f"{models}/{made.json['id']}", headers=token).json == made.json
        old = backend.send("GET", f"{place}{API}alpha3/registered_models", headers=token)
        assert old.headers["link"] == f'<{place}{API}/>; rel="successor-version"'
        counts = backend.send("GET", f"{place}/metrics", headers=token).data.decode()
        assert 'model_registry_requests_total{operation="createRegisteredModel",status="201"} 1' in counts


def test_what_is_not_asked_for_is_not_there() -> None:
    program = (
        "import sys; from model_registry.server import create_app; create_app();"
        "options = {'access_log', 'auth', 'cors', 'deprecation', 'logs', 'metrics'};"
        "loaded = {one for one in options for name in sys.modules"
        " if name.startswith('model_registry.server') and name.endswith('.' + one)};"
        "sys.exit(', '.join(loaded) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
