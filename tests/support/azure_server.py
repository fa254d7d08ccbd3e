"""Azurite, a stand-in for Azure Blob Storage that Microsoft publishes on npm."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
import urllib.request
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The account and key that every Azurite has."""

CONTAINER = "models"
SECONDS = 60


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run Azurite with a container, and give the address of the account."""
    program = shutil.which("azurite-blob")
    if program is None:
        pytest.skip("no Azurite: npm install --global azurite")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--blobPort", str(port), "--location", str(folder), "--silent"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--skipApiVersionCheck"], stdout=log, stderr=log)
    try:
        _wait(port, process)
        url = f"http://127.0.0.1:{port}/{ACCOUNT}"
        _create_container(url)
        yield url
    finally:
        process.kill()
        process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.1)
    pytest.fail("Azurite did not start")


def _create_container(url: str) -> None:
    """Send the one request that our store has no method for, signed as Azure's Shared Key says."""
    headers = {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-08-06"}
    signed = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    resource = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    text = "PUT" + "\n" * 12 + signed + resource
    digest = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
    headers |= {
        "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
        "Content-Type": "",
    }
    request = urllib.request.Request(
        f"{url}/{CONTAINER}?restype=container", method="PUT", data=b"", headers=headers
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 201
