"""What a registry keeps of a signature, and verifying what was downloaded by it."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from model_registry.exceptions import (
    InvalidArgumentError,
    SignatureNotFoundError,
    StorageNotFoundError,
    VerificationError,
)

from .bundles import LONGEST, Bundle

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from model_registry.storage import Allow

PLACE = "signature_path"
URI = "signature_uri"
DIGEST = "signature_digest"
METHOD = "signature_method"
BUNDLE = "signature_bundle"


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
    signature_path: str | os.PathLike[str],
    *,
    model_path: str | os.PathLike[str] | None = None,
    uri: str | None = None,
    inline: bool = False,
) -> dict[str, str]:
    """Say of a signature what belongs with the artifact that it is about, as custom properties.

    Whom to trust is not among it: who could change the artifact could change that too.

    Args:
        signature_path: The signature's file.
        model_path: The folder that it lies in, and is uploaded with; its own folder when not given. For a
            model of one file, that file: the signature lies beside it.
        uri: Where the signature was uploaded to, when that is not the folder of the model.
        inline: Return the signature itself, for a model of one file, which is stored without others.

    Returns:
        `signature_path` (relative to the folder), `signature_uri`, or `signature_bundle` (the signature
        itself); `signature_digest` (`sha256:…` of the signature's file); and `signature_method` (`key`,
        `certificate` or `sigstore`).

    Raises:
        SignatureNotFoundError: There is no such file.
        VerificationError: It is no signature.
        InvalidArgumentError: It does not lie within the folder, or the URI holds credentials.

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
    facts = {DIGEST: (bundle := Bundle(path)).digest, METHOD: bundle.method}
    if inline:
        return {BUNDLE: bundle.text, **facts}
    if uri is not None:
        if "@" in urlsplit(uri).netloc:
            raise InvalidArgumentError(
                "The URI of a signature is kept with the model: leave credentials out."
            )
        return {URI: uri, **facts}
    folder = path.parent if model_path is None else _folder(Path(model_path).absolute())
    if not path.is_relative_to(folder):
        raise InvalidArgumentError(f"The signature {path} does not lie within {folder}.")
    return {PLACE: path.relative_to(folder).as_posix(), **facts}


def verify_download(
    directory: str | os.PathLike[str],
    record: Mapping[str, object],
    verifier: Verifier,
    *,
    allow: Allow | None = None,
) -> None:
    """Verify files that were downloaded by the signature that came with them.

    Args:
        directory: The folder that they were downloaded into; for a model of one file, that file.
        record: What `describe` said when the model was registered; other properties among it do not matter.
        verifier: Who knows whom to trust: a `ModelSigner`.
        allow: Which locations `signature_uri` may name, where others may write the record; by default all.

    Raises:
        SignatureNotFoundError: The signature is not among the files.
        VerificationError: It is not the one that was registered, it is not valid, or these are not the files
            that were signed.
        StorageAccessError: The signature is kept at a location that is not allowed.
        StorageError: The signature is kept elsewhere, and cannot be fetched.

    Example:
        >>> from pathlib import Path
        >>> from model_registry.signing import ModelSigner, create_key_pair, describe, verify_download
        >>> _ = Path("credit").mkdir(), Path("credit/model.onnx").write_bytes(b"weights")
        >>> create_key_pair("credit.key", "credit.pub")
        >>> signer = ModelSigner.with_key(private_key="credit.key", public_key="credit.pub")
        >>> record = describe(signer.sign("credit"))
        >>> verify_download("credit", record, signer)
    """
    if not isinstance(record.get(DIGEST), str):
        raise VerificationError(f"No signature is recorded: there is no {DIGEST}.")
    uri, bundle = record.get(URI), record.get(BUNDLE)
    if isinstance(bundle, str):
        with tempfile.TemporaryDirectory() as folder:
            signature = Path(folder, "model.sig")
            signature.write_bytes(bundle.encode("utf-8", "replace"))
            _verify(_only_file(Path(directory)), signature, record, verifier)
    elif isinstance(uri, str):
        with tempfile.TemporaryDirectory() as folder:
            _verify(directory, _fetched(uri, Path(folder), allow), record, verifier)
    else:
        _verify(directory, _placed(Path(directory).absolute(), record.get(PLACE)), record, verifier)


def _verify(
    directory: str | os.PathLike[str], signature: Path, record: Mapping[str, object], verifier: Verifier
) -> None:
    bundle, method = Bundle(signature), record.get(METHOD)
    if bundle.digest != str(record.get(DIGEST)).lower():
        raise VerificationError(f"{signature} is not the registered signature: its digest differs.")
    if method is not None and method != bundle.method:
        raise VerificationError(
            f"The recorded {METHOD} is {str(method)[:80]!r}, but the signature "
            f"has the method {bundle.method!r}: somebody changed the record."
        )
    verifier.verify(directory, signature)


def _only_file(path: Path) -> Path:
    """Return the file itself, which may be alone in a folder."""
    files = [each for each in path.rglob("*") if not each.is_dir()] if path.is_dir() else []
    return files[0] if len(files) == 1 else path


def _placed(directory: Path, place: object) -> Path:
    if not isinstance(place, str):
        raise VerificationError(f"No signature is recorded: there is neither {PLACE} nor {URI}.")
    windows, posix = PureWindowsPath(place), PurePosixPath(place)
    if windows.drive or windows.root or posix.is_absolute() or ".." in windows.parts or not _is_name(place):
        raise VerificationError(f"The recorded {PLACE} leads out of the folder: {place!r}.")
    return _folder(directory) / place


def _is_name(text: str) -> bool:
    """Return whether a text can be a path on any system."""
    try:
        return b"\0" not in text.encode()
    except UnicodeEncodeError:
        return False


def _fetched(uri: str, folder: Path, allow: Allow | None) -> Path:
    """Fetch a signature. Its URI is from an entry of a registry."""
    from model_registry import storage
    from model_registry.storage.allow import store_for_entry

    signature = folder / "model.sig"
    try:
        with storage.open(uri, store=store_for_entry(uri, None, allow)) as file:
            content = file.read(LONGEST + 1)
    except StorageNotFoundError as error:
        raise SignatureNotFoundError(f"The recorded signature is not there. {error}") from error
    signature.write_bytes(content)
    return signature


def _folder(path: Path) -> Path:
    return path.parent if path.is_file() else path
