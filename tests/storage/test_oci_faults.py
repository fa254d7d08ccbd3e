"""What goes wrong between us and a registry, and in a registry."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from model_registry import storage
from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.http import retries as retries_module
from model_registry.storage.oci import OCIStore, blob_upload
from model_registry.storage.oci.repository import Repository
from tests.support.folders import read_files, write_files
from tests.support.oci_registry import Faults, Registry, reply
from tests.support.servers import Reply, unused_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from model_registry.storage.http.response import StreamedResponse

SIZE = 3_000_000
KINDS = {"image": OCIStore(), "artifact": OCIStore(artifact=True)}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries_module, "wait", lambda attempt, asked: 0.0)


@pytest.fixture
def proxy(oci_registry: Registry) -> Iterator[Faults]:
    """A proxy before the registry."""
    with Faults(oci_registry) as proxy:
        yield proxy


@pytest.fixture(params=KINDS)
def store(request: pytest.FixtureRequest) -> OCIStore:
    return KINDS[request.param]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a file that no registry has yet."""
    return write_files(tmp_path / "source", {"model.bin": os.urandom(SIZE), "small": os.urandom(10)})


def upload(store: OCIStore, proxy: Faults, source: Path, **options: object) -> storage.Upload:
    return storage.upload(source, f"oci://{proxy.host}/faults:1", store=store, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("keeps", [False, True], ids=["forgets", "keeps"])
def test_an_upload_that_broke_goes_on(
    store: OCIStore, proxy: Faults, source: Path, tmp_path: Path, *, keeps: bool
) -> None:
    proxy.keeps_uploads = keeps
    proxy.cut_uploads = [2_000_000, 500_000]
    seen: list[storage.Progress] = []
    uploaded = upload(store, proxy, source, progress=seen.append)
    assert proxy.cut_uploads == []
    whole = [each for each in proxy.asked("PUT") if len(each.body) >= SIZE]
    assert len(whole) == 1, "what broke is sent in chunks"
    starts = [int(each.headers["content-range"].partition("-")[0]) for each in proxy.asked("PATCH")]
    assert starts[:2] == ([2_000_000, 2_500_000] if keeps else [0, 0])
    done = [each.done for each in seen]
    assert done == sorted(done)
    assert done[-1] == uploaded.size, "no byte counts twice"
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert read_files(back) == read_files(source)


def chunks(proxy: Faults) -> list[int]:
    return [len(each.body) for each in proxy.asked("PATCH")]


def test_10_chunks_shrink_until_they_pass_a_proxy_that_cuts(
    store: OCIStore, proxy: Faults, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blob_upload, "_CHUNKS", (2_000_000, 1_000_000, 400_000))
    proxy.cut_uploads = [700_000] * 100  # each longer request breaks
    uploaded = upload(store, proxy, source)
    assert len(proxy.cut_uploads) == 97, "the whole blob, 2 MB and 1 MB broke"
    assert [size for size in chunks(proxy) if size < 700_000][:7] == [400_000] * 7
    assert {each.headers["connection"] for each in proxy.asked("PATCH")} == {"close"}, (
        "a proxy may limit the bytes of a connection"
    )
    assert read_files(storage.download(uploaded.uri, tmp_path / "back")) == read_files(source)


def test_10_a_proxy_that_limits_requests(store: OCIStore, proxy: Faults, source: Path) -> None:
    proxy.instead = [("PUT", Reply(status=413, body=b"too large"))]
    (source / "small").unlink()
    upload(store, proxy, source)
    assert chunks(proxy)[0] == 1024 * 1024


def test_10_chunks_have_the_size_that_the_registry_asks_for(
    store: OCIStore, proxy: Faults, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = Repository.begin_upload

    def with_least(repository: Repository) -> StreamedResponse:
        response = begin(repository)
        response.headers["OCI-Chunk-Min-Length"] = "2000000"
        return response

    monkeypatch.setattr(Repository, "begin_upload", with_least)
    proxy.cut_uploads = [2_500_000]
    upload(store, proxy, source)
    assert chunks(proxy)[0] == 2_000_000


def test_10_a_registry_that_accepts_nothing_is_not_asked_for_ever(
    store: OCIStore, proxy: Faults, source: Path
) -> None:
    proxy.cut_uploads = [2_000_000]
    headers = {"Location": f"http://{proxy.host}/v2/faults/blobs/uploads/1", "Range": "0-1"}
    proxy.instead = [("PATCH", Reply(status=202, headers=headers, body=b""))] * 1000
    with pytest.raises(StorageError, match="did not accept a part"):
        upload(store, proxy, source)
    assert len(proxy.asked("PATCH")) < 50


def test_10_the_error_says_what_the_next_attempt_sends(store: OCIStore, proxy: Faults, source: Path) -> None:
    proxy.cut_uploads = [1000] * 100
    with pytest.raises(StorageError, match="this one is sent from its beginning") as caught:
        upload(store, proxy, source)
    assert "continues where it stopped" not in str(caught.value)


def test_an_upload_that_never_gets_on_fails(store: OCIStore, proxy: Faults, source: Path) -> None:
    proxy.instead = [("POST", reply(503, "UNAVAILABLE"))] * 100
    with pytest.raises(StorageError, match="503"):
        upload(store, proxy, source)
    assert len(proxy.asked("POST")) <= 2 * (retries_module.RETRIES + 1)


@pytest.mark.parametrize("status", [429, 500, 502, 503])
@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT"])
def test_a_registry_that_is_busy_is_asked_again(
    method: str, status: int, proxy: Faults, source: Path
) -> None:
    proxy.instead = [
        (method, Reply({}, status, {"Retry-After": "1"}, body=b"" if method == "HEAD" else None))
    ]
    upload(OCIStore(), proxy, source)
    assert proxy.instead == []


def test_a_download_goes_on_where_it_broke(
    store: OCIStore, proxy: Faults, source: Path, tmp_path: Path
) -> None:
    uploaded = upload(store, proxy, source)
    proxy.requests.clear()
    proxy.cut_downloads = [1_000_000, 1_000_000]
    back = storage.download(uploaded.uri, tmp_path / "back", expected=uploaded.digest)
    assert read_files(back) == read_files(source)
    starts = [each.headers["range"] for each in proxy.asked("GET", "/blobs/") if "range" in each.headers]
    assert len({each.split("-")[0] for each in starts}) >= 3, starts


def test_a_download_that_failed_is_resumed(
    store: OCIStore, proxy: Faults, source: Path, tmp_path: Path
) -> None:
    (source / "small").unlink()  # it would be fetched first, with its neighbours
    uploaded = upload(store, proxy, source)
    proxy.cut_downloads = [1_000_000, *[0] * 50]
    with pytest.raises(StorageError):
        storage.download(uploaded.uri, tmp_path / "back", concurrency=1)
    assert not (tmp_path / "back").exists()
    proxy.cut_downloads.clear()
    proxy.requests.clear()
    seen: list[storage.Progress] = []
    back = storage.download(uploaded.uri, tmp_path / "back", progress=seen.append)
    assert read_files(back) == read_files(source)
    ranges = [each.headers["range"] for each in proxy.asked("GET", "/blobs/") if "range" in each.headers]
    begins = [int(each.removeprefix("bytes=").split("-")[0]) for each in ranges]
    assert max(begins) >= 1_000_000, "what was there is not fetched again"


def test_a_tampered_blob(
    store: OCIStore, proxy: Faults, oci_registry: Registry, source: Path, tmp_path: Path
) -> None:
    uploaded = upload(store, proxy, source)
    manifest = inspect_plain(proxy, uploaded.uri)
    large = max(manifest["layers"], key=lambda layer: layer["size"])  # type: ignore[arg-type, index, call-overload]
    blob = oci_registry.blob(large["digest"])
    content = bytearray(blob.read_bytes())
    content[2_000_000] ^= 1
    blob.write_bytes(content)
    with pytest.raises(IntegrityError):
        storage.download(uploaded.uri, tmp_path / "back")
    assert not (tmp_path / "back").exists()
    blob.unlink()  # nobody else has this content


def inspect_plain(proxy: Faults, uri: str) -> dict[str, object]:
    from model_registry.storage.oci.image_reference import ImageReference

    reference = ImageReference.parse(uri)
    return OCIStore()._repository(reference).manifest(reference.target).json


@pytest.mark.parametrize("part", ["manifest", "config"])
def test_tampered_documents(
    part: str, proxy: Faults, oci_registry: Registry, source: Path, tmp_path: Path
) -> None:
    uploaded = upload(OCIStore(), proxy, source)
    digest = uploaded.uri.rpartition("@")[2]
    if part == "config":
        digest = inspect_plain(proxy, uploaded.uri)["config"]["digest"]  # type: ignore[index]
    blob = oci_registry.blob(digest)
    blob.write_bytes(blob.read_bytes().replace(b"linux", b"minux").replace(b"tar", b"rat"))
    with pytest.raises(StorageError):
        storage.list_files(uploaded.uri)
    blob.unlink()


def test_a_blob_that_is_gone(proxy: Faults, oci_registry: Registry, source: Path, tmp_path: Path) -> None:
    uploaded = upload(OCIStore(), proxy, source)
    (layer,) = inspect_plain(proxy, uploaded.uri)["layers"]  # type: ignore[misc]
    oci_registry.blob(layer["digest"]).unlink()
    with pytest.raises(StorageNotFoundError):
        storage.download(uploaded.uri, tmp_path / "back")


def test_nobody_listens(source: Path) -> None:
    port = unused_port()
    with pytest.raises(StorageError, match=f"{port}.*refused"):
        storage.upload(source, f"oci://127.0.0.1:{port}/x:1")


def test_what_is_no_registry(proxy: Faults, source: Path) -> None:
    proxy.instead = [("GET", Reply(status=200, body=b"<html>log in</html>", headers={}))]
    with pytest.raises(StorageError, match="not a JSON"):
        storage.list_files(f"oci://{proxy.host}/x:1")


def test_a_stopped_upload_ends_and_leaves_no_tag(proxy: Faults, source: Path) -> None:
    transfer = storage.Transfer(progress=lambda _: transfer.stop())
    uri = f"oci://{proxy.host}/stopped:1"
    with pytest.raises(StorageError, match="stopped"):
        storage.upload(source, uri, transfer=transfer)
    with pytest.raises(StorageNotFoundError):
        storage.list_files(uri)


def test_a_file_that_changes_meanwhile(proxy: Faults, source: Path) -> None:
    changed = threading.Event()

    def change(_: storage.Progress) -> None:
        if not changed.is_set():
            changed.set()
            (source / "model.bin").write_bytes(os.urandom(SIZE))

    with pytest.raises(StorageError):
        upload(OCIStore(), proxy, source, progress=change)
    assert changed.is_set()
