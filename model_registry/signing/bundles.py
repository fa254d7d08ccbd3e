"""Signature files: sigstore bundles, read as far as it takes to tell how they were made."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from model_registry.exceptions import SignatureNotFoundError, VerificationError

if TYPE_CHECKING:
    from pathlib import Path

MethodName: TypeAlias = Literal["key", "certificate", "sigstore"]

VERSION_URI = "model-registry://"
"""How the URI of a version begins, which a signature may name."""

LONGEST = 256 * 1024 * 1024
"""The size of the longest signature that is read."""


class Bundle:
    """A signature file. Nothing in it is to be believed before it is verified.

    Args:
        path: Where it is.

    Raises:
        SignatureNotFoundError: There is no such file.
        VerificationError: It is no signature.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            if path.stat().st_size > LONGEST:
                raise VerificationError(f"{path} is too long for a signature.")
            self._bytes = path.read_bytes()
        except FileNotFoundError:
            raise SignatureNotFoundError(
                f"There is no signature at {path}: the model may not be signed."
            ) from None
        except OSError as error:
            raise VerificationError(f"The signature {path} cannot be read: {error.strerror}.") from None
        try:
            parsed: object = json.loads(self._bytes)
        except (ValueError, RecursionError):
            parsed = None
        material: object = (
            cast("dict[str, object]", parsed).get("verificationMaterial")
            if isinstance(parsed, dict)
            else None
        )
        if not isinstance(material, dict):
            raise VerificationError(f"{path} is no signature: no JSON, or without verification material.")
        self._material = cast("dict[str, Any]", material)
        self._envelope: object = cast("dict[str, object]", parsed).get("dsseEnvelope")

    @property
    def digest(self) -> str:
        """SHA-256 of the file, as `sha256:…`."""
        return "sha256:" + hashlib.sha256(self._bytes).hexdigest()

    @property
    def method(self) -> MethodName:
        """How the signature says that it was made."""
        if self._material.get("tlogEntries"):
            return "sigstore"
        if "publicKey" in self._material:
            return "key"
        if "x509CertificateChain" in self._material:
            return "certificate"
        raise VerificationError(f"{self.path} names neither a key nor a certificate.")

    @property
    def text(self) -> str:
        """The content of the file."""
        return self._bytes.decode("utf-8")

    @property
    def subject(self) -> str | None:
        """The name of what the signature says that it signs."""
        try:
            payload = json.loads(base64.b64decode(cast("Any", self._envelope)["payload"]))
            return str(payload["subject"][0]["name"])
        except (KeyError, IndexError, TypeError, ValueError, RecursionError):
            return None

    @property
    def key_hint(self) -> str | None:
        """Digest of the public key that the signature says it was made for."""
        key: object = self._material.get("publicKey")
        hint: object = cast("dict[str, object]", key).get("hint") if isinstance(key, dict) else None
        return hint if isinstance(hint, str) and hint else None

    @property
    def signing_certificate(self) -> bytes:
        """The signer's certificate in DER."""
        try:
            return base64.b64decode(self._material["x509CertificateChain"]["certificates"][0]["rawBytes"])
        except (KeyError, IndexError, TypeError, ValueError):
            raise VerificationError(f"{self.path} holds no certificate of a signer.") from None


def check_version(bundle: Bundle, version: str, *, required: bool) -> None:
    """Check that a verified signature is not for another version of a registry.

    Args:
        bundle: The signature.
        version: URI of the version.
        required: Refuse a signature that names no version.

    Raises:
        VerificationError: The signature names another version, or none.
    """
    named = bundle.subject
    if named == version:
        return
    if named is not None and named.startswith(VERSION_URI):
        raise VerificationError(
            f"The signature is for {named[:300]}, not for {version}. If you expect the former, give a "
            f"verifier for it, with for_version({named[:300]!r})."
        )
    if required:
        raise VerificationError(
            f"The signature does not name {version}, so it may be that of another version. Sign with "
            "register(signer=...), whose signatures name their version. If you know that these files are "
            "this version, give a verifier made with for_version(...)."
        )
