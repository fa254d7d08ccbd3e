"""The functions of obstore that object storage uses, with boto3.

The TLS library of obstore refuses a certificate that is both an authority and that of the server, such as
`openssl req -x509` creates. OpenSSL, and therefore boto3, accepts it if it is trusted.
"""

from __future__ import annotations

import tempfile
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Mapping

    from .s3_settings import S3Settings

REFUSED = "CaUsedAsEndEntity"
"""How the TLS library of obstore names such a certificate."""


_MISSING = frozenset({"404", "NoSuchKey", "NoSuchVersion"})


class BotoError(Exception):
    """An error of boto3, with the text that obstore's errors have, and without the response."""


@dataclass(frozen=True)
class BotoBucket:
    """A bucket.

    Attributes:
        client: Client of boto3.
        name: Name of the bucket.
    """

    client: Any
    name: str

    @classmethod
    def connect(
        cls,
        name: str,
        settings: S3Settings,
        *,
        endpoint: str,
        region: str,
        path_style: bool,
        ca: bytes,
        anonymous: bool,
    ) -> BotoBucket:
        """Create a client for a bucket."""
        from botocore import UNSIGNED
        from botocore.config import Config

        with tempfile.NamedTemporaryFile(
            prefix="model-registry-", suffix=".pem", delete=False
        ) as authorities:
            authorities.write(ca)
        config = Config(
            s3={"addressing_style": "path" if path_style else "virtual"},
            signature_version=UNSIGNED if anonymous else None,
            retries={"max_attempts": 4, "mode": "standard"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        client = settings.boto_client(
            endpoint_url=endpoint, region_name=region, verify=authorities.name, config=config
        )
        bucket = cls(client, name)
        weakref.finalize(bucket, Path(authorities.name).unlink, missing_ok=True)  # new connections read it
        return bucket

    def named(self, key: str) -> dict[str, str]:
        """Return the arguments that name an object."""
        return {"Bucket": self.name, "Key": key}


Content: TypeAlias = bytes
"""What `bytes` is, outside of a class that has a method of this name."""


@dataclass(frozen=True)
class GetResult:
    """The response for an object."""

    meta: dict[str, Any]
    body: Any

    def bytes(self) -> Content:
        """Read the whole body."""
        with _errors():
            content: Content = self.body.read()
        return content

    def stream(self, min_chunk_size: int) -> Iterator[Content]:
        """Read the body in chunks."""
        with _errors():
            yield from self.body.iter_chunks(min_chunk_size)


class BotoLibrary:
    """The functions, with the names and parameters of obstore."""

    def put(
        self,
        bucket: BotoBucket,
        key: str,
        content: bytes | Iterable[bytes],
        *,
        use_multipart: bool,
        chunk_size: int = 0,
        max_concurrency: int = 1,
    ) -> dict[str, str | None]:
        """Upload bytes, or an iterable of bytes in parts."""
        with _errors():
            if not use_multipart:
                stored = bucket.client.put_object(Body=content, **bucket.named(key))
                return {"version": stored.get("VersionId")}
            from boto3.s3.transfer import TransferConfig

            config = TransferConfig(
                multipart_threshold=1, multipart_chunksize=chunk_size, max_concurrency=max_concurrency
            )
            chunks = cast("Iterable[bytes]", content)
            bucket.client.upload_fileobj(_Reader(chunks), **bucket.named(key), Config=config)
        return {"version": self.head(bucket, key)["version"]}

    def get(self, bucket: BotoBucket, key: str, *, options: Mapping[str, Any]) -> GetResult:
        """Request an object, or a range of it."""
        given: dict[str, Any] = {"IfMatch": options.get("if_match"), "VersionId": options.get("version")}
        if "range" in options:
            start, end = options["range"]
            given["Range"] = f"bytes={start}-{end - 1}"
        arguments = {name: value for name, value in given.items() if value is not None}
        with _errors():
            if options.get("head"):
                return GetResult(
                    _meta(key, bucket.client.head_object(**bucket.named(key), **arguments)), None
                )
            found = bucket.client.get_object(**bucket.named(key), **arguments)
            return GetResult(_meta(key, found), found["Body"])

    def head(self, bucket: BotoBucket, key: str) -> dict[str, Any]:
        """Return the metadata of an object."""
        return self.get(bucket, key, options={"head": True}).meta

    def list(
        self, bucket: BotoBucket, prefix: str | None, *, chunk_size: int
    ) -> Iterator[list[dict[str, Any]]]:
        """List the objects below a folder, in pages."""
        pages = bucket.client.get_paginator("list_objects_v2").paginate(
            Bucket=bucket.name,
            Prefix=f"{prefix}/" if prefix else "",
            PaginationConfig={"PageSize": chunk_size},
        )
        with _errors():
            for page in pages:
                yield [
                    {"path": each["Key"].rstrip("/"), "size": each["Size"], "e_tag": each["ETag"]}
                    for each in page.get("Contents", ())
                ]


class _Reader:
    """A file that boto3 reads, over chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = bytearray()

    def read(self, size: int) -> bytes:
        """Return so many bytes, fewer at the end."""
        while len(self._left) < size and (chunk := next(self._chunks, None)) is not None:
            self._left += chunk
        taken = bytes(self._left[:size])
        del self._left[:size]
        return taken


def _meta(key: str, found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "path": key,
        "size": found["ContentLength"],
        "e_tag": found.get("ETag"),
        "version": found.get("VersionId"),
    }


@contextmanager
def _errors() -> Generator[None]:
    """Raise errors of boto3 with the text of obstore's. The original is not attached: it holds responses."""
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

    try:
        yield
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        code = error.response.get("Error", {}).get("Code", "")
        text = f"<Code>{code}</Code> status code: {status}"
        kind = (
            FileNotFoundError
            if status == 404 and code in ("404", "NoSuchKey", "NoSuchVersion")
            else BotoError
        )
        failed: Exception = kind(text)
    except (BotoCoreError, Boto3Error) as error:
        cause = getattr(error, "kwargs", {}).get("error", "") if isinstance(error, HTTPClientError) else ""
        failed = BotoError(f"error sending request: {type(error).__name__} {error} {cause}")
    else:
        return
    raise failed from None
