"""Verification that is asked for happens, or the call fails."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import (
    IntegrityError,
    InvalidArgumentError,
    StorageAccessError,
    StorageNotFoundError,
    VerificationError,
)
from model_registry.signing import ModelSigner, create_key_pair, describe
from model_registry.storage import Allow
from model_registry.types import Verified, stored
from tests.support.backends import Server
from tests.support.folders import read_files

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def registry() -> Iterator[ModelRegistry]:
    """A registry in this process."""
    with ModelRegistry.local(author="ann") as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two files."""
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "a").write_text("a")
    (folder / "b").write_text("b")
    return folder


@pytest.mark.parametrize("verify", [False, "digest"])
def test_6_a_verifier_is_never_ignored(
    registry: ModelRegistry, folder: Path, tmp_path: Path, verify: Any
) -> None:
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(private_key=tmp_path / "a.key")
    registry.register("fraud", "1", files=folder, to=tmp_path / "store", signer=signer)
    trusted = ModelSigner.with_key(public_key=tmp_path / "a.pub")
    for asked in ({"verifier": trusted}, {"require_signature": True}):
        with pytest.raises(InvalidArgumentError, match="leaves out"):
            registry.download("fraud/1", tmp_path / "out", verify=verify, **asked)
    registry.download("fraud/1", tmp_path / "out", verifier=trusted, require_signature=True)


@pytest.mark.parametrize("verify", [None, 0, 1, "", "signature", "Digest"])
def test_6_another_value_of_verify_leaves_out_no_check(
    registry: ModelRegistry, folder: Path, tmp_path: Path, verify: Any
) -> None:
    registry.register("fraud", "1", files=folder, to=tmp_path / "store")
    with pytest.raises(InvalidArgumentError, match="verify must be True, False or 'digest'"):
        registry.download("fraud/1", tmp_path / "out", verify=verify)
    with pytest.raises(InvalidArgumentError, match="verify must be True, False or 'digest'"):
        registry.open("fraud/1", "a", verify=verify)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("method", ["", "sigstore", "none"])
def test_6_a_changed_record_does_not_name_another_method(
    registry: ModelRegistry, folder: Path, tmp_path: Path, method: str
) -> None:
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")
    artifact = registry.register("fraud", "1", files=folder, to=tmp_path / "store", signer=signer).artifact
    artifact.custom_properties = {**artifact.custom_properties, "signature_method": method}
    registry.update(artifact)
    with pytest.raises(VerificationError, match="has the method 'key'"):
        registry.download("fraud/1", tmp_path / "out", verifier=signer)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        {"verifier": "a.pub"},
        {"verifier": True},
        {"allow": ["s3"]},
        {"allow": True},
        {"require_signature": ""},
    ],
    ids=repr,
)
def test_6_arguments_of_other_types_are_named(
    registry: ModelRegistry, folder: Path, tmp_path: Path, arguments: dict[str, Any]
) -> None:
    registry.register("fraud", "1", files=folder, to=tmp_path / "store")
    with pytest.raises(InvalidArgumentError, match=f"{next(iter(arguments))} must be"):
        registry.download("fraud/1", tmp_path / "out", **arguments)


def test_6_a_signature_can_be_required(registry: ModelRegistry, folder: Path, tmp_path: Path) -> None:
    registry.register("fraud", "1", files=folder, to=tmp_path / "store")
    with pytest.raises(VerificationError, match="require_signature=True asks for one"):
        registry.download("fraud/1", tmp_path / "out", require_signature=True)
    assert not (tmp_path / "out").exists()


def test_6_open_refuses_a_file_that_was_not_registered(
    registry: ModelRegistry, folder: Path, tmp_path: Path
) -> None:
    registry.register("fraud", "1", files=folder, to=tmp_path / "store")
    (tmp_path / "store" / "evil.py").write_text("evil")
    with pytest.raises(IntegrityError, match="not among the files"):
        registry.open("fraud/1", "evil.py")
    with pytest.raises(StorageNotFoundError):
        registry.open("fraud/1", "nothing")
    assert registry.open("fraud/1", "evil.py", verify=False).read() == b"evil"
    assert registry.open("fraud/1", "a").read() == b"a"


def test_6_open_refuses_what_it_cannot_verify(
    registry: ModelRegistry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artifact = registry.register("fraud", "1", files=folder, to=tmp_path / "store").artifact
    artifact.custom_properties = {**artifact.custom_properties, "storage.files": {}}
    registry.update(artifact)
    (tmp_path / "store" / "a").write_text("evil")
    with pytest.raises(IntegrityError, match="cannot be verified alone"):
        registry.open("fraud/1", "a")
    with pytest.raises(IntegrityError):
        registry.download("fraud/1", tmp_path / "out")


@pytest.mark.parametrize("signed", [False, True])
def test_6_any_number_of_files_is_verified(
    registry: ModelRegistry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signed: bool
) -> None:
    monkeypatch.setattr(stored, "MOST_FILES", 1)
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub") if signed else None
    store = tmp_path / "store"
    properties = registry.register(
        "fraud", "1", files=folder, to=store, signer=signer
    ).artifact.custom_properties
    assert properties["storage.manifest"] == "model.sha256"
    assert "storage.files" not in properties
    manifest = (store / "model.sha256").read_bytes()
    assert properties["storage.digest"] == f"sha256:{hashlib.sha256(manifest).hexdigest()}"
    out = registry.download("fraud/1", tmp_path / "out", verifier=signer)
    assert {each.name for each in out.iterdir()} == {"a", "b"} | ({"model.sig"} if signed else set())
    assert registry.open("fraud/1", "a").read() == b"a"
    with pytest.raises(StorageNotFoundError):
        registry.open("fraud/1", "nothing")

    (store / "evil.py").write_text("evil")
    with pytest.raises(IntegrityError, match="not among the files"):
        registry.open("fraud/1", "evil.py")
    (store / "b").write_text("evil")
    with pytest.raises(IntegrityError):
        registry.open("fraud/1", "b").read()
    evil = hashlib.sha256(b"evil").hexdigest()
    (store / "model.sha256").write_bytes(manifest + f"{evil}  evil.py\n".encode())
    for each in ("a", "evil.py"):
        with pytest.raises(IntegrityError):
            registry.open("fraud/1", each)
    with pytest.raises(IntegrityError):
        registry.download("fraud/1", tmp_path / "other")


def test_6_the_manifest_of_a_folder_that_has_one(
    registry: ModelRegistry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_FILES", 1)
    (folder / "model.sha256").write_text("of an earlier version")
    for _ in range(2):  # the second finds the files of the first
        registry.register("fraud", "1", files=folder, to=tmp_path / "store", if_exists="resume")
    assert registry.open("fraud/1", "b").read() == b"b"
    registry.register("fraud", "2", files=tmp_path / "store", to=tmp_path / "copy")
    assert registry.open("fraud/2", "a").read() == b"a"


def test_6_open_verifies_a_file_with_the_digest_of_the_whole(
    registry: ModelRegistry, folder: Path, tmp_path: Path
) -> None:
    artifact = registry.register("fraud", "1", files=folder / "a", to=tmp_path / "store" / "a").artifact
    artifact.custom_properties = {**artifact.custom_properties, "storage.files": {}}
    registry.update(artifact)
    assert registry.open("fraud/1").read() == b"a"
    (tmp_path / "store" / "a").write_text("evil")
    with pytest.raises(IntegrityError):
        registry.open("fraud/1").read()


def test_6_a_download_says_what_was_verified(registry: ModelRegistry, folder: Path, tmp_path: Path) -> None:
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")
    registry.register("fraud", "1", files=folder, to=tmp_path / "one")
    registry.register("fraud", "2", files=folder, to=tmp_path / "two", signer=signer)
    registry.register("fraud", "3", (tmp_path / "one").as_uri())
    found = {
        "1": registry.download("fraud/1", tmp_path / "out1").verified,
        "2": registry.download("fraud/2", tmp_path / "out2", verifier=signer).verified,
        "2, digests": registry.download("fraud/2", tmp_path / "out3", verify="digest").verified,
        "2, nothing": registry.download("fraud/2", tmp_path / "out4", verify=False).verified,
        "3": registry.download("fraud/3", tmp_path / "out5").verified,
    }
    assert found == {
        "1": Verified(digests=True),
        "2": Verified(digests=True, signature="key"),
        "2, digests": Verified(digests=True),
        "2, nothing": Verified(),
        "3": Verified(),
    }
    assert [str(each) for each in found.values()] == [
        "digests",
        "digests and signature (key)",
        "digests",
        "nothing",
        "nothing",
    ]
    path = registry.download("fraud/1", tmp_path / "out1")
    assert path == tmp_path / "out1"
    assert (path / "a").read_text() == "a"
    assert pickle.loads(pickle.dumps(path)) == path


@pytest.mark.parametrize("source", ["profile", "variable", "argument"])
def test_6_a_profile_requires_signatures(
    source: str, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")
    allow = Allow(folders=[tmp_path])
    config = tmp_path / "profiles.ini"
    monkeypatch.setenv("MODEL_REGISTRY_CONFIG", str(config))
    config.write_text("[default]\n" + ("require_signature = yes\n" if source == "profile" else ""))
    if source == "variable":
        monkeypatch.setenv("MODEL_REGISTRY_REQUIRE_SIGNATURE", "true")
    given = True if source == "argument" else None
    server = Server(str(tmp_path / "r.db"))
    try:
        with ModelRegistry(server.url, author="ann", require_signature=given) as registry:
            registry.register("fraud", "1", files=folder, to=tmp_path / "one")
            registry.register("fraud", "2", files=folder, to=tmp_path / "two", signer=signer)
            with pytest.raises(VerificationError, match="has no signature"):
                registry.download("fraud/1", tmp_path / "out", allow=allow)
            with pytest.raises(InvalidArgumentError, match="require_signature=False overrides"):
                registry.download("fraud/1", tmp_path / "out", verify=False, allow=allow)
            with pytest.raises(VerificationError, match="needs all files"):
                registry.open("fraud/1", "a", allow=allow)
            assert registry.open("fraud/1", "a", verify=False, allow=allow).read() == b"a"
            assert not (tmp_path / "out").exists()
            registry.download("fraud/2", tmp_path / "out", verifier=signer, allow=allow)
            registry.download("fraud/1", tmp_path / "other", require_signature=False, allow=allow)
    finally:
        server.stop()


def test_6_a_setting_that_is_no_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODEL_REGISTRY_REQUIRE_SIGNATURE", "sometimes")
    with pytest.raises(InvalidArgumentError, match="MODEL_REGISTRY_REQUIRE_SIGNATURE must be true or false"):
        ModelRegistry("http://localhost", author="ann")


@pytest.fixture
def signer(tmp_path: Path) -> ModelSigner:
    """A signer with a key."""
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    return ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")


@pytest.mark.parametrize("to", ["store/renamed.onnx", "store/"])
def test_7_a_single_file_is_signed(
    to: str, registry: ModelRegistry, folder: Path, tmp_path: Path, signer: ModelSigner
) -> None:
    done = registry.register("fraud", "1", files=folder / "a", to=f"{tmp_path}/{to}", signer=signer)
    stored = Path(url2pathname(urlsplit(done.artifact.uri or "").path))
    if stored.is_dir():
        stored /= "a"
    assert done.artifact.custom_properties["signature_method"] == "key"
    path = registry.download("fraud/1", tmp_path / "out", verifier=signer, require_signature=True)
    assert (path / "a" if path.is_dir() else path).read_text() == "a"
    assert path.verified == Verified(digests=True, signature="key")
    stored.write_text("b")
    artifact = registry.get_model_artifact("fraud", "1")
    facts = {"storage.digest": storage.digest(artifact.uri or ""), "storage.files": {}}
    artifact.custom_properties = {**artifact.custom_properties, **facts}
    registry.update(artifact)
    with pytest.raises(VerificationError):
        registry.download("fraud/1", tmp_path / "changed", verifier=signer)
    assert registry.download("fraud/1", tmp_path / "changed", verify="digest").exists()


@pytest.mark.parametrize("single", [False, True])
def test_7_an_older_signature_does_not_pass(
    single: bool, registry: ModelRegistry, folder: Path, tmp_path: Path, signer: ModelSigner
) -> None:
    source = folder / "a" if single else folder
    old = registry.register("fraud", "1", files=source, to=tmp_path / "one", signer=signer).artifact
    (folder / "a").write_text("new")
    new = registry.register("fraud", "2", files=source, to=tmp_path / "two", signer=signer).artifact
    registry.register("other", "1", files=source, to=tmp_path / "three", signer=signer)
    registry.download("fraud/2", tmp_path / "out", verifier=signer)
    new.uri, new.custom_properties = old.uri, old.custom_properties  # by somebody who may write entries
    registry.update(new)
    with pytest.raises(VerificationError, match="signature is for model-registry://fraud/1, not for"):
        registry.download("fraud/2", tmp_path / "old", verifier=signer)
    assert not (tmp_path / "old").exists() or read_files(tmp_path / "old") == {}
    expected = signer.for_version("model-registry://fraud/1")
    registry.download("fraud/2", tmp_path / "old", verifier=expected)
    with pytest.raises(InvalidArgumentError, match="model-registry://"):
        signer.for_version("fraud/1")


def test_7_a_signature_that_names_no_version_passes(
    registry: ModelRegistry, folder: Path, tmp_path: Path, signer: ModelSigner
) -> None:
    record = describe(signer.sign(folder))
    done = registry.register("fraud", "1", files=folder, to=tmp_path / "one")
    artifact = done.artifact
    artifact.custom_properties = {**artifact.custom_properties, **record}
    registry.update(artifact)
    assert registry.download("fraud/1", tmp_path / "out", verifier=signer).verified.signature == "key"


def test_6_a_required_signature_names_the_version(
    registry: ModelRegistry, folder: Path, tmp_path: Path, signer: ModelSigner
) -> None:
    """The entry of version 2 is edited to carry the files and the signature of version 1."""
    facts = describe(signer.sign(folder))
    old = registry.register("fraud", "1", files=folder, to=tmp_path / "one").artifact
    old.custom_properties = {**old.custom_properties, **facts}
    (folder / "a").write_text("new")
    new = registry.register("fraud", "2", files=folder, to=tmp_path / "two", signer=signer).artifact
    new.uri, new.custom_properties = old.uri, old.custom_properties
    registry.update(new)
    with pytest.raises(VerificationError, match="does not name model-registry://fraud/2"):
        registry.download("fraud/2", tmp_path / "out", verifier=signer, require_signature=True)
    assert not (tmp_path / "out").exists() or read_files(tmp_path / "out") == {}
    known = signer.for_version("model-registry://fraud/2")
    registry.download("fraud/2", tmp_path / "out", verifier=known, require_signature=True)


def test_3_the_location_of_a_signature_is_checked(
    registry: ModelRegistry, folder: Path, tmp_path: Path, signer: ModelSigner
) -> None:
    signature = signer.sign(folder, tmp_path / "secret")
    artifact = registry.register("fraud", "1", files=folder, to=tmp_path / "store").artifact
    facts = describe(signature, uri=signature.as_uri())
    artifact.custom_properties = {**artifact.custom_properties, **facts}
    registry.update(artifact)
    narrow, wide = Allow(folders=[tmp_path / "store"]), Allow(folders=[tmp_path])
    with pytest.raises(StorageAccessError, match=r"names the path .*secret of this machine"):
        registry.download("fraud/1", tmp_path / "out", verifier=signer, allow=narrow)
    registry.download("fraud/1", tmp_path / "out", verifier=signer, allow=wide)
