"""The files that a signature is about: what can be signed at all, and how a signature over them is made."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from model_registry.exceptions import (
    BaseSigningError,
    InvalidArgumentError,
    SignatureNotFoundError,
    SigningError,
    SigningFileNotFoundError,
    VerificationError,
)
from model_registry.storage.paths import in_hub_cache

from . import oms
from .bundles import Bundle, MethodName

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_GIT = (".git", ".gitattributes", ".github", ".gitignore")
"""What the library leaves out of every signature."""

_MISMATCH = "Signature mismatch: "
_NAMED = 10


class Method(Protocol):
    """A way of signing and verifying."""

    @property
    def name(self) -> MethodName:
        """What its signatures say how they were made."""
        ...

    def sign(self, model: Path, files: oms.Files, signature: Path) -> None:
        """Write a signature."""
        ...

    def verify(self, model: Path, files: oms.Files | None, signature: Bundle) -> None:
        """Check a signature, and the files against it; `files` is `None` when the signature says how."""
        ...


def sign_files(
    method: Method,
    model: Path,
    signature: Path,
    ignore_paths: Iterable[str | os.PathLike[str]],
    subject: str | None = None,
) -> Path:
    """Sign a file, or everything in a folder; the signature is written when it is complete.

    Args:
        method: How.
        model: The file or folder.
        signature: Where the signature goes.
        ignore_paths: What of the folder is left out, relative to it.
        subject: Name of what is signed; by default that of the folder or file.

    Returns:
        Where the signature is.

    Raises:
        SigningError: Nothing was written.
    """
    oms.require_extra()
    model, signature = model.absolute(), signature.absolute()
    ignored = [*_within(model, ignore_paths), *([signature] if signature.is_relative_to(model) else [])]
    if not model.exists():
        raise SigningFileNotFoundError(f"There is nothing to sign at {model}.")
    if signature == model or signature.is_dir():
        raise SigningError(f"The signature cannot be written to {signature}: name another file.")
    left_out = [*ignored, *(model / name for name in _GIT)]
    if not [path for path in _files(model, SigningError) if not any(map(path.is_relative_to, left_out))]:
        raise SigningError(f"There is nothing to sign in {model}: no files, or all are ignored.")
    config = oms.all_files(ignored, subject)
    partial = signature.with_name(f".{signature.name}.partial")
    try:
        method.sign(model, config, partial)
        partial.replace(signature)
    except BaseSigningError:
        raise
    except OSError as error:
        raise SigningError(f"{model} was not signed: {error.strerror}: {error.filename}.") from error
    except Exception as error:
        raise SigningError(f"{model} was not signed: {reason(error)}") from error
    finally:
        partial.unlink(missing_ok=True)
    return signature


def verify_files(method: Method, model: Path, signature: Path) -> None:
    """Check that a signature is valid and that the files are exactly those that were signed.

    Args:
        method: How, and whom to trust.
        model: The file or folder.
        signature: The signature.

    Raises:
        SignatureNotFoundError: There are no such files, or no signature.
        VerificationError: The signature is not valid, or files were changed, added, removed or renamed.
    """
    oms.require_extra()
    model = model.absolute()
    if not model.exists():
        raise SignatureNotFoundError(f"There is nothing to verify at {model}.")
    bundle = Bundle(signature.absolute())
    if bundle.method != method.name:
        raise VerificationError(
            f"{bundle.path} was made with a method that is not asked for: {bundle.method}, not {method.name}."
        )
    linked = any(path.is_symlink() for path in _files(model, VerificationError))
    files = oms.all_files() if linked else None
    try:
        method.verify(model, files, bundle)
    except BaseSigningError:
        raise
    except OSError as error:
        raise VerificationError(f"{model} cannot be verified: {error.strerror}: {error.filename}.") from error
    except Exception as error:
        raise VerificationError(f"{model} is not what {bundle.path} vouches for: {reason(error)}") from error


def reason(error: Exception) -> str:
    """Say in a line why a library below failed."""
    text = " ".join(str(error).split())
    if type(error).__name__ == "InvalidSignature":
        text = "the signature was made with another key, or was changed"
    elif (
        isinstance(error, KeyError | AttributeError | TypeError) or type(error).__name__ == "ValidationError"
    ):
        text = "the signature is damaged"
    elif text.startswith(_MISMATCH):
        text = _differences(text)
    text = text or type(error).__name__
    return text if text.endswith(".") else f"{text}."


def _differences(text: str) -> str:
    """Name the files in which a folder differs from what was signed, without their digests."""
    try:
        found = [str(each) for each in ast.literal_eval(text.removeprefix(_MISMATCH))]
    except (ValueError, SyntaxError):
        return text
    changed = [
        each.partition("': Expected '")[0].partition("'")[2] for each in found if "': Expected '" in each
    ]
    others = [each[:1000] for each in found if "': Expected '" not in each]
    shown = ", ".join(changed[:_NAMED]) + (f" and {len(changed) - _NAMED} more" if changed[_NAMED:] else "")
    return "; ".join([*([f"changed since they were signed: {shown}"] if changed else []), *others])


def _within(model: Path, paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    inside = [Path(os.path.normpath(model / path)) for path in paths]
    for path in inside:
        if path == model or not path.is_relative_to(model):
            raise InvalidArgumentError(f"ignore_paths names something that is not within {model}: {path}.")
    return inside


def _files(model: Path, failure: type[BaseSigningError]) -> Iterator[Path]:
    """Walk a folder; refuse links that signatures cannot cover, and folders that cannot be read."""

    def refuse(error: OSError) -> None:
        raise failure(f"{error.filename} cannot be read: {error.strerror}.") from error

    root = model.resolve()
    for folder, folders, names in os.walk(model, onerror=refuse) if model.is_dir() else ():
        for path in [Path(folder, name) for name in (*folders, *names)]:
            if path.is_symlink():
                target = Path(os.path.realpath(path))  # `resolve` raises for links in a circle
                if not target.is_file() or not (target.is_relative_to(root) or in_hub_cache(target, root)):
                    raise failure(
                        f"{path} is a link that leads to a folder, to nothing, or out of {model}: "
                        "put the file itself there."
                    )
        yield from (Path(folder, name) for name in names)
    if not model.is_dir():
        yield model
