"""Checking files that were downloaded by the signature that was recorded with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.exceptions import VerificationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from model_registry.signing import Verifier
    from model_registry.types import ModelArtifact

_RECORDED = "signature_method"


def signature_check(artifact: ModelArtifact, verifier: Verifier | None) -> Callable[[Path], object] | None:
    """Choose how the files of an artifact are checked.

    Args:
        artifact: What is registered.
        verifier: Whom to trust.

    Returns:
        A function of the file or folder, or `None` where no signature is recorded.

    Raises:
        VerificationError: A signature is recorded, and nobody says whom to trust.
    """
    record = artifact.custom_properties or {}
    method = record.get(_RECORDED)
    if method is None:
        if verifier is not None:
            raise VerificationError(
                f"model artifact {artifact.name!r} was registered without the signature that verifier= wants"
            )
        return None
    from model_registry.signing import ModelSigner, SigningConfig, verify_download

    if verifier is None:
        if method != "sigstore":
            raise VerificationError(
                f"model artifact {artifact.name!r} is signed with a {method}: say whose by verifier=, as "
                "ModelSigner.with_key(public_key=...), or leave the signature out with verify='digest'"
            )
        verifier = ModelSigner.from_config(SigningConfig.create())
    trusted = verifier
    return lambda path: verify_download(path, record, trusted)
