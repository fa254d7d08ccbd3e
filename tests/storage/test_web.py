"""Files of web servers."""

from __future__ import annotations

import base64
import gzip
import os
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from model_registry import storage
from model_registry.exceptions import (
    IntegrityError,
    InvalidArgumentError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.storage import web as web_module
from model_registry.storage.http import retries as retries_module
from tests.support.folders import read_files, sha256, write_files
from tests.support.range_server import RangeServer, Served
from tests.support.servers import CannedServer, Reply, unused_port

if TYPE_CHECKING:
    from pathlib import Path

CONTENT = os.urandom(3_000_000)
NAME = "fraud v1 ünïcode.onnx"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries_module, "wait", lambda attempt, asked: 0.0)


@pytest.fixture
def uri(web: RangeServer) -> str:
    """URI of one file on the server."""
    web.files[f"models/{NAME}"] = CONTENT
    return f"{web.url}/models/fraud%20v1%20%C3%BCn%C3%AFcode.onnx"


def test_download(uri: str, web: RangeServer, tmp_path: Path) -> None:
    file = storage.download(uri, tmp_path / "back", expected=sha256(CONTENT))
    assert file == tmp_path / "back" / NAME
    assert read_files(tmp_path / "back") == {NAME: CONTENT}
    assert web.asked_for == [None]
    storage.download(uri, tmp_path / "back", expected=sha256(CONTENT))
    assert web.asked_for == [None], "what is there is not fetched again"


def test_list(uri: str, web: RangeServer) -> None:
    (file,) = storage.list_files(uri)
    assert (file.path, file.size, file.single) == (NAME, len(CONTENT), True)
    assert file.version is not None
    assert web.sent == 1


@pytest.mark.parametrize("ranges", [True, False])
def test_empty_file(web: RangeServer, tmp_path: Path, ranges: bool) -> None:
    web.files["empty"], web.ranges = b"", ranges
    assert storage.download(f"{web.url}/empty", tmp_path).read_bytes() == b""


@pytest.mark.parametrize("cuts", [[1_000_000], [500_000, 2_000_000, 2_900_001]], ids=str)
def test_a_cut_connection_goes_on_where_it_broke(
    uri: str, web: RangeServer, tmp_path: Path, cuts: list[int]
) -> None:
    web.cut_at = list(cuts)
    assert storage.download(uri, tmp_path / "back").read_bytes() == CONTENT
    assert web.asked_for == [None, *[f"bytes={cut}-" for cut in cuts]]
    assert web.sent == 1 + len(CONTENT), "no byte came twice"


def test_attempts_end_and_the_next_call_goes_on(uri: str, web: RangeServer, tmp_path: Path) -> None:
    web.cut_at = [1_000_000] * (retries_module.RETRIES + 2)
    with pytest.raises(StorageError, match="Try again later: it continues where it stopped"):
        storage.download(uri, tmp_path / "back")
    assert web.sent == 1 + 1_000_000
    assert [path.name for path in (tmp_path / "back").iterdir()] == [f".{NAME}.partial"]
    web.cut_at = []
    web.requests.clear()
    assert storage.download(uri, tmp_path / "back").read_bytes() == CONTENT
    assert web.asked_for == ["bytes=1000000-"]
    assert web.sent == 1 + 1 + len(CONTENT)
    assert read_files(tmp_path / "back") == {NAME: CONTENT}


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> list[str | None]:
    """Have files fetched in parts of this size; which they are."""
    monkeypatch.setattr(web_module, "_PART", 250_000)
    return [f"bytes={begin}-{begin + 249_999}" for begin in range(0, len(CONTENT), 250_000)]


def test_parts_at_once(uri: str, web: RangeServer, tmp_path: Path, parts: list[str | None]) -> None:
    assert storage.download(uri, tmp_path, expected=sha256(CONTENT)).read_bytes() == CONTENT
    assert sorted(map(str, web.asked_for)) == sorted(map(str, parts))
    assert web.sent == 1 + len(CONTENT)
    assert 2 <= web.connections <= 9


def test_parts_that_are_cut_go_on(
    uri: str, web: RangeServer, tmp_path: Path, parts: list[str | None]
) -> None:
    web.cut_at = [100_000, 1_100_000, 2_900_000]
    assert storage.download(uri, tmp_path, expected=sha256(CONTENT)).read_bytes() == CONTENT
    assert len(web.asked_for) > len(parts)
    assert web.sent == 1 + len(CONTENT), "no byte came twice"


def test_parts_of_another_version(
    uri: str, web: RangeServer, tmp_path: Path, parts: list[str | None]
) -> None:
    listed = storage.list_files(uri)
    web.files[f"models/{NAME}"] = CONTENT[::-1]
    store = storage.HTTPStore()
    store.list_files = lambda uri: listed  # type: ignore[method-assign]  # what it was a moment ago
    with pytest.raises(StorageError, match="changed during the download"):
        storage.download(uri, tmp_path, store=store)
    assert read_files(tmp_path) == {}


def test_no_parts_without_ranges(uri: str, web: RangeServer, tmp_path: Path, parts: list[str | None]) -> None:
    web.ranges = False
    assert storage.download(uri, tmp_path).read_bytes() == CONTENT
    assert web.asked_for == [None]


def interrupt(uri: str, web: RangeServer, directory: Path) -> None:
    web.cut_at = [1_000_000] * (retries_module.RETRIES + 2)
    with pytest.raises(StorageError):
        storage.download(uri, directory)
    web.cut_at = []
    web.requests.clear()


def test_a_source_that_changed_between_attempts_is_fetched_afresh(
    uri: str, web: RangeServer, tmp_path: Path
) -> None:
    interrupt(uri, web, tmp_path)
    other = web.files[f"models/{NAME}"] = os.urandom(len(CONTENT))
    assert storage.download(uri, tmp_path).read_bytes() == other
    assert web.asked_for == [None]


def test_a_source_that_changes_meanwhile_is_an_error(uri: str, web: RangeServer, tmp_path: Path) -> None:
    transfer = storage.Transfer(progress=lambda now: now.done and change())

    def change() -> None:
        web.files[f"models/{NAME}"] = CONTENT[::-1]

    web.cut_at = [1_000_000]
    with pytest.raises(StorageError, match="changed during the download"):
        storage.download(uri, tmp_path, transfer=transfer)


@pytest.mark.parametrize(("ranges", "tags"), [(False, True), (True, False)])
def test_servers_without_ranges_or_versions_are_asked_for_all_again(
    uri: str, web: RangeServer, tmp_path: Path, ranges: bool, tags: bool
) -> None:
    web.ranges, web.tags, web.cut_at = ranges, tags, [1_000_000] * (1 if ranges else 2)
    seen: list[int] = []
    file = storage.download(uri, tmp_path, progress=lambda now: seen.append(now.done))
    assert file.read_bytes() == CONTENT
    assert seen[-1] == len(CONTENT)
    assert 1_000_000 in seen


def test_tampered_file(uri: str, web: RangeServer, tmp_path: Path) -> None:
    web.files[f"models/{NAME}"] = CONTENT[:-1] + bytes([CONTENT[-1] ^ 1])
    with pytest.raises(IntegrityError, match="digest"):
        storage.download(uri, tmp_path / "back", expected=sha256(CONTENT))
    assert read_files(tmp_path) == {}


@pytest.mark.parametrize("status", ["500 Oops", "429 Slow Down", "503 Busy"])
def test_passing_failures_are_tried_again(uri: str, web: RangeServer, tmp_path: Path, status: str) -> None:
    web.instead = [Served(status, ("Retry-After: 1",)), Served(status)]
    assert storage.download(uri, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        ("401 Who", StorageAccessError, "status 401: the credentials are missing, expired"),
        ("403 No", StorageAccessError, "status 403"),
        ("404 What", StorageNotFoundError, "does not exist"),
        ("418 Teapot", StorageError, "status 418"),
    ],
)
def test_lasting_failures(
    uri: str, web: RangeServer, tmp_path: Path, status: str, error: type[StorageError], text: str
) -> None:
    web.instead = [Served(status, (), b"secret-answer")]
    with pytest.raises(error, match=text) as raised:
        storage.download(f"{uri}?signature=secret#secret", tmp_path)
    assert len(web.requests) == 1
    assert "secret" not in str(raised.value)
    assert list(tmp_path.iterdir()) == []


def test_a_login_page_is_no_model(web: RangeServer, tmp_path: Path) -> None:
    web.files["model.onnx"] = web.files["card.html"] = b"<html>Log in"
    web.headers = ["Content-Type: text/html; charset=utf-8"]
    with pytest.raises(StorageAccessError, match="login page"):
        storage.download(f"{web.url}/model.onnx", tmp_path)
    storage.download(f"{web.url}/card.html", tmp_path)


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({"token": "s3cret"}, "Bearer s3cret"),
        ({"user": "ann", "password": "s3cret"}, "Basic " + base64.b64encode(b"ann:s3cret").decode()),
    ],
    ids=["token", "password"],
)
def test_credentials_go_to_their_host_alone(
    uri: str, web: RangeServer, tmp_path: Path, options: dict[str, str], sent: str
) -> None:
    with RangeServer() as first:
        first.instead = [Served("302 Found", (f"Location: {uri}",)) for _ in range(2)]
        store = storage.HTTPStore(**options)  # type: ignore[arg-type]
        storage.download(f"{first.url}/{NAME}", tmp_path, store=store)
    assert [request.headers["authorization"] for request in first.requests] == [sent, sent]
    assert ["authorization" in request.headers for request in web.requests] == [False, False]
    assert "s3cret" not in repr(store) + str(vars(store))


@pytest.mark.parametrize(
    ("options", "header", "sent"),
    [
        ({"user": "jörg", "password": "p\U0001f600\n"}, "authorization", "jörg:p\U0001f600"),
        ({"headers": {"X-Team": "Größe\U0001f600"}}, "x-team", "Größe\U0001f600"),
    ],
    ids=["password", "header"],
)
def test_15_4_credentials_are_sent_as_utf_8(
    web: RangeServer, tmp_path: Path, options: dict[str, Any], header: str, sent: str
) -> None:
    web.files["x"] = b"x"
    storage.download(f"{web.url}/x", tmp_path, store=storage.HTTPStore(**options))
    value = web.requests[0].headers[header]
    if header == "authorization":
        assert base64.b64decode(value.removeprefix("Basic ")).decode() == sent
    else:
        assert value.encode("latin-1").decode() == sent


@pytest.mark.parametrize("password", ["pw\nX-Other: 1", "pw\0", "pw\ud800"])
def test_15_4_passwords_that_cannot_be_sent(password: str) -> None:
    with pytest.raises(InvalidArgumentError, match="user and password must not contain") as raised:
        storage.HTTPStore(user="ann", password=password)
    assert "pw" not in str(raised.value).replace("password", "")


def test_redirects_that_never_end(web: RangeServer, tmp_path: Path) -> None:
    web.instead = [Served("302 Found", ("Location: /x",)) for _ in range(20)]
    with pytest.raises(StorageError, match="redirects more than 10 times"):
        storage.download(f"{web.url}/x", tmp_path)


@pytest.mark.parametrize("location", ["file:///etc/passwd", "ftp://x/y", "", "http://[::1/x"])
def test_redirects_to_elsewhere(web: RangeServer, tmp_path: Path, location: str) -> None:
    web.instead = [Served("302 Found", (f"Location: {location}",))]
    with pytest.raises(StorageError, match="not to an HTTP address"):
        storage.download(f"{web.url}/x", tmp_path)


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        ("http://ann:s3cret@models.example.org/x", "HTTPStore"),
        ("http://models.example.org/folder/", "names no file"),
        ("http://models.example.org", "names no file"),
        ("http://[::1/x", "not an? (valid )?address"),
        ("http://models.example.org:99999999/x", "not an? (valid )?address"),
    ],
)
def test_bad_addresses(uri: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidArgumentError, match=text) as raised:
        storage.download(uri, tmp_path)
    assert "s3cret" not in str(raised.value)


def test_names_that_climb(web: RangeServer, tmp_path: Path) -> None:
    web.files["x/../../evil"] = web.files[".."] = b"evil"
    for path in ("%2e%2e", "x/%2e%2e%2f%2e%2e%2fevil"):
        with pytest.raises(StorageError, match="not allowed"):
            storage.download(f"{web.url}/{path}", tmp_path / "back")
    assert list(tmp_path.iterdir()) == []


def test_uploads_are_refused(web: RangeServer, tmp_path: Path) -> None:
    write_files(tmp_path, {"x": b"x"})
    with pytest.raises(InvalidArgumentError, match="read-only"):
        storage.upload(tmp_path / "x", f"{web.url}/x?token=s3cret")
    assert web.requests == []


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match=r"Connection refused.* attempt 5"):
        storage.download(f"http://127.0.0.1:{unused_port()}/x", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_proxy_of_the_environment(
    uri: str, web: RangeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with CannedServer() as proxy:
        proxy.reply = Reply(body=CONTENT, headers={"Content-Type": "application/octet-stream"})
        monkeypatch.setenv("http_proxy", f"http://ann:s3cret@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        assert storage.download("http://models.example.org/x", tmp_path).read_bytes() == CONTENT
    asked = {request.target for request in proxy.requests}
    assert asked == {"http://models.example.org/x"}
    assert proxy.requests[0].headers["proxy-authorization"].startswith("Basic ")


def test_tls(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    with RangeServer(context) as server:
        server.files["x"] = CONTENT
        server.cut_at = [1_000_000]
        store = storage.HTTPStore(ca=authority.cert_pem.bytes().decode())
        assert storage.download(f"{server.url}/x", tmp_path, store=store).read_bytes() == CONTENT
        with pytest.raises(StorageError, match=r"certificate of 127\.0\.0\.1 is not valid"):
            storage.list_files(f"{server.url}/x")


def test_open(uri: str, web: RangeServer) -> None:
    web.cut_at = [1_000_000]
    with storage.open(uri, expected=sha256(CONTENT)) as file:
        assert file.read(10) == CONTENT[:10]
        file.seek(-10, os.SEEK_END)
        assert file.read() == CONTENT[-10:]
        file.seek(0)
        assert file.read() == CONTENT
    with storage.open(uri, expected=sha256(b"other")) as file, pytest.raises(IntegrityError):
        file.read()


def test_digest(uri: str) -> None:
    assert storage.digest(uri) == sha256(CONTENT)


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate", "zstd", "identity, GZIP", "x-model"])
def test_14_13_a_file_in_an_encoding_is_refused(
    uri: str, web: RangeServer, tmp_path: Path, coding: str
) -> None:
    web.headers.append(f"Content-Encoding: {coding}")
    with pytest.raises(StorageError, match="not the file itself") as caught:
        storage.download(uri, tmp_path / "back")
    assert coding.rpartition(" ")[2].lower() in str(caught.value)
    with pytest.raises(StorageError, match="not the file itself"):
        storage.digest(uri)
    assert not (tmp_path / "back").exists()


def test_14_13_an_encoding_that_comes_later_is_refused(uri: str, web: RangeServer, tmp_path: Path) -> None:
    store = storage.HTTPStore()
    files = store.list_files(uri)
    web.headers.append("Content-Encoding: gzip")
    store.list_files = lambda _: files  # type: ignore[method-assign]
    with pytest.raises(StorageError, match="not the file itself"):
        storage.download(uri, tmp_path / "back", store=store)
    assert read_files(tmp_path / "back") == {}


@pytest.mark.parametrize(
    ("name", "coding"), [("model.tar.gz", "x-gzip"), ("m.TGZ", "gzip"), ("model.bin", "identity")]
)
def test_14_13_encodings_that_are_the_file(web: RangeServer, tmp_path: Path, name: str, coding: str) -> None:
    web.files[name] = content = gzip.compress(b"weights")
    web.headers.append(f"Content-Encoding: {coding}")
    assert storage.download(f"{web.url}/{name}", tmp_path).read_bytes() == content
