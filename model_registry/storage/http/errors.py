"""What failures of HTTP mean: one table for broken connections, one for statuses."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import urllib3.exceptions
from urllib3.exceptions import SSLError as WrappedSSLError

from model_registry.connection.tls import explained
from model_registry.exceptions import StorageAccessError, StorageError, StorageNotFoundError
from model_registry.types.redaction import without_secrets

from .retries import TransientError

if TYPE_CHECKING:
    from urllib3.exceptions import HTTPError


def connection_error(error: HTTPError | OSError, url: str) -> TransientError | StorageError:
    """Build the error for a response that did not arrive, or not completely.

    Args:
        error: The error of urllib3 or of the system.
        url: The URL that was requested.
    """
    refused = next((each for each in error.args if isinstance(each, StorageError)), None)
    if refused is not None:  # by our own check of the connection
        return refused
    host = urlsplit(url).hostname or ""
    tls = next((each for each in error.args if isinstance(each, ssl.SSLError)), None)
    if isinstance(error, WrappedSSLError) and not isinstance(tls, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
        text = explained(tls or ssl.SSLError(1, str(error)), host)
        return StorageError(f"The request to {without_secrets(url)} failed. {text}")
    return TransientError(f"The request to {without_secrets(url)} failed: {_reason(error, host)}.")


def status_error(status: int, source: str) -> StorageError:
    """Build the error for a status that will be the same the next time.

    Args:
        status: The HTTP status.
        source: What returned it, for the message.
    """
    if status in (401, 403, 407):
        return StorageAccessError(
            f"{source} returned status {status}: the credentials are missing, expired or not sufficient."
        )
    if status in (404, 410):
        return StorageNotFoundError(f"{source} does not exist (status {status}).")
    return StorageError(f"{source} returned status {status} instead of a file. Is the address right?")


def _reason(error: BaseException, host: str) -> str:
    if isinstance(error, urllib3.exceptions.ReadTimeoutError):
        return f"{host} sent nothing in time"
    if isinstance(error, urllib3.exceptions.ConnectTimeoutError) and "timed out" in str(error):
        return f"connecting to {host} took too long"
    if isinstance(error, urllib3.exceptions.ProxyError):
        return "the proxy cannot be reached, or refused the request"
    causes = [error, error.__cause__, error.__context__, *error.args]
    system = next((each for each in causes if isinstance(each, OSError) and each.strerror), None)
    if system is not None:
        return f"{host}: {system.strerror}"
    return f"the connection to {host} broke before the response was complete"
