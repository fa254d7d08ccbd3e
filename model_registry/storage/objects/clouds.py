"""Store files in Google Cloud Storage and Azure Blob Storage, with the library that S3 uses."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, quote, urlencode

from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.credential_hosts import (
    AZURE_KEYS,
    check_azure_account,
    check_azure_key,
    check_host_part,
)

from .object_store import RETRIES, TIMEOUT, ObjectLocation, ObjectStore, split_uri
from .s3_uri import checked_endpoint

if TYPE_CHECKING:
    from obstore.store import AzureConfig, ClientConfig, GCSConfig, RetryConfig


class GSStore(ObjectStore):
    """Store files in Google Cloud Storage, at `gs:` URIs.

    Credentials are taken from `GOOGLE_APPLICATION_CREDENTIALS`, from `gcloud auth application-default login`,
    or from the machine.

    Args:
        service_account: Path of the key file of a service account.
        anonymous: Send no credentials, for public buckets.

    Example:
        >>> from model_registry import storage
        >>> def publish() -> str:
        ...     return storage.upload("model", "gs://models/fraud/1").uri
    """

    extra = "gs"

    def __init__(self, *, service_account: str | None = None, anonymous: bool = False) -> None:
        self._remember(locals())
        super().__init__()
        config: dict[str, Any] = {}
        if service_account is not None:
            config["service_account"] = service_account
        if anonymous:
            config["skip_signature"] = True
        self._config = config
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def _locate(self, uri: str) -> ObjectLocation:
        bucket, key, query = split_uri(uri, "gs")
        if query:
            raise InvalidArgumentError(
                f"gs://{bucket}/{key} must not have parameters. Write ? in a name as %3F"
            )
        with self._lock:
            if bucket not in self._clients:
                self._clients[bucket] = self._connect(bucket)
            client = self._clients[bucket]
        display = f"gs://{bucket}/{key}"
        folder = not key or key.endswith("/")
        return ObjectLocation(
            self._library(), client, key.rstrip("/"), folder, f"gs://{bucket}/{quote(key)}", display
        )

    def _connect(self, bucket: str) -> Any:  # noqa: ANN401  # no type without the extra
        self._library()
        from obstore.store import GCSStore

        return self._call(
            lambda: GCSStore(
                bucket,
                config=cast("GCSConfig", self._config),
                client_options={"timeout": TIMEOUT, "allow_http": True},  # where a key file says so
                retry_config=cast("RetryConfig", RETRIES),
            ),
            f"gs://{bucket}",
            "reached",
        )


class AZStore(ObjectStore):
    """Store files in Azure Blob Storage, at `az://container/folder/file?account=…`.

    Credentials are taken from the `AZURE_…` variables (account key, service principal, workload identity), or
    from the machine.

    Args:
        account: Storage account; by default that of the URI, then `AZURE_STORAGE_ACCOUNT_NAME`.
        account_key: Key of the account.
        anonymous: Send no credentials, for public containers.
        endpoint: URL of the service, if not on Azure.

    Example:
        >>> from model_registry import storage
        >>> def publish() -> str:
        ...     return storage.upload("model", "az://models/fraud/1?account=example").uri
    """

    extra = "az"

    def __init__(
        self,
        *,
        account: str | None = None,
        account_key: str | None = None,
        anonymous: bool = False,
        endpoint: str | None = None,
    ) -> None:
        self._remember(locals())
        super().__init__()
        self._account = account
        self._has_login = anonymous or account_key is not None
        config: dict[str, Any] = {}
        if account_key is not None:
            config["account_key"] = check_azure_key("account_key", account_key)
        if anonymous:
            config["skip_signature"] = True
        if endpoint is not None:
            config["endpoint"] = checked_endpoint(endpoint, "endpoint")
        self._options = {"timeout": TIMEOUT, "allow_http": config.get("endpoint", "").startswith("http:")}
        self._config = config
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def _locate(self, uri: str) -> ObjectLocation:
        container, key, query = split_uri(uri, "az")
        named = dict(parse_qsl(query, keep_blank_values=True))
        unknown = named.keys() - {"account"}
        if unknown:
            raise InvalidArgumentError(
                f"az://{container}/{key} has the parameter {min(unknown)!r}; only account is known. Write "
                "? in a name as %3F"
            )
        account = self._account or named.get("account") or os.environ.get("AZURE_STORAGE_ACCOUNT_NAME")
        if not account:
            raise InvalidArgumentError(
                f"az://{container}/{key} names no storage account. Add ?account=…, or set "
                "AZURE_STORAGE_ACCOUNT_NAME"
            )
        check_host_part("account", account, f"the storage account of az://{container}/{key}")
        if not self._has_login:
            check_azure_account(account, os.environ)
        with self._lock:
            if (account, container) not in self._clients:
                self._clients[account, container] = self._connect(account, container)
            client = self._clients[account, container]
        display = f"az://{container}/{key}"
        found_at = f"az://{container}/{quote(key)}?{urlencode({'account': account})}"
        return ObjectLocation(
            self._library(), client, key.rstrip("/"), not key or key.endswith("/"), found_at, display
        )

    def _key(self) -> dict[str, str]:
        """Return the key of the environment, which the library does not check."""
        variable = next((name for name in AZURE_KEYS if os.environ.get(name)), None)
        if self._has_login or variable is None:
            return {}
        return {"account_key": check_azure_key(variable, os.environ[variable])}

    def _connect(self, account: str, container: str) -> Any:  # noqa: ANN401  # no type without the extra
        self._library()
        from obstore.store import AzureStore

        config = {**self._key(), **self._config, "account_name": account}
        return self._call(
            lambda: AzureStore(
                container,
                config=cast("AzureConfig", config),
                client_options=cast("ClientConfig", self._options),
                retry_config=cast("RetryConfig", RETRIES),
            ),
            f"az://{container}",
            "reached",
        )
