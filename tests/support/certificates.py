"""A certificate authority with an intermediate one, and certificates in files."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from pathlib import Path


def pem(key: ec.EllipticCurvePrivateKey, password: bytes | None = None) -> bytes:
    """A private key's PEM."""
    encryption = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)


def issue(
    subject, key, issuer, issuer_key, *, ca=False, names=(), usage=True, age=timedelta(hours=1), lifetime=365
):
    """Issue a certificate."""
    start = datetime.now(timezone.utc) - age
    builder = (
        x509.CertificateBuilder()
        .subject_name(name_of(subject))
        .issuer_name(name_of(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=lifetime))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=usage,
                key_cert_sign=ca,
                crl_sign=ca,
                content_commitment=False,
                key_encipherment=not usage,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(names)), critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def name_of(text):
    """A name with nothing but a common name."""
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Authority:
    """A root, an intermediate authority, and certificates that it issues.

    Attributes:
        root: File of the root's certificate.
        intermediate: File of the intermediate certificate.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        root_key, self._key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
        self.root = self._write("root.pem", issue("Root", root_key, "Root", root_key, ca=True))
        self.intermediate = self._write("mid.pem", issue("Mid", self._key, "Root", root_key, ca=True))

    def certificate(self, name: str, **options) -> tuple[Path, Path]:
        """Give the files of a private key and of its certificate."""
        key = ec.generate_private_key(ec.SECP384R1())
        path = self._folder / f"{name}.key"
        path.write_bytes(pem(key))
        return path, self._write(f"{name}.pem", issue(name, key, "Mid", self._key, **options))

    def _write(self, name: str, certificate: x509.Certificate) -> Path:
        path = self._folder / name
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path
