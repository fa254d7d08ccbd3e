"""Upload and download the files of models. No registry is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names

if TYPE_CHECKING:
    from .allow import Allow
    from .downloading.download import download, list_files
    from .downloading.streaming import digest, open  # noqa: A004  # it is `storage.open`
    from .hf.hf_store import HFStore
    from .hf.model_info import HFModel, describe_hf_model
    from .local import FileStore
    from .objects.clouds import AZStore, GSStore
    from .objects.s3 import S3Store
    from .protocol import IncomingFile, LocalFile, Store, StoredFile
    from .schemes import store_for
    from .transfer import Progress, Transfer
    from .uploading import Upload, upload
    from .web import HTTPStore

__all__ = [
    "AZStore",
    "Allow",
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
        f"{__name__}.objects.clouds": ["AZStore", "GSStore"],
        f"{__name__}.allow": ["Allow"],
        f"{__name__}.downloading.download": ["download", "list_files"],
        f"{__name__}.local": ["FileStore"],
        f"{__name__}.protocol": ["IncomingFile", "LocalFile", "Store", "StoredFile"],
        f"{__name__}.hf.hf_store": ["HFStore"],
        f"{__name__}.hf.model_info": ["HFModel", "describe_hf_model"],
        f"{__name__}.web": ["HTTPStore"],
        f"{__name__}.downloading.streaming": ["digest", "open"],
        f"{__name__}.objects.s3": ["S3Store"],
        f"{__name__}.schemes": ["store_for"],
        f"{__name__}.transfer": ["Progress", "Transfer"],
        f"{__name__}.uploading": ["Upload", "upload"],
    },
)
