"""The client's verbs for files, with the real stores: up, registered, found, down and verified."""

from __future__ import annotations

import dataclasses
import shutil

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import (
    DuplicateError,
    IncompleteRegistrationError,
    IntegrityError,
    InvalidArgumentError,
    StorageAccessError,
    StorageNotFoundError,
    StoreError,
)
from model_registry.utils import OCIParams, S3Params, upload_to_s3
from tests.support.folders import FILES, read_files, write_files
from tests.support.hub_server import HubServer, Repository
from tests.support.s3_server import BUCKET, KEY, SECRET, boto, running

COMMIT = "c" * 40


@pytest.fixture(scope="session")
def s3(tmp_path_factory):
    with running(tmp_path_factory.mktemp("s3")) as url:
        yield url


@pytest.fixture
def registry():
    with ModelRegistry.local(author="ann") as registry:
        yield registry


@pytest.fixture
def folder(tmp_path):
    write_files(tmp_path / "model", FILES)
    return tmp_path / "model"


def test_s3_there_and_back(registry, folder, s3, tmp_path):
    store = storage.S3Store(endpoint=s3, access_key_id=KEY, secret_access_key=SECRET)
    done = registry.register("fraud", "1.0", files=folder, to=f"s3://{BUCKET}/client/1.0", store=store)
    assert done.artifact.uri.startswith(f"s3://{BUCKET}/client/1.0")
    assert SECRET not in repr(done.artifact) + done.artifact.uri
    assert read_files(registry.download("fraud@latest", tmp_path / "here", store=store)) == FILES

    boto(s3).put_object(Bucket=BUCKET, Key=f"client/1.0/{next(iter(FILES))}", Body=b"tampered")
    with pytest.raises(IntegrityError):
        registry.download("fraud/1.0", tmp_path / "there", store=store)
    assert not (tmp_path / "there").exists()


def test_wrong_keys_register_nothing(registry, folder, s3):
    store = storage.S3Store(endpoint=s3, access_key_id=KEY, secret_access_key="wrong-secret")
    with pytest.raises(StorageAccessError) as raised:
        registry.register("fraud", "1.0", files=folder, to=f"s3://{BUCKET}/denied", store=store)
    assert "wrong-secret" not in str(raised.value)
    assert registry.find_model("fraud") is None


def test_upload_to_s3_as_before(registry, folder, s3, tmp_path):
    params = S3Params(
        BUCKET, "client/old", endpoint_url=s3, access_key_id=KEY, secret_access_key=SECRET, region="us-east-1"
    )
    formats = {"model_format_name": "onnx", "model_format_version": "1"}
    model = registry.upload_artifact_and_register_model(
        "fraud", str(folder), upload_params=params, version="1.0", metadata={"a": 1}, **formats
    )
    assert model.name == "fraud"
    artifact = registry.get_model_artifact("fraud", "1.0")
    store = storage.S3Store(endpoint=s3, access_key_id=KEY, secret_access_key=SECRET)
    assert read_files(storage.download(artifact.uri, tmp_path / "here", store=store)) == FILES
    assert artifact.custom_properties["storage.digest"] == storage.digest(folder)
    assert registry.download("fraud/1.0", tmp_path / "there", store=store).verified.digests
    boto(s3).put_object(Bucket=BUCKET, Key="client/old/model.onnx", Body=b"other")
    with pytest.raises(IntegrityError):
        registry.download("fraud/1.0", tmp_path / "changed", store=store)
    assert registry.save_to_s3(
        str(folder),
        BUCKET,
        "client/saved",
        endpoint_url=s3,
        access_key_id=KEY,
        secret_access_key=SECRET,
        region="us-east-1",
    ).startswith(f"s3://{BUCKET}/client/saved?")

    with pytest.raises(DuplicateError):
        registry.upload_artifact_and_register_model(
            "fraud", str(folder), upload_params=params, version="1.0", **formats
        )
    with pytest.raises(InvalidArgumentError, match="S3Params or OCIParams"):
        registry.upload_artifact_and_register_model(
            "fraud", str(folder), upload_params=None, version="2.0", **formats
        )
    elsewhere = dataclasses.replace(params, s3_prefix="client/refused")
    with pytest.raises(InvalidArgumentError, match="storage_key"):
        registry.upload_artifact_and_register_model(
            "fraud", str(folder), upload_params=elsewhere, version="2.0", storage_key="\ud800", **formats
        )
    assert "Contents" not in boto(s3).list_objects_v2(Bucket=BUCKET, Prefix="client/refused")


def test_what_is_said_when_files_are_there_but_not_registered(folder, s3, monkeypatch, tmp_path):
    params = S3Params(
        BUCKET,
        "client/late",
        endpoint_url=s3,
        access_key_id=KEY,
        secret_access_key=SECRET,
        region="us-east-1",
    )

    def upload(*_):
        with ModelRegistry.local(tmp_path / "registry.db") as somebody_else:
            somebody_else.register("fraud", "2.0")
        return upload_to_s3(params, str(folder))

    monkeypatch.setattr("model_registry.registration.legacy._uploaded", upload)
    with (
        ModelRegistry.local(tmp_path / "registry.db") as registry,
        pytest.raises(IncompleteRegistrationError, match="uploaded to s3://") as raised,
    ):
        registry.upload_artifact_and_register_model(
            "fraud",
            str(folder),
            upload_params=params,
            version="2.0",
            model_format_name="onnx",
            model_format_version="1",
        )
    assert raised.value.uri.startswith(f"s3://{BUCKET}/client/late")


def test_oci_there_and_back(registry, folder, oci_registry, tmp_path):
    to = f"oci://{oci_registry.host}/client/fraud:1.0"
    done = registry.register("fraud", "1.0", files=folder, to=to)
    assert done.artifact.uri.startswith(to)
    assert read_files(registry.download(done.version, tmp_path / "here")) == FILES

    # On it as a base image, as before.
    params = OCIParams(
        f"{oci_registry.host}/client/fraud:1.0", f"{oci_registry.host}/client/old:1", backend="builtin"
    )
    registry.upload_artifact_and_register_model(
        "old",
        str(folder),
        upload_params=params,
        version="1",
        model_format_name="onnx",
        model_format_version="1",
    )
    artifact = registry.get_model_artifact("old", "1")
    assert artifact.uri == f"oci://{oci_registry.host}/client/old:1"


@pytest.mark.parametrize("backend", ["builtin", "skopeo"])
@pytest.mark.parametrize("single", [False, True])
def test_14_7_uploads_to_images_record_digests(
    backend, single, registry, folder, oci_registry, tmp_path, monkeypatch
):
    if backend == "skopeo" and shutil.which("skopeo") is None:
        pytest.skip("no skopeo")
    host = oci_registry.host
    source = folder / "model.onnx" if single else folder
    (tmp_path / "card.md").write_text("# Card")
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "of-the-base").write_text("base")
    storage.upload(tmp_path / "base", f"oci://{host}/record/base:1")
    params = OCIParams(
        f"{host}/record/base:1", f"{host}/record/{backend}:1", backend=backend, modelcard=tmp_path / "card.md"
    )
    formats = {"model_format_name": "onnx", "model_format_version": "1"}
    registry.upload_artifact_and_register_model(
        "fraud", str(source), upload_params=params, version="1", **formats
    )
    artifact = registry.get_model_artifact("fraud", "1")
    pinned = storage.store_for(artifact.uri).resolve(artifact.uri)
    assert artifact.custom_properties["storage.image"] == pinned.partition("@")[2]
    assert artifact.custom_properties["storage.digest"] == storage.digest(artifact.uri)
    got = registry.download("fraud/1", tmp_path / "got")
    assert got.verified.digests
    assert read_files(got)["model.onnx"] == (folder / "model.onnx").read_bytes()

    storage.upload(tmp_path / "base", f"oci://{host}/record/{backend}:1")  # the tag moves
    assert read_files(registry.download("fraud/1", tmp_path / "again")) == read_files(got)
    with registry.open("fraud/1", "model.onnx") as file:
        assert file.read() == (folder / "model.onnx").read_bytes()


def test_a_model_of_the_hub(registry, monkeypatch, tmp_path):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_TOKEN_PATH", str(tmp_path / "no token"))
    with HubServer() as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.url)
        files = {"README.md": b"---\nlicense: mit\n---\n# Fraud\n", "onnx/model.onnx": b"weights" * 1000}
        hub.repositories["acme/fraud"] = Repository(
            {COMMIT: files},
            {"main": COMMIT},
            card={"license": "mit", "tags": ["a", "b"]},
            facts={"tags": ["a", "b", "license:mit"], "library_name": "onnx"},
        )
        formats = {"model_format_name": "onnx", "model_format_version": "1"}
        model = registry.register_hf_model("acme/fraud", "onnx/model.onnx", version="1.0", **formats)
        assert (model.name, model.owner, model.license) == ("fraud", "ann", "mit")
        version = registry.get_version("fraud", "1.0")
        assert version.author == "acme"
        assert version.custom_properties["tags"] == ["a", "b", "license:mit"]
        artifact = registry.get_model_artifact("fraud", "1.0")
        assert COMMIT in artifact.uri
        assert (artifact.model_source_kind, artifact.model_source_id) == ("hf", "acme/fraud")
        got = registry.download("fraud/1.0", tmp_path / "here")
        assert got.read_bytes() == files["onnx/model.onnx"]
        with pytest.raises(StorageNotFoundError):
            registry.register_hf_model("acme/nothing", "x", version="1.0", **formats)
        with pytest.raises(StoreError):
            registry.register_hf_model("acme/fraud", "README.md", version="9", git_ref="nowhere", **formats)
        assert registry.find_version("fraud", "9") is None
