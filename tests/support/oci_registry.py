"""Real registries for tests: Debian's `docker-registry` on free loopback ports, and a token service."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import re
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.support.servers import CannedServer, Proxy, Received, Reply, receive

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import TracebackType

    from typing_extensions import Self

SECONDS = 30
PROGRAM = shutil.which("docker-registry")
SKOPEO = shutil.which("skopeo")

needs_skopeo = pytest.mark.skipif(SKOPEO is None, reason="there is no skopeo: apt-get install skopeo")


@pytest.fixture(scope="session")
def oci_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """A registry that lets everybody in; each test has a repository of its own."""
    if PROGRAM is None:
        pytest.skip("there is no docker-registry: apt-get install docker-registry")
    with Registry(tmp_path_factory.mktemp("oci")) as registry:
        yield registry


class Registry:
    """A registry process with its own storage folder.

    Args:
        root: Folder for configuration, blobs and log.
        auth: The `auth:` part of its configuration.
        tls: The `http.tls:` part of it.

    Attributes:
        host: Loopback address and port.
        blobs: Folder of its blobs.
    """

    def __init__(
        self, root: Path, auth: dict[str, object] | None = None, tls: dict[str, str] | None = None
    ) -> None:
        self.root = root
        self.blobs = root / "data" / "docker" / "registry" / "v2" / "blobs" / "sha256"
        self._auth = auth
        self._tls = tls
        self.host = ""

    def __enter__(self) -> Self:
        assert PROGRAM is not None
        self.root.mkdir(parents=True, exist_ok=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.host = f"127.0.0.1:{probe.getsockname()[1]}"
        config: dict[str, object] = {
            "version": 0.1,
            "log": {"level": "warn", "accesslog": {"disabled": True}},
            "storage": {
                "filesystem": {"rootdirectory": str(self.root / "data")},
                "delete": {"enabled": True},
            },
            "http": {"addr": self.host, "secret": "of the tests"},
        }
        if self._auth is not None:
            config["auth"] = self._auth
        if self._tls is not None:
            config["http"] = {"addr": self.host, "secret": "of the tests", "tls": self._tls}
        path = self.root / "config.yml"
        path.write_text(json.dumps(config))  # JSON is YAML
        self._log = (self.root / "log").open("wb")
        self._process = subprocess.Popen(
            [PROGRAM, "serve", str(path)], stdout=self._log, stderr=subprocess.STDOUT
        )
        self._wait()
        return self

    def _wait(self) -> None:
        deadline = time.monotonic() + SECONDS
        host, _, port = self.host.rpartition(":")
        while time.monotonic() < deadline and self._process.poll() is None:
            with contextlib.suppress(ConnectionRefusedError):
                socket.create_connection((host, int(port)), SECONDS).close()
                return
            time.sleep(0.02)
        pytest.fail((self.root / "log").read_text())

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(SECONDS)
        self._log.close()

    def blob(self, digest: str) -> Path:
        """Where it keeps a blob."""
        name = digest.removeprefix("sha256:")
        return self.blobs / name[:2] / name / "data"


def basic(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode()


def skopeo(*arguments: str) -> bytes:
    """Run skopeo; what it prints is returned."""
    done = subprocess.run(
        [str(SKOPEO), *arguments],
        capture_output=True,
        timeout=300,
        check=False,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def inspect(host_and_name: str) -> dict[str, object]:
    """What skopeo tells of an image's manifest."""
    return json.loads(skopeo("inspect", "--raw", "--tls-verify=false", f"docker://{host_and_name}"))


class Faults(Proxy):
    """A proxy before a registry that breaks connections and answers in its stead.

    Attributes:
        cut_uploads: After how many bytes of their bodies the next requests with longer ones break off.
        cut_downloads: After how many bytes the next answers about blobs break off.
        keeps_uploads: Whether what came of an upload is there when it is asked for, as the specification has
            it. Debian's registry forgets all of it.
        instead: What the next requests get, by method, instead of reaching the registry.
    """

    def __init__(self, registry: Registry) -> None:
        super().__init__(f"http://{registry.host}")
        self.cut_uploads: list[int] = []
        self.cut_downloads: list[int] = []
        self.keeps_uploads = False
        self.instead: list[tuple[str, Reply]] = []
        self._kept = Reply()

    @property
    def host(self) -> str:
        """Loopback address and port."""
        return f"127.0.0.1:{self.port}"

    def asked(self, method: str, part: str = "") -> list[Received]:
        """The requests so far with a method, and something in their target."""
        return [each for each in self.requests if each.method == method and part in each.target]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection, a request at a time."""
        while (request := await receive(reader)) is not None:
            self.requests.append(request)
            if self.instead and self.instead[0][0] == request.method:
                writer.write(self.instead.pop(0)[1].encode())
                await writer.drain()
                continue
            if not await self._relay(request, writer):
                return

    async def _relay(self, request: Received, writer: asyncio.StreamWriter) -> bool:
        if self.cut_uploads and len(request.body) > self.cut_uploads[0]:
            await self._cut_upload(request, request.body[: self.cut_uploads.pop(0)])
            return False
        if self._kept.status == 204 and request.method == "GET" and "/blobs/uploads/" in request.target:
            writer.write(self._kept.encode())
            self._kept = Reply()
            return True
        answer = await self._ask(request.raw)
        head = answer.index(b"\r\n\r\n") + 4
        is_blob = request.method == "GET" and "/blobs/sha256:" in request.target
        if self.cut_downloads and is_blob and len(answer) - head > self.cut_downloads[0]:
            writer.write(answer[: head + self.cut_downloads.pop(0)])
            await writer.drain()
            return False
        writer.write(answer.replace(b"Connection: close\r\n", b"", 1))
        await writer.drain()
        return True

    async def _cut_upload(self, request: Received, body: bytes) -> None:
        if not self.keeps_uploads:
            await self._ask(request.raw[: len(request.raw) - len(request.body)] + body)
            return
        target = re.sub(r"&digest=[^&]*", "", request.target)
        start = int(request.headers.get("content-range", "0-").partition("-")[0])
        lines = [f"PATCH {target} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(body)}"]
        lines += ["Content-Type: application/octet-stream", f"Content-Range: {start}-{start + len(body) - 1}"]
        answer = await self._ask("\r\n".join([*lines, "", ""]).encode() + body)
        found = re.search(rb"(?i)location: (\S+)", answer)
        assert found is not None, answer
        headers = {"Location": found[1].decode(), "Range": f"0-{start + len(body) - 1}"}
        self._kept = Reply(status=204, headers=headers, body=b"")

    async def _ask(self, raw: bytes) -> bytes:
        """Send a request, or a part of one, to the registry; its answer to the end is returned."""
        answers, onward = await asyncio.open_connection(*self._behind)
        try:
            onward.write(raw.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            onward.write_eof()
            return await answers.read()
        finally:
            onward.transport.abort()


def reply(status: int, code: str) -> Reply:
    """What a registry answers that refuses."""
    headers = {"WWW-Authenticate": 'Basic realm="tests"'} if status == 401 else {}
    return Reply({"errors": [{"code": code, "message": f"told so: {code}"}]}, status, headers)


class TokenService(CannedServer):
    """A token service of the Docker kind: gives tokens for any scope to who knows the password.

    Args:
        folder: Where the certificate of its key is put, for the registry.
        user: The user.
        password: The user's password.
    """

    def __init__(self, folder: Path, user: str, password: str) -> None:
        super().__init__()
        self._expected = f"Basic {basic(user, password)}"
        self._user = user
        authority = trustme.CA()
        issued = authority.issue_cert("tokens")
        self._key = serialization.load_pem_private_key(issued.private_key_pem.bytes(), None)
        chain = [x509.load_pem_x509_certificate(each.bytes()) for each in issued.cert_chain_pems]
        self._chain = [
            base64.b64encode(each.public_bytes(serialization.Encoding.DER)).decode() for each in chain
        ]
        self.certificate = folder / "tokens.pem"
        authority.cert_pem.write_to_path(str(self.certificate))
        self.lifetime = 300
        self.reply = self._answer

    def auth(self) -> dict[str, object]:
        """The `auth:` part of a registry that trusts it."""
        return {
            "token": {
                "realm": f"{self.url}/token",
                "service": "tests",
                "issuer": "tests",
                "rootcertbundle": str(self.certificate),
            }
        }

    def _answer(self, request: Received) -> Reply:
        if request.headers.get("authorization") != self._expected:
            return reply(401, "UNAUTHORIZED")
        query = parse_qs(urlsplit(request.target).query)
        access = []
        for scope in query.get("scope", []):
            kind, name, actions = (
                scope.rsplit(":", 2) if scope.count(":") == 2 else (*scope.split(":", 1), "")
            )
            access.append({"type": kind, "name": name, "actions": actions.split(",")})
        now = int(time.time())
        claims = {
            "iss": "tests",
            "sub": self._user,
            "aud": query["service"][0],
            "exp": now + self.lifetime,
            "nbf": now - 10,
            "iat": now,
            "jti": str(now),
            "access": access,
        }
        return Reply({"token": self._signed(claims)})

    def _signed(self, claims: dict[str, object]) -> str:
        header = {"typ": "JWT", "alg": "ES256", "x5c": self._chain}
        signing = b".".join(_segment(json.dumps(part).encode()) for part in (header, claims))
        r, s = decode_dss_signature(self._key.sign(signing, ec.ECDSA(hashes.SHA256())))
        return (signing + b"." + _segment(r.to_bytes(32, "big") + s.to_bytes(32, "big"))).decode()


def _segment(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")
