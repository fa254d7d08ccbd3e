"""What a registry keeps of a signature, and verifying what was downloaded by it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Protocol

from model_registry.exceptions import InvalidArgumentError, VerificationError

from .bundles import Bundle

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

PLACE = "signature_path"
DIGEST = "signature_digest"
METHOD = "signature_method"


class Verifier(Protocol):
    """Something that verifies signatures, and knows whom to trust: a `ModelSigner`."""

    def verify(
        self, model_path: str | os.PathLike[str], signature_path: str | os.PathLike[str] | None = None
    ) -> None:
        """Check a signature, and the files against it.

        Raises:
            VerificationError: The signature is not valid, or these are not the files.
        """
        ...


def describe(
    signature_path: str | os.PathLike[str], *, model_path: str | os.PathLike[str] | None = None
) -> dict[str, str]:
    """Say of a signature what belongs with the artifact that it is about, as custom properties.

    Whom to trust is not among it: who could change the artifact could change that too.

    Args:
        signature_path: The signature's file.
        model_path: The folder that it lies in, and is uploaded with; its own folder when not given. For a
            model of one file, that file: the signature lies beside it.

    Returns:
        `signature_path` (relative to the folder), `signature_digest` (`sha256:…` of the signature's file) and
        `signature_method` (`key`, `certificate` or `sigstore`).

    Raises:
        SignatureNotFoundError: There is no such file.
        VerificationError: It is no signature.
        InvalidArgumentError: It does not lie within the folder.

    Example:
        >>> from pathlib import Path
        >>> from model_registry.signing import ModelSigner, create_key_pair, describe
        >>> _ = Path("fraud").mkdir(), Path("fraud/model.onnx").write_bytes(b"weights")
        >>> create_key_pair("signing.key", "signing.pub")
        >>> signature = ModelSigner.with_key(private_key="signing.key").sign("fraud")
        >>> describe(signature)["signature_path"], describe(signature)["signature_method"]
        ('model.sig', 'key')
    """
    path = Path(signature_path).absolute()
    folder = path.parent if model_path is None else _folder(Path(model_path).absolute())
    if not path.is_relative_to(folder):
        raise InvalidArgumentError(f"The signature {path} does not lie within {folder}.")
    bundle = Bundle(path)
    return {PLACE: path.relative_to(folder).as_posix(), DIGEST: bundle.digest, METHOD: bundle.method}


def verify_download(
    directory: str | os.PathLike[str], record: Mapping[str, object], verifier: Verifier
) -> None:
    """Verify files that were downloaded by the signature that came with them.

    Args:
        directory: The folder that they were downloaded into; for a model of one file, that file.
        record: What `describe` said when the model was registered; other properties among it do not matter.
        verifier: Who knows whom to trust: a `ModelSigner`.

    Raises:
        SignatureNotFoundError: The signature is not among the files.
        VerificationError: It is not the one that was registered, it is not valid, or these are not the files
            that were signed.

    Example:
        >>> from pathlib import Path
        >>> from model_registry.signing import ModelSigner, create_key_pair, describe, verify_download
        >>> _ = Path("credit").mkdir(), Path("credit/model.onnx").write_bytes(b"weights")
        >>> create_key_pair("credit.key", "credit.pub")
        >>> signer = ModelSigner.with_key(private_key="credit.key", public_key="credit.pub")
        >>> record = describe(signer.sign("credit"))
        >>> verify_download("credit", record, signer)
    """
    place, digest = record.get(PLACE), record.get(DIGEST)
    if not isinstance(place, str) or not isinstance(digest, str):
        raise VerificationError(f"No signature is recorded: {PLACE} and {DIGEST} are wanted.")
    if (
        PureWindowsPath(place).drive
        or PurePosixPath(place).is_absolute()
        or ".." in Path(place).parts
        or "\0" in place
    ):
        raise VerificationError(f"The recorded {PLACE} leads out of the folder: {place!r}.")
    signature = _folder(Path(directory).absolute()) / place
    if Bundle(signature).digest != digest.lower():
        raise VerificationError(
            f"{signature} is not the signature that was registered: its digest is another."
        )
    verifier.verify(directory, signature)


def _folder(path: Path) -> Path:
    return path.parent if path.is_file() else path
