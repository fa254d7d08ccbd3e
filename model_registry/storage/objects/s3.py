"""Store files in S3 and compatible storage: MinIO, Ceph, SeaweedFS, R2 and others."""

from __future__ import annotations

import threading
import warnings
from copy import copy
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from model_registry.connection.pem import is_pem
from model_registry.exceptions import InsecureConnectionWarning, InvalidArgumentError, StorageAccessError
from model_registry.storage.credential_hosts import check_host_part, is_amazon_s3

from .boto_library import REFUSED, BotoBucket, BotoLibrary
from .object_store import PART, RETRIES, TIMEOUT, ObjectLocation, ObjectStore, split_uri
from .s3_settings import S3Settings
from .s3_uri import build_uri, checked_endpoint, options_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from obstore.store import ClientConfig, RetryConfig, S3Config, S3CredentialProvider

    from model_registry.exceptions import StorageError
    from model_registry.storage.allow import Allow
    from model_registry.storage.protocol import StoredFile

    from .s3_settings import S3Credentials

_CERTIFICATES = frozenset({".pem", ".crt", ".cer"})


class S3Store(ObjectStore):
    """Store files in S3, at `s3:` URIs, with `?endpoint=…&defaultRegion=…` if the bucket is not on Amazon S3.

    Missing settings are taken from the sources of the AWS tools: environment variables, the shared
    configuration and its profiles, web identity (IRSA), and the metadata of containers and instances.

    Credentials are sent to Amazon, to `endpoint`, and to the endpoint of the environment only. If a URI names
    another one, nothing is sent.

    Args:
        endpoint: URL of the service, used instead of the endpoint of URIs. By default that of the URI, then
            `AWS_S3_ENDPOINT`, `AWS_ENDPOINT_URL_S3`, `AWS_ENDPOINT_URL`, that of the profile, and Amazon's.
        region: Region of the bucket; by default `defaultRegion` of the URI, then `AWS_REGION`,
            `AWS_DEFAULT_REGION`, that of the profile, and `us-east-1`.
        access_key_id: Access key.
        secret_access_key: Secret of the access key.
        session_token: Session token of temporary keys.
        profile: Name of a profile of the shared configuration.
        anonymous: Send no credentials, for public buckets.
        path_style: Put the bucket into the path of requests instead of the host name; the default except on
            Amazon S3.
        ca: Authorities to trust besides the system's: PEM text, or a path of a PEM file or folder; by default
            `AWS_CA_BUNDLE`.
        verify: Check certificates.
        part_size: Size of the parts of larger files, at least 5 MiB. About 30 MiB, and at least one part, are
            in memory at once.

    Raises:
        InvalidArgumentError: An argument is not valid, or two contradict each other.

    Example:
        >>> from model_registry import storage
        >>> def publish() -> str:
        ...     store = storage.S3Store(endpoint="https://minio.example.org")
        ...     return storage.upload("model", "s3://models/fraud/1", store=store).uri
    """

    def __init__(
        self,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        access_key_id: str | None = None,
        secret_access_key: str | None = None,
        session_token: str | None = None,
        profile: str | None = None,
        anonymous: bool = False,
        path_style: bool | None = None,
        ca: str | None = None,
        verify: bool = True,
        part_size: int = PART,
    ) -> None:
        self._remember(locals())
        super().__init__(part_size)
        if bool(access_key_id) != bool(secret_access_key) or (session_token and not access_key_id):
            raise InvalidArgumentError(
                "give access_key_id and secret_access_key together, and session_token only with both"
            )
        if (access_key_id is not None) + (profile is not None) + anonymous > 1:
            raise InvalidArgumentError("give only one of keys, profile and anonymous=True")
        self._endpoint = None if endpoint is None else checked_endpoint(endpoint, "endpoint")
        self._region = region
        self._path_style = path_style
        self._anonymous = anonymous
        self._ca = ca
        self._verify = verify
        self._settings = S3Settings(profile, access_key_id, secret_access_key, session_token)
        self._credentials: S3Credentials | None = None
        self._clients: dict[tuple[str, str | None, str], Any] = {}
        self._lock = threading.Lock()
        self._allow: Allow | None = None
        self._versions: list[StoredFile] | None = None
        if not verify:
            warnings.warn(
                "Certificates of S3 are not checked (verify=False): anyone on the network can read and "
                "change what is sent. Use ca= to trust one private authority instead.",
                InsecureConnectionWarning,
                stacklevel=2,
            )

    def for_entry(self, allow: Allow | None) -> S3Store:
        """Return the store for the URI of an entry of a registry.

        Args:
            allow: Endpoints that the entry may name; `None` for all.
        """
        limited = copy(self)
        limited._allow, limited._last = allow, None  # noqa: SLF001  # a copy of this class
        return limited

    def at_versions(self, files: Sequence[StoredFile]) -> S3Store:
        """Return the store that reads recorded versions of objects, not the current ones.

        Args:
            files: The files of the URI to read, with their versions.
        """
        pinned = copy(self)
        pinned._versions = list(files)  # noqa: SLF001  # a copy of this class
        return pinned

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the object, or all objects below the folder."""
        if self._versions is None:
            return super().list_files(uri)
        name = self._locate(uri).key.rpartition("/")[2]
        return [replace(file, path=name) if file.single else file for file in self._versions]

    def _version_of(self, stored: Mapping[str, str | None]) -> str | None:
        version = stored["version"]
        return None if version == "null" else version  # of a bucket whose versioning is suspended

    def _version_options(self, location: ObjectLocation, file: StoredFile) -> dict[str, object]:
        if self._versions is not None:
            return {"version": file.version}
        return super()._version_options(location, file)

    def _locate(self, uri: str) -> ObjectLocation:
        bucket, key, query = split_uri(uri, "s3")
        display = f"s3://{bucket}/{key}"
        named = options_of(query, display)
        folder, version = not key or key.endswith("/"), named.get("versionId")
        if version is not None and (folder or not version):
            raise InvalidArgumentError(f"{display} has a versionId, which names the version of one object")
        endpoint = self._endpoint_for(named.get("endpoint"))
        region = self._region_for(named.get("defaultRegion"))
        with self._lock:
            which = (bucket, endpoint, region or "")
            if which not in self._clients:
                self._clients[which] = self._connect(bucket, endpoint, region or "us-east-1")
            client = self._clients[which]
        return ObjectLocation(
            library=BotoLibrary() if isinstance(client, BotoBucket) else self._library(),
            client=client,
            key=key.rstrip("/"),
            folder=folder,
            uri=build_uri(bucket, key, endpoint, region, version),
            display=f"{display} at {endpoint}" if endpoint else display,
            version=version,
        )

    def _region_for(self, named: str | None) -> str | None:
        sources = {"region": self._region, "defaultRegion of the URI": named}
        for source, region in sources.items():
            if region:
                return check_host_part("region", region.strip(), source)
        region = self._settings.region
        return check_host_part("region", region, "the region of the environment") if region else None

    def _endpoint_for(self, named: str | None) -> str | None:
        """Choose the endpoint.

        Raises:
            StorageAccessError: The endpoint of the URI must not get the credentials.
        """
        if self._endpoint is not None:
            return self._endpoint
        known = self._settings.endpoint
        known = known and checked_endpoint(known, "the endpoint of the environment")
        if named is None:
            return known
        named = checked_endpoint(named, "endpoint of the URI")
        if named == known or is_amazon_s3(named):
            return named
        if self._anonymous:
            if self._allow is not None:  # the library resolves names, so only listed hosts are safe
                self._allow.check_listed(named)
            return named
        raise StorageAccessError(
            f"The URI names the endpoint {named}, but your credentials are for another one"
            f" ({known or 'Amazon S3'}). Nothing was sent. If it may get them, set "
            f"AWS_S3_ENDPOINT={named}, or use storage.S3Store(endpoint={named!r}); anonymous=True reads "
            "public files without them."
        )

    def _connect(self, bucket: str, endpoint: str | None, region: str) -> Any:  # noqa: ANN401  # no type without the extra
        self._library()
        from obstore.store import S3Store as Client

        secure = endpoint is None or endpoint.startswith("https:")
        path_style = self._path_style
        if path_style is None:
            path_style = self._settings.path_style
        if path_style is None:
            path_style = not is_amazon_s3(endpoint) or (secure and "." in bucket)
        service = endpoint or _amazon(region)
        endpoint = service if path_style else service.replace("://", f"://{bucket}.", 1)
        config: dict[str, Any] = {
            "region": region,
            "virtual_hosted_style_request": not path_style,
            "skip_signature": self._anonymous,
            # The library reads the environment, too, which may have set either name.
            "endpoint": endpoint,
            "aws_endpoint_url_s3": endpoint,
        }
        options: dict[str, Any] = {"allow_http": not secure, "timeout": TIMEOUT}
        ca = self._ca or (self._settings.ca if secure else None)
        authorities = _pem(ca) if ca and secure and self._verify else None
        if authorities is not None:
            options["root_certificate"] = authorities
        if not self._verify:
            options["allow_invalid_certificates"] = True
        if not self._anonymous:
            self._credentials = self._credentials or self._settings.credentials()

        def connect(retries: Mapping[str, Any]) -> Client:
            return Client(
                bucket,
                config=cast("S3Config", config),
                client_options=cast("ClientConfig", options),
                retry_config=cast("RetryConfig", retries),
                credential_provider=cast("S3CredentialProvider | None", self._credentials),
            )

        if authorities is not None and self._refuses_certificate(lambda: connect({"max_retries": 0})):
            return BotoBucket.connect(
                bucket,
                self._settings,
                endpoint=service,
                region=region,
                path_style=path_style,
                ca=authorities,
                anonymous=self._anonymous,
            )
        return self._call(lambda: connect(RETRIES), f"s3://{bucket}", "reached")

    def _refuses_certificate(self, connect: Callable[[], Any]) -> bool:
        """Return whether the library refuses the server's certificate because it is also an authority's."""
        try:
            self._library().head(connect(), "probe")
        except Exception as error:  # noqa: BLE001  # any other one is for the request itself
            return REFUSED in str(error)
        return False

    def _cause(self) -> StorageError | None:
        return None if self._credentials is None else self._credentials.failed


def _amazon(region: str) -> str:
    """Return the address of S3 in a region."""
    return f"https://s3.{region}.amazonaws.com" + (".cn" if region.startswith("cn-") else "")


def _pem(ca: str) -> bytes:
    """Return the certificates of authorities in PEM."""
    if is_pem(ca):
        return ca.encode()
    path = Path(ca)
    try:
        files = (
            [each for each in sorted(path.iterdir()) if each.suffix in _CERTIFICATES]
            if path.is_dir()
            else [path]
        )
        text = b"\n".join(each.read_bytes() for each in files)
    except OSError as error:
        raise InvalidArgumentError(f"ca {ca!r} cannot be read: {error.strerror}") from None
    if not is_pem(text.decode("ascii", "replace")):
        raise InvalidArgumentError(f"ca {ca!r} contains no certificate in PEM form")
    return text
