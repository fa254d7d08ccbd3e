"""The `Authorization` that a registry asks for: Basic, or a token of its token service."""

from __future__ import annotations

import json
import re
import threading
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from model_registry.exceptions import StorageAccessError, StorageError
from model_registry.storage.http.retries import retry
from model_registry.types.redaction import without_secrets

if TYPE_CHECKING:
    from model_registry.storage.http.response import StreamedResponse
    from model_registry.storage.transfer import Transfer

    from .credentials import Keychain, OCICredentials
    from .image_reference import ImageReference
    from .registry_client import RegistryClient

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))')
_MOST_BYTES = 1024 * 1024


class Authorization:
    """Answers the challenges of one repository's registry, and keeps what worked.

    Args:
        reference: The repository.
        client: For the token service.
        keychain: Knows who we are.
        transfer: What may be stopped.
    """

    def __init__(
        self, reference: ImageReference, client: RegistryClient, keychain: Keychain, transfer: Transfer
    ) -> None:
        self._reference = reference
        self._client = client
        self._keychain = keychain
        self._transfer = transfer
        self._lock = threading.Lock()
        self._current: dict[str, str] = {}

    def current(self, purpose: str) -> str | None:
        """Give the header's value that was good last time.

        Args:
            purpose: `pull`, `push`, or another name for a set of rights.
        """
        return self._current.get(purpose)

    def renew(self, purpose: str, refused: str | None, response: StreamedResponse) -> str | None:
        """Find what to send after a 401.

        Args:
            purpose: As for `current`.
            refused: The header's value that was refused.
            response: The response that refused it.

        Returns:
            The new value; `None` when there is none but that which was refused.
        """
        with self._lock:  # one thread asks, the others wait for what it gets
            if self._current.get(purpose) != refused:
                return self._current.get(purpose)
            found = self._challenged(response, purpose)
            if found is None or found == refused:
                return None
            self._current[purpose] = found
            return found

    def _challenged(self, response: StreamedResponse, purpose: str) -> str | None:
        credentials = self._keychain.find(self._reference)
        challenge = response.headers.get("WWW-Authenticate", "")
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "bearer":
            parameters = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
            if purpose == "push" and parameters.get("scope"):  # one token for looking and for sending
                parameters["scope"] = f"repository:{self._reference.repository}:pull,push"
            return "Bearer " + retry(lambda: self._token(parameters, credentials), self._transfer)
        if scheme.lower() == "basic" and credentials is not None:
            self._check_secrecy(response.url)
            return credentials.basic
        return None

    def _token(self, parameters: dict[str, str], credentials: OCICredentials | None) -> str:
        realm = parameters.get("realm", "")
        if not realm.startswith(("http://", "https://")):
            raise StorageError(f"{self._reference.registry} names no token service that can be asked.")
        wanted = [(name, parameters[name]) for name in ("service", "scope") if parameters.get(name)]
        scopes = [("scope", scope) for name, value in wanted if name == "scope" for scope in value.split(" ")]
        query = [pair for pair in wanted if pair[0] != "scope"] + scopes
        if credentials is not None:
            self._check_secrecy(realm)
        if credentials is not None and credentials.identity_token:
            form = {
                **dict(wanted),
                "grant_type": "refresh_token",
                "client_id": "model-registry",
                "refresh_token": credentials.identity_token,
            }
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            response = self._client.send("POST", realm, headers, urlencode(form).encode())
        else:
            headers = {} if credentials is None else {"Authorization": credentials.basic}
            separator = "&" if "?" in realm else "?"
            response = self._client.send("GET", f"{realm}{separator}{urlencode(query)}", headers)
        return self._read_token(realm, response, credentials)

    def _read_token(self, realm: str, response: StreamedResponse, credentials: OCICredentials | None) -> str:
        data = response.read(_MOST_BYTES)
        if response.status in (400, 401, 403):
            raise StorageAccessError(
                f"The token service {without_secrets(realm)} refuses a token for {self._reference} "
                f"({response.status}): {told(credentials)}"
            )
        try:
            value: object = json.loads(data) if response.status == 200 else None
        except ValueError:
            value = None
        found = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str):
            raise StorageError(
                f"The token service {without_secrets(realm)} answered {response.status} without a token."
            )
        return token

    def _check_secrecy(self, url: str) -> None:
        if not self._client.may_send_secrets_to(url):
            raise StorageAccessError(
                f"{self._reference.registry} asks to send the password over plain HTTP, to "
                f"{without_secrets(url)}: that is done for loopback addresses, or with insecure=True, alone."
            )

    def denied(self, status: int, what: str) -> StorageAccessError:
        """Build the error for a refusal that stands.

        Args:
            status: 401 or 403.
            what: What was refused.
        """
        credentials = self._keychain.find(self._reference)
        return StorageAccessError(
            f"{self._reference.registry} refuses to {what} ({status}): {told(credentials)}"
        )


def told(credentials: OCICredentials | None) -> str:
    """Say who we were, and what to do when that was not enough."""
    if credentials is None:
        return (
            "no credentials for it were found. Give username= and password=, or log in with "
            "`docker login`, `podman login` or `skopeo login`."
        )
    who = f"user {credentials.username!r}" if credentials.username else "the stored identity token"
    return f"{who} is not known there, has expired, or may not do this. Check name, password and rights."
