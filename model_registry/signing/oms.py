"""The one seam to the library that makes signatures: the OpenSSF's model signing (OMS)."""

# The library leaves the parameter of its `PathLike` open, so no call of it is fully known.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

from model_registry.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from model_signing import hashing, manifest, verifying

    Files = hashing.Config
    """Which files of a model are read, and how."""


def require_extra() -> None:
    """Import the library, and what it imports.

    Raises:
        MissingExtraError: It is not installed, or not complete.
    """
    try:
        import_module("model_signing.signing")
        import_module("model_signing.verifying")
    except ImportError as error:
        raise MissingExtraError.for_extra("signing", "Signing", error) from error


def all_files(ignored: Iterable[Path] = (), subject: str | None = None) -> Files:
    """Read all files except ignored ones; the target of a link counts as the file.

    Args:
        ignored: Files and folders to leave out.
        subject: Name of what is signed; by default that of the folder or file.
    """
    from model_signing import hashing

    class Named(hashing.Config):
        """Set the name of the list of files."""

        def hash(self, *args: Any, **kwargs: Any) -> manifest.Manifest:
            found = super().hash(*args, **kwargs)
            if subject is not None:
                found._name = subject  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # the library has no argument for it
            return found

    config = Named()  # type: ignore[no-untyped-call]
    return config.set_ignored_paths(paths=ignored).set_allow_symlinks(True)


def manifest_of(files: Files, model: Path) -> manifest.Manifest:
    """List the files of a model with their digests."""
    return files.hash(model)


def sign_with_key(files: Files, model: Path, signature: Path, key: Path, password: bytes | None) -> None:
    """Write a signature that a private key makes."""
    from model_signing import signing

    config = signing.Config().set_hashing_config(files)  # type: ignore[no-untyped-call]
    # Declared as `str`, and handed on to what wants bytes.
    config.use_elliptic_key_signer(private_key=key, password=cast("str | None", password))
    config.sign(model, signature)


def sign_with_certificate(
    files: Files, model: Path, signature: Path, key: Path, certificate: Path, chain: list[Path]
) -> None:
    """Write a signature that the key of a certificate makes."""
    from model_signing import signing

    config = signing.Config().set_hashing_config(files)  # type: ignore[no-untyped-call]
    # An empty chain is one that the library cannot read.
    config.use_certificate_signer(
        private_key=key, signing_certificate=certificate, certificate_chain=chain or [certificate]
    )
    config.sign(model, signature)


def verify_with_key(files: Files | None, model: Path, signature: Path, key: Path) -> None:
    """Check a signature by a public key, and the files against it."""
    _verifying(files).use_elliptic_key_verifier(public_key=key).verify(model, signature)


def verify_with_certificate(files: Files | None, model: Path, signature: Path, roots: list[Path]) -> None:
    """Check a signature by the authorities that are trusted, and the files against it."""
    _verifying(files).use_certificate_verifier(certificate_chain=roots).verify(model, signature)


def verify_keyless(
    files: Files | None, model: Path, signature: Path, *, identity: str, issuer: str, trust: Path
) -> None:
    """Check a signature by a sigstore deployment, and the files against it."""
    config = _verifying(files)
    config.use_sigstore_verifier(identity=identity, oidc_issuer=issuer, trust_config=trust)
    config.verify(model, signature)


def _verifying(files: Files | None) -> verifying.Config:
    """Without a way of reading files, the signature says which was used."""
    from model_signing import verifying

    config: verifying.Config = verifying.Config()  # type: ignore[no-untyped-call]
    return config if files is None else config.set_hashing_config(files)
