"""Uploads to S3 as programs for earlier releases call them."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.s3.transfer import TransferConfig
from kubeflow.hub import S3UploadParams, upload_artifact

from model_registry import storage
from model_registry.exceptions import (
    InvalidArgumentError,
    MissingMetadata,
    StorageAccessError,
    StorageNotFoundError,
    StoreError,
)
from model_registry.utils import S3Params, s3_uri_from, save_to_s3, upload_to_s3
from tests.support.folders import FILES, read_files
from tests.support.s3_server import BUCKET, KEY, SECRET

if TYPE_CHECKING:
    from pathlib import Path


def contents(client: Any, prefix: str) -> dict[str, bytes]:
    listed = client.list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/").get("Contents", [])
    keys = [each["Key"] for each in listed]
    return {
        key.removeprefix(f"{prefix}/"): client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        for key in keys
    }


@pytest.fixture
def params(s3: str) -> dict[str, Any]:
    return {
        "endpoint_url": s3,
        "access_key_id": KEY,
        "secret_access_key": SECRET,
        "region": "us-east-1",
    }


def test_save_to_s3(folder: Path, params: dict[str, Any], client: Any, s3: str) -> None:
    uri = save_to_s3(str(folder), BUCKET, "/saved/1 a/", **params)
    assert uri == s3_uri_from("saved/1 a", BUCKET, endpoint=s3, region="us-east-1")
    assert contents(client, "saved/1 a") == FILES


def test_one_file_goes_below_the_prefix(folder: Path, params: dict[str, Any], client: Any, s3: str) -> None:
    uri = save_to_s3(str(folder / "model.onnx"), BUCKET, "saved/one", **params)
    assert uri == s3_uri_from("saved/one", BUCKET, endpoint=s3, region="us-east-1")
    assert contents(client, "saved/one") == {"model.onnx": FILES["model.onnx"]}


@pytest.mark.parametrize("given", ["nothing", "client", "config", "both"])
def test_upload_to_s3(
    given: str, folder: Path, params: dict[str, Any], client: Any, s3: str, tmp_path: Path
) -> None:
    where = S3Params(BUCKET, f"uploaded/{given}", **params)
    objects = {
        "s3_client": client if given in ("client", "both") else None,
        "transfer_config": TransferConfig(max_concurrency=2) if given in ("config", "both") else None,
    }
    uri = upload_to_s3(where, str(folder), **objects)
    assert uri == s3_uri_from(f"uploaded/{given}", BUCKET, endpoint=s3, region="us-east-1")
    assert contents(client, f"uploaded/{given}") == FILES
    store = storage.S3Store(endpoint=s3, access_key_id=KEY, secret_access_key=SECRET)
    assert read_files(storage.download(uri, tmp_path / "back", store=store)) == FILES


def test_a_client_knows_its_endpoint(folder: Path, client: Any, s3: str) -> None:
    uri = upload_to_s3(S3Params(BUCKET, "uploaded/own"), str(folder), s3_client=client)
    assert uri == s3_uri_from("uploaded/own", BUCKET, endpoint=s3, region="us-east-1")


def test_settings_of_the_environment(
    folder: Path, client: Any, s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_S3_ENDPOINT", s3)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for prefix, objects in {"a": {}, "b": {"transfer_config": TransferConfig()}}.items():
        uri = upload_to_s3(S3Params(BUCKET, f"environment/{prefix}"), str(folder), **objects)
        assert uri == s3_uri_from(f"environment/{prefix}", BUCKET, endpoint=s3, region="us-east-1")
        assert contents(client, f"environment/{prefix}") == FILES


@pytest.mark.parametrize("source", ["arguments", "environment"])
def test_sdk_of_kubeflow(
    source: str,
    folder: Path,
    params: dict[str, Any],
    client: Any,
    s3: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if source == "environment":
        monkeypatch.setenv("AWS_S3_ENDPOINT", s3)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        params = {}
    prefix = f"kubeflow/{source}"
    where = S3UploadParams(bucket_name=BUCKET, s3_prefix=prefix, **params)
    uri = upload_artifact(str(folder), upload_params=where)
    assert uri == s3_uri_from(prefix, BUCKET, endpoint=s3, region="us-east-1")
    assert contents(client, prefix) == FILES


@pytest.mark.parametrize("objects", [{}, {"transfer_config": TransferConfig()}], ids=["store", "boto3"])
def test_what_is_refused(objects: dict[str, Any], folder: Path, params: dict[str, Any]) -> None:
    with pytest.raises(StoreError, match="prefix"):
        upload_to_s3(S3Params(BUCKET, "/", **params), str(folder), **objects)
    with pytest.raises(InvalidArgumentError, match="no file or folder"):
        upload_to_s3(S3Params(BUCKET, "x", **params), str(folder / "missing"), **objects)
    with pytest.raises(StorageNotFoundError, match="no bucket"):
        upload_to_s3(S3Params("missing-bucket", "x", **params), str(folder), **objects)
    with pytest.raises(MissingMetadata, match="AWS_SECRET_ACCESS_KEY"):
        upload_to_s3(S3Params(BUCKET, "x", access_key_id=KEY), str(folder), **objects)
    params["secret_access_key"] = "wrong-secret-of-theirs"
    with pytest.raises(StorageAccessError) as caught:
        upload_to_s3(S3Params(BUCKET, "x", **params), str(folder), **objects)
    assert "wrong-secret" not in str(caught.value)


def test_the_secret_is_not_shown() -> None:
    assert "hidden" not in repr(S3Params("b", "p", access_key_id="k", secret_access_key="hidden"))


def test_importing_loads_no_library() -> None:
    program = "import sys, model_registry.utils; print({'boto3', 'botocore', 'obstore'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_clients_with_other_sessions(folder: Path, client: Any, s3: str) -> None:
    session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="eu-1")
    own = session.client("s3", endpoint_url=s3)
    uri = upload_to_s3(S3Params(BUCKET, "session"), str(folder), s3_client=own)
    own.close()
    assert uri == s3_uri_from("session", BUCKET, endpoint=s3, region="eu-1")
    assert contents(client, "session") == FILES
