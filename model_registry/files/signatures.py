"""Check downloaded files by the signature that was recorded with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from model_registry.exceptions import VerificationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_registry.signing import Verifier
    from model_registry.storage import Allow
    from model_registry.types import ModelArtifact

_RECORDED = "signature_method"


@runtime_checkable
class VersionVerifier(Protocol):
    """A verifier that can refuse signatures for other versions."""

    version: str | None

    def for_version(self, version: str, *, required: bool = False) -> Verifier:
        """Return the verifier for the version with a URI, which a signature may be required to name."""
        ...


def signature_check(
    artifact: ModelArtifact,
    verifier: Verifier | None,
    version: str,
    *,
    required: bool = False,
    allow: Allow | None = None,
) -> Callable[[Path], object] | None:
    """Return the check of an artifact's files.

    Args:
        artifact: The registered artifact.
        verifier: Whose signature to trust.
        version: URI of the version, which the signature must not contradict.
        required: Refuse an artifact that has no recorded signature, or one that names no version.
        allow: The locations that the artifact may name; `None` for all.

    Returns:
        A function of the file or folder, or `None` where no signature is recorded.

    Raises:
        VerificationError: A signature is recorded, and no verifier is given; or none is recorded, and one is
            required or a verifier is given.
    """
    record = artifact.custom_properties
    method = signature_method(artifact)
    if method is None:
        if verifier is not None:
            raise VerificationError(
                f"model artifact {artifact.name!r} has no signature, and verifier= asks for one"
            )
        if required:
            raise VerificationError(
                f"model artifact {artifact.name!r} has no signature, and require_signature=True asks for one"
            )
        return None
    from model_registry.signing import ModelSigner, SigningConfig, verify_download

    if verifier is None:
        if method != "sigstore":
            raise VerificationError(
                f"model artifact {artifact.name!r} is signed with a {method}: give the signer to trust as "
                "verifier=, such as ModelSigner.with_key(public_key=...), or skip the signature with "
                "verify='digest'"
            )
        verifier = ModelSigner.from_config(SigningConfig.create())
    if isinstance(verifier, VersionVerifier) and verifier.version is None:
        verifier = verifier.for_version(version, required=required)
    trusted = verifier
    return lambda path: verify_download(path, record, trusted, allow=allow)


def signature_method(artifact: ModelArtifact) -> str | None:
    """Return how the recorded signature of an artifact was made; `None` if no signature is recorded."""
    method = artifact.custom_properties.get(_RECORDED)
    return None if method is None else str(method)
