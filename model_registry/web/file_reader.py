"""Read files that entries of the registry name, when a visitor asks for it.

The entry was written by a stranger. So an operator says which locations the pages may read and which key they
trust, and sizes and times are limited.
"""

from __future__ import annotations

import asyncio
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from model_registry import storage
from model_registry.exceptions import (
    IntegrityError,
    ModelRegistryError,
    StorageAccessError,
    StorageError,
)
from model_registry.storage.allow import store_for_entry
from model_registry.storage.schemes import redact, scheme_of

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from model_registry import AsyncModelRegistry
    from model_registry.signing import Verifier
    from model_registry.storage import Allow, Progress
    from model_registry.types import ModelArtifact, ModelVersion

MOST_BYTES: Final = 2**30
"""Maximum size of the files whose signature is verified."""
LONGEST_DOCUMENT: Final = 200_000
"""Maximum size of a document."""
_SECONDS: Final = 60.0
_AT_ONCE: Final = 2
_WITH_HOSTS: Final = ("http", "https", "oci")


@dataclass(frozen=True)
class SignatureCheck:
    """What the check of a signature showed.

    Attributes:
        is_valid: Whether the signature is valid; `None` if it could not be checked.
        message: What was checked, or why not.
    """

    is_valid: bool | None
    message: str


class FileReader:
    """Reads files for visitors.

    Args:
        locations: Beginnings of the URIs that may be read, such as `s3://models/`, or folders; `None` for all
            that `allow` allows.
        allow: The locations that entries may name, where `locations` is `None`; `None` for all.
        public_key: The key to trust, of a signature that was made with a key.
    """

    def __init__(
        self,
        locations: Sequence[str] | None,
        *,
        allow: Allow | None = None,
        public_key: str | os.PathLike[str] | None = None,
    ) -> None:
        self._locations = locations
        self._allow = allow
        self._public_key = public_key
        self._places = asyncio.Semaphore(_AT_ONCE)

    def may_read(self, uri: str | None) -> bool:
        """Return whether a URI may be read, as far as the URI itself shows."""
        if not uri:
            return False
        try:
            allow = self._allow_for(uri)
            if allow is not None:
                allow.check_scheme(uri)
        except StorageAccessError:
            return False
        is_path = scheme_of(uri) in ("", "file")
        return allow is None or not is_path or bool(allow.folders)

    async def verify(
        self, registry: AsyncModelRegistry, version: ModelVersion, artifact: ModelArtifact
    ) -> SignatureCheck:
        """Download the files of an artifact to a temporary folder, and verify their recorded signature."""
        method = artifact.custom_properties.get("signature_method")
        if method is None:
            return SignatureCheck(None, "The registry has no signature of these files.")
        if method != "sigstore" and self._public_key is None:
            return SignatureCheck(
                None, f"The signature was made with a {method}, and these pages were given no public key."
            )
        if self._places.locked():
            return SignatureCheck(None, "Other signatures are being verified: try again in a minute.")
        try:
            allow = self._allow_for(artifact.uri or "")
            if isinstance(elsewhere := artifact.custom_properties.get("signature_uri"), str):
                self._allow_for(elsewhere)
            async with self._places:
                with tempfile.TemporaryDirectory(
                    prefix="model-registry-", ignore_cleanup_errors=True
                ) as folder:
                    await asyncio.wait_for(
                        registry.download(
                            version,
                            folder,
                            artifact=artifact.name,
                            verifier=self._verifier() if method != "sigstore" else None,
                            progress=_stop_if_large,
                            allow=allow,
                        ),
                        _SECONDS,
                    )
        except asyncio.TimeoutError:
            return SignatureCheck(None, f"It took longer than {_SECONDS:.0f} seconds to read the files.")
        except IntegrityError as error:
            return SignatureCheck(False, str(error))
        except (ModelRegistryError, OSError) as error:
            return SignatureCheck(None, str(error))
        return SignatureCheck(True, "The files were downloaded, and are those that were signed.")

    async def read_text(self, uri: str) -> str:
        """Return the text of a document.

        Raises:
            StorageError: It cannot be read, or is no text of a reasonable size.
        """
        allow = self._allow_for(uri)

        def read() -> bytes:
            with storage.open(uri, store=store_for_entry(uri, None, allow)) as file:
                return file.read(LONGEST_DOCUMENT + 1)

        async def read_in_place() -> bytes:
            async with self._places:
                return await asyncio.to_thread(read)

        # A thread cannot be stopped: it has its place until it ends, so that slow servers hold few threads.
        reading = asyncio.create_task(read_in_place())
        reading.add_done_callback(lambda task: task.cancelled() or task.exception())
        try:
            data = await asyncio.wait_for(asyncio.shield(reading), _SECONDS)
        except asyncio.TimeoutError:
            raise StorageError(f"{redact(uri)} was not read within {_SECONDS:.0f} seconds.") from None
        if len(data) > LONGEST_DOCUMENT:
            raise StorageError(f"{redact(uri)} is longer than {LONGEST_DOCUMENT} bytes: download it.")
        try:
            return data.decode()
        except UnicodeDecodeError:
            raise StorageError(f"{redact(uri)} is no text in UTF-8: download it.") from None

    def _verifier(self) -> Verifier | None:
        if self._public_key is None:
            return None
        from model_registry.signing import ModelSigner

        return ModelSigner.with_key(public_key=self._public_key)

    def _allow_for(self, uri: str) -> Allow | None:
        """Return the policy for a URI.

        Raises:
            StorageAccessError: It may not be read.
        """
        if self._locations is None:
            return self._allow
        location = next((each for each in self._locations if _is_below(uri, each)), None)
        if location is None:
            raise StorageAccessError(f"These pages may not read {redact(uri)}. Nothing was read.")
        scheme = scheme_of(location)
        if scheme in ("", "file"):
            return storage.Allow(schemes=["file"], folders=[location.removeprefix("file://")])
        hosts = [urlsplit(location).netloc] if scheme in _WITH_HOSTS else None
        return storage.Allow(schemes=[scheme], hosts=hosts)


def _is_below(uri: str, location: str) -> bool:
    """Return whether a URI is a location or begins with it, and cannot lead out of it."""
    path, place = uri.partition("?")[0].removeprefix("file://"), location.removeprefix("file://").rstrip("/")
    climbs = ".." in unquote(unquote(path)).replace("\\", "/").split("/")
    return (path == place or path.startswith(f"{place}/")) and not climbs


def _stop_if_large(progress: Progress) -> None:
    if max(progress.done, progress.total or 0) > MOST_BYTES:
        raise StorageError(f"The files are larger than {MOST_BYTES // 2**20} MiB: download and verify them.")
