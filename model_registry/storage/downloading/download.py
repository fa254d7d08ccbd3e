"""Bringing what a URI names to this machine: complete and verified, or not at all."""

from __future__ import annotations

from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.paths import check_paths
from model_registry.storage.progress import progress_bar
from model_registry.storage.schemes import redact, store_for
from model_registry.storage.transfer import Transfer

from .destination import Destination
from .expected import ExpectedFiles
from .staging import Staging

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from model_registry.storage.protocol import Store, StoredFile
    from model_registry.storage.transfer import Progress


def list_files(uri: str, *, store: Store | None = None) -> list[StoredFile]:
    """List what a URI names.

    Args:
        uri: URI or path of a file or folder.
        store: Where it is; by default what `store_for` gives.

    Returns:
        The one file, or all files below the folder, sorted by path.

    Raises:
        StorageNotFoundError: There is nothing.
        StorageError: The store cannot be read, or names files that cannot be kept on this machine.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> [(file.path, file.size) for file in storage.list_files("fraud.onnx")]
        [('fraud.onnx', 7)]
    """
    files = (store or store_for(uri)).list_files(uri)
    if not files:
        raise StorageNotFoundError(f"There are no files at {redact(uri)}.")
    check_paths(file.path for file in files)
    return sorted(files, key=lambda file: file.path.encode())


def download(
    uri: str,
    directory: str | os.PathLike[str],
    *,
    store: Store | None = None,
    concurrency: int = 8,
    progress: bool | Callable[[Progress], object] | None = None,
    expected: str | None = None,
    expected_files: Mapping[str, str] | None = None,
    overwrite: bool = False,
    check: Callable[[Path], object] | None = None,
    transfer: Transfer | None = None,
) -> Path:
    """Bring a file or folder to this machine.

    The bytes are kept in `.NAME.partial` until all are there and verified; then they take their place at
    once. When that fails, the next call goes on where it stopped. What is there already is not fetched again.

    Args:
        uri: URI or path of a file or folder.
        directory: Folder that the file comes into, or that holds what the other folder holds. It is made.
        store: Where the files are; by default what `store_for` gives.
        concurrency: How many files, or parts of files, are on their way at once.
        progress: `True` for a bar in terminals and notebooks, or what is called with the `Progress`.
        expected: Digest that the whole must have.
        expected_files: Digest that each file must have, by path; there must be no others.
        overwrite: Replace files whose bytes are others, and leave files that are not in the source.
        check: Called with the file or folder before it takes its place (where parts of it are there already,
            after that); what it raises is raised.
        transfer: One of your own, which another thread may stop; it has its own `concurrency` and `progress`.

    Returns:
        Where the file is, or the folder.

    Raises:
        InvalidArgumentError: A digest, or the scheme of the URI, is none that is known.
        StorageNotFoundError: There is nothing at the URI.
        StorageAccessError: The store does not let us in.
        IntegrityError: The bytes are not the expected ones. They were not put in place.
        StorageError: It failed otherwise, was stopped, or other bytes are in the place.

    Example:
        >>> from pathlib import Path
        >>> from model_registry import storage
        >>> _ = Path("fraud.onnx").write_bytes(b"weights")
        >>> storage.download("fraud.onnx", "copies").read_bytes()
        b'weights'
    """
    store = store or store_for(uri)
    files = ExpectedFiles(uri, list_files(uri, store=store), expected, expected_files)
    where = Path(directory).absolute()
    try:
        with progress_bar(progress if transfer is None else None, redact(uri)) as show:
            transfer = transfer or Transfer(concurrency=concurrency, progress=show)
            destination = Destination(where, files.files, overwrite=overwrite)
            _download(files, destination, store, transfer, check)
            return destination.target
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{redact(uri)} could not be brought to {where}: {error}.") from error


def _download(
    files: ExpectedFiles,
    destination: Destination,
    store: Store,
    transfer: Transfer,
    check: Callable[[Path], object] | None,
) -> None:
    if not destination.examine():
        files.check_whole(destination.kept)
        if check is not None:
            check(destination.target)
        return
    staging = Staging(destination.staging(), files.uri, transfer)
    with staging.locked():
        missing = destination.examine()  # another download may have just ended
        staging.begin(missing)
        sizes = [file.size for file in missing]
        transfer.begin(len(missing), None if None in sizes else sum(size or 0 for size in sizes))

        def fetch(group: list[StoredFile]) -> list[tuple[str, str]]:
            return [(file.path, files.fetch(file, store, staging, transfer)) for file in group]

        fetched = dict(chain.from_iterable(transfer.each(fetch, _grouped(missing))))
        try:
            files.check_whole({**destination.kept, **fetched})
            if check is not None and not destination.kept:
                check(destination.within(staging.files))
        except IntegrityError:
            staging.remove()
            raise
        destination.place(staging.files, fetched)
    if check is not None and destination.kept:
        check(destination.target)


def _grouped(files: list[StoredFile]) -> list[list[StoredFile]]:
    """Put together what one thread fetches: a group, in the order of the places, or a single file."""
    alone = [[file] for file in files if file.group is None]
    groups: dict[str, list[StoredFile]] = {}
    for group, file in sorted(((file.group, file) for file in files if file.group), key=itemgetter(0)):
        groups.setdefault(group[0], []).append(file)
    return [*groups.values(), *alone]
