"""Signing with a key, or with a certificate of an authority of one's own. Neither needs a service."""

from __future__ import annotations

import hashlib
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from model_registry.exceptions import (
    InvalidArgumentError,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
)

from . import oms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    from .bundles import Bundle

    PathLike: TypeAlias = str | os.PathLike[str]
    Password: TypeAlias = str | bytes | None

CURVES = ("secp256r1", "secp384r1", "secp521r1")
"""Curves that signatures can be made with."""


class KeyMethod:
    """Signs with a private key and verifies with the public one (P-256, P-384 or P-521, in PEM).

    Args:
        private_key: File of the private key; needed for signing.
        public_key: File of the public key; needed for verifying.
        password: Of the private key, when it is encrypted.
    """

    name: Literal["key"] = "key"

    def __init__(self, private_key: PathLike | None, public_key: PathLike | None, password: Password) -> None:
        if private_key is None and public_key is None:
            raise InvalidArgumentError("Give private_key to sign, public_key to verify, or both.")
        self._private_key = None if private_key is None else Path(private_key)
        self._public_key = None if public_key is None else Path(public_key)
        self._password = password.encode() if isinstance(password, str) else password

    def sign(self, model: Path, files: oms.Files, signature: Path) -> None:
        """Write a signature."""
        if self._private_key is None:
            raise SigningError("Signing with a key needs it: give private_key.")
        _load_private_key(self._private_key, self._password)
        oms.sign_with_key(files, model, signature, self._private_key, self._password)

    def verify(self, model: Path, files: oms.Files | None, signature: Bundle) -> None:
        """Check a signature, and the files against it."""
        if self._public_key is None:
            raise VerificationError("Verifying with a key needs the public one: give public_key.")
        if signature.key_hint != _fingerprint(_load_public_key(self._public_key)):
            raise VerificationError(
                f"{signature.path} was made with another key than that of {self._public_key}, "
                "or by a release of model-signing that did not note which."
            )
        oms.verify_with_key(files, model, signature.path, self._public_key)


class CertificateMethod:
    """Signs with the key of a certificate, and verifies that an authority which is trusted issued it.

    Args:
        private_key: File of the certificate's private key, not encrypted; needed for signing.
        certificate: File of the certificate; needed for signing.
        chain: Files of the certificates between it and the root.
        roots: Files of the roots that are trusted; needed for verifying.
        identity: Who must have signed, as in the certificate; anybody with a certificate when not given.
        allow_expired: Accept signatures whose certificate has expired.
    """

    name: Literal["certificate"] = "certificate"

    def __init__(
        self,
        private_key: PathLike | None,
        certificate: PathLike | None,
        chain: Iterable[PathLike],
        roots: Iterable[PathLike],
        identity: str | None,
        *,
        allow_expired: bool = False,
    ) -> None:
        self._allow_expired = allow_expired
        self._roots = [Path(path) for path in roots]
        if (private_key is None) != (certificate is None):
            raise InvalidArgumentError("private_key and certificate belong together: give both, or neither.")
        if private_key is None and not self._roots:
            raise InvalidArgumentError("Give private_key and certificate to sign, roots to verify, or all.")
        self._private_key = None if private_key is None else Path(private_key)
        self._certificate = None if certificate is None else Path(certificate)
        self._chain = [Path(path) for path in chain]
        self._identity = identity

    def sign(self, model: Path, files: oms.Files, signature: Path) -> None:
        """Write a signature."""
        if self._private_key is None or self._certificate is None:
            raise SigningError(
                "Signing with a certificate needs it and its key: give private_key and certificate."
            )
        key = _load_private_key(self._private_key, None)
        certificate = _load_certificate(self._certificate, SigningError)
        _check_period(certificate, f"The certificate {self._certificate}", SigningError)
        if certificate.public_key() != key.public_key():
            raise SigningError(
                f"The key {self._private_key} does not belong to the certificate {self._certificate}."
            )
        for path in self._chain:
            _load_certificate(path, SigningError)
        oms.sign_with_certificate(files, model, signature, self._private_key, self._certificate, self._chain)

    def verify(self, model: Path, files: oms.Files | None, signature: Bundle) -> None:
        """Check a signature, and the files against it."""
        from cryptography import x509

        if not self._roots:
            raise VerificationError("Verifying a certificate needs those to trust: give roots.")
        for path in self._roots:
            _load_certificate(path, VerificationError)
        oms.verify_with_certificate(files, model, signature.path, self._roots)
        certificate = x509.load_der_x509_certificate(signature.signing_certificate)
        _check_period(
            certificate,
            f"The certificate of {signature.path}",
            VerificationError,
            allow_expired=self._allow_expired,
        )
        if self._identity is None:
            return
        names = _names(certificate)
        if self._identity not in names:
            signers = " alias ".join(sorted(names)) or "somebody without a name"
            raise VerificationError(f"{signature.path} was made by {signers}, not by {self._identity}.")


def create_key_pair(
    private_key: PathLike, public_key: PathLike, *, password: str | bytes | None = None
) -> None:
    """Create a key (P-256) for signing, as two files in PEM. Existing files are not replaced.

    Args:
        private_key: Where the private key goes, readable for its owner alone.
        public_key: Where the public key goes.
        password: What to encrypt the private key with.

    Raises:
        MissingExtraError: The extra `signing` is not installed.
        SigningError: The files cannot be written, or one is there already.

    Example:
        >>> from model_registry.signing import ModelSigner, create_key_pair
        >>> create_key_pair("team.key", "team.pub")
        >>> signer = ModelSigner.with_key(private_key="team.key", public_key="team.pub")
    """
    oms.require_extra()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    secret = password.encode() if isinstance(password, str) else password
    key = ec.generate_private_key(ec.SECP256R1())
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(secret) if secret else serialization.NoEncryption(),
    )
    if Path(public_key).exists():
        raise SigningError(f"{public_key} is there already; it was not replaced.")
    try:
        with os.fdopen(os.open(private_key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(private)
        Path(public_key).write_bytes(_public_pem(key.public_key()))
    except FileExistsError:
        raise SigningError(f"{private_key} is there already; it was not replaced.") from None
    except OSError as error:
        raise SigningError(f"The keys cannot be written: {error.strerror}: {error.filename}.") from error


def check_public_key(path: PathLike) -> None:
    """Check that a file holds a public key that can verify signatures.

    Args:
        path: The file.

    Raises:
        InvalidArgumentError: It holds none.
        MissingExtraError: The extra `signing` is not installed.
    """
    oms.require_extra()
    try:
        _load_public_key(Path(path))
    except VerificationError as error:
        raise InvalidArgumentError(str(error)) from error


def _load_private_key(path: Path, password: bytes | None) -> ec.EllipticCurvePrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    pem = _read(path, SigningFileNotFoundError, SigningError)
    try:
        key = load_pem_private_key(pem, password)
    except TypeError:
        wanted = "is encrypted, and no password can be given here" if password is None else "is not encrypted"
        raise SigningError(f"The private key {path} {wanted}.") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SigningError(f"{path} holds no private key in PEM, or the password is wrong.") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name not in CURVES:
        raise SigningError(f"The private key {path} is of another kind than {', '.join(CURVES)}.")
    return key


def _load_public_key(path: Path) -> ec.EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    pem = _read(path, VerificationError, VerificationError)
    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise VerificationError(f"{path} holds no public key in PEM.") from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in CURVES:
        raise VerificationError(f"The public key {path} is of another kind than {', '.join(CURVES)}.")
    return key


def _load_certificate(path: Path, failure: type[SigningError | VerificationError]) -> x509.Certificate:
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificate(_read(path, failure, failure))
    except ValueError:
        raise failure(f"{path} holds no certificate in PEM.") from None


def _check_period(
    certificate: x509.Certificate,
    name: str,
    failure: type[SigningError | VerificationError],
    *,
    allow_expired: bool = False,
) -> None:
    """Check that a certificate is valid now."""
    begin, end, now = certificate.not_valid_before_utc, certificate.not_valid_after_utc, _now()
    if now < begin:
        raise failure(f"{name} is not valid before {begin:%Y-%m-%d %H:%M} UTC.")
    if now > end and not allow_expired:
        advice = (
            "Get a new one."
            if failure is SigningError
            else "Nothing proves that the signature is older. allow_expired=True accepts it, for archives."
        )
        raise failure(f"{name} expired at {end:%Y-%m-%d %H:%M} UTC. {advice}")


def _now() -> datetime:
    return datetime.now(timezone.utc)


def _read(path: Path, missing: Callable[[str], Exception], failure: Callable[[str], Exception]) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise missing(f"There is no file {path}.") from None
    except OSError as error:
        raise failure(f"{path} cannot be read: {error.strerror}.") from None


def _public_pem(key: ec.EllipticCurvePublicKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _fingerprint(key: ec.EllipticCurvePublicKey) -> str:
    return hashlib.sha256(_public_pem(key)).hexdigest()


def _names(certificate: x509.Certificate) -> set[str]:
    """Who a certificate was issued to: its common name and alternative names."""
    from cryptography import x509

    names = {
        str(attribute.value)
        for attribute in certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    }
    try:
        others = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return names
    for kind in (x509.RFC822Name, x509.DNSName, x509.UniformResourceIdentifier):
        names.update(others.get_values_for_type(kind))
    return names
