"""Signatures over the files of models and over container images: who vouches for these bytes.

Two ways: with a key or a certificate of one's own, which needs no service, and keyless with sigstore. The
signatures are those of the OpenSSF's model signing, so that its other tools read them too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names
from model_registry.exceptions import (
    AlreadyInitializedError,
    BaseSigningError,
    IdentityTokenError,
    InitializationError,
    SignatureNotFoundError,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
)

if TYPE_CHECKING:
    from .commands import CommandError, CommandRunner
    from .config import SigningConfig
    from .identity_tokens import decode_jwt_payload, extract_client_id
    from .image_signer import ImageSigner
    from .keys import create_key_pair
    from .model_signer import ModelSigner
    from .recorded_signatures import Verifier, describe, verify_download
    from .signer import Signer
    from .trust import TrustManager

__all__ = [
    "AlreadyInitializedError",
    "BaseSigningError",
    "CommandError",
    "CommandRunner",
    "IdentityTokenError",
    "ImageSigner",
    "InitializationError",
    "ModelSigner",
    "SignatureNotFoundError",
    "Signer",
    "SigningConfig",
    "SigningError",
    "SigningFileNotFoundError",
    "TrustManager",
    "VerificationError",
    "Verifier",
    "create_key_pair",
    "decode_jwt_payload",
    "describe",
    "extract_client_id",
    "verify_download",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.commands": ["CommandError", "CommandRunner"],
        f"{__name__}.config": ["SigningConfig"],
        f"{__name__}.image_signer": ["ImageSigner"],
        f"{__name__}.keys": ["create_key_pair"],
        f"{__name__}.model_signer": ["ModelSigner"],
        f"{__name__}.recorded_signatures": ["Verifier", "describe", "verify_download"],
        f"{__name__}.signer": ["Signer"],
        f"{__name__}.identity_tokens": ["decode_jwt_payload", "extract_client_id"],
        f"{__name__}.trust": ["TrustManager"],
    },
)
