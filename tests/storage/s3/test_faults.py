"""What breaks on the way to S3: repeated, resumed, or told in one clear error."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from model_registry import storage
from model_registry.exceptions import StorageAccessError, StorageError, StorageNotFoundError
from model_registry.storage import S3Store
from tests.support.folders import FILES, read_files, sha256, write_files
from tests.support.range_server import RangeServer, Served
from tests.support.s3_faults import Fault, FaultyS3, Seen
from tests.support.s3_server import BUCKET, KEY, READER, READER_SECRET, SECRET

if TYPE_CHECKING:
    from pathlib import Path

MIB = 1024 * 1024
TOKEN = "a-very-secret-session-token"


@pytest.fixture
def big(tmp_path: Path) -> Path:
    """A file of some parts."""
    path = tmp_path / "big"
    path.write_bytes(os.urandom(MIB) * 18 + b"end")
    return path


def is_part(seen: Seen) -> bool:
    return seen.method == "PUT" and "partNumber" in seen.target


def is_data(seen: Seen) -> bool:
    return seen.method == "GET" and "list-type" not in seen.target


def assert_no_secrets(error: BaseException) -> None:
    """Look at all that can be printed of an error, with what it is attached to."""
    text = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__  # type: ignore[assignment]
        text += repr(error)
    for secret in (SECRET, READER_SECRET, TOKEN):
        assert secret not in text


@pytest.mark.parametrize(
    "fault",
    [Fault(cut_request=1 * MIB), Fault(answer=(503, "SlowDown")), Fault(answer=(500, "InternalError"))],
    ids=["cut", "503", "500"],
)
def test_part_is_sent_again(fault: Fault, big: Path, proxy: FaultyS3, broken: S3Store, client: Any) -> None:
    proxy.first(2, fault, is_part)
    storage.upload(big, f"s3://{BUCKET}/again/big", store=broken)
    assert client.get_object(Bucket=BUCKET, Key="again/big")["Body"].read() == big.read_bytes()
    assert sum(map(is_part, proxy.seen)) == 4 + 2


def test_small_file_is_sent_again(tmp_path: Path, proxy: FaultyS3, broken: S3Store, client: Any) -> None:
    proxy.first(1, Fault(cut_request=10))
    storage.upload(write_files(tmp_path / "a", {"x": b"weights" * 100}), f"s3://{BUCKET}/small", store=broken)
    assert client.get_object(Bucket=BUCKET, Key="small/x")["Body"].read() == b"weights" * 100


@pytest.mark.skipif(sys.version_info < (3, 11), reason="obstore 0.11, the last for Python 3.10, leaves them")
def test_upload_that_fails_leaves_no_parts(big: Path, proxy: FaultyS3, broken: S3Store, client: Any) -> None:
    proxy.choose = lambda seen: Fault(answer=(403, "AccessDenied")) if "partNumber=3" in seen.target else None
    with pytest.raises(StorageAccessError, match="denies access"):
        storage.upload(big, f"s3://{BUCKET}/failed/big", store=broken)
    left = client.list_multipart_uploads(Bucket=BUCKET, Prefix="failed/").get("Uploads", [])
    assert left == []
    assert "Contents" not in client.list_objects_v2(Bucket=BUCKET, Prefix="failed/")


def test_stopped_upload_leaves_no_parts(big: Path, store: S3Store, client: Any) -> None:
    transfer = storage.Transfer(progress=lambda now: transfer.stop() if now.done > 7 * MIB else None)
    with pytest.raises(StorageError, match="was stopped"):
        storage.upload(big, f"s3://{BUCKET}/stopped/big", store=store, transfer=transfer)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET, Prefix="stopped/")


def test_failure_of_the_callback_is_raised_as_it_is(big: Path, store: S3Store) -> None:
    def fail(_: object) -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        storage.upload(big, f"s3://{BUCKET}/callback/big", store=store, progress=fail)


def test_download_goes_on_where_it_broke(
    big: Path, proxy: FaultyS3, broken: S3Store, client: Any, tmp_path: Path
) -> None:
    client.upload_file(str(big), BUCKET, "resumed/big")
    proxy.first(3, Fault(cut_answer=1 * MIB), is_data)
    back = storage.download(
        f"s3://{BUCKET}/resumed/big", tmp_path / "back", store=broken, expected=sha256(big.read_bytes())
    )
    assert back.read_bytes() == big.read_bytes()
    ranges = [seen.headers.get("range") for seen in proxy.seen if is_data(seen)]
    assert len(ranges) == 6
    assert len(set(ranges)) == 6, "none was asked for twice from its beginning"


def test_second_download_goes_on(
    big: Path, proxy: FaultyS3, broken: S3Store, client: Any, tmp_path: Path
) -> None:
    client.upload_file(str(big), BUCKET, "later/big")
    proxy.choose = lambda seen: (
        Fault(answer=(403, "ExpiredToken")) if "bytes=16" in seen.headers.get("range", "") else None
    )
    with pytest.raises(StorageAccessError, match="have expired"):
        storage.download(f"s3://{BUCKET}/later/big", tmp_path / "back", store=broken)
    assert not (tmp_path / "back").exists() or not list((tmp_path / "back").glob("big"))
    proxy.choose = lambda _: None
    proxy.seen.clear()
    storage.download(f"s3://{BUCKET}/later/big", tmp_path / "back", store=broken)
    assert (tmp_path / "back" / "big").read_bytes() == big.read_bytes()
    starts = [int(seen.headers["range"][6:].split("-")[0]) for seen in proxy.seen if is_data(seen)]
    assert min(starts) >= 8 * MIB


def test_file_that_changes_meanwhile(
    big: Path, proxy: FaultyS3, broken: S3Store, client: Any, tmp_path: Path
) -> None:
    client.upload_file(str(big), BUCKET, "changed/big")

    def change(seen: Seen) -> None:
        if is_data(seen):
            client.put_object(Bucket=BUCKET, Key="changed/big", Body=b"other")

    proxy.choose = change
    with pytest.raises(StorageError, match="changed meanwhile"):
        storage.download(f"s3://{BUCKET}/changed/big", tmp_path / "back", store=broken)


@pytest.mark.parametrize(
    ("fault", "kind", "text"),
    [
        (
            Fault(answer=(400, "ExpiredToken"), text=f"<Token-0>{TOKEN}</Token-0>"),
            StorageAccessError,
            "expired",
        ),
        (Fault(answer=(403, "InvalidAccessKeyId")), StorageAccessError, "refuses the credentials"),
        (Fault(answer=(403, "RequestTimeTooSkewed")), StorageAccessError, "clock"),
        (Fault(answer=(301, "PermanentRedirect")), StorageError, "another region"),
        (Fault(answer=(429, "TooManyRequests")), StorageError, "too busy"),
        (
            Fault(answer=(400, "AuthorizationHeaderMalformed"), text="<Region>eu-1</Region>"),
            StorageError,
            "region eu-1",
        ),
        (Fault(answer=(404, "NoSuchBucket")), StorageNotFoundError, "no bucket"),
        (Fault(answer=(507, "XMinioStorageFull")), StorageError, "no space"),
        (Fault(answer=(405, "MethodNotAllowed")), StorageError, "Check that the endpoint"),
    ],
)
def test_what_stores_answer(
    fault: Fault, kind: type[StorageError], text: str, folder: Path, proxy: FaultyS3
) -> None:
    proxy.choose = lambda _: fault
    store = S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET, session_token=TOKEN)
    for do in (
        lambda: storage.upload(folder, f"s3://{BUCKET}/refused", store=store),
        lambda: storage.list_files(f"s3://{BUCKET}/refused/", store=store),
    ):
        with pytest.raises(StorageError, match=text) as caught:
            do()
        assert type(caught.value) is kind
        assert_no_secrets(caught.value)


@pytest.mark.parametrize("keys", [("nobody", SECRET), (KEY, "wrong")], ids=["key", "secret"])
def test_wrong_keys(keys: tuple[str, str], folder: Path, s3: str, tmp_path: Path) -> None:
    store = S3Store(endpoint=s3, access_key_id=keys[0], secret_access_key=keys[1])
    uri = f"s3://{BUCKET}/wrong-keys"
    with pytest.raises(StorageAccessError, match="refuses the credentials") as caught:
        storage.upload(folder, uri, store=store)
    assert_no_secrets(caught.value)
    with pytest.raises(StorageAccessError, match="denies access") as caught:
        storage.download(uri, tmp_path / "back", store=store)
    assert_no_secrets(caught.value)
    assert not (tmp_path / "back").exists()


def test_right_to_read_alone(folder: Path, store: S3Store, s3: str, tmp_path: Path) -> None:
    reader = S3Store(endpoint=s3, access_key_id=READER, secret_access_key=READER_SECRET)
    storage.upload(folder, f"s3://{BUCKET}/readable", store=store)
    assert read_files(storage.download(f"s3://{BUCKET}/readable", tmp_path / "b", store=reader)) == FILES
    with pytest.raises(StorageAccessError, match="denies access"):
        storage.upload(folder, f"s3://{BUCKET}/readable", store=reader)


def test_no_bucket(folder: Path, store: S3Store) -> None:
    with pytest.raises(StorageNotFoundError, match="no bucket for s3://missing-bucket/x"):
        storage.upload(folder, "s3://missing-bucket/x", store=store)
    with pytest.raises(StorageNotFoundError, match="no bucket"):
        storage.list_files("s3://missing-bucket/x", store=store)


def test_nobody_at_the_endpoint(folder: Path) -> None:
    store = S3Store(endpoint="http://127.0.0.1:9", access_key_id=KEY, secret_access_key=SECRET)
    with pytest.raises(StorageError, match="no server listens at the endpoint") as caught:
        storage.upload(folder, f"s3://{BUCKET}/x", store=store)
    assert_no_secrets(caught.value)


def test_tls_where_there_is_none(folder: Path, s3: str) -> None:
    store = S3Store(endpoint=s3.replace("http:", "https:"), access_key_id=KEY, secret_access_key=SECRET)
    with pytest.raises(StorageError, match="does not speak TLS"):
        storage.upload(folder, f"s3://{BUCKET}/x", store=store)


def test_too_busy_for_long(folder: Path, proxy: FaultyS3, broken: S3Store) -> None:
    proxy.choose = lambda _: Fault(answer=(503, "SlowDown"))
    with pytest.raises(StorageError, match=r"too busy .*SlowDown"):
        storage.upload(folder / "model.onnx", f"s3://{BUCKET}/busy", store=broken)
    assert len(proxy.seen) == 5


def test_web_page_at_the_endpoint(web: RangeServer, tmp_path: Path) -> None:
    web.instead = [Served("200 OK", ("Content-Type: text/html",), b"<html>Log in</html>")]
    store = S3Store(endpoint=web.url, access_key_id=KEY, secret_access_key=SECRET)
    with pytest.raises(StorageError, match="not its web console"):
        storage.download(f"s3://{BUCKET}/x", tmp_path, store=store)


KILLED = """
import os, sys
from model_registry import storage

def show(now):
    print(now.done, flush=True)
    if now.done >= int(sys.argv[4]):
        os.kill(os.getpid(), 9)

store = storage.S3Store(endpoint=sys.argv[1], access_key_id=sys.argv[5], secret_access_key=sys.argv[6])
storage.download(sys.argv[2], sys.argv[3], store=store, progress=show)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_14_12_two_kills_cost_little_again(s3: str, store: S3Store, tmp_path: Path) -> None:
    size = 60 * MIB
    (tmp_path / "big").write_bytes(os.urandom(size))
    uri = storage.upload(tmp_path / "big", f"s3://{BUCKET}/killed/big", store=store).uri

    def download(until: int) -> list[int]:
        command = [sys.executable, "-c", KILLED, s3, uri, str(tmp_path / "back"), str(until), KEY, SECRET]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        assert done.returncode in (0, -9)
        return [int(line) for line in done.stdout.split()]

    first, second, third = (download(size * tenths // 10) for tenths in (4, 8, 20))
    assert (tmp_path / "back" / "big").read_bytes() == (tmp_path / "big").read_bytes()
    assert (first[-1] - second[0]) + (second[-1] - third[0]) <= size * 5 // 100


ENDED = """
import os, sys, threading
from model_registry import ModelRegistry, storage

signals = [int(sys.argv[7])]

def show(now):
    if signals and now.done >= 12 * 1024 * 1024:
        os.kill(os.getpid(), signals.pop())

url, key, secret, uri, path, how = sys.argv[1:7]
store = storage.S3Store(endpoint=url, access_key_id=key, secret_access_key=secret)
print("begun", flush=True)
if how == "storage":
    storage.upload(path, uri, store=store, progress=show)
else:
    with ModelRegistry.local(author="ann") as registry:
        registry.register("m", "1", files=path, to=uri, store=store, progress=show)
"""


@pytest.mark.skipif(sys.platform == "win32" or sys.version_info < (3, 11), reason="see above")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "how", "files"),
    [
        (signal.SIGTERM, "storage", 1),
        (signal.SIGTERM, "storage", 2),
        (signal.SIGTERM, "register", 1),
        (signal.SIGINT, "register", 2),
    ],
)
def test_14_15_a_process_that_is_ended_leaves_no_parts(
    number: int, how: str, files: int, s3: str, client: Any, tmp_path: Path
) -> None:
    source = tmp_path / "model"
    write_files(source, {str(each): os.urandom(64 * MIB // files) for each in range(files)})
    prefix = f"ended/{how}/{files}/{number}"
    given = source / "0" if files == 1 else source
    arguments = [s3, KEY, SECRET, f"s3://{BUCKET}/{prefix}", str(given), how, str(int(number))]
    done = subprocess.run(
        [sys.executable, "-c", ENDED, *arguments], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout.strip() == "begun"
    assert done.returncode in (143, -number)
    assert "Uploads" not in client.list_multipart_uploads(Bucket=BUCKET, Prefix=prefix)
