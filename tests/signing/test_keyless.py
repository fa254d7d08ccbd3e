"""Keyless signing with a stand-in deployment that speaks the protocols of TUF, Fulcio and Rekor."""

import base64
import json
import os

import pytest

from model_registry.exceptions import InvalidArgumentError
from model_registry.signing import (
    IdentityTokenError,
    InitializationError,
    ModelSigner,
    Signer,
    SigningConfig,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
    create_key_pair,
)
from tests.support.sigstore import IDENTITY, ISSUER, Deployment, make_token


@pytest.fixture
def deployment(tmp_path):
    with Deployment(tmp_path / "tuf") as running:
        yield running


@pytest.fixture
def token_path(tmp_path):
    path = tmp_path / "token"
    path.write_text(make_token() + "\n")
    return path


@pytest.fixture
def signer(deployment, token_path):
    return Signer(deployment.tuf_url, identity_token_path=token_path).model_signer


def test_signed_and_verified(signer, deployment, model):
    assert signer.sign(model) == model / "model.sig"
    (entry,) = deployment.rekor.entries
    assert entry["kind"] == "dsse"
    # Verifying asks nobody.
    before = list(deployment.requests)
    signer.verify(model)
    signer.verify(model, certificate_identity=IDENTITY, oidc_issuer=ISSUER)
    assert deployment.requests == before
    (model / "empty").write_text("1")
    with pytest.raises(VerificationError, match="changed since they were signed: empty"):
        signer.verify(model)


def test_settings_from_the_environment(deployment, token_path, model, monkeypatch):
    monkeypatch.setenv("SIGSTORE_TUF_URL", deployment.tuf_url + "/")
    monkeypatch.setenv("SIGSTORE_FULCIO_URL", deployment.url + "/")
    monkeypatch.setenv("SIGSTORE_REKOR_URL", deployment.rekor_url + "/")
    signer = Signer(identity_token_path=token_path)
    signer.sign_model(model)
    signer.verify_model(model)


def test_by_mail_address(deployment, tmp_path, model):
    (tmp_path / "token").write_text(
        make_token(sub="123", email="ana@example.org", iss="https://login.example.org")
    )
    signer = Signer(deployment.tuf_url, identity_token_path=tmp_path / "token")
    signer.sign_model(model)
    signer.verify_model(model)
    signer.verify_model(model, None, "ana@example.org", "https://login.example.org")


@pytest.mark.parametrize(
    "expected",
    [
        {"certificate_identity": "https://kubernetes.io/namespaces/fraud/serviceaccounts/other"},
        {"certificate_identity": "trainer"},
        {"oidc_issuer": "https://login.example.org"},
    ],
)
def test_another_signer(signer, model, expected):
    signer.sign(model)
    with pytest.raises(VerificationError, match=r"(?i)certificate's|extension|SANs"):
        signer.verify(model, **expected)


def test_who_must_have_signed_has_to_be_said(deployment, signer, model):
    signer.sign(model)
    for expected in ({}, {"certificate_identity": IDENTITY}, {"oidc_issuer": ISSUER}):
        with pytest.raises(VerificationError, match="whose it must be"):
            ModelSigner(deployment.tuf_url).verify(model, **expected)


def test_tampered_statement(signer, model):
    signature = signer.sign(model)
    bundle = json.loads(signature.read_text())
    statement = base64.b64decode(bundle["dsseEnvelope"]["payload"]).replace(b'"empty"', b'"other"')
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(statement).decode()
    signature.write_text(json.dumps(bundle))
    with pytest.raises(VerificationError, match="DSSE: invalid signature"):
        signer.verify(model)


def test_another_deployment_is_not_trusted(signer, model, token_path, tmp_path):
    signer.sign(model)
    with Deployment(tmp_path / "other") as other:
        stranger = Signer(other.tuf_url, identity_token_path=token_path)
        with pytest.raises(VerificationError):
            stranger.verify_model(model)


def test_the_statement_is_that_of_the_library(signer, model, tmp_path):
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    plain = ModelSigner.with_key(tmp_path / "a.key", ignore_paths=signer.ignore_paths)

    def statement(path):
        text = base64.b64decode(json.loads(path.read_text())["dsseEnvelope"]["payload"])
        value = json.loads(text)
        value["predicate"]["serialization"]["ignore_paths"].sort()
        return value

    assert statement(signer.sign(model, tmp_path / "1.sig")) == statement(
        plain.sign(model, tmp_path / "2.sig")
    )


def test_methods_are_not_mixed_up(signer, model, tmp_path):
    create_key_pair(tmp_path / "a.key", tmp_path / "a.pub")
    plain = ModelSigner.with_key(tmp_path / "a.key", tmp_path / "a.pub")
    signer.sign(model)
    with pytest.raises(VerificationError, match="sigstore, not key"):
        plain.verify(model)
    plain.sign(model)
    with pytest.raises(VerificationError, match="key, not sigstore"):
        signer.verify(model)


def test_services_of_one_call(signer, deployment, model):
    with pytest.raises(SigningError, match="not signed"):
        signer.sign(model, fulcio_url="http://127.0.0.1:1")
    with pytest.raises(SigningError, match="returned 404"):
        signer.sign(model, rekor_url=deployment.url + "/elsewhere")
    assert not (model / "model.sig").exists()
    signer.sign(model)


@pytest.mark.parametrize(
    ("path", "status", "body", "told"),
    [
        ("/api/v2", 401, b'{"code": 16, "message": "unknown issuer"}', "returned 401: .*unknown issuer"),
        ("/api/v2", 400, b"", "returned 400: Bad Request"),
        ("/api/v2", 201, b"{}", "missing certificate chain"),
        ("/api/v2", 201, b"<html>", "not signed"),
        ("/rekor", 500, b"full", "returned 500: full"),
        ("/rekor", 201, b"{}", "not signed"),
    ],
)
def test_a_service_refuses(signer, deployment, model, token_path, path, status, body, told):
    deployment.refuse[path] = (status, body)
    with pytest.raises(SigningError, match=told):
        signer.sign(model)
    assert [each.name for each in model.iterdir() if "sig" in each.name] == []


def test_the_token_is_told_to_nobody(signer, deployment, model, token_path, caplog):
    token = token_path.read_text().strip()
    deployment.refuse["/api/v2"] = (401, f"the token {token} is bad".encode())
    with pytest.raises(SigningError, match=r"the token \*\*\* is bad") as raised:
        signer.sign(model)
    assert raised.value.__cause__ is None
    assert token not in caplog.text
    assert token not in repr(vars(signer))
    deployment.refuse.clear()
    assert token not in signer.sign(model).read_text()


@pytest.mark.parametrize(
    ("token", "told"),
    [
        ("", "three parts"),
        ("a.b", "three parts"),
        ("a.b.c", "JSON object"),
        ("a." + base64.b64encode(b"[]").decode() + ".c", "JSON object"),
        ({"exp": 1}, r"expired \d+ s ago"),
        ({"exp": None}, "cannot be used"),
        ({"aud": None}, "cannot be used"),
        ({"sub": None}, "cannot be used"),
        ({"nbf": 2**40}, "cannot be used"),
    ],
)
def test_bad_tokens_are_refused_before_anything_is_sent(signer, deployment, model, token_path, token, told):
    signer.initialize(force=True)
    before = list(deployment.requests)
    token = make_token(**token) if isinstance(token, dict) else token
    token_path.write_text(token)
    with pytest.raises(IdentityTokenError, match=told) as raised:
        signer.sign(model)
    assert isinstance(raised.value, ValueError)
    assert deployment.requests == before
    assert not token or token not in str(raised.value)


def test_tokens_for_others_are_refused(signer, model):
    with pytest.raises(IdentityTokenError, match=r"[Aa]udience"):
        signer.sign(model, client_id="somebody")


def test_no_token(deployment, model, tmp_path):
    signer = ModelSigner(deployment.tuf_url)
    with pytest.raises(SigningError, match="needs an identity token"):
        signer.sign(model)
    with pytest.raises(SigningFileNotFoundError, match="no identity token at"):
        signer.sign(model, identity_token_path=tmp_path / "missing")
    with pytest.raises(IdentityTokenError, match="cannot be read"):
        signer.sign(model, identity_token_path=tmp_path)


def test_no_deployment(model, token_path):
    signer = Signer(identity_token_path=token_path)
    with pytest.raises(SigningError, match="SIGSTORE_TUF_URL"):
        signer.sign_model(model)
    with pytest.raises(VerificationError, match="SIGSTORE_TUF_URL"):
        signer.verify_model(model)
    with pytest.raises(InitializationError, match="SIGSTORE_TUF_URL"):
        signer.initialize()
    with pytest.raises(SigningError, match="SIGSTORE_TUF_URL"):
        signer.model_signer.get_trust_config_path()


def test_settings_from_the_token(token_path, tmp_path):
    config = SigningConfig.create("https://tuf.example.org", identity_token_path=token_path)
    assert config.certificate_identity == IDENTITY
    assert config.oidc_issuer == ISSUER
    assert config.client_id == "sigstore"
    assert config.root_url == "https://tuf.example.org/root.json"
    assert [str(path) for path in config.ignore_paths] == [".cache"]
    given = SigningConfig.create(
        identity_token_path=token_path, certificate_identity="me", oidc_issuer="you", client_id="it"
    )
    assert (given.certificate_identity, given.oidc_issuer, given.client_id) == ("me", "you", "it")
    token_path.write_text("damaged")
    assert SigningConfig.create(identity_token_path=token_path).certificate_identity is None
    assert SigningConfig.create(identity_token_path="").identity_token_path is None
    assert SigningConfig().ignore_paths is None


def test_the_token_that_kubernetes_mounts(deployment, token_path, model, monkeypatch):
    monkeypatch.setattr("model_registry.signing.config.SERVICE_ACCOUNT_FILE", token_path)
    monkeypatch.setenv("SIGSTORE_TUF_URL", deployment.tuf_url)
    Signer().sign_model(model)
    Signer().verify_model(model)


def test_log_levels(caplog):
    signer = Signer(log_level=20)
    with caplog.at_level(1, "model_registry.signing"):
        signer.logger.info("one")
        signer.logger.debug("two")
        signer.set_log_level(10)
        signer.model_signer.logger.debug("three")
        Signer().image_signer.logger.info("four")
    assert [record.message for record in caplog.records] == ["[Signer] one", "[ModelSigner] three"]


def test_ignored_paths_of_one_call(signer, model):
    signer.sign(model, ignore_paths=["empty"])
    (model / "empty").unlink()
    signer.verify(model)
    with pytest.raises(InvalidArgumentError):
        signer.sign(model, ignore_paths=[os.pardir])
