"""Uploads to S3 as programs for earlier releases call them, with or without clients of boto3."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, MissingMetadata
from model_registry.storage.objects.s3 import S3Store
from model_registry.storage.objects.s3_uri import build_uri
from model_registry.storage.uploading import upload

from .boto_uploads import build_config, connect, upload_with
from .local_files import check_exists

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from botocore.client import BaseClient

_MIB = 1024 * 1024
_LEAST_PART = 5 * _MIB  # that S3 takes


@dataclass
class S3Params:
    """Where and how `upload_to_s3` uploads.

    What is not given is looked for where the tools of AWS look; `AWS_S3_ENDPOINT` may name the endpoint.

    Attributes:
        bucket_name: Bucket, which must exist.
        s3_prefix: Folder in the bucket.
        endpoint_url: URL of the service; Amazon's own when no one names another.
        access_key_id: Access key.
        secret_access_key: Its secret.
        region: Region of the bucket.
        multipart_threshold: Bytes from which on `boto3` sends a file in parts, if it is what uploads.
        multipart_chunksize: Bytes of a part; 5 MiB at least.
        max_pool_connections: Requests at once.
    """

    bucket_name: str
    s3_prefix: str
    endpoint_url: str | None = None
    access_key_id: str | None = None
    secret_access_key: str | None = field(default=None, repr=False)
    region: str | None = None
    multipart_threshold: int = _MIB
    multipart_chunksize: int = _MIB
    max_pool_connections: int = 10


def upload_to_s3(
    s3_auth: S3Params,
    path: str,
    s3_client: BaseClient | None = None,
    transfer_config: TransferConfig | None = None,
) -> str:
    """Upload a file or folder to S3.

    Args:
        s3_auth: Where and how.
        path: The file or folder.
        s3_client: A client of `boto3` to upload with; usually not needed, and slower.
        transfer_config: How such a client uploads; one is made when only this is given.

    Returns:
        URI of the folder, as `s3_uri_from` builds it.

    Raises:
        InvalidArgumentError: There is nothing at `path`, or the prefix is empty.
        StoreError: The upload failed.
        MissingMetadata: Only one of access key and secret is known.

    Example:
        >>> from model_registry.utils import S3Params, upload_to_s3
        >>> def publish() -> str:
        ...     where = S3Params("models", "fraud/1", endpoint_url="https://minio.example.org")
        ...     return upload_to_s3(where, "fraud.onnx")
    """
    if s3_client is None and transfer_config is None:
        return save_to_s3(path, **vars(s3_auth))
    endpoint, key, secret, region = _s3_creds(
        s3_auth.endpoint_url, s3_auth.access_key_id, s3_auth.secret_access_key, s3_auth.region
    )
    if s3_client is None:
        s3_client = connect(endpoint, key, secret, region, s3_auth.max_pool_connections)
    elif s3_auth.endpoint_url is None:
        endpoint = None  # the client knows its own
    if transfer_config is None:
        transfer_config = build_config(
            s3_auth.multipart_threshold, s3_auth.multipart_chunksize, s3_auth.max_pool_connections
        )
    return _upload_to_s3(
        path,
        s3_auth.bucket_name,
        s3_client,
        s3_auth.s3_prefix,
        endpoint_url=endpoint,
        region=region,
        transfer_config=transfer_config,
    )


def save_to_s3(
    path: str,
    bucket_name: str,
    s3_prefix: str,
    *,
    endpoint_url: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    region: str | None = None,
    multipart_threshold: int = _MIB,  # noqa: ARG001  # what is larger than a part goes in parts
    multipart_chunksize: int = _MIB,
    max_pool_connections: int = 10,
) -> str:
    """Upload a file or folder to S3; the arguments are those of `S3Params`.

    Returns:
        URI of the folder, as `s3_uri_from` builds it.

    Raises:
        InvalidArgumentError: There is nothing at `path`, or the prefix is empty.
        StoreError: The upload failed.
        MissingMetadata: Only one of access key and secret is known.

    Example:
        >>> from model_registry.utils import save_to_s3
        >>> def publish() -> str:
        ...     return save_to_s3("fraud.onnx", "models", "fraud/1", region="eu-central-1")
    """
    check_exists("path", path)
    folder = build_uri(bucket_name, f"{_checked_prefix(s3_prefix)}/", None, None)
    if (access_key_id is None) != (secret_access_key is None):
        access_key_id, secret_access_key = _pair(access_key_id, secret_access_key)
    store = S3Store(
        endpoint=endpoint_url,
        region=region,
        access_key_id=access_key_id,
        secret_access_key=secret_access_key,
        part_size=max(multipart_chunksize, _LEAST_PART),
    )
    address, mark, query = upload(path, folder, store=store, concurrency=max_pool_connections).uri.partition(
        "?"
    )
    return address.rstrip("/") + mark + query


def _s3_creds(
    endpoint_url: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    region: str | None = None,
) -> tuple[str | None, str | None, str | None, str | None]:
    """Complete settings from the environment; what stays `None` is left to boto3.

    The SDK of Kubeflow calls this and the next two, by keyword.
    """
    endpoint = endpoint_url or os.environ.get("AWS_S3_ENDPOINT")
    if access_key_id or secret_access_key:
        access_key_id, secret_access_key = _pair(access_key_id, secret_access_key)
    region = region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return endpoint, access_key_id, secret_access_key, region


def _connect_to_s3(  # pyright: ignore[reportUnusedFunction]  # offered by utils
    endpoint_url: str | None = None,
    access_key_id: str | None = None,
    secret_access_key: str | None = None,
    region: str | None = None,
    multipart_threshold: int = _MIB,
    multipart_chunksize: int = _MIB,
    max_pool_connections: int = 10,
) -> tuple[BaseClient, TransferConfig]:
    """Build a client of boto3, and what says how it uploads."""
    return (
        connect(endpoint_url, access_key_id, secret_access_key, region, max_pool_connections),
        build_config(multipart_threshold, multipart_chunksize, max_pool_connections),
    )


def _upload_to_s3(
    path: str,
    bucket: str,
    s3: BaseClient,
    path_prefix: str,
    *,
    endpoint_url: str | None = None,
    region: str | None = None,
    transfer_config: TransferConfig | None = None,
) -> str:
    """Upload with a client of boto3."""
    check_exists("path", path)
    prefix = _checked_prefix(path_prefix)
    return upload_with(s3, path, bucket, prefix, endpoint=endpoint_url, region=region, config=transfer_config)


def _checked_prefix(prefix: str) -> str:
    prefix = prefix.strip("/")
    if not prefix:
        raise InvalidArgumentError("the prefix must name a folder in the bucket, such as 'fraud/1'")
    return prefix


def _pair(key: str | None, secret: str | None) -> tuple[str, str]:
    """Complete a pair of which one half is given."""
    key = key or os.environ.get("AWS_ACCESS_KEY_ID")
    secret = secret or os.environ.get("AWS_SECRET_ACCESS_KEY")
    if not key or not secret:
        missing, variable = (
            ("secret_access_key", "AWS_SECRET_ACCESS_KEY") if key else ("access_key_id", "AWS_ACCESS_KEY_ID")
        )
        raise MissingMetadata(f"The {missing} is not known: give {missing}= or set {variable}")
    return key, secret
