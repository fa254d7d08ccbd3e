"""What goes wrong on the way, and what is left of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from model_registry import storage
from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage import StoredFile
from tests.support.folders import read_files, sha256, write_files
from tests.support.memory_store import MemoryStore
from tests.support.range_server import RangeServer

ROOT = Path(__file__).parents[2]
CONTENT = os.urandom(10_000)


def run(code: str, *arguments: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    """Run a program in an interpreter of its own."""
    command = [sys.executable, "-W", "error", "-c", code, *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=check, timeout=60)


FULL = """
import resource, sys
from model_registry import storage
from model_registry.exceptions import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
try:
    storage.download(sys.argv[1], sys.argv[2])
except StorageError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no limits of this kind")
def test_disk_full(web: RangeServer, tmp_path: Path) -> None:
    content = web.files["model.onnx"] = os.urandom(3_000_000)
    printed = run(FULL, f"{web.url}/model.onnx", tmp_path).stdout
    assert "There is no space for model.onnx on this disk" in printed
    assert [path.name for path in tmp_path.iterdir()] == [".model.onnx.partial"]
    web.requests.clear()
    assert storage.download(f"{web.url}/model.onnx", tmp_path).read_bytes() == content
    (asked,) = web.asked_for
    assert asked is not None
    assert 1_000_000 < int(asked.removeprefix("bytes=").removesuffix("-")) <= 1_500_000


@pytest.mark.parametrize(
    "path", ["../evil", "/tmp/evil", "x/../../evil", "C:/evil", "..\\evil", "a\0b", ".", ""]
)
def test_a_store_that_names_files_elsewhere(tmp_path: Path, path: str) -> None:
    store = MemoryStore({path: b"evil"}, says=[StoredFile("good", 4), StoredFile(path, 4)])
    with pytest.raises(StorageError, match="is not allowed"):
        storage.download("memory://x", tmp_path / "back", store=store)
    assert list(tmp_path.iterdir()) == []
    assert store.fetched == []


def test_a_store_that_sends_more_than_it_said(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT}, says=[StoredFile("x", 10)])
    with pytest.raises(StorageError, match="x has 10 bytes, but the store sent more"):
        storage.download("memory://x", tmp_path / "back", store=store)


def test_a_store_that_sends_less_than_it_said(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT}, says=[StoredFile("x", 10_001, version="1")])
    with pytest.raises(StorageError, match="x ended after 10000 of 10001 bytes"):
        storage.download("memory://x", tmp_path / "back", store=store)


def test_a_store_whose_errors_are_not_ours(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT})
    store.fail_at = 1
    with pytest.raises(StorageError, match=r"cannot be downloaded .* cut"):
        storage.download("memory://x", tmp_path / "back", store=store, concurrency=1)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_goes_on_with_the_file_that_broke(tmp_path: Path) -> None:
    store = MemoryStore({f"{number}": CONTENT for number in range(5)})
    store.fail_at = 27  # each file has ten parts
    transfer = storage.Transfer(concurrency=1)
    with pytest.raises(StorageError):
        storage.download("memory://x", tmp_path / "back", store=store, transfer=transfer)
    assert [path.name for path in tmp_path.iterdir()] == [".back.partial"]
    store.fetched.clear()
    seen: list[storage.Progress] = []
    storage.download("memory://x", tmp_path / "back", store=store, progress=seen.append)
    assert sorted(store.fetched) == [("2", 6000), ("3", 0), ("4", 0)]
    assert read_files(tmp_path) == {f"back/{path}": content for path, content in store.files.items()}
    assert seen[-1] == storage.Progress(50_000, 50_000, 5, 5)


def test_14_12_parts_that_came_ahead_are_not_fetched_again(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT}, order=[0, 1000, 5000, 9000, 2000, 3000], part=1000)
    store.fail_at = 6
    transfer = storage.Transfer(concurrency=1)
    with pytest.raises(StorageError):
        storage.download("memory://x", tmp_path / "back", store=store, transfer=transfer)
    kept = read_files(tmp_path)[".back.partial/files/x"]
    assert (kept[:3000], kept[5000:6000], kept[9000:]) == (CONTENT[:3000], CONTENT[5000:6000], CONTENT[9000:])
    store.order = [3000, 4000, 6000, 7000, 8000]
    storage.download("memory://x", tmp_path / "back", store=store, expected_files={"x": sha256(CONTENT)})
    assert store.fetched[1:] == [("x", 3000)]


def test_14_12_files_of_the_right_whole_are_not_fetched_again(tmp_path: Path) -> None:
    store = MemoryStore({"a": CONTENT, "b": CONTENT[::-1], "c/d": b"d"})
    uploaded = storage.upload(write_files(tmp_path / "source", store.files), "m://x", store=store)

    def fetched() -> list[str]:
        store.fetched.clear()
        storage.download("m://x", tmp_path / "back", store=store, expected=uploaded.digest, overwrite=True)
        assert read_files(tmp_path / "back") == store.files
        return sorted(path for path, _ in store.fetched)

    assert fetched() == ["a", "b", "c/d"]
    assert fetched() == []
    (tmp_path / "back" / "b").unlink()
    assert fetched() == ["b"]
    (tmp_path / "back" / "b").unlink()
    (tmp_path / "back" / "a").write_bytes(b"!" * len(CONTENT))
    assert fetched() == ["a", "b", "c/d"], "one of the right size is not the right one"
    (tmp_path / "back" / "c" / "d").write_bytes(b"longer")
    assert fetched() == ["c/d"]


def test_14_12_a_file_of_the_same_size_is_not_replaced_unasked(tmp_path: Path) -> None:
    store = MemoryStore({"a": b"a", "b": b"b"})
    digest = storage.digest("m://x", store=store)
    back = write_files(tmp_path / "back", {"a": b"!"})
    with pytest.raises(StorageError, match="exists with other content"):
        storage.download("m://x", back, store=store, expected=digest)
    assert (back / "a").read_bytes() == b"!"


def test_what_was_kept_and_is_no_good_is_fetched_again(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT})
    store.fail_at = 6
    wanted = {"x": sha256(CONTENT)}
    with pytest.raises(StorageError):
        storage.download("m://x", tmp_path / "back", store=store, expected_files=wanted, concurrency=1)
    kept = tmp_path / ".back.partial" / "files" / "x"
    kept.write_bytes(b"!" + kept.read_bytes()[1:])
    storage.download("m://x", tmp_path / "back", store=store, expected_files=wanted)
    assert store.fetched[1:] == [("x", 5000), ("x", 0)]
    assert read_files(tmp_path) == {"back/x": CONTENT}


KILLED = """
import os, sys
sys.path.insert(0, ".")
from model_registry import storage
from tests.support.memory_store import MemoryStore
order = [int(place) for place in sys.argv[2].split(",")]
content = bytes(range(100)) * 100
store = MemoryStore({"x": content}, order=order)
transfer = storage.Transfer(concurrency=1, progress=lambda now: now.done >= 6000 and os.kill(os.getpid(), 9))
storage.download("m://x", sys.argv[1], store=store, transfer=transfer)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize(
    ("order", "begin"), [("0,1000,2000,3000,4000,5000", 6000), ("0,1000,5000,2000,9000,8000", 2000)]
)
def test_a_killed_process_leaves_what_can_be_gone_on_with(tmp_path: Path, order: str, begin: int) -> None:
    done = run(KILLED, tmp_path / "back", order, check=False)
    assert done.returncode == -9, done.stderr
    assert not (tmp_path / "back").exists()
    content = bytes(range(100)) * 100
    store = MemoryStore({"x": content})
    back = storage.download("m://x", tmp_path / "back", store=store, expected_files={"x": sha256(content)})
    assert read_files(back) == {"x": content}
    assert store.fetched == [("x", begin)]
    assert [path.name for path in tmp_path.iterdir()] == ["back"]


INTERRUPTED = """
import sys
from model_registry import storage
storage.download(sys.argv[1], sys.argv[2], progress=lambda now: now.done and print(now.done, flush=True))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_ctrl_c_ends_it(tmp_path: Path) -> None:
    write_files(tmp_path / "source", {str(number): b"x" * 5_000_000 for number in range(50)})
    command = [sys.executable, "-c", INTERRUPTED, tmp_path / "source", tmp_path / "back"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        others, said = process.communicate(timeout=60)
    assert said.rstrip().endswith(b"KeyboardInterrupt")
    assert int((first + others).split()[-1]) < 250_000_000
    assert not (tmp_path / "back").exists()


def test_stop_from_another_thread(tmp_path: Path) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def tell(now: storage.Progress) -> None:
        if now.done:
            reached.set()
            go_on.wait(30)

    store = MemoryStore({str(number): CONTENT for number in range(20)})
    transfer = storage.Transfer(concurrency=4, progress=tell)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(storage.download, "m://x", tmp_path / "back", store=store, transfer=transfer)
        assert reached.wait(30)
        transfer.stop()
        go_on.set()
        with pytest.raises(StorageError, match="was stopped"):
            running.result(30)
    assert len(store.fetched) < 20
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize("single", [True, False])
def test_two_downloads_to_one_place(tmp_path: Path, single: bool) -> None:
    files = {"x": CONTENT} if single else {str(number): CONTENT for number in range(20)}
    digests = {path: sha256(content) for path, content in files.items()}
    store = MemoryStore(
        files,
        says=[StoredFile(path, len(CONTENT), digest, single=single) for path, digest in digests.items()],
    )
    together = threading.Barrier(2)

    def download() -> Path:
        together.wait(30)
        return storage.download("m://x", tmp_path / "back", store=store)

    with ThreadPoolExecutor(2) as pool:
        places = [running.result(60) for running in [pool.submit(download) for _ in range(2)]]
    assert places[0] == places[1]
    assert sorted(store.fetched) == sorted((path, 0) for path in files), "each file was fetched once"
    assert read_files(tmp_path) == {f"back/{path}": content for path, content in files.items()}


@pytest.mark.slow
def test_ten_thousand_small_files(tmp_path: Path) -> None:
    files = {f"{number % 100}/{number}.bin": b"%d" % number for number in range(10_000)}
    uploaded = storage.upload(write_files(tmp_path / "source", files), str(tmp_path / "store"))
    assert len(uploaded.files) == 10_000
    assert read_files(storage.download(uploaded.uri, tmp_path / "b", expected=uploaded.digest)) == files


MEASURED = """
import json, resource, sys
from model_registry import storage
import model_registry.storage.uploading, model_registry.storage.downloading.streaming
import model_registry.storage.web
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
source, there, back, uri = sys.argv[1:]
before = peak()
uploaded = storage.upload(source, there)
storage.download(there, back, expected=uploaded.digest)
storage.download(uri, back + "2", expected=uploaded.digest)
with storage.open(there) as file:
    file.seek(-1, 2)
    file.read()
print(peak() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
@pytest.mark.slow
def test_memory_is_bounded(tmp_path: Path) -> None:
    with (tmp_path / "source").open("wb") as file:
        file.truncate(128 * 1024 * 1024)
    with RangeServer() as web:
        web.files["source"] = (tmp_path / "source").read_bytes()
        done = run(MEASURED, *(tmp_path / name for name in ("source", "there", "back")), f"{web.url}/source")
    assert int(done.stdout) < 64
    for name in ("there", "back/there", "back2/source"):
        (tmp_path / name).unlink()


def test_expected_files_are_all_and_no_others(tmp_path: Path) -> None:
    store = MemoryStore({"a": b"a", "b": b"b"})
    good = {"a": sha256(b"a"), "b": sha256(b"b")}
    for wanted, text in (
        ({"a": good["a"]}, "'b' is not expected"),
        ({**good, "c": good["a"]}, "'c' is missing"),
        ({**good, "b": good["a"]}, "b of m://x does not have the expected digest"),
    ):
        with pytest.raises(IntegrityError, match=text):
            storage.download("m://x", tmp_path / "back", store=store, expected_files=wanted)
    assert not (tmp_path / "back").exists()
    storage.download("m://x", tmp_path / "back", store=store, expected_files=good)


def test_a_missing_file_leaves_nothing(tmp_path: Path) -> None:
    store = MemoryStore({}, says=[StoredFile("x", 4)])
    with pytest.raises(StorageNotFoundError):
        storage.download("m://x", tmp_path / "back", store=store)
    assert list(tmp_path.iterdir()) == []


def test_reading_a_file_whose_source_breaks(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT})
    store.fail_at = 6
    with (
        storage.open("m://x", store=store) as file,
        pytest.raises(StorageError, match="cannot be read: cut"),
    ):
        file.read()
    with storage.open("m://x", store=store) as file:
        assert file.read() == CONTENT


def test_a_file_that_is_closed_early_is_not_fetched_on(tmp_path: Path) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(MemoryStore):
        def _part(self, content: bytes, place: int, target: storage.IncomingFile) -> None:
            super()._part(content, place, target)
            if place >= 2000:
                begun.set()
                assert go_on.wait(30)

    store = Slow({"x": CONTENT * 10})
    before = threading.active_count()
    file = storage.open("m://x", store=store)
    assert file.read(1)
    assert begun.wait(30)
    threading.Timer(0.01, go_on.set).start()
    file.close()
    assert store.parts < 100
    assert threading.active_count() <= before + 1  # the timer may be ending


def test_identities_that_were_damaged(tmp_path: Path) -> None:
    store = MemoryStore({"x": CONTENT})
    for damaged in (b"", b"{", b"[]", json.dumps({"x": 7}).encode(), b'{"x": []}'):
        partial = write_files(tmp_path / ".back.partial", {"identities.json": damaged, "files/x": b"!!"})
        storage.download("m://x", tmp_path / "back", store=store, overwrite=True)
        assert read_files(tmp_path) == {"back/x": CONTENT}
        assert not partial.exists()
        (tmp_path / "back" / "x").unlink()
        (tmp_path / "back").rmdir()
