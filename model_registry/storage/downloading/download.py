"""Download what a URI names: complete and verified, or not at all."""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING

from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.paths import check_paths, is_ignored
from model_registry.storage.progress import last_part, progress_bar
from model_registry.storage.schemes import as_uri, redact, store_for
from model_registry.storage.transfer import Transfer
from model_registry.types.arguments import checked_path

from .destination import Destination
from .expected import ExpectedFiles
from .staging import Staging

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from model_registry.storage.protocol import Store, StoredFile
    from model_registry.storage.transfer import Progress


def list_files(uri: str | os.PathLike[str], *, store: Store | None = None) -> list[StoredFile]:
    """List the files that a URI names.

    Args:
        uri: URI or path of a file or folder.
        store: Store to use; by default the one of `store_for`.

    Returns:
        The file, or all files below the folder, sorted by path.

    Raises:
        StorageNotFoundError: The URI names nothing.
        StorageError: The store cannot be read, or has file names that are not allowed on this machine.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> [(file.path, file.size) for file in storage.list_files("fraud.onnx")]
        [('fraud.onnx', 7)]
    """
    uri = as_uri(uri)
    files = (store or store_for(uri)).list_files(uri)
    if not files:
        raise StorageNotFoundError(f"{redact(uri)} contains no files.")
    check_paths(file.path for file in files)
    return sorted(files, key=lambda file: file.path.encode())


def download(
    uri: str | os.PathLike[str],
    directory: str | os.PathLike[str],
    *,
    store: Store | None = None,
    concurrency: int = 8,
    progress: bool | Callable[[Progress], object] | None = None,
    expected: str | None = None,
    expected_files: Mapping[str, str] | None = None,
    ignore: Sequence[str] = (),
    overwrite: bool = False,
    check: Callable[[Path], object] | None = None,
    transfer: Transfer | None = None,
) -> Path:
    """Download a file or folder.

    The bytes are stored in `.NAME.partial` until all are complete and verified, then moved to the destination
    at once. After a failure, the next call continues where it stopped. Existing files are not downloaded.

    Args:
        uri: URI or path of a file or folder.
        directory: Folder for the file, or for the content of the folder. It is created.
        store: Store to use; by default the one of `store_for`.
        concurrency: Maximum number of files, or parts of files, transferred at once.
        progress: `True` for a bar in terminals and notebooks, or a function to call with the `Progress`.
        expected: Digest that the file or folder must have.
        expected_files: Digest that each file must have, by path. Other files are not allowed.
        ignore: Shell patterns for names, or for paths below the folder, not to download.
        overwrite: Replace existing files with other content. Files that are not in the source stay.
        check: Called with the file or folder before it is moved to the destination, or after that if some
            files existed. Its exceptions are raised.
        transfer: A `Transfer` that another thread may stop. It replaces `concurrency` and `progress`.

    Returns:
        The path of the file or folder.

    Raises:
        InvalidArgumentError: A digest is not valid, or the scheme of the URI is unknown.
        StorageNotFoundError: The URI names nothing.
        StorageAccessError: The store refuses access.
        IntegrityError: The content is not the expected one. The destination is unchanged.
        StorageError: The download failed otherwise, was stopped, or the destination has other content.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> storage.download("fraud.onnx", "copies").read_bytes()
        b'weights'
    """
    uri = as_uri(uri)
    where = checked_path("directory", directory).absolute()
    store = store or store_for(uri)
    listed = [file for file in list_files(uri, store=store) if not is_ignored(file.path, ignore)]
    if not listed:
        raise StorageNotFoundError(f"{redact(uri)} contains no files that are not ignored.")
    files = ExpectedFiles(uri, listed, expected, expected_files)
    try:
        with progress_bar(progress if transfer is None else None, last_part(redact(uri))) as show:
            transfer = transfer or Transfer(concurrency=concurrency, progress=show)
            destination = Destination(where, files.files, overwrite=overwrite)
            _download(files, destination, store, transfer, check)
            return destination.target
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{redact(uri)} cannot be downloaded to {where}: {error}.") from error


def _download(
    files: ExpectedFiles,
    destination: Destination,
    store: Store,
    transfer: Transfer,
    check: Callable[[Path], object] | None,
) -> None:
    try:
        complete = _fetch_missing(files, destination, store, transfer, check, assume=files.only_whole)
    except IntegrityError:
        if not destination.assumed:
            raise
        complete = _fetch_missing(files, destination, store, transfer, check, assume=False)
    if complete and check is not None:
        check(destination.target)


def _fetch_missing(
    files: ExpectedFiles,
    destination: Destination,
    store: Store,
    transfer: Transfer,
    check: Callable[[Path], object] | None,
    *,
    assume: bool,
) -> bool:
    """Fetch the missing files. Return whether the check is still to do, because some files existed."""
    if not destination.examine(assume=assume):
        files.check_whole(destination.existing)
        return True
    staging = Staging(destination.staging(), files.uri, transfer)
    with staging.locked():
        missing = destination.examine(assume=assume)  # another download may have just finished
        staging.begin(missing)
        sizes = [file.size for file in missing]
        transfer.begin(len(missing), None if None in sizes else sum(size or 0 for size in sizes))

        def fetch(group: list[StoredFile]) -> list[tuple[str, str]]:
            return [(file.path, files.fetch(file, store, staging, transfer)) for file in group]

        fetched = dict(chain.from_iterable(transfer.each(fetch, _grouped(missing))))
        try:
            files.check_whole({**destination.existing, **fetched})
            if check is not None and not destination.existing:
                check(destination.within(staging.files))
        except IntegrityError:
            if not destination.assumed:
                staging.remove()
            raise
        destination.move(staging.files, fetched)
    return bool(destination.existing)


def _grouped(files: list[StoredFile]) -> list[list[StoredFile]]:
    """Return the files in lists, one for each thread: a group in the order of its offsets, or one file."""
    alone = [[file] for file in files if file.group is None]
    groups: dict[str, list[StoredFile]] = {}
    for group, file in sorted(((file.group, file) for file in files if file.group), key=itemgetter(0)):
        groups.setdefault(group[0], []).append(file)
    return [*groups.values(), *alone]
