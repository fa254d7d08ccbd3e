"""Moving the files of models, on its own: no registry is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .clouds import AZStore, GSStore
    from .downloading import download, list_files
    from .file import FileStore
    from .files import IncomingFile, LocalFile, Store, StoredFile
    from .hf import HFStore
    from .hf_models import HFModel, describe_hf_model
    from .http import HTTPStore
    from .reading import digest, open  # noqa: A004  # it is `storage.open`
    from .s3 import S3Store
    from .stores import store_for
    from .transfer import Progress, Transfer
    from .uploading import Upload, upload

__all__ = [
    "AZStore",
    "FileStore",
    "GSStore",
    "HFModel",
    "HFStore",
    "HTTPStore",
    "IncomingFile",
    "LocalFile",
    "Progress",
    "S3Store",
    "Store",
    "StoredFile",
    "Transfer",
    "Upload",
    "describe_hf_model",
    "digest",
    "download",
    "list_files",
    "open",
    "store_for",
    "upload",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        f"{__name__}.clouds": ["AZStore", "GSStore"],
        f"{__name__}.downloading": ["download", "list_files"],
        f"{__name__}.file": ["FileStore"],
        f"{__name__}.files": ["IncomingFile", "LocalFile", "Store", "StoredFile"],
        f"{__name__}.hf": ["HFStore"],
        f"{__name__}.hf_models": ["HFModel", "describe_hf_model"],
        f"{__name__}.http": ["HTTPStore"],
        f"{__name__}.reading": ["digest", "open"],
        f"{__name__}.s3": ["S3Store"],
        f"{__name__}.stores": ["store_for"],
        f"{__name__}.transfer": ["Progress", "Transfer"],
        f"{__name__}.uploading": ["Upload", "upload"],
    },
)
