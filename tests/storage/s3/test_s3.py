"""Files on S3: there and back, over HTTP with a real server."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import (
    IntegrityError,
    InvalidArgumentError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.storage import S3Store
from tests.support.folders import FILES, read_files, sha256, write_files
from tests.support.s3_server import BUCKET, KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MIB = 1024 * 1024


def keys(client: Any, prefix: str) -> list[str]:
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=prefix)
    return sorted(each["Key"] for page in pages for each in page.get("Contents", []))


def test_folder_there_and_back(folder: Path, store: S3Store, client: Any, s3: str, tmp_path: Path) -> None:
    uploaded = storage.upload(folder, f"s3://{BUCKET}/folders/ä 1", store=store)
    assert keys(client, "folders/ä 1/") == sorted(f"folders/ä 1/{path}" for path in FILES)
    assert uploaded.uri.startswith(f"s3://{BUCKET}/folders/%C3%A4%201?")
    assert parse_qs(urlsplit(uploaded.uri).query) == {"endpoint": [s3]}
    back = storage.download(uploaded.uri, tmp_path / "back", store=store, expected=uploaded.digest)
    assert read_files(back) == FILES
    listed = storage.list_files(uploaded.uri, store=store)
    assert {file.path: file.size for file in listed} == {path: len(data) for path, data in FILES.items()}
    assert storage.digest(uploaded.uri, store=store) == uploaded.digest


def test_one_file_there_and_back(folder: Path, store: S3Store, client: Any, tmp_path: Path) -> None:
    uploaded = storage.upload(folder / "model.onnx", f"s3://{BUCKET}/single/1.onnx", store=store)
    assert keys(client, "single/") == ["single/1.onnx"]
    back = storage.download(uploaded.uri, tmp_path, store=store, expected=uploaded.digest)
    assert back == tmp_path / "1.onnx"
    assert back.read_bytes() == FILES["model.onnx"]
    with storage.open(uploaded.uri, store=store) as file:
        file.seek(7)
        assert file.read(14) == b"weightsweights"


def test_one_file_into_a_folder(folder: Path, store: S3Store, client: Any) -> None:
    uploaded = storage.upload(folder / "model.onnx", f"s3://{BUCKET}/into/", store=store)
    assert keys(client, "into/") == ["into/model.onnx"]
    assert storage.digest(uploaded.uri, store=store) == uploaded.digest


def test_whole_bucket(folder: Path, store: S3Store, client: Any, tmp_path: Path) -> None:
    storage.upload(folder, "s3://other", store=store)
    assert read_files(storage.download("s3://other/", tmp_path / "back", store=store)) == FILES
    with pytest.raises(InvalidArgumentError, match="names a bucket, but no file"):
        storage.upload(folder / "model.onnx", "s3://other", store=store)


@pytest.mark.parametrize("size", [5 * MIB - 1, 5 * MIB, 5 * MIB + 1, 23 * MIB + 7], ids=str)
def test_sizes_about_parts(size: int, store: S3Store, client: Any, tmp_path: Path) -> None:
    content = os.urandom(MIB) * (size // MIB) + os.urandom(size % MIB)
    (tmp_path / "big").write_bytes(content)
    seen: list[storage.Progress] = []
    uploaded = storage.upload(
        tmp_path / "big", f"s3://{BUCKET}/sizes/{size}", store=store, progress=seen.append
    )
    assert seen[-1] == storage.Progress(size, size, 1, 1)
    head = client.head_object(Bucket=BUCKET, Key=f"sizes/{size}")
    assert head["ContentLength"] == size
    assert ("-" in head["ETag"]) == (size > 5 * MIB)  # as that of objects in parts
    back = storage.download(uploaded.uri, tmp_path / "back", store=store, expected=sha256(content))
    assert back.read_bytes() == content


def test_more_keys_than_a_page(store: S3Store, tmp_path: Path) -> None:
    files = {f"{i % 7}/{i}": str(i).encode() for i in range(1234)}
    uploaded = storage.upload(write_files(tmp_path / "many", files), f"s3://{BUCKET}/many", store=store)
    assert len(storage.list_files(uploaded.uri, store=store)) == 1234
    assert read_files(storage.download(uploaded.uri, tmp_path / "back", store=store)) == files


def test_object_and_folder_of_one_name(store: S3Store, client: Any, tmp_path: Path) -> None:
    for key in ("twice/x", "twice/x/inner"):
        client.put_object(Bucket=BUCKET, Key=key, Body=key.encode())
    uri = f"s3://{BUCKET}/twice/x"
    assert storage.download(uri, tmp_path / "one", store=store).read_bytes() == b"twice/x"
    assert read_files(storage.download(f"{uri}/", tmp_path / "two", store=store)) == {
        "inner": b"twice/x/inner"
    }
    with pytest.raises(StorageError, match="both a file and a folder"):
        storage.download(f"s3://{BUCKET}/twice", tmp_path / "both", store=store)


def test_folders_that_consoles_make_are_no_files(store: S3Store, client: Any) -> None:
    for key in ("console/", "console/full/", "console/empty/", "console/full/x", "console/zero"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x" if key.endswith("x") else b"")
    assert [file.path for file in storage.list_files(f"s3://{BUCKET}/console", store=store)] == [
        "full/x",
        "zero",
    ]


def test_prefix_is_no_part_of_a_name(store: S3Store, client: Any) -> None:
    for key in ("names/v1/a", "names/v10/b"):
        client.put_object(Bucket=BUCKET, Key=key, Body=b"x")
    assert [file.path for file in storage.list_files(f"s3://{BUCKET}/names/v1", store=store)] == ["a"]
    with pytest.raises(StorageNotFoundError, match="names/v"):
        storage.list_files(f"s3://{BUCKET}/names/v", store=store)


def test_wrong_digest(folder: Path, store: S3Store, client: Any, tmp_path: Path) -> None:
    uploaded = storage.upload(folder, f"s3://{BUCKET}/tampered", store=store)
    client.put_object(Bucket=BUCKET, Key="tampered/tokenizer/vocab.txt", Body=b"evil")
    with pytest.raises(IntegrityError, match="not have the expected digest"):
        storage.download(uploaded.uri, tmp_path / "back", store=store, expected=uploaded.digest)
    assert not (tmp_path / "back").exists()


@pytest.mark.parametrize(
    ("uri", "text"),
    [
        (f"s3://{BUCKET}/a//b", "empty"),
        (f"s3://{BUCKET}/a/../b", "leaves its folder"),
        (f"s3://{BUCKET}/a%0Ab", "control"),
        (f"s3://{BUCKET}/what?.txt", "%3F"),
        (f"s3://{BUCKET}/a?endpoint=ftp://x", "must be an address"),
        (f"s3://{BUCKET}/a?endpoint=http://ann:pass-word@x", "must not contain a user"),
        ("s3://ann:pass-word@models/a", "must not contain credentials"),
        ("s3:///a", "names no bucket"),
    ],
)
def test_uris_that_are_none(uri: str, text: str) -> None:
    with pytest.raises(InvalidArgumentError, match=text) as caught:
        storage.list_files(uri, store=S3Store(anonymous=True))
    assert "pass-word" not in str(caught.value)


@pytest.mark.parametrize(
    "arguments",
    [
        {"access_key_id": "a"},
        {"session_token": "t"},
        {"access_key_id": "a", "secret_access_key": "b", "anonymous": True},
        {"profile": "p", "anonymous": True},
        {"endpoint": "minio:9000"},
    ],
)
def test_arguments_that_contradict(arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        S3Store(**arguments)


def test_forked_process_is_told(store: S3Store) -> None:
    program = textwrap.dedent("""
        import os, sys
        from model_registry import storage
        from model_registry.exceptions import StorageError
        endpoint, key, secret = sys.argv[1:]
        store = storage.S3Store(endpoint=endpoint, access_key_id=key, secret_access_key=secret)
        def look():
            try:
                storage.list_files("s3://models/no-such", store=store)
            except StorageError as error:
                print(type(error).__name__, str(error)[:20], flush=True)
        look()
        if (child := os.fork()) == 0:
            look()
            os._exit(0)
        os.waitpid(child, 0)
    """)
    arguments = [sys.executable, "-W", "ignore", "-c", program, store._endpoint or "", KEY, SECRET]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == [
        "StorageNotFoundError There is no file and",
        "StorageError This process was for",
    ]


def test_no_credentials(folder: Path, s3: str) -> None:
    with pytest.raises(StorageAccessError, match="AWS_ACCESS_KEY_ID"):
        storage.upload(folder, f"s3://{BUCKET}/nobody", store=S3Store(endpoint=s3))


@pytest.fixture
def versioned(client: Any) -> Iterator[str]:
    """A bucket that keeps the versions of its objects."""
    name = f"versioned-{uuid.uuid4().hex[:8]}"
    client.create_bucket(Bucket=name)
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return name


def test_14_12_a_version_of_an_object(versioned: str, store: S3Store, client: Any, tmp_path: Path) -> None:
    big = os.urandom(6 * 1024 * 1024)
    versions = [
        client.put_object(Bucket=versioned, Key="m/x", Body=body)["VersionId"] for body in (big, b"new")
    ]
    for version, body in zip(versions, (big, b"new"), strict=True):
        uri = f"s3://{versioned}/m/x?versionId={version}"
        assert storage.list_files(uri, store=store)[0].size == len(body)
        assert storage.download(uri, tmp_path / version, store=store).read_bytes() == body
        with storage.open(uri, store=store) as file:
            assert file.read() == body
    assert storage.download(f"s3://{versioned}/m/x", tmp_path / "now", store=store).read_bytes() == b"new"
    with pytest.raises(InvalidArgumentError, match="names a version"):
        storage.upload(tmp_path / "now" / "x", uri, store=store)
    for bad in (f"s3://{versioned}/m/?versionId={version}", f"s3://{versioned}/m/x?versionId="):
        with pytest.raises(InvalidArgumentError, match="version of one object"):
            storage.list_files(bad, store=store)
    with pytest.raises(StorageError):
        storage.list_files(f"s3://{versioned}/m/x?versionId=" + "0" * 32, store=store)


@pytest.mark.parametrize("single", [True, False])
def test_14_12_what_was_registered_can_be_had_again(
    single: bool, versioned: str, store: S3Store, client: Any, tmp_path: Path
) -> None:
    files = {"x": b"one"} if single else {"x": b"one", "deep/big": os.urandom(6 * 1024 * 1024)}
    folder = write_files(tmp_path / "model", files)
    source, to = (folder / "x", "m/renamed") if single else (folder, "m")
    with ModelRegistry.local(tmp_path / "r.db", author="ann") as registry:
        registry.register("m", "1", files=source, to=f"s3://{versioned}/{to}", store=store)
        for each in client.list_objects_v2(Bucket=versioned)["Contents"]:
            client.put_object(Bucket=versioned, Key=each["Key"], Body=b"other")
        client.put_object(Bucket=versioned, Key="m/added", Body=b"added")
        client.delete_object(Bucket=versioned, Key="m/x")
        got = registry.download("m/1", tmp_path / "got", store=store)
        assert (got.read_bytes() == b"one") if single else (read_files(got) == files)
        with registry.open("m/1", None if single else "x", store=store) as file:
            assert file.read() == b"one"


def test_14_12_without_versions_none_is_recorded(store: S3Store, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    assert storage.upload(tmp_path / "x", f"s3://{BUCKET}/none/x", store=store).files[0].version is None
