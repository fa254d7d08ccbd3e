"""The `Authorization` header for a registry: Basic, or a token of its token service."""

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

    from .credentials import Keychain
    from .docker_config import OCICredentials
    from .image_reference import ImageReference
    from .registry_client import RegistryClient

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^",\s]+))')
_MOST_BYTES = 1024 * 1024


class Authorization:
    """Respond to the challenges of a registry for one repository, and remember the accepted header.

    Args:
        reference: The repository.
        client: Sends requests to the token service.
        keychain: Finds the credentials.
        transfer: Stopping it ends the retries.
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
        """Return the last accepted value of the header.

        Args:
            purpose: `pull`, `push`, or another name for a set of rights.
        """
        return self._current.get(purpose)

    def renew(self, purpose: str, refused: str | None, response: StreamedResponse) -> str | None:
        """Return the value to send after a 401 response.

        Args:
            purpose: As for `current`.
            refused: The refused value.
            response: The 401 response.

        Returns:
            The new value; `None` if there is no other than the refused one.
        """
        with self._lock:  # one thread requests a token, the others wait for it
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
            if credentials is not None and credentials.registry_token:
                self._check_secrecy(response.url)
                return f"Bearer {credentials.registry_token}"
            parameters = {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(rest)}
            if purpose == "push" and parameters.get("scope"):  # one token for checks and uploads
                parameters["scope"] = f"repository:{self._reference.repository}:pull,push"
            return "Bearer " + retry(lambda: self._token(parameters, credentials), self._transfer)
        if scheme.lower() == "basic" and credentials is not None and credentials.password:
            self._check_secrecy(response.url)
            return credentials.basic
        return None

    def _token(self, parameters: dict[str, str], credentials: OCICredentials | None) -> str:
        realm = parameters.get("realm", "")
        if not realm.startswith(("http://", "https://")):
            raise StorageError(f"{self._reference.registry} names no valid token service.")
        named = [(name, parameters[name]) for name in ("service", "scope") if parameters.get(name)]
        scopes = [("scope", scope) for name, value in named if name == "scope" for scope in value.split(" ")]
        query = [pair for pair in named if pair[0] != "scope"] + scopes
        if credentials is not None:
            self._check_secrecy(realm)
        if credentials is not None and credentials.identity_token:
            form = {
                **dict(named),
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
                f"({response.status}): {self._advice(credentials)}"
            )
        try:
            value: object = json.loads(data) if response.status == 200 else None
        except (ValueError, RecursionError):
            value = None
        found = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        token = found.get("token") or found.get("access_token")
        if not isinstance(token, str):
            raise StorageError(
                f"The token service {without_secrets(realm)} returned no token (status {response.status})."
            )
        return token

    def _check_secrecy(self, url: str) -> None:
        if not self._client.may_send_secrets_to(url):
            raise StorageAccessError(
                f"{self._reference.registry} asks to send the password over plain HTTP, to "
                f"{without_secrets(url)}. This is allowed for loopback addresses or with insecure=True only."
            )

    def denied(self, status: int, action: str) -> StorageAccessError:
        """Build the error for a final refusal.

        Args:
            status: 401 or 403.
            action: The refused action.
        """
        credentials = self._keychain.find(self._reference)
        return StorageAccessError(
            f"{self._reference.registry} refuses to {action} ({status}): {self._advice(credentials)}"
        )

    def _advice(self, credentials: OCICredentials | None) -> str:
        """Describe the credentials that were used, and what to do next."""
        problem = self._keychain.problem
        if credentials is None and problem:
            return f"no credentials for it were found. {problem}"
        if credentials is None:
            return (
                "no credentials for it were found. Give username= and password=, or log in with "
                "`docker login`, `podman login` or `skopeo login`."
            )
        who = f"user {credentials.username!r}" if credentials.username else "the stored token"
        return (
            f"{who} is unknown to the registry, has expired, or lacks the permission. "
            f"Check name, password and permissions. {problem}".rstrip()
        )
