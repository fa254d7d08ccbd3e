"""Read the settings for S3 of this machine, as the AWS tools do: credentials, region and endpoint."""

from __future__ import annotations

import os
from datetime import datetime, timedelta, timezone
from functools import cached_property
from typing import TYPE_CHECKING, Any

from model_registry.exceptions import MissingExtraError, StorageAccessError, StorageError
from model_registry.storage.credential_hosts import check_secret

if TYPE_CHECKING:
    from collections.abc import Callable

_SHORT = timedelta(minutes=1)  # so that botocore is called each time, which renews them when necessary

_OWN_ENDPOINT = "AWS_S3_ENDPOINT"  # of this package only
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_IGNORE_ENDPOINTS = "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"


class S3Credentials:
    """Provide credentials to the library, each time it calls this.

    Args:
        frozen: Returns access key, secret and session token.
        lasting: Whether they never change.

    Attributes:
        failed: The error of the last call, if it failed.
    """

    def __init__(self, frozen: Callable[[], tuple[str, str, str | None]], *, lasting: bool) -> None:
        self._frozen = frozen
        self._lasting = lasting
        self.failed: StorageError | None = None

    def __call__(self) -> dict[str, object]:
        """Return the credentials in the format of the library."""
        try:
            key, secret, token = self._frozen()
        except StorageError as error:
            self.failed = error
            raise
        self.failed = None
        until = None if self._lasting else datetime.now(timezone.utc) + _SHORT
        return {"access_key_id": key, "secret_access_key": secret, "token": token, "expires_at": until}


class S3Settings:
    """Settings of arguments, environment and shared configuration. Nothing is read before it is needed."""

    def __init__(self, profile: str | None, key: str | None, secret: str | None, token: str | None) -> None:
        self._profile = profile
        self._given = None if key is None or secret is None else (key, secret, token)

    @property
    def region(self) -> str | None:
        """Return the default region."""
        region: str | None = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if region is None:
            region = self._read(lambda: self._session.get_config_variable("region"))
        return region and region.strip()

    @property
    def endpoint(self) -> str | None:
        """Return the default endpoint; `None` for Amazon S3."""
        if os.environ.get(_OWN_ENDPOINT):
            return os.environ[_OWN_ENDPOINT]
        if self._ignores_endpoints():
            return None
        for variable in _ENDPOINTS:
            if os.environ.get(variable):
                return os.environ[variable]
        if self._given:
            return None
        endpoint: str | None = self._read(self._configured_endpoint)
        return endpoint

    @property
    def path_style(self) -> bool | None:
        """Return whether requests have the bucket in their path."""
        if self._given:
            return None
        options = self._read(lambda: self._session.get_scoped_config().get("s3"))
        style: Any = options.get("addressing_style") if hasattr(options, "get") else None
        return {"path": True, "virtual": False}.get(style)

    @property
    def ca(self) -> str | None:
        """Return the file of authorities to trust."""
        if self._given:
            return os.environ.get("AWS_CA_BUNDLE")
        ca: str | None = self._read(lambda: self._session.get_config_variable("ca_bundle"))
        return ca

    def credentials(self) -> S3Credentials:
        """Return the credentials.

        Raises:
            StorageAccessError: There are none.
        """
        if self._given is not None:
            given = _sendable(*self._given)
            return S3Credentials(lambda: given, lasting=True)
        found = self._read(self._session.get_credentials)
        if found is None:
            raise StorageAccessError(
                "There are no credentials for S3. Give access_key_id and secret_access_key, set "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, choose a profile with AWS_PROFILE, or read "
                "public files with storage.S3Store(anonymous=True)."
            )

        def frozen() -> tuple[str, str, str | None]:
            now = self._read(found.get_frozen_credentials)
            return _sendable(now.access_key, now.secret_key, now.token)

        frozen()
        return S3Credentials(frozen, lasting=False)

    def boto_client(self, **options: Any) -> Any:  # noqa: ANN401  # a class that boto3 creates
        """Create a client of boto3 with the same credentials."""
        if self._given is not None:
            names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
            options |= dict(zip(names, _sendable(*self._given), strict=True))
        return self._read(lambda: self._boto_session.client("s3", **options))

    @cached_property
    def _boto_session(self) -> Any:  # noqa: ANN401  # it is not worth the types of an extra
        import boto3

        return boto3.Session(botocore_session=self._session)

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401  # botocore has no types
        try:
            from botocore.session import Session
        except ImportError as error:
            raise MissingExtraError.for_extra("s3", "S3", error) from error
        return Session(profile=self._profile)

    def _ignores_endpoints(self) -> bool:
        """Return whether the settings of AWS ignore the configured endpoints."""
        if self._given:
            return os.environ.get(_IGNORE_ENDPOINTS, "").lower() == "true"
        variable = "ignore_configured_endpoint_urls"
        return bool(self._read(lambda: self._session.get_config_variable(variable)))

    def _configured_endpoint(self) -> str | None:
        from botocore.configprovider import ConfiguredEndpointProvider

        session = self._session
        provider = ConfiguredEndpointProvider(session.full_config, session.get_scoped_config(), "s3")
        endpoint: str | None = provider.provide()
        return endpoint

    @staticmethod
    def _read(do: Callable[[], Any]) -> Any:  # noqa: ANN401  # botocore has no types
        """Call botocore and translate its errors."""
        try:
            return do()
        except MissingExtraError:
            raise
        except ImportError as error:
            failed: Exception = MissingExtraError.for_extra("s3", "S3", error)
        except Exception as error:  # noqa: BLE001  # errors of services, programs and files
            failed = _failure(error)
        raise failed from None


def _sendable(key: str, secret: str, token: str | None) -> tuple[str, str, str | None]:
    return (
        check_secret("access key of S3", key),
        check_secret("secret key of S3", secret),
        check_secret("session token of S3", token) if token is not None else None,
    )


def _failure(error: Exception) -> StorageAccessError:
    name = type(error).__name__
    # The messages of other errors may contain the output of a program or service.
    is_safe = name in {
        "ProfileNotFound",
        "ConfigParseError",
        "ConfigNotFound",
        "PartialCredentialsError",
        "ClientError",
    }
    return StorageAccessError(
        f"The credentials for S3 cannot be loaded ({name}{f': {error}' if is_safe else ''}). Check the "
        "configuration of AWS on this machine, or log in again."
    )
