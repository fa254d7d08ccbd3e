"""Signing without a key of one's own: a certificate for minutes from Fulcio, noted for good by Rekor."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from model_registry.exceptions import IdentityTokenError, SigningError, VerificationError

from . import oms
from .file_signatures import reason
from .identity_tokens import decode_jwt_payload, extract_client_id, read_identity_token

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from model_signing import manifest
    from sigstore.oidc import IdentityToken

    from .bundles import Bundle

NOBODY_EXPECTED = (
    "A signature says nothing without knowing whose it must be: give certificate_identity and oidc_issuer."
)


class KeylessMethod:
    """Signs and verifies with the services of a sigstore deployment.

    Args:
        trust: Its client trust configuration.
        identity_token_path: File of the identity token; needed for signing.
        client_id: Whom the token was issued for; its audience when not given.
        identity: Who must have signed; needed for verifying.
        issuer: Who must have vouched for the signer; needed for verifying.
    """

    name: Literal["sigstore"] = "sigstore"

    def __init__(
        self,
        trust: Mapping[str, Any],
        *,
        identity_token_path: str | os.PathLike[str] | None = None,
        client_id: str | None = None,
        identity: str | None = None,
        issuer: str | None = None,
    ) -> None:
        self._trust = json.dumps(trust)
        self._token_path = identity_token_path
        self._client_id = client_id
        self._identity = identity
        self._issuer = issuer

    def sign(self, model: Path, files: oms.Files, signature: Path) -> None:
        """Write a signature."""
        from sigstore.dsse import Statement
        from sigstore.models import ClientTrustConfig
        from sigstore.sign import SigningContext

        # model-signing would ask the token's issuer for its web login first, which a cluster's has not.
        token, identity = self._token()
        try:
            context = SigningContext.from_trust_config(ClientTrustConfig.from_json(self._trust))
            statement = Statement(statement_of(oms.manifest_of(files, model)))
            with context.signer(identity) as signer:
                bundle = signer.sign_dsse(statement)
        except Exception as error:  # noqa: BLE001  # raised anew, without its cause
            # The request that failed, which the cause holds, carries the token in its headers.
            raise SigningError(f"{model} was not signed: {_refusal(error, token)}") from None
        signature.write_text(bundle.to_json(), encoding="utf-8")

    def verify(self, model: Path, files: oms.Files | None, signature: Bundle) -> None:
        """Check a signature, and the files against it."""
        if not self._identity or not self._issuer:
            raise VerificationError(NOBODY_EXPECTED)
        with tempfile.TemporaryDirectory() as folder:
            trust = Path(folder, "trust_config.json")
            trust.write_text(self._trust, encoding="utf-8")
            oms.verify_keyless(
                files,
                model,
                signature.path,
                identity=self._identity,
                issuer=self._issuer,
                trust=trust,
            )

    def _token(self) -> tuple[str, IdentityToken]:
        from sigstore.oidc import IdentityError, IdentityToken

        if self._token_path is None:
            raise SigningError(
                "Keyless signing needs an identity token: "
                "give identity_token_path, or run where Kubernetes mounts one."
            )
        token = read_identity_token(self._token_path)
        client_id = self._client_id or extract_client_id(decode_jwt_payload(token)) or "sigstore"
        try:
            return token, IdentityToken(token, client_id)
        except IdentityError as error:
            cause = f" ({error.__cause__})" if error.__cause__ else ""
            raise IdentityTokenError(
                f"The identity token {self._token_path} cannot be used: {error}{cause}."
            ) from None


def statement_of(files: manifest.Manifest) -> bytes:
    """Say which files are signed, in the form of the OpenSSF's model signing, version 1.0."""
    entries = list(files.resource_descriptors())
    whole = hashlib.sha256(b"".join(entry.digest.digest_value for entry in entries)).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": files.model_name, "digest": {"sha256": whole}}],
        "predicateType": "https://model_signing/signature/v1.0",
        "predicate": {
            "serialization": files.serialization_type,
            "resources": [
                {
                    "name": entry.identifier,
                    "algorithm": entry.digest.algorithm,
                    "digest": entry.digest.digest_hex,
                }
                for entry in entries
            ],
        },
    }
    return json.dumps(statement).encode()


def _refusal(error: BaseException, token: str) -> str:
    """Say which service refused, and what it said, without the token."""
    from requests import HTTPError

    chain: list[BaseException] = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None and cause not in chain:
        chain.append(cause)
    text = reason(error) if isinstance(error, Exception) else type(error).__name__
    for each in chain:
        if isinstance(each, HTTPError) and each.response is not None:
            said = " ".join(each.response.text[:500].split())
            text = f"{each.response.url} returned {each.response.status_code}: {said or each.response.reason}"
            break
    return text.replace(token, "***")
