"""Upload files of this machine to a URI."""

from __future__ import annotations

import re
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, StorageError
from model_registry.types.arguments import checked_path

from .digests import manifest_of, whole_digest
from .paths import check_paths, walk
from .progress import last_part, progress_bar
from .protocol import LocalFile, StoredFile
from .schemes import as_uri, redact, store_for
from .termination import ending_on_sigterm
from .transfer import Transfer

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Generator, Sequence

    from .protocol import Store
    from .transfer import Progress


@dataclass(frozen=True)
class Upload:
    """The result of an upload.

    Attributes:
        uri: URI of the stored file or folder.
        size: Size of all files in bytes.
        digest: Digest of the single file, or of the folder.
        files: The files, sorted by path, with size and digest.
    """

    uri: str
    size: int
    digest: str
    files: list[StoredFile]


def upload(
    path: str | os.PathLike[str],
    uri: str | os.PathLike[str],
    *,
    store: Store | None = None,
    concurrency: int = 8,
    progress: bool | Callable[[Progress], object] | None = None,
    ignore: Sequence[str] = (),
    manifest: str | None = None,
    transfer: Transfer | None = None,
) -> Upload:
    """Upload a file or folder to a URI. Existing files of the same names are replaced.

    Args:
        path: The file or folder.
        uri: Target URI or path. If it ends with `/`, it is a folder, and a single file keeps its name in it.
        store: Store to use; by default the one of `store_for`.
        concurrency: Maximum number of files, or parts of files, transferred at once.
        progress: `True` for a bar in terminals and notebooks, or a function to call with the `Progress`.
        ignore: Shell patterns for names, or for paths below the folder, not to upload.
        manifest: Name of a file to store in the folder, with the digests of all other files, as `sha256sum`
            prints them. Its digest is that of the folder.
        transfer: A `Transfer` that another thread may stop. It replaces `concurrency` and `progress`.

    Returns:
        URI, size and digests of the upload.

    Raises:
        InvalidArgumentError: The folder is empty, or the scheme of the URI is unknown.
        StorageNotFoundError: The path does not exist.
        StorageAccessError: The store refuses access.
        StorageError: The upload failed for another reason, or was stopped.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> uploaded = storage.upload("fraud.onnx", "store/fraud/1.onnx")
        >>> uploaded.size, uploaded.digest[:15]
        (7, 'sha256:9a129038')
    """
    uri = as_uri(uri)
    store = store or store_for(uri)
    source = checked_path("path", path)
    found = _found(source, ignore if manifest is None else [*ignore, manifest])
    single = _is_single(source, uri)
    try:
        files = [LocalFile(place, "" if single else name) for name, place in found]
        with (
            progress_bar(progress if transfer is None else None, last_part(redact(uri))) as show,
            _with_manifest(files, manifest) as sent,
            ending_on_sigterm(),
        ):
            transfer = transfer or Transfer(concurrency=concurrency, progress=show)
            transfer.begin(len(sent), sum(file.size for file in sent))
            stored_at = store.put(uri, sent, transfer)
        digests = {name: file.digest for (name, _), file in zip(found, files, strict=True)}
        for file in files:
            file.check_unchanged()
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{source} cannot be uploaded to {redact(uri)}: {error}.") from error
    return Upload(
        uri=stored_at,
        size=sum(file.size for file in files),
        digest=whole_digest(digests, single=single),
        files=[
            StoredFile(name, file.size, digests[name], version=file.version, single=single)
            for (name, _), file in zip(found, files, strict=True)
        ],
    )


def files_to_upload(
    path: str | os.PathLike[str], uri: str, ignore: Sequence[str] = ()
) -> list[tuple[str, Path]]:
    """Return the files that an upload sends: path below the URI, empty for the URI itself, and local path.

    Args:
        path: The file or folder.
        uri: Target URI or path.
        ignore: Shell patterns for names, or for paths below the folder, not to upload.

    Raises:
        InvalidArgumentError: The folder is empty, or the scheme of the URI is unknown.
        StorageError: The path does not exist, or cannot be uploaded.
    """
    store_for(uri)
    source = checked_path("path", path)
    single = _is_single(source, uri)
    return [("" if single else name, place) for name, place in _found(source, ignore)]


def _found(source: Path, ignore: Sequence[str]) -> list[tuple[str, Path]]:
    found = walk(source, ignore)
    if not found:
        raise InvalidArgumentError(f"{source} contains no files to upload")
    check_paths(name for name, _ in found)
    return found


def _is_single(source: Path, uri: str) -> bool:
    return source.is_file() and not names_folder(uri)


@contextmanager
def _with_manifest(files: list[LocalFile], name: str | None) -> Generator[list[LocalFile]]:
    """Return the files to send: with a manifest, if it has a name. The files are read for it."""
    if name is None:
        yield files
        return
    with tempfile.TemporaryDirectory(prefix="model-registry-") as folder:
        manifest = Path(folder, "manifest")
        manifest.write_bytes(manifest_of({file.path: file.digest for file in files}))
        yield [*files, LocalFile(manifest, name)]


def names_folder(uri: str) -> bool:
    """Return whether the path of a URI ends with `/`."""
    return re.split(r"[?#]", uri, maxsplit=1)[0].endswith("/")
