"""The files that a download should bring, and checking them against the expected digests."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from model_registry.exceptions import IntegrityError
from model_registry.storage.digests import read_digest, whole_digest
from model_registry.storage.schemes import redact

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.storage.protocol import Store, StoredFile
    from model_registry.storage.transfer import Transfer

    from .staging import Staging


class ExpectedFiles:
    """The files that a URI names, with their expected digests."""

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
        self.files = [
            file if file.digest else replace(file, digest=self._by_path.get(file.path)) for file in files
        ]
        known = {file.path: file.digest for file in files if file.digest is not None}
        for path, digest in known.items():
            self._check_file(path, digest)
        if len(known) == len(files):
            self.check_whole(known)

    @property
    def only_whole(self) -> bool:
        """Return whether the digest of the folder is known, but not those of all its files."""
        return self._whole is not None and any(file.digest is None for file in self.files)

    def fetch(self, file: StoredFile, store: Store, staging: Staging, transfer: Transfer) -> str:
        """Fetch a file or the missing rest of it. Return its digest."""
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
            if resumed:  # the fault may be in the bytes of an earlier attempt
                return self.fetch(file, store, staging, transfer)
            raise
        transfer.advance(0, files=1)
        return digest

    def check_whole(self, digests: dict[str, str]) -> None:
        """Check the digest of the file or folder."""
        if self._whole is None:
            return
        found = whole_digest(digests, single=self.files[0].single)
        if found != self._whole:
            raise IntegrityError(
                f"{redact(self.uri)} does not have the expected digest: it is {found}, not "
                f"{self._whole}. The destination is unchanged."
            )

    def _check_names(self, found: set[str]) -> None:
        missing, added = self._by_path.keys() - found, found - self._by_path.keys()
        if missing or added:
            what = f"{min(missing)!r} is missing" if missing else f"{min(added)!r} is not expected"
            raise IntegrityError(
                f"{redact(self.uri)} does not contain the expected files: {what}. The destination is "
                "unchanged."
            )

    def _check_file(self, path: str, found: str, of_store: str | None = None) -> None:
        for expected in (self._by_path.get(path), of_store):
            if expected is not None and expected != found:
                raise IntegrityError(
                    f"{path} of {redact(self.uri)} does not have the expected digest: it is {found}, not "
                    f"{expected}. The destination is unchanged."
                )
