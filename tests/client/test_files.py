"""The files of models: up with a registration, and down again."""

from __future__ import annotations

import asyncio
import hashlib
import threading

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry, storage
from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    IncompleteRegistrationError,
    IntegrityError,
    InvalidArgumentError,
    NotFoundError,
    StorageError,
    StorageNotFoundError,
    VerificationError,
)
from model_registry.types import ModelArtifact, StoredFacts

FILES = {"model.onnx": b"weights" * 1000, "labels/ä b.txt": b"cat\ndog\n", "empty": b""}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / "model" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "model" / name).write_bytes(content)
    return tmp_path / "model"


def read(folder):
    return {
        each.relative_to(folder).as_posix(): each.read_bytes() for each in folder.rglob("*") if each.is_file()
    }


def sha256(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


async def test_up_and_down_again(registry, unique, folder, tmp_path):
    name = f"{unique}fraud"
    done = await registry.register(name, "1.0", files=folder, to=tmp_path / "store" / "1.0")
    assert done.artifact.uri == (tmp_path / "store" / "1.0").as_uri()
    assert done.artifact.model_format_name == "onnx"
    facts = StoredFacts.of(done.artifact.custom_properties)
    assert facts.size == sum(map(len, FILES.values()))
    assert facts.files == {path: sha256(content) for path, content in FILES.items()}
    lines = "".join(
        f"{facts.files[path].removeprefix('sha256:')}  {path}\n"
        for path in sorted(FILES, key=lambda path: path.encode())
    )
    assert facts.digest == sha256(lines.encode())

    assert (
        read(
            await registry.download(f"{name}/1.0", tmp_path / "here", allow=storage.Allow(folders=[tmp_path]))
        )
        == FILES
    )
    with await registry.open(
        f"{name}/1.0", "labels/ä b.txt", allow=storage.Allow(folders=[tmp_path])
    ) as file:
        assert file.read() == FILES["labels/ä b.txt"]
    with pytest.raises(InvalidArgumentError, match="contains 3 files"):
        await registry.open(f"{name}/1.0", allow=storage.Allow(folders=[tmp_path]))


async def test_one_file(registry, unique, folder, tmp_path):
    name = f"{unique}fraud"
    done = await registry.register(
        name,
        "1.0",
        files=folder / "model.onnx",
        to=tmp_path / "store" / "fraud.onnx",
        model_format_name="own",
    )
    assert done.artifact.uri.endswith("store/fraud.onnx")
    assert done.artifact.model_format_name == "own"
    assert (
        await registry.download(done.version, tmp_path / "here", allow=storage.Allow(folders=[tmp_path]))
    ).read_bytes() == FILES["model.onnx"]
    with await registry.open(done.version, allow=storage.Allow(folders=[tmp_path])) as file:
        assert file.read(3) == b"wei"


async def test_tampered_files_are_not_put_in_place(registry, unique, folder, tmp_path):
    name = f"{unique}fraud"
    await registry.register(name, "1.0", files=folder, to=tmp_path / "store")
    (tmp_path / "store" / "model.onnx").write_bytes(b"another")
    with pytest.raises(IntegrityError, match=r"model\.onnx"):
        await registry.download(f"{name}/1.0", tmp_path / "here", allow=storage.Allow(folders=[tmp_path]))
    assert not (tmp_path / "here").exists()
    with (
        pytest.raises(IntegrityError),
        await registry.open(f"{name}/1.0", "model.onnx", allow=storage.Allow(folders=[tmp_path])) as file,
    ):
        file.read()
    unverified = await registry.download(
        f"{name}/1.0", tmp_path / "here", verify=False, allow=storage.Allow(folders=[tmp_path])
    )
    assert (unverified / "model.onnx").read_bytes() == b"another"


async def test_nothing_is_uploaded_when_the_version_exists(registry, unique, folder, tmp_path):
    name = f"{unique}fraud"
    first = await registry.register(name, "1.0", files=folder, to=tmp_path / "store")
    with pytest.raises(DuplicateError, match="nothing was uploaded"):
        await registry.register(name, "1.0", files=folder, to=tmp_path / "other")
    again = await registry.register(name, "1.0", files=folder, to=tmp_path / "other", if_exists="return")
    assert again.artifact == first.artifact
    again = await registry.register(name, "1.0", files=folder, to=tmp_path / "other", if_exists="resume")
    assert again.artifact == first.artifact
    (folder / "model.onnx").write_bytes(b"another")
    with pytest.raises(ConflictError, match="registered with other files"):
        await registry.register(name, "1.0", files=folder, to=tmp_path / "other", if_exists="resume")
    assert not (tmp_path / "other").exists()


async def test_a_version_without_its_artifact_is_completed(registry, unique, folder, tmp_path):
    name = f"{unique}fraud"
    await registry.register(name, "1.0")
    done = await registry.register(name, "1.0", files=folder, to=tmp_path / "store", if_exists="resume")
    assert not done.is_new
    assert (
        read(
            await registry.download(done.version, tmp_path / "here", allow=storage.Allow(folders=[tmp_path]))
        )
        == FILES
    )


async def test_when_the_upload_fails_nothing_is_registered(registry, unique, folder, tmp_path):
    (tmp_path / "a-file").write_text("in the way")
    with pytest.raises(StorageError):
        await registry.register(f"{unique}fraud", "1.0", files=folder, to=tmp_path / "a-file" / "store")
    assert await registry.find_model(f"{unique}fraud") is None


async def test_when_registering_fails_the_error_says_where_the_files_are(folder, tmp_path):
    async with AsyncModelRegistry.local() as registry:
        await registry.register("other", "1.0", external_id="taken")
        with pytest.raises(IncompleteRegistrationError, match="uploaded to") as raised:
            await registry.register("fraud", "1.0", files=folder, to=tmp_path / "store", external_id="taken")
        assert raised.value.uri == (tmp_path / "store").as_uri()
        assert isinstance(raised.value.__cause__, IncompleteRegistrationError)
        assert read(tmp_path / "store") == FILES
        # As the text says.
        done = await registry.register(
            "fraud", "1.0", files=folder, to=tmp_path / "store", if_exists="resume"
        )
        assert done.artifact.uri == raised.value.uri


async def test_a_plan_uploads_nothing(registry, unique, folder, tmp_path):
    async with registry.dry_run() as trial:
        done = await trial.register(f"{unique}m", "1", files=folder, to=tmp_path / "store")
    assert done.artifact.uri == (tmp_path / "store").as_uri()
    assert [change.kind for change in trial.plan] == ["RegisteredModel", "ModelVersion", "ModelArtifact"]
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "said"),
    [
        ({"files": "nowhere", "to": "x"}, StorageNotFoundError, "there is no such file"),
        ({"files": "nowhere"}, InvalidArgumentError, "go together"),
        ({"to": "x"}, InvalidArgumentError, "go together"),
        ({"files": ".", "to": "x", "uri": "y"}, InvalidArgumentError, "not both"),
        ({"progress": True}, InvalidArgumentError, "progress is for uploads"),
        ({"files": ".", "to": "nonsense://x"}, InvalidArgumentError, "nonsense"),
        ({"files": ".", "to": "x", "metadata": {}}, InvalidArgumentError, "no argument 'metadata'"),
    ],
)
async def test_wrong_arguments(arguments, error, said, monkeypatch, folder):
    monkeypatch.chdir(folder)
    async with AsyncModelRegistry.local() as registry:
        with pytest.raises(error, match=said):
            await registry.register("fraud", "1.0", **arguments)
        assert await registry.find_model("fraud") is None


async def test_which_artifact(folder, tmp_path):
    async with AsyncModelRegistry.local() as registry:
        await registry.register("fraud", "1.0")
        with pytest.raises(NotFoundError, match="no model artifact"):
            await registry.download("fraud/1.0", tmp_path / "here")
        extra = [ModelArtifact(name="small", uri=str(folder / "empty")), ModelArtifact(name="nowhere")]
        await registry.register("fraud", "2.0", str(folder), artifacts=extra)
        with pytest.raises(InvalidArgumentError, match=r"several.*'fraud', 'small', 'nowhere'"):
            await registry.download("fraud/2.0", tmp_path / "here")
        with pytest.raises(InvalidArgumentError, match="has no URI"):
            await registry.download("fraud/2.0", tmp_path / "here", artifact="nowhere")
        with pytest.raises(NotFoundError, match="'large'"):
            await registry.download("fraud/2.0", tmp_path / "here", artifact="large")
        assert (await registry.download("fraud/2.0", tmp_path / "here", artifact="small")).name == "empty"
        # Without recorded digests it is fetched as it is.
        assert read(await registry.download("fraud/2.0", tmp_path / "all", artifact="fraud")) == FILES


async def test_a_cancelled_download_stops(folder, tmp_path):
    began, stopped = threading.Event(), threading.Event()

    class Slow(storage.FileStore):
        def get(self, uri, file, target, transfer):
            began.set()
            try:
                while True:
                    transfer.check()
            finally:
                stopped.set()

    async with AsyncModelRegistry.local() as registry:
        done = await registry.register("fraud", "1.0", files=folder, to=tmp_path / "store")
        task = asyncio.create_task(registry.download(done.version, tmp_path / "here", store=Slow()))
        await asyncio.to_thread(began.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert stopped.is_set()
        assert not (tmp_path / "here").exists()


def test_progress_and_many_at_once(folder, tmp_path):
    seen = []
    with ModelRegistry.local() as registry:
        items = [
            {"name": "fraud", "version": str(n), "files": folder, "to": tmp_path / str(n)} for n in range(4)
        ]
        assert len(registry.register_many(items)) == 4
        registry.download("fraud/3", tmp_path / "here", progress=seen.append)
    assert (seen[-1].done, seen[-1].files_done) == (sum(map(len, FILES.values())), 3)


async def test_signed_files_are_verified(folder, tmp_path):
    from model_registry.signing import ModelSigner, create_key_pair

    create_key_pair(tmp_path / "key", tmp_path / "key.pub")
    create_key_pair(tmp_path / "other", tmp_path / "other.pub")
    signer = ModelSigner.with_key(private_key=tmp_path / "key", public_key=tmp_path / "key.pub")
    async with AsyncModelRegistry.local() as registry:
        done = await registry.register("fraud", "1.0", files=folder, to=tmp_path / "store", signer=signer)
        assert done.artifact.custom_properties["signature_method"] == "key"
        got = await registry.download("fraud/1.0", tmp_path / "here", verifier=signer)
        assert (got / "model.onnx").read_bytes() == FILES["model.onnx"]

        with pytest.raises(VerificationError, match="verifier"):
            await registry.download("fraud/1.0", tmp_path / "there")
        stranger = ModelSigner.with_key(public_key=tmp_path / "other.pub")
        with pytest.raises(VerificationError):
            await registry.download("fraud/1.0", tmp_path / "there", verifier=stranger)
        assert not (tmp_path / "there").exists()
        digests_only = await registry.download("fraud/1.0", tmp_path / "there", verify="digest")
        assert (digests_only / "model.onnx").exists()
