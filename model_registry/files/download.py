"""Download or open the files of a model artifact."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, BinaryIO, Literal

from model_registry import types
from model_registry.exceptions import InvalidArgumentError

from .recorded import recorded_digest, recorded_uri, store_of
from .signatures import signature_check, signature_method
from .transfers import transferred

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    from model_registry.signing import Verifier
    from model_registry.storage import Allow, Progress, Store
    from model_registry.types import DownloadedPath, ModelArtifact


async def download_files(
    artifact: ModelArtifact,
    version: str,
    directory: str | os.PathLike[str],
    *,
    label: str,
    verify: bool | Literal["digest"] = True,
    verifier: Verifier | None = None,
    require_signature: bool = False,
    overwrite: bool = False,
    concurrency: int = 8,
    progress: bool | Callable[[Progress], object] | None = None,
    store: Store | None = None,
    allow: Allow | None = None,
) -> DownloadedPath:
    """Download the files of an artifact, complete and verified, or not at all.

    The arguments are those of the client's `download`, with the version's URI, and a label for progress.
    """
    from model_registry import storage

    _check_arguments(verify, allow)
    if verifier is not None and not callable(getattr(verifier, "verify", None)):
        raise InvalidArgumentError(
            "verifier must be a signer such as ModelSigner.with_key(public_key=...), "
            f"got {type(verifier).__name__}"
        )
    uri = recorded_uri(artifact)
    facts = types.StoredFacts.of(artifact.custom_properties)
    limited = store_of(artifact, store, allow)
    if verify is not True and (verifier is not None or require_signature):
        raise InvalidArgumentError(
            "verifier= and require_signature= ask for a check of the signature, which "
            f"verify={verify!r} leaves out. Give verify=True, or leave the others out. If a profile requires "
            "signatures, require_signature=False overrides it"
        )
    check = (
        signature_check(artifact, verifier, version, required=require_signature, allow=allow)
        if verify is True
        else None
    )
    path = await transferred(
        label,
        lambda transfer: storage.download(
            uri,
            directory,
            store=limited,
            expected=facts.digest if verify else None,
            expected_files=facts.within if verify else None,
            ignore=[facts.manifest] if facts.manifest else (),
            overwrite=overwrite,
            check=check,
            transfer=transfer,
        ),
        concurrency=concurrency,
        progress=progress,
    )
    return types.DownloadedPath.of(
        path,
        types.Verified(
            digests=bool(verify and (facts.digest or facts.files)),
            signature=None if check is None else signature_method(artifact),
        ),
    )


async def open_file(
    artifact: ModelArtifact,
    path: str | None = None,
    *,
    verify: bool = True,
    store: Store | None = None,
    allow: Allow | None = None,
) -> BinaryIO:
    """Open one file of an artifact for reading.

    The arguments are those of the client's `open`.
    """
    from model_registry import storage

    _check_arguments(verify, allow)
    uri = recorded_uri(artifact)
    limited = store_of(artifact, store, allow)

    def read() -> BinaryIO:
        expected = recorded_digest(artifact, path, limited) if verify else None
        return storage.open(uri, path, store=limited, expected=expected)

    return await asyncio.to_thread(read)


def _check_arguments(verify: object, allow: object) -> None:
    """Check that `verify` has one of its values: another one could leave out a check without a word."""
    from model_registry.storage import Allow

    if not isinstance(verify, bool) and verify != "digest":
        raise InvalidArgumentError(f"verify must be True, False or 'digest', got {verify!r}")
    if allow is not None and not isinstance(allow, Allow):
        raise InvalidArgumentError(
            f"allow must be a storage.Allow(schemes=..., hosts=..., folders=...), got {allow!r}"
        )
