"""Decide which hosts get credentials. A URI may be from a registry, so a stranger may have written it."""

from __future__ import annotations

import base64
import re
import threading
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, StorageAccessError

if TYPE_CHECKING:
    from collections.abc import Mapping

_AMAZON_S3 = re.compile(
    r"https://([a-z0-9][a-z0-9.-]*\.)?s3(-fips|-accesspoint|-accelerate|-[a-z]{2}(-[a-z]+)+-[0-9])?"
    r"(\.dualstack)?(\.[a-z]{2}(-[a-z]+)+-[0-9]+)?\.amazonaws\.com(\.cn)?"
)
"""Hosts of S3 itself. Other hosts of amazonaws.com, such as those of API Gateway, run programs of anybody."""

_NAMES = {
    "region": (re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"), "letters, digits and hyphens"),
    "account": (re.compile(r"[a-z0-9]{3,24}"), "3 to 24 lower-case letters and digits"),
}
_LINE_BREAKS = re.compile(r"[\x00-\x20\x7f]")


def is_amazon_s3(endpoint: str | None) -> bool:
    """Return whether an endpoint is Amazon S3, as `None` is.

    Example:
        >>> from model_registry.storage.credential_hosts import is_amazon_s3
        >>> is_amazon_s3("https://s3.eu-central-1.amazonaws.com")
        True
        >>> is_amazon_s3("https://abc123.execute-api.eu-central-1.amazonaws.com")
        False
    """
    return endpoint is None or _AMAZON_S3.fullmatch(endpoint) is not None


def check_host_part(kind: str, value: str, source: str) -> str:
    """Check a name that becomes a part of a host name, so that it cannot name another host.

    Args:
        kind: `region` or `account`.
        value: The name.
        source: Where the name is from, for the message.

    Returns:
        The name.

    Raises:
        InvalidArgumentError: The name has other characters.

    Example:
        >>> from model_registry.storage.credential_hosts import check_host_part
        >>> check_host_part("account", "example", "account of the URI")
        'example'
    """
    grammar, description = _NAMES[kind]
    if not grammar.fullmatch(value):
        raise InvalidArgumentError(
            f"{source} is {value[:80]!r}, which is not a valid {kind}: it must be {description}. "
            "Nothing was sent"
        )
    return value


def check_secret(name: str, value: str) -> str:
    """Check that a credential can be sent in a header.

    Args:
        name: Name of the credential, for the message, which does not contain the value.
        value: The credential.

    Returns:
        The credential, without the spaces and line breaks around it that files and `echo` add.

    Raises:
        StorageAccessError: It contains a line break or a space.
    """
    value = value.strip()
    if _LINE_BREAKS.search(value) or not value.isascii():
        raise StorageAccessError(
            f"The {name} contains a line break, a space or another character that no key has. Check how it "
            "was written or pasted."
        )
    return value


def check_azure_key(source: str, value: str) -> str:
    """Check that a text can be the key of an Azure storage account.

    Args:
        source: Where the key is from, for the message, which does not contain the key.
        value: The key.

    Returns:
        The key, without the spaces and line breaks around it.

    Raises:
        StorageAccessError: It is not base64.
    """
    value = check_secret(source, value)
    try:
        base64.b64decode(value, validate=True)
    except ValueError:
        raise StorageAccessError(
            f"The {source} is not base64, as keys of Azure storage accounts are. Nothing was sent. Copy the "
            "key again from the portal, or with `az storage account keys list`."
        ) from None
    return value


def check_azure_account(account: str, environment: Mapping[str, str]) -> None:
    """Check that a key or signature of the environment belongs to an account.

    Args:
        account: The account of a URI.
        environment: The environment variables.

    Raises:
        StorageAccessError: The environment names another account, whose key or signature it has.
    """
    own = environment.get("AZURE_STORAGE_ACCOUNT_NAME")
    bound = next((name for name in _AZURE_SECRETS if environment.get(name)), None)
    if own and bound and own != account:
        raise StorageAccessError(
            f"The URI names the account {account!r}, but {bound} is for the account {own!r}. Nothing was "
            f"sent. Use storage.AZStore(account={account!r}, account_key=...) for the other account, or "
            "anonymous=True for public containers."
        )


AZURE_KEYS = ("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_MASTER_KEY")
"""Variables with the key of an account."""

_AZURE_SECRETS = (*AZURE_KEYS, "AZURE_STORAGE_SAS_KEY", "AZURE_STORAGE_SAS_TOKEN")


class BoundHost:
    """The one host that gets the credentials of a store.

    Args:
        host: The host, if the user named it. By default that of the first URI that the user gives.
        advice: How to name the host, for messages.
    """

    def __init__(self, host: str | None, advice: str) -> None:
        self._host = host
        self._advice = advice
        self._lock = threading.Lock()

    @property
    def host(self) -> str | None:
        """Return the host, if it is known."""
        return self._host

    def bind(self, host: str, *, from_entry: bool) -> str:
        """Return the host that gets the credentials.

        Args:
            host: The host of a URI.
            from_entry: Whether the URI is from an entry of a registry, not from the user.

        Raises:
            StorageAccessError: Only an entry names the host.
        """
        with self._lock:
            if self._host is None and from_entry:
                raise StorageAccessError(
                    f"The registry's entry names the host {host}, and the store does not say which host its "
                    f"credentials are for. Nothing was sent. Give {self._advice}"
                )
            self._host = self._host or host
            return self._host
