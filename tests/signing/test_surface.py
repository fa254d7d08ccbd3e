"""Names, parameters and defaults that programs written for earlier releases use."""

import inspect

import pytest

from model_registry import signing
from model_registry.exceptions import IntegrityError, ModelRegistryError

SERVICES = "fulcio_url=None, rekor_url=None, tsa_url=None"
TRUST = "tuf_url=None, root_url=None, root_checksum=None"
EXPECTED = "certificate_identity=None, oidc_issuer=None"

SIGNATURES = {
    "CommandRunner": "logger_adapter, **kwargs",
    "CommandRunner.run": "self, cmd, env=None",
    "ImageSigner": (
        "tuf_url=None, root=None, root_checksum=None, identity_token_path=None, "
        "fulcio_url=None, rekor_url=None, "
        f"{EXPECTED}, client_id=None, log_level=None"
    ),
    "ImageSigner.from_config": "config",
    "ImageSigner.initialize": "self, tuf_url=None, root=None, root_checksum=None, force=False",
    "ImageSigner.sign": (
        "self, image, identity_token_path=None, fulcio_url=None, rekor_url=None, client_id=None"
    ),
    "ImageSigner.verify": f"self, image, {EXPECTED}",
    "ModelSigner": (
        f"{TRUST}, identity_token_path=None, {SERVICES}, {EXPECTED}, cache_dir=None, "
        "signature_filename=None, ignore_paths=None, log_level=None"
    ),
    "ModelSigner.from_config": "config",
    "ModelSigner.get_trust_config_path": "self",
    "ModelSigner.initialize": f"self, {TRUST}, {SERVICES}, oidc_issuer=None, force=False",
    "ModelSigner.sign": (
        f"self, model_path, signature_path=None, identity_token_path=None, {SERVICES}, client_id=None, "
        "ignore_paths=None"
    ),
    "ModelSigner.verify": f"self, model_path, signature_path=None, {EXPECTED}",
    "Signer": (
        f"{TRUST}, identity_token_path=None, {SERVICES}, {EXPECTED}, client_id=None, cache_dir=None, "
        "signature_filename='model.sig', ignore_paths=None, log_level=None"
    ),
    "Signer.set_log_level": "self, level",
    "Signer.initialize": f"self, {TRUST}, {SERVICES}, oidc_issuer=None, force=False",
    "Signer.sign_model": (
        f"self, model_path, signature_path=None, identity_token_path=None, {SERVICES}, client_id=None, "
        "ignore_paths=None"
    ),
    "Signer.verify_model": f"self, model_path, signature_path=None, {EXPECTED}",
    "Signer.sign_image": (
        "self, image, identity_token_path=None, fulcio_url=None, rekor_url=None, client_id=None"
    ),
    "Signer.verify_image": f"self, image, {EXPECTED}",
    "SigningConfig.create": (
        f"{TRUST}, identity_token_path=None, {SERVICES}, {EXPECTED}, client_id=None, cache_dir=None, "
        "cosign_bin_url=None, signature_filename=None, ignore_paths=None"
    ),
    "TrustManager": "cache_dir=None, *, logger_adapter",
    "TrustManager.get_tuf_cache_dir": "self, tuf_url",
    "TrustManager.get_root_json_path": "self, tuf_url",
    "TrustManager.get_trust_root_path": "self, tuf_url",
    "TrustManager.get_trust_config_path": "self, tuf_url",
    "TrustManager.initialize": (
        f"self, tuf_url, root_url=None, root_checksum=None, {SERVICES}, oidc_issuer=None, force=False"
    ),
    "decode_jwt_payload": "token",
    "extract_client_id": "claims",
}
FIELDS = (
    "tuf_url root_url root_checksum identity_token_path fulcio_url rekor_url tsa_url certificate_identity "
    "oidc_issuer client_id cache_dir cosign_bin_url signature_filename ignore_paths"
)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name):
    owner, _, method = name.partition(".")
    found = getattr(signing, owner)
    signature = inspect.signature(getattr(found, method) if method else found)
    plain = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    assert str(inspect.Signature(plain)) == f"({SIGNATURES[name]})"


def test_fields():
    assert " ".join(signing.SigningConfig.model_fields) == FIELDS
    assert set(signing.SigningConfig().model_dump().values()) == {None}


def test_errors():
    for kind in (signing.InitializationError, signing.SigningError, signing.VerificationError):
        assert issubclass(kind, signing.BaseSigningError)
    assert issubclass(signing.BaseSigningError, ModelRegistryError)
    assert issubclass(signing.VerificationError, IntegrityError)
