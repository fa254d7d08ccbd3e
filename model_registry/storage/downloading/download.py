"""Bringing what a URI names to this machine: complete and verified, or not at all."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import IntegrityError, StorageError, StorageNotFoundError
from model_registry.storage.digests import read_digest, whole_digest
from model_registry.storage.paths import check_paths
from model_registry.storage.progress import bar
from model_registry.storage.schemes import shown, store_for
from model_registry.storage.transfer import Transfer

from .destination import Destination
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
        raise StorageNotFoundError(f"There are no files at {shown(uri)}.")
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
    wanted = _Wanted(uri, list_files(uri, store=store), expected, expected_files)
    where = Path(directory).absolute()
    try:
        with bar(progress if transfer is None else None, shown(uri)) as show:
            transfer = transfer or Transfer(concurrency=concurrency, progress=show)
            destination = Destination(where, wanted.files, overwrite=overwrite)
            _download(wanted, destination, store, transfer, check)
            return destination.target
    except StorageError:
        raise
    except OSError as error:
        raise StorageError(f"{shown(uri)} could not be brought to {where}: {error}.") from error


def _download(
    wanted: _Wanted,
    destination: Destination,
    store: Store,
    transfer: Transfer,
    check: Callable[[Path], object] | None,
) -> None:
    if not destination.examine():
        wanted.check_whole(destination.kept)
        if check is not None:
            check(destination.target)
        return
    staging = Staging(destination.staging(), wanted.uri, transfer)
    with staging.locked():
        missing = destination.examine()  # another download may have just ended
        staging.begin(missing)
        sizes = [file.size for file in missing]
        transfer.begin(len(missing), None if None in sizes else sum(size or 0 for size in sizes))

        def fetch(files: list[StoredFile]) -> list[tuple[str, str]]:
            return [(file.path, wanted.fetch(file, store, staging, transfer)) for file in files]

        fetched = dict(chain.from_iterable(transfer.each(fetch, _grouped(missing))))
        try:
            wanted.check_whole({**destination.kept, **fetched})
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


class _Wanted:
    """The files that a URI names, and what is expected of them."""

    def __init__(
        self, uri: str, files: list[StoredFile], expected: str | None, by_path: Mapping[str, str] | None
    ) -> None:
        self.uri = uri
        self._whole = expected and read_digest(expected, "expected")
        self._by_path = {
            path: read_digest(digest, f"expected_files[{path!r}]") for path, digest in (by_path or {}).items()
        }
        if self._whole and files[0].single:
            self._by_path.setdefault(files[0].path, self._whole)
        if by_path is not None:
            self._check_names({file.path for file in files})
        self.files = [replace(file, digest=file.digest or self._by_path.get(file.path)) for file in files]
        known = {file.path: file.digest for file in files if file.digest is not None}
        for path, digest in known.items():
            self._check_file(path, digest)
        if len(known) == len(files):
            self.check_whole(known)

    def fetch(self, file: StoredFile, store: Store, staging: Staging, transfer: Transfer) -> str:
        """Fetch a file, or the rest of it; give its digest."""
        transfer.check()
        with staging.partial(file) as partial:
            resumed = partial.offset > 0
            if file.size is None or partial.offset < file.size:
                store.get(self.uri, file, partial, transfer)
            digest = partial.finish()
            size = partial.offset
        try:
            self._check_file(file.path, digest, file.digest)
        except IntegrityError:
            staging.forget(file.path)
            transfer.advance(-size)
            if resumed:  # what was kept may have been the fault
                return self.fetch(file, store, staging, transfer)
            raise
        transfer.advance(0, files=1)
        return digest

    def check_whole(self, digests: dict[str, str]) -> None:
        """Compare the digest of everything with the one that is expected."""
        if self._whole is None:
            return
        found = whole_digest(digests, single=self.files[0].single)
        if found != self._whole:
            raise IntegrityError(
                f"{shown(self.uri)} is not what was expected: the digest of the whole is {found}, not "
                f"{self._whole}. Nothing was put in place."
            )

    def _check_names(self, found: set[str]) -> None:
        missing, added = self._by_path.keys() - found, found - self._by_path.keys()
        if missing or added:
            what = f"{min(missing)!r} is missing" if missing else f"{min(added)!r} is one more"
            raise IntegrityError(
                f"{shown(self.uri)} does not hold the files that were expected: {what}. Nothing was put in "
                "place."
            )

    def _check_file(self, path: str, found: str, of_store: str | None = None) -> None:
        for wanted in (self._by_path.get(path), of_store):
            if wanted is not None and wanted != found:
                raise IntegrityError(
                    f"{path} of {shown(self.uri)} is not what was expected: its digest is {found}, not "
                    f"{wanted}. Nothing was put in place."
                )
