"""Failed signing and verifying."""

from __future__ import annotations

from .base import ModelRegistryError
from .storage import IntegrityError, StorageNotFoundError


class BaseSigningError(ModelRegistryError):
    """Signing or verifying failed. The text says why, and what to do next."""


class InitializationError(BaseSigningError):
    """Roots of trust cannot be fetched, or are not the expected ones."""


class AlreadyInitializedError(InitializationError, FileExistsError):
    """Roots of trust exist already. Nothing was replaced."""


class SigningError(BaseSigningError):
    """Nothing was signed."""


class IdentityTokenError(SigningError, ValueError):
    """An identity token is malformed or expired. The text does not contain the token."""


class SigningFileNotFoundError(SigningError, FileNotFoundError):
    """A file to sign, or one that signing needs, does not exist."""


class VerificationError(BaseSigningError, IntegrityError):
    """These files have no valid signature of the expected signer."""


class SignatureNotFoundError(VerificationError, StorageNotFoundError):
    """There is no signature, or there are no files to verify."""
