"""What a registry keeps of a signature, and verifying downloads by it."""

import hashlib
import shutil

import pytest

from model_registry.exceptions import InvalidArgumentError
from model_registry.signing import (
    ModelSigner,
    SignatureNotFoundError,
    VerificationError,
    create_key_pair,
    describe,
    verify_download,
)


@pytest.fixture
def signer(tmp_path):
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    return ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")


def test_described_and_verified_elsewhere(signer, model, tmp_path):
    signature = signer.sign(model)
    record = describe(signature)
    assert record == {
        "signature_path": "model.sig",
        "signature_digest": "sha256:" + hashlib.sha256(signature.read_bytes()).hexdigest(),
        "signature_method": "key",
    }
    shutil.copytree(model, tmp_path / "downloaded")
    verify_download(tmp_path / "downloaded", {**record, "accuracy": 0.9}, signer)
    (tmp_path / "downloaded" / "empty").write_text("1")
    with pytest.raises(VerificationError, match="changed since they were signed: empty"):
        verify_download(tmp_path / "downloaded", record, signer)


def test_signature_in_a_folder_of_its_own(signer, model):
    (model / "signatures").mkdir()
    record = describe(signer.sign(model, model / "signatures" / "team.sig"), model_path=model)
    assert record["signature_path"] == "signatures/team.sig"
    verify_download(model, record, signer)


def test_one_file(signer, model):
    file = model / "config.json"
    record = describe(signer.sign(file), model_path=file)
    assert record["signature_path"] == "config.json.sig"
    verify_download(file, record, signer)
    file.write_text("[]")
    with pytest.raises(VerificationError):
        verify_download(file, record, signer)


def test_another_signature_than_the_registered_one(signer, model):
    record = describe(signer.sign(model))
    (model / "empty").write_text("1")
    signer.sign(model)
    with pytest.raises(VerificationError, match="not the registered signature"):
        verify_download(model, record, signer)
    (model / "model.sig").unlink()
    with pytest.raises(SignatureNotFoundError):
        verify_download(model, record, signer)


@pytest.mark.parametrize(
    "place", ["../model.sig", "/etc/passwd", "a/../../b", "C:\\x", "C:x", "a\0b", "a\ud800"]
)
def test_places_that_lead_out(signer, model, place):
    record = {**describe(signer.sign(model)), "signature_path": place}
    with pytest.raises(VerificationError, match="leads out"):
        verify_download(model, record, signer)


def test_signature_that_is_kept_elsewhere(signer, model, tmp_path):
    file = model / "config.json"
    (tmp_path / "kept").mkdir()
    signature = signer.sign(file, tmp_path / "kept" / "it.sig")
    record = describe(signature, uri=str(signature))
    assert record["signature_uri"] == str(signature)
    assert "signature_path" not in record
    verify_download(file, record, signer)
    file.write_text("[]")
    with pytest.raises(VerificationError, match="changed since"):
        verify_download(file, record, signer)
    signature.write_text("{}")
    with pytest.raises(VerificationError, match="no signature"):
        verify_download(file, record, signer)
    signature.unlink()
    with pytest.raises(SignatureNotFoundError, match="is not there"):
        verify_download(file, record, signer)


def test_credentials_are_not_recorded(signer, model):
    with pytest.raises(InvalidArgumentError, match="leave credentials out") as raised:
        describe(signer.sign(model), uri="https://me:secret@example.org/model.sig")
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("missing", ["signature_path", "signature_digest"])
def test_nothing_recorded(signer, model, missing):
    record = describe(signer.sign(model))
    del record[missing]
    with pytest.raises(VerificationError, match="No signature is recorded"):
        verify_download(model, record, signer)


def test_what_cannot_be_described(signer, model, tmp_path):
    with pytest.raises(SignatureNotFoundError):
        describe(model / "model.sig")
    with pytest.raises(VerificationError, match="no signature"):
        describe(model / "config.json")
    with pytest.raises(InvalidArgumentError, match="not lie within"):
        describe(signer.sign(model, tmp_path / "elsewhere.sig"), model_path=model)


@pytest.mark.parametrize("bundle", ["[" * 200_000, "\ud800", '{"verificationMaterial": {}}', "{}"])
def test_14_4_a_hostile_signature_is_refused(signer, model, bundle):
    record = {"signature_digest": "sha256:0", "signature_method": "key", "signature_bundle": bundle}
    with pytest.raises(VerificationError):
        verify_download(model / "config.json", record, signer)
