"""What short commands skip, and that nothing is lost by it."""

from __future__ import annotations

import gc
import os
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import IPAddress

from model_registry import cli, web
from tests.support.certificates import Authority

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

GET = """
import asyncio, sys
from model_registry.cli.startup import load_aiohttp
load_aiohttp()
import aiohttp
async def main():
    async with aiohttp.ClientSession() as session:
        for _ in range(2):
            async with session.get(sys.argv[1], headers={"Connection": "close"}) as response:
                print(response.status)
asyncio.run(main())
"""


class Empty(BaseHTTPRequestHandler):
    """Responds with 200 and no body."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path / "authority")


@pytest.fixture
def https_url(authority: Authority) -> Iterator[str]:
    key, certificate = authority.certificate("server", names=[IPAddress(ip_address("127.0.0.1"))])
    chain = certificate.with_name("chain.pem")
    chain.write_bytes(certificate.read_bytes() + authority.intermediate.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with HTTPServer(("127.0.0.1", 0), Empty) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def get(url: str, ca: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SSL_CERT_FILE": str(ca), "SSL_CERT_DIR": str(ca.parent / "none")}
    return subprocess.run(
        [sys.executable, "-c", GET, url], env=environment, capture_output=True, text=True, check=False
    )


def test_16_certificates_that_are_read_late_are_checked(
    https_url: str, authority: Authority, tmp_path: Path
) -> None:
    trusted = get(https_url, authority.root)
    assert (trusted.returncode, trusted.stdout) == (0, "200\n200\n"), trusted.stderr
    refused = get(https_url, Authority(tmp_path / "other").root)
    assert refused.returncode == 1
    assert "CERTIFICATE_VERIFY_FAILED" in refused.stderr


def test_16_no_certificates_are_read_at_import() -> None:
    count = (
        "import ssl; from model_registry.cli.startup import load_aiohttp; load_aiohttp();"
        "from aiohttp import connector;"
        "found = [each for each in vars(connector).values() if isinstance(each, ssl.SSLContext)];"
        "print([len(each.get_ca_certs()) for each in found])"
    )
    printed = subprocess.run([sys.executable, "-c", count], capture_output=True, text=True, check=True).stdout
    assert printed == "[0, 0]\n"


def test_16_a_program_that_calls_the_command_stays_as_it_was(tmp_path: Path) -> None:
    before = (gc.get_threshold(), gc.get_freeze_count(), dict(os.environ), ssl.create_default_context)
    contexts = dict(vars(ssl.SSLContext))
    file = str(tmp_path / "registry.db")
    assert cli.main(["register", "fraud", "1.0", "--uri", "s3://m", "--registry", file, "-q"]) == 0
    assert cli.main(["models", "ls", "--registry", "http://127.0.0.1:1"]) == 6
    after = (gc.get_threshold(), gc.get_freeze_count(), dict(os.environ), ssl.create_default_context)
    assert after == before
    assert vars(ssl.SSLContext) == contexts


def test_16_a_command_that_runs_for_long_collects_garbage_as_usual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    thresholds = []
    monkeypatch.setattr(web, "serve_ui", lambda *_, **__: thresholds.append(gc.get_threshold()))
    file = str(tmp_path / "registry.db")
    assert cli.main(["register", "fraud", "1.0", "--uri", "s3://m", "--registry", file, "-q"]) == 0
    assert cli.main(["ui", "--registry", file, "--no-browser"]) == 0
    assert thresholds == [gc.get_threshold()]
