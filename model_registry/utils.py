"""Small helpers around registered models."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from model_registry._lazy import lazy_names
from model_registry.exceptions import MissingMetadata
from model_registry.storage.objects.s3_uri import build_uri

if TYPE_CHECKING:
    from model_registry.storage.legacy.oci_tools import (
        DEFAULT_BACKENDS,
        BackendDefinition,
        OCIParams,
        PullFn,
        PushFn,
        create_auth_object,
        get_auth_reference,
        save_to_oci_registry,
        temp_auth_file,
    )
    from model_registry.storage.legacy.s3_uploads import S3Params, save_to_s3, upload_to_s3

__all__ = [
    "DEFAULT_BACKENDS",
    "BackendDefinition",
    "OCIParams",
    "PullFn",
    "PushFn",
    "S3Params",
    "create_auth_object",
    "get_auth_reference",
    "s3_uri_from",
    "save_to_oci_registry",
    "save_to_s3",
    "temp_auth_file",
    "upload_to_s3",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "model_registry.storage.legacy.s3_uploads": [
            "S3Params",
            "_connect_to_s3",
            "_s3_creds",
            "_upload_to_s3",
            "save_to_s3",
            "upload_to_s3",
        ],
        "model_registry.storage.legacy.oci_tools": [
            "DEFAULT_BACKENDS",
            "BackendDefinition",
            "OCIParams",
            "PullFn",
            "PushFn",
            "_get_oras_backend",
            "_get_skopeo_backend",
            "create_auth_object",
            "get_auth_reference",
            "save_to_oci_registry",
            "temp_auth_file",
        ],
    },
)


def s3_uri_from(
    path: str,
    bucket: str | None = None,
    *,
    endpoint: str | None = None,
    region: str | None = None,
) -> str:
    """Build the URI of an object in S3-compatible storage.

    Args:
        path: Key of the object within the bucket.
        bucket: Bucket; `AWS_S3_BUCKET` when not given.
        endpoint: URL of the storage; `AWS_S3_ENDPOINT` when not given.
        region: Region of the bucket; `AWS_DEFAULT_REGION` when not given. Without one the URI names none.

    Returns:
        `s3://bucket/path?endpoint=…&defaultRegion=…`, percent-encoded where it must be.

    Raises:
        MissingMetadata: Bucket or endpoint is neither given nor in the environment.

    Example:
        >>> from model_registry.utils import s3_uri_from
        >>> s3_uri_from("fraud/1.onnx", "models", endpoint="https://s3.example.org", region="eu-1")
        's3://models/fraud/1.onnx?endpoint=https://s3.example.org&defaultRegion=eu-1'
    """
    bucket = bucket or _from_environment("bucket", "AWS_S3_BUCKET")
    endpoint = endpoint or _from_environment("endpoint", "AWS_S3_ENDPOINT")
    region = region or os.environ.get("AWS_DEFAULT_REGION")
    return build_uri(bucket, path, endpoint, region)


def _from_environment(argument: str, variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise MissingMetadata(f"The {argument} is not known: give {argument}= or set {variable}")
    return value
