"""Uploads with clients of boto3, for programs that bring one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from model_registry.exceptions import (
    InvalidArgumentError,
    MissingExtraError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.storage.objects.s3_uri import build_uri
from model_registry.storage.paths import walk

if TYPE_CHECKING:
    from boto3.s3.transfer import TransferConfig
    from botocore.client import BaseClient
    from botocore.exceptions import ClientError

_LEAST_PART = 5 * 1024 * 1024
_REFUSALS = frozenset(
    {"403", "AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken"}
)


def connect(
    endpoint_url: str | None,
    access_key_id: str | None,
    secret_access_key: str | None,
    region: str | None,
    max_pool_connections: int,
) -> BaseClient:
    """Build a client. What is not given is looked for where the tools of AWS look."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise MissingExtraError.for_extra("s3", "S3", error) from error
    try:
        made = cast("Any", boto3).client(  # its own types are those of all services at once
            "s3",
            endpoint_url=endpoint_url,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=secret_access_key,
            region_name=region,
            config=Config(max_pool_connections=max_pool_connections),
        )
    except (BotoCoreError, ValueError) as error:
        raise InvalidArgumentError(f"The settings for S3 cannot be used: {error}") from None
    return cast("BaseClient", made)


def build_config(threshold: int, chunk_size: int, concurrency: int) -> TransferConfig:
    """Build what says how a client of boto3 uploads."""
    try:
        from boto3.s3.transfer import TransferConfig
    except ImportError as error:
        raise MissingExtraError.for_extra("s3", "S3", error) from error
    return TransferConfig(
        multipart_threshold=max(threshold, _LEAST_PART),
        multipart_chunksize=max(chunk_size, _LEAST_PART),
        max_concurrency=concurrency,
    )


def upload_with(
    client: BaseClient,
    path: str,
    bucket: str,
    prefix: str,
    *,
    endpoint: str | None,
    region: str | None,
    config: TransferConfig | None,
) -> str:
    """Upload a file or folder below a prefix.

    Returns:
        The URI of the prefix.
    """
    files = walk(Path(path))
    if not files:
        raise InvalidArgumentError(f"{path} holds no files to upload")
    for name, place in files:
        _send(client, place, bucket, f"{prefix}/{name}", config)
    meta: Any = client.meta
    if endpoint is None and "amazonaws.com" not in meta.endpoint_url:
        endpoint = meta.endpoint_url
    if region is None and meta.region_name != "aws-global":
        region = meta.region_name
    return build_uri(bucket, prefix, endpoint, region)


def _send(client: Any, place: Path, bucket: str, key: str, config: TransferConfig | None) -> None:  # noqa: ANN401  # its methods are made at run time
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        client.upload_file(str(place), bucket, key, Config=config)
    except ClientError as error:
        failed = _failure(_code(error), place, bucket, key)
    except Boto3Error as error:
        cause = error.__context__
        code = _code(cause) if isinstance(cause, ClientError) else type(error).__name__
        failed = _failure(code, place, bucket, key)
    except (BotoCoreError, OSError) as error:
        failed = StorageError(f"{place} could not be uploaded to s3://{bucket}/{key}: {error}.")
    else:
        return
    raise failed


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _failure(code: str, place: Path, bucket: str, key: str) -> StorageError:
    what = f"{place} could not be uploaded to s3://{bucket}/{key}"
    if code in _REFUSALS:
        return StorageAccessError(f"{what}: the store does not permit it ({code}). Check key and secret.")
    if code == "NoSuchBucket":
        return StorageNotFoundError(f"{what}: there is no bucket {bucket!r}. It is not made here.")
    return StorageError(f"{what}: the store returned {code}.")
