"""Signing with keys: what a signature holds for, and what it does not."""

import base64
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from model_registry.exceptions import IntegrityError, InvalidArgumentError, StorageNotFoundError
from model_registry.signing import (
    BaseSigningError,
    ModelSigner,
    SignatureNotFoundError,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
    create_key_pair,
)
from tests.support.certificates import pem


@pytest.fixture
def signer(tmp_path):
    create_key_pair(tmp_path / "team.key", tmp_path / "team.pub")
    return ModelSigner.with_key(private_key=tmp_path / "team.key", public_key=tmp_path / "team.pub")


def write_pair(folder, key, name="odd"):
    private, public = folder / f"{name}.key", folder / f"{name}.pub"
    private.write_bytes(pem(key))
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return private, public


def signed_names(signature):
    statement = json.loads(base64.b64decode(json.loads(signature.read_text())["dsseEnvelope"]["payload"]))
    return {entry["name"] for entry in statement["predicate"]["resources"]}


def test_everything_is_signed_and_verified(signer, model):
    signature = signer.sign(model)
    assert signature == model / "model.sig"
    assert signed_names(signature) == {
        "config.json",
        "weights/one.bin",
        "weights/deep/größe 模型.bin",
        "empty",
        ".hidden",
    }
    signer.verify(model)
    assert [path.name for path in model.glob(".*partial")] == []


def test_moving_the_folder_and_signing_again(signer, model, tmp_path):
    signer.sign(model)
    signer.sign(model)
    moved = tmp_path / "elsewhere"
    model.rename(moved)
    signer.verify(moved)


def test_relative_paths(signer, model, monkeypatch):
    monkeypatch.chdir(model)
    signer.sign(".", signature_path=Path("model.sig").absolute())
    signer.verify(".")
    monkeypatch.chdir(model.parent)
    signer.verify(model.name)


def test_signature_elsewhere_may_come_into_the_folder_later(signer, model, tmp_path):
    signature = signer.sign(model, tmp_path / "kept.sig")
    assert not (model / "model.sig").exists()
    signer.verify(model, signature)
    shutil.copy(signature, model / "model.sig")
    signer.verify(model)


def test_one_file(signer, model):
    path = model / "config.json"
    assert signer.sign(path) == model / "config.json.sig"
    signer.verify(path)
    path.write_text("[]")
    with pytest.raises(VerificationError, match=r"changed since they were signed: \."):
        signer.verify(path)


def change(model):
    (model / "weights" / "one.bin").write_bytes(b"1" * 2_999_999 + b"2")


def add(model):
    (model / "weights" / "new.bin").write_bytes(b"")


def remove(model):
    (model / "empty").unlink()


def rename(model):
    (model / "empty").rename(model / "EMPTY2")


def swap(model):
    (model / "config.json").rename(model / "x")
    (model / "empty").rename(model / "config.json")
    (model / "x").rename(model / "empty")


def truncate(model):
    (model / ".hidden").write_bytes(b"")


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (change, "changed since they were signed: weights/one.bin"),
        (add, "Extra files .*weights/new.bin"),
        (remove, "Missing files .*empty"),
        (rename, "EMPTY2.*Missing files"),
        (swap, "changed since they were signed: config.json"),
        (truncate, "changed since they were signed: .hidden"),
    ],
)
def test_tampered_files(signer, model, tamper, told):
    signer.sign(model)
    tamper(model)
    with pytest.raises(VerificationError, match=told) as raised:
        signer.verify(model)
    assert isinstance(raised.value, IntegrityError)
    assert str(model) in str(raised.value)


def test_many_changed_files(signer, tmp_path):
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(30):
        (folder / f"{number:02} it's").write_text("1")
    signer.sign(folder)
    for path in folder.glob("*it's"):
        path.write_text("2")
    with pytest.raises(VerificationError, match=r"signed: 00 it's, .*09 it's and 20 more\.$"):
        signer.verify(folder)


def test_tampered_statement(signer, model):
    """Who changes a file and what the signature says of it has no key to sign that with."""
    signature = signer.sign(model)
    bundle = json.loads(signature.read_text())
    statement = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b'"empty"', b'"other"')
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(statement).decode()
    signature.write_text(json.dumps(bundle))
    with pytest.raises(VerificationError, match="another key, or was changed"):
        signer.verify(model)


@pytest.mark.parametrize("cut", [0, 1, 20, 300])
def test_cut_signature(signer, model, cut):
    signature = signer.sign(model)
    signature.write_bytes(signature.read_bytes()[:cut])
    with pytest.raises(VerificationError, match="no signature"):
        signer.verify(model)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{}",
        '{"verificationMaterial": []}',
        '{"verificationMaterial": {}}',
        '{"verificationMaterial": {"publicKey": {}}}',
        '{"verificationMaterial": {"publicKey": 1}}',
        "\udcff",
    ],
)
def test_something_else_instead_of_a_signature(signer, model, text):
    (model / "model.sig").write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(VerificationError):
        signer.verify(model)


def test_every_part_of_a_bundle_may_be_missing(signer, model):
    signature = signer.sign(model)
    whole = json.loads(signature.read_text())
    for part in ("mediaType", "dsseEnvelope"):
        signature.write_text(json.dumps({name: value for name, value in whole.items() if name != part}))
        with pytest.raises(VerificationError):
            signer.verify(model)
    for part in whole["dsseEnvelope"]:
        envelope = {name: value for name, value in whole["dsseEnvelope"].items() if name != part}
        signature.write_text(json.dumps({**whole, "dsseEnvelope": envelope}))
        with pytest.raises(VerificationError):
            signer.verify(model)


def test_wrong_key(signer, model, tmp_path):
    signer.sign(model)
    create_key_pair(tmp_path / "other.key", tmp_path / "other.pub")
    with pytest.raises(VerificationError, match=r"another key than that of .*other\.pub"):
        ModelSigner.with_key(public_key=tmp_path / "other.pub").verify(model)


def test_wrong_key_that_claims_to_be_the_right_one(signer, model, tmp_path):
    create_key_pair(tmp_path / "other.key", tmp_path / "other.pub")
    hint = json.loads(signer.sign(model).read_text())["verificationMaterial"]["publicKey"]
    signature = ModelSigner.with_key(private_key=tmp_path / "other.key").sign(model)
    bundle = json.loads(signature.read_text())
    bundle["verificationMaterial"]["publicKey"] = hint
    signature.write_text(json.dumps(bundle))
    with pytest.raises(VerificationError, match="another key, or was changed"):
        signer.verify(model)


def test_signature_without_the_key_s_name_is_refused_and_nothing_is_printed(signer, model, capfd):
    signature = signer.sign(model)
    bundle = json.loads(signature.read_text())
    del bundle["verificationMaterial"]["publicKey"]["hint"]
    signature.write_text(json.dumps(bundle))
    with pytest.raises(VerificationError, match="did not note which"):
        signer.verify(model)
    assert capfd.readouterr() == ("", "")


def test_nothing_is_printed_or_logged(signer, model, capfd, caplog):
    signer.sign(model)
    signer.verify(model)
    assert capfd.readouterr() == ("", "")
    assert caplog.records == []


def test_ignored_paths(signer, model):
    (model / ".cache").mkdir()
    (model / ".cache" / "notes").write_text("1")
    (model / ".gitattributes").write_text("1")
    signature = signer.sign(model, ignore_paths=[".cache", model / "weights" / "deep"])
    assert signed_names(signature) == {"config.json", "weights/one.bin", "empty", ".hidden"}
    (model / ".cache" / "more").write_text("2")
    (model / "weights" / "deep" / "more").write_text("2")
    (model / ".gitattributes").write_text("2")
    signer.verify(model)
    (model / ".cachet").write_text("2")
    with pytest.raises(VerificationError, match=r"\.cachet"):
        signer.verify(model)


@pytest.mark.parametrize("path", ["..", "../other", ".", "/etc", "weights/../.."])
def test_ignored_paths_that_are_not_within(signer, model, path):
    with pytest.raises(InvalidArgumentError, match="not within"):
        signer.sign(model, ignore_paths=[path])
    assert not (model / "model.sig").exists()


def test_link_to_a_file_within_is_signed_as_the_file(signer, model, tmp_path):
    (model / "linked.json").symlink_to("config.json")
    assert "linked.json" in signed_names(signer.sign(model))
    signer.verify(model)
    copy = tmp_path / "copy"
    shutil.copytree(model, copy)
    assert not (copy / "linked.json").is_symlink()
    signer.verify(copy)
    (model / "linked.json").unlink()
    (model / "linked.json").symlink_to("empty")
    with pytest.raises(VerificationError, match=r"changed since they were signed: linked.json"):
        signer.verify(model)


@pytest.mark.parametrize("target", ["weights", "nowhere", "loop", "/etc/hostname", "../outside"])
def test_other_links_are_refused(signer, model, target):
    (model.parent / "outside").write_text("1")
    link = model / "weights" / "loop"
    link.symlink_to(target if target == "loop" else model / target)
    with pytest.raises(SigningError, match=r"loop is a link"):
        signer.sign(model)
    link.unlink()
    signer.sign(model)
    link.symlink_to(target if target == "loop" else model / target)
    with pytest.raises(VerificationError, match=r"loop is a link"):
        signer.verify(model)


def test_no_files(signer, tmp_path):
    folder = tmp_path / "nothing"
    folder.mkdir()
    with pytest.raises(SigningError, match="nothing to sign"):
        signer.sign(folder)
    (folder / "a").write_text("")
    with pytest.raises(SigningError, match="all are ignored"):
        signer.sign(folder, ignore_paths=["a"])
    (folder / "a").rename(folder / ".gitignore")
    with pytest.raises(SigningError, match="all are ignored"):
        signer.sign(folder)
    with pytest.raises(SigningFileNotFoundError) as raised:
        signer.sign(tmp_path / "missing")
    assert isinstance(raised.value, FileNotFoundError)


def test_not_there(signer, model, tmp_path):
    with pytest.raises(SignatureNotFoundError, match="may not be signed") as raised:
        signer.verify(model)
    assert isinstance(raised.value, FileNotFoundError | StorageNotFoundError)
    assert isinstance(raised.value, VerificationError)
    with pytest.raises(SignatureNotFoundError, match="nothing to verify"):
        signer.verify(tmp_path / "missing")


@pytest.mark.skipif(sys.platform == "win32", reason="pipes are made otherwise there")
def test_what_is_no_file_is_refused(signer, model):
    os.mkfifo(model / "pipe")
    with pytest.raises(SigningError, match="pipe"):
        signer.sign(model)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_name_that_is_no_text_is_refused(signer, model):
    Path(os.fsdecode(os.fsencode(model) + b"/\xff")).write_bytes(b"")
    with pytest.raises(SigningError, match="not signed"):
        signer.sign(model)
    assert sorted(path.name for path in model.glob("*.sig")) == []


def test_signature_cannot_be_written(signer, model, tmp_path):
    with pytest.raises(SigningError, match="No such file or directory"):
        signer.sign(model, tmp_path / "missing" / "model.sig")
    with pytest.raises(SigningError, match="name another file"):
        signer.sign(model, tmp_path)


def test_encrypted_key(model, tmp_path):
    for password in ("pässword", b"other"):
        create_key_pair(tmp_path / "a.key", tmp_path / "a.pub", password=password)
        assert b"ENCRYPTED" in (tmp_path / "a.key").read_bytes()
        ModelSigner.with_key(tmp_path / "a.key", password=password).sign(model)
        ModelSigner.with_key(public_key=tmp_path / "a.pub").verify(model)
        with pytest.raises(SigningError, match="password is wrong"):
            ModelSigner.with_key(tmp_path / "a.key", password="wrong").sign(model)
        with pytest.raises(SigningError, match="is encrypted"):
            ModelSigner.with_key(tmp_path / "a.key").sign(model)
        (tmp_path / "a.key").unlink()
        (tmp_path / "a.pub").unlink()
    create_key_pair(tmp_path / "b.key", tmp_path / "b.pub")
    with pytest.raises(SigningError, match="not encrypted") as raised:
        ModelSigner.with_key(tmp_path / "b.key", password="secret word").sign(model)
    assert "secret word" not in str(raised.value)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1()], ids=lambda c: c.name)
def test_curves(model, tmp_path, curve):
    private, public = write_pair(tmp_path, ec.generate_private_key(curve))
    ModelSigner.with_key(private).sign(model)
    ModelSigner.with_key(public_key=public).verify(model)


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(65537, 2048),
    ],
    ids=["secp256k1", "ed25519", "rsa"],
)
def test_keys_of_other_kinds(signer, model, tmp_path, key):
    private, public = write_pair(tmp_path, key)
    with pytest.raises(SigningError, match="another kind"):
        ModelSigner.with_key(private).sign(model)
    signer.sign(model)
    with pytest.raises(VerificationError, match="another kind"):
        ModelSigner.with_key(public_key=public).verify(model)


def test_key_files(signer, model, tmp_path):
    signer.sign(model)
    (tmp_path / "text").write_text("no key")
    for path, told in (
        (tmp_path / "text", "in PEM"),
        (tmp_path / "no", "no file"),
        (tmp_path, "cannot be read"),
    ):
        with pytest.raises(SigningError, match=told):
            ModelSigner.with_key(path).sign(model)
        with pytest.raises(VerificationError, match=told):
            ModelSigner.with_key(public_key=path).verify(model)
    with pytest.raises(VerificationError, match="in PEM"):
        ModelSigner.with_key(public_key=tmp_path / "team.key").verify(model)


def test_only_half_of_a_pair(signer, model, tmp_path):
    ModelSigner.with_key(tmp_path / "team.key").sign(model)
    with pytest.raises(VerificationError, match="give public_key"):
        ModelSigner.with_key(tmp_path / "team.key").verify(model)
    with pytest.raises(SigningError, match="give private_key"):
        ModelSigner.with_key(public_key=tmp_path / "team.pub").sign(model)
    with pytest.raises(InvalidArgumentError):
        ModelSigner.with_key()


def test_arguments_of_the_other_way_are_refused(signer, model):
    with pytest.raises(InvalidArgumentError, match="asks no service"):
        signer.sign(model, fulcio_url="https://fulcio.example.org")
    with pytest.raises(InvalidArgumentError, match="knows no issuers"):
        signer.verify(model, certificate_identity="me")
    with pytest.raises(InvalidArgumentError, match="signature_filename"):
        ModelSigner.with_key("a", signature_filename="a/b")


def test_key_pairs_are_not_replaced(signer, tmp_path):
    before = (tmp_path / "team.key").read_bytes()
    with pytest.raises(SigningError, match="there already"):
        create_key_pair(tmp_path / "team.key", tmp_path / "new.pub")
    with pytest.raises(SigningError, match="there already"):
        create_key_pair(tmp_path / "new.key", tmp_path / "team.pub")
    with pytest.raises(SigningError, match="cannot be written"):
        create_key_pair(tmp_path / "no" / "new.key", tmp_path / "new.pub")
    assert (tmp_path / "team.key").read_bytes() == before
    assert not (tmp_path / "new.key").exists()
    assert (tmp_path / "team.key").stat().st_mode & 0o077 == 0


def test_the_library_s_own_command_understands_the_signature(signer, model, tmp_path):
    signature = signer.sign(model)
    command = [sys.executable, "-m", "model_signing", "verify", "key", str(model)]
    command += ["--signature", str(signature), "--public_key", str(tmp_path / "team.pub")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    change(model)
    assert subprocess.run(command, capture_output=True, check=False).returncode != 0


def test_the_library_s_own_signature_is_understood(signer, model, tmp_path):
    command = [sys.executable, "-m", "model_signing", "sign", "key", str(model)]
    command += ["--signature", str(model / "model.sig"), "--private_key", str(tmp_path / "team.key")]
    subprocess.run(command, capture_output=True, check=True)
    signer.verify(model)
    change(model)
    with pytest.raises(BaseSigningError):
        signer.verify(model)
