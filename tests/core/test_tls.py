"""TLS with certificates of all kinds, over real sockets."""

from __future__ import annotations

import contextlib
import datetime
import socket
import ssl
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
import trustme

from model_registry import ModelRegistryAPIClient
from model_registry.exceptions import (
    InsecureConnectionWarning,
    InvalidArgumentError,
    RegistryConnectionError,
    RegistryTLSError,
    UnexpectedResponseError,
)
from tests.support.servers import CannedServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTHING = {"items": [], "size": 0, "pageSize": 20, "nextPageToken": ""}
PAST = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)


class Authority(trustme.CA):
    """An authority that starts servers with certificates of its own."""

    def context(self, *names: str, expires: datetime.datetime | None = None) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.issue_cert(*names, not_after=expires).configure_cert(context)
        return context

    def serving(self, *names: str, expires: datetime.datetime | None = None) -> CannedServer:
        server = CannedServer(self.context(*(names or ("127.0.0.1",)), expires=expires))
        server.reply = Reply(NOTHING)
        return server

    @property
    def text(self) -> str:
        return self.cert_pem.bytes().decode()

    def write(self, path: Path) -> Path:
        self.cert_pem.write_to_path(str(path))
        return path


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def secure(authority: Authority) -> Iterator[CannedServer]:
    with authority.serving() as server:
        yield server


async def call(server: CannedServer | Demanding, **options: object) -> None:
    async with ModelRegistryAPIClient.connect(server.url, retries=0, **options) as client:
        await client.get_registered_models()


def as_file(authority: Authority, tmp_path: Path) -> Path:
    return authority.write(tmp_path / "ca.pem")


def as_bundle(authority: Authority, tmp_path: Path) -> str:
    path = tmp_path / "bundle.pem"
    path.write_text(f"# several authorities\n{Authority().text}\n{authority.text}")
    return str(path)


def as_folder(authority: Authority, tmp_path: Path) -> Path:
    authority.write(tmp_path / "ours.crt")
    (tmp_path / "README").write_text("no certificate")
    return tmp_path


def as_hashed_folder(authority: Authority, tmp_path: Path) -> Path:
    authority.write(tmp_path / "ours.pem")
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    (tmp_path / "ours.pem").rename(tmp_path / "unread")
    for link in tmp_path.glob("*.0"):
        link.unlink()
        link.write_text(authority.text)
    return tmp_path


def as_text(authority: Authority, _tmp_path: Path) -> str:
    return authority.text


@pytest.mark.parametrize("form", [as_file, as_bundle, as_folder, as_hashed_folder, as_text])
async def test_an_authority_may_be_given_in_any_form(
    authority: Authority, secure: CannedServer, tmp_path: Path, form
):
    ca = form(authority, tmp_path)
    await call(secure, ca=ca, token="secret")
    assert secure.requests[0].headers["authorization"] == "Bearer secret"


async def test_https_needs_no_token(authority: Authority, secure: CannedServer):
    await call(secure, ca=authority.text)
    assert "authorization" not in secure.requests[0].headers


async def test_the_former_calls_take_an_authority(authority: Authority, secure: CannedServer, tmp_path: Path):
    ca = str(authority.write(tmp_path / "ca.pem"))
    async with ModelRegistryAPIClient.secure_connection(
        "127.0.0.1", secure.port, user_token="secret", custom_ca=ca
    ) as client:
        await client.get_registered_models()


async def test_an_unknown_authority_is_an_error_that_names_the_argument(secure: CannedServer):
    with pytest.raises(RegistryTLSError, match=r"certificate of 127\.0\.0\.1 .*local issuer.* ca=") as caught:
        await call(secure)
    assert not caught.value.sent
    assert secure.requests == []


async def test_another_authority_does_not_do(secure: CannedServer):
    with pytest.raises(RegistryTLSError, match="ca="):
        await call(secure, ca=Authority().text)


async def test_a_certificate_for_another_name_is_told(authority: Authority):
    wrong = pytest.raises(RegistryTLSError, match="host name that the certificate holds")
    with authority.serving("registry.example.org") as server, wrong:
        await call(server, ca=authority.text)


async def test_an_expired_certificate_is_told(authority: Authority):
    expired = pytest.raises(RegistryTLSError, match=r"expired.*renewed")
    with authority.serving(expires=PAST) as server, expired:
        await call(server, ca=authority.text)


async def test_a_refused_certificate_is_not_tried_again(secure: CannedServer):
    async with ModelRegistryAPIClient.connect(secure.url) as client:
        with pytest.raises(RegistryTLSError):
            await client.get_registered_models()
    assert secure.connections <= 1


async def test_checks_are_off_only_when_asked_and_with_one_warning(secure: CannedServer):
    async with ModelRegistryAPIClient.connect(secure.url, verify=False) as client:
        with pytest.warns(InsecureConnectionWarning, match="not checked") as caught:
            await client.get_registered_models()
        await client.get_registered_models()
    assert len(caught) == 1


async def test_insecure_connection_checks_certificates_of_https(secure: CannedServer):
    async with ModelRegistryAPIClient.insecure_connection(secure.url, secure.port) as client:
        with pytest.raises(RegistryTLSError):
            await client.get_registered_models()


# Python 3.10 forgets to close its own transport when a TLS alert ends a connection.
FORGOTTEN_BY_PYTHON = pytest.mark.filterwarnings("ignore:unclosed transport:ResourceWarning")


class Demanding:
    """A TLS server that speaks only to clients of an authority.

    It is built of blocking sockets: asyncio's drops the alert that says why a handshake failed.
    """

    def __init__(self, authority: Authority, version: ssl.TLSVersion) -> None:
        self._tls = authority.context("127.0.0.1")
        self._tls.verify_mode = ssl.CERT_REQUIRED
        self._tls.maximum_version = version
        authority.configure_trust(self._tls)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"
        self.shown: list[object] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                plain, _ = self._socket.accept()
                plain.settimeout(10)
                with plain, contextlib.suppress(OSError):
                    self._answer(plain)

    def _answer(self, plain: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(plain.dup(), server_side=True) as connection:
                self.shown.append(connection.getpeercert()["subjectAltName"])
                connection.recv(65536)
                connection.sendall(Reply(NOTHING).encode())
        except ssl.SSLError:
            plain.shutdown(socket.SHUT_WR)
            while plain.recv(65536):
                pass


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
def demanding(authority: Authority, request: pytest.FixtureRequest) -> Iterator[Demanding]:
    with contextlib.closing(Demanding(authority, request.param)) as server:
        yield server


@pytest.mark.parametrize("in_one", [True, False], ids=["one file", "two files"])
async def test_a_client_certificate_is_shown(
    authority: Authority, demanding: Demanding, tmp_path: Path, in_one
):
    issued = authority.issue_cert("ann@example.org")
    files = write_pair(issued, tmp_path)
    if in_one:
        files = {"client_cert": tmp_path / "both.pem"}
        issued.private_key_and_cert_chain_pem.write_to_path(str(files["client_cert"]))
    await call(demanding, ca=authority.text, **files)
    assert demanding.shown == [(("email", "ann@example.org"),)]


@FORGOTTEN_BY_PYTHON
async def test_a_missing_client_certificate_is_told(authority: Authority, demanding: Demanding):
    with pytest.raises(RegistryTLSError, match=r"client certificate.*client_cert=") as caught:
        await call(demanding, ca=authority.text)
    assert not caught.value.sent
    assert demanding.shown == []


@FORGOTTEN_BY_PYTHON
async def test_a_client_certificate_of_another_authority_is_told(
    authority: Authority, demanding: Demanding, tmp_path: Path
):
    files = write_pair(Authority().issue_cert("eve@example.org"), tmp_path)
    with pytest.raises(RegistryTLSError, match="does not trust the client certificate"):
        await call(demanding, ca=authority.text, **files)


async def test_hanging_up_during_the_handshake_is_told(authority: Authority):
    context = authority.context("127.0.0.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    hung_up = pytest.raises(RegistryConnectionError, match="hung up instead of agreeing on TLS")
    with CannedServer(context) as server, hung_up as caught:
        await call(server, ca=authority.text)
    assert not caught.value.sent


def write_pair(issued: trustme.LeafCert, folder: Path) -> dict[str, Path]:
    paths = {"client_cert": folder / "cert.pem", "client_key": folder / "key.pem"}
    issued.cert_chain_pems[0].write_to_path(str(paths["client_cert"]))
    issued.private_key_pem.write_to_path(str(paths["client_key"]))
    return paths


async def test_https_to_a_plain_port_is_told(served: str):
    url = served.replace("http:", "https:")
    async with ModelRegistryAPIClient.connect(url) as client:
        with pytest.raises(RegistryTLSError, match=r"does not speak TLS on this port\. Use http://"):
            await client.get_registered_models()


async def test_http_to_a_tls_port_is_told(secure: CannedServer):
    async with ModelRegistryAPIClient.connect(f"http://127.0.0.1:{secure.port}", retries=0) as client:
        with pytest.raises(Exception, match="https://"):
            await client.get_registered_models()


async def test_a_tls_alert_to_plain_http_is_told(canned: CannedServer):
    canned.reply = Reply(raw=b"\x15\x03\x03\x00\x02\x02\x46")
    async with ModelRegistryAPIClient.connect(canned.url, retries=0) as client:
        with pytest.raises(RegistryTLSError, match=r"speaks TLS on this port\. Use https://") as caught:
            await client.get_registered_models()
    assert not caught.value.sent


async def test_what_is_not_http_is_told(canned: CannedServer):
    canned.reply = Reply(raw=b"SSH-2.0-OpenSSH_9.2\r\n")
    async with ModelRegistryAPIClient.connect(canned.url, retries=0) as client:
        with pytest.raises(UnexpectedResponseError, match="not HTTP"):
            await client.get_registered_models()


def test_wrong_files_are_refused_when_the_connection_is_made(authority: Authority, tmp_path: Path):
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    pair = write_pair(authority.issue_cert("ann@example.org"), tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    strange = write_pair(authority.issue_cert("bob@example.org"), other)
    for options, words in [
        ({"ca": tmp_path / "none.pem"}, "no file or folder"),
        ({"ca": text}, "holds no certificate"),
        ({"ca": "-----BEGIN x"}, "holds no certificate"),
        ({"client_cert": tmp_path / "none.pem"}, "client_cert must be the path"),
        (
            {"client_cert": pair["client_cert"], "client_key": tmp_path / "none"},
            "client_key must be the path",
        ),
        ({"client_cert": text}, "cannot be used"),
        ({"client_cert": pair["client_cert"], "client_key": strange["client_key"]}, "belong together"),
        ({"client_key": pair["client_key"]}, "needs its certificate"),
    ]:
        with pytest.raises(InvalidArgumentError, match=words):
            ModelRegistryAPIClient.connect("https://localhost", **options)


def test_an_encrypted_key_is_refused_and_asks_nobody(authority: Authority, tmp_path: Path):
    from cryptography.hazmat.primitives import serialization

    pair = write_pair(authority.issue_cert("ann@example.org"), tmp_path)
    key = serialization.load_pem_private_key(pair["client_key"].read_bytes(), None)
    pair["client_key"].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"password"),
        )
    )
    with pytest.raises(InvalidArgumentError, match="must not be encrypted"):
        ModelRegistryAPIClient.connect("https://localhost", **pair)


def test_an_empty_folder_is_refused(tmp_path: Path):
    with pytest.raises(InvalidArgumentError, match="holds no certificate"):
        ModelRegistryAPIClient.connect("https://localhost", ca=tmp_path)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"verify": False}, "verify=False is for https"),
        ({"client_cert": "/cert.pem"}, "client_cert='/cert.pem' is for https"),
        ({"ca": "/ca.pem"}, "ca='/ca.pem' is for https"),
    ],
)
def test_tls_settings_contradict_http(options, words):
    with pytest.raises(InvalidArgumentError, match=words):
        ModelRegistryAPIClient.connect("http://localhost", **options)


def test_an_authority_contradicts_not_checking(authority: Authority):
    with pytest.raises(InvalidArgumentError, match="leave one out"):
        ModelRegistryAPIClient.connect("https://localhost", ca=authority.text, verify=False)


def test_verify_takes_no_path():
    with pytest.raises(InvalidArgumentError, match="authorities go into ca"):
        ModelRegistryAPIClient.connect("https://localhost", verify="/ca.pem")
