"""Signing with certificates of an authority of one's own."""

from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from model_registry.exceptions import InvalidArgumentError
from model_registry.signing import ModelSigner, SigningError, VerificationError, create_key_pair, keys
from tests.support.certificates import Authority, pem


@pytest.fixture
def signed(authority, model):
    key, certificate = authority.certificate(
        "Ana",
        names=[
            x509.RFC822Name("ana@example.org"),
            x509.UniformResourceIdentifier("spiffe://example.org/ana"),
        ],
    )
    return ModelSigner.with_certificate(key, certificate, [authority.intermediate]).sign(model)


def test_signed_and_verified(signed, authority, model):
    verifier = ModelSigner.with_certificate(roots=[authority.root])
    verifier.verify(model)
    (model / "empty").write_text("1")
    with pytest.raises(VerificationError, match="changed since they were signed: empty"):
        verifier.verify(model)


@pytest.mark.parametrize("identity", ["Ana", "ana@example.org", "spiffe://example.org/ana"])
def test_the_expected_signer(signed, authority, model, identity):
    ModelSigner.with_certificate(roots=[authority.root], identity=identity).verify(model)


@pytest.mark.parametrize("identity", ["", "Bob", "ana", "ana@example.org.evil.example"])
def test_another_signer(signed, authority, model, identity):
    with pytest.raises(VerificationError, match=r"made by Ana alias ana@example\.org"):
        ModelSigner.with_certificate(roots=[authority.root], identity=identity).verify(model)


def test_an_authority_that_is_not_trusted(signed, model, tmp_path):
    other = Authority(tmp_path / "other")
    with pytest.raises(VerificationError, match="certificate signature failure"):
        ModelSigner.with_certificate(roots=[other.root]).verify(model)


def test_without_the_certificate_between(authority, model):
    key, certificate = authority.certificate("Ana")
    ModelSigner.with_certificate(key, certificate).sign(model)
    with pytest.raises(VerificationError, match="issuer certificate"):
        ModelSigner.with_certificate(roots=[authority.root]).verify(model)
    ModelSigner.with_certificate(roots=[authority.root, authority.intermediate]).verify(model)


@pytest.mark.filterwarnings("ignore:The 'warn' method:DeprecationWarning")  # the library's own
def test_a_certificate_that_is_not_for_signing(authority, model):
    key, certificate = authority.certificate("Server", usage=False)
    ModelSigner.with_certificate(key, certificate, [authority.intermediate]).sign(model)
    with pytest.raises(VerificationError, match="cannot be used for signing"):
        ModelSigner.with_certificate(roots=[authority.root]).verify(model)


def test_7_a_certificate_that_has_expired(authority, model, monkeypatch):
    key, certificate = authority.certificate("Ana", age=timedelta(minutes=50), lifetime=0.01)
    signer = ModelSigner.with_certificate(key, certificate, [authority.intermediate])
    with pytest.raises(SigningError, match=r"expired at .*Get a new one"):
        signer.sign(model)
    with monkeypatch.context() as patch:
        patch.setattr(keys, "_now", lambda: datetime.now(timezone.utc) - timedelta(minutes=45))
        signer.sign(model)
    with pytest.raises(VerificationError, match="allow_expired=True accepts it"):
        ModelSigner.with_certificate(roots=[authority.root]).verify(model)
    ModelSigner.with_certificate(roots=[authority.root], allow_expired=True).verify(model)


def test_7_a_certificate_that_is_not_yet_valid(authority, model, monkeypatch):
    key, certificate = authority.certificate("Ana", age=timedelta(minutes=50))
    signer = ModelSigner.with_certificate(key, certificate, [authority.intermediate])
    signer.sign(model)
    monkeypatch.setattr(keys, "_now", lambda: datetime.now(timezone.utc) - timedelta(days=1))
    with pytest.raises(SigningError, match="not valid before"):
        signer.sign(model)
    with pytest.raises(VerificationError, match="not valid before"):
        ModelSigner.with_certificate(roots=[authority.root], allow_expired=True).verify(model)


def test_certificate_and_key_belong_together(authority, model):
    key, _ = authority.certificate("Ana")
    _, certificate = authority.certificate("Bob")
    with pytest.raises(SigningError, match="does not belong"):
        ModelSigner.with_certificate(key, certificate).sign(model)
    with pytest.raises(InvalidArgumentError, match="belong together"):
        ModelSigner.with_certificate(key)
    with pytest.raises(InvalidArgumentError, match="roots to verify"):
        ModelSigner.with_certificate()


def test_files(signed, authority, model, tmp_path):
    key, certificate = authority.certificate("Ana")
    (tmp_path / "text").write_text("none")
    encrypted = tmp_path / "encrypted.key"
    encrypted.write_bytes(pem(ec.generate_private_key(ec.SECP256R1()), b"secret"))
    for arguments, told in (
        ((key, tmp_path / "text"), "no certificate in PEM"),
        ((key, tmp_path / "no"), "no file"),
        ((key, certificate, [tmp_path / "text"]), "no certificate in PEM"),
        ((encrypted, certificate), "is encrypted"),
    ):
        with pytest.raises(SigningError, match=told):
            ModelSigner.with_certificate(*arguments).sign(model)
    with pytest.raises(VerificationError, match="no certificate in PEM"):
        ModelSigner.with_certificate(roots=[tmp_path / "text"]).verify(model)
    with pytest.raises(VerificationError, match="give roots"):
        ModelSigner.with_certificate(key, certificate).verify(model)
    with pytest.raises(SigningError, match="give private_key and certificate"):
        ModelSigner.with_certificate(roots=[authority.root]).sign(model)


def test_methods_are_not_mixed_up(signed, authority, model, tmp_path):
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    signer = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")
    with pytest.raises(VerificationError, match="certificate, not key"):
        signer.verify(model)
    signer.sign(model)
    with pytest.raises(VerificationError, match="key, not certificate"):
        ModelSigner.with_certificate(roots=[authority.root]).verify(model)
