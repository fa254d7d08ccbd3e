"""The errors of signing, under the name of their module in release 0.3."""

from model_registry.exceptions import BaseSigningError, InitializationError, SigningError, VerificationError

__all__ = ["BaseSigningError", "InitializationError", "SigningError", "VerificationError"]
