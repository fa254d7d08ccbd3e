"""A repository of an OCI registry, used with the API of the OCI distribution specification."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from model_registry.exceptions import StorageError, StorageNotFoundError
from model_registry.storage.http.redirects import origin
from model_registry.storage.http.retries import Retries, TransientError, retry
from model_registry.storage.protocol import CHUNK
from model_registry.storage.transfer import Transfer
from model_registry.types.redaction import without_secrets

from .authorization import Authorization
from .documents import MANIFEST_TYPES, OCI_TYPES, Document, check_digest, mapping, parse, sequence
from .image_reference import DOCKER_HUB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from model_registry.storage.http.response import StreamedResponse
    from model_registry.storage.protocol import LocalFile

    from .credentials import Keychain
    from .documents import Descriptor
    from .image_reference import ImageReference
    from .registry_client import RegistryClient

_MOST_MANIFEST_BYTES = 32 * 1024 * 1024
_MOST_ERROR_BYTES = 64 * 1024
_HUB_HOST = "registry-1.docker.io"


class Repository:
    """Read and write the manifests and blobs of a repository.

    Args:
        reference: The repository.
        client: Sends the requests.
        keychain: Finds the credentials.
        transfer: Stopping it ends the retries.
    """

    def __init__(
        self,
        reference: ImageReference,
        client: RegistryClient,
        keychain: Keychain,
        transfer: Transfer | None = None,
    ) -> None:
        self.reference = reference
        self._transfer = transfer or Transfer()
        self._client = client
        self._authorization = Authorization(reference, client, keychain, self._transfer)
        host = _HUB_HOST if reference.registry == DOCKER_HUB else reference.registry
        self._base = f"{client.base_url(host)}/v2/{reference.repository}"

    def manifest(self, target: str) -> Document:
        """Fetch a manifest or index.

        Args:
            target: Tag or digest.

        Raises:
            StorageNotFoundError: It does not exist.
            IntegrityError: The content does not match the digest.
        """
        url = f"{self._base}/manifests/{target}"
        accept = {"Accept": ", ".join(MANIFEST_TYPES)}

        def fetch() -> tuple[StreamedResponse, bytes]:
            response = self._send("GET", url, accept)
            return response, response.read(_MOST_MANIFEST_BYTES)

        response, data = retry(fetch, self._transfer)
        self._check(response, data, f"read {self.reference}", (200,))
        if ":" in target:
            check_digest(f"The manifest of {self.reference}", data, target)
        kind = str(parse(data).get("mediaType") or response.headers.get("Content-Type", "").partition(";")[0])
        if kind not in MANIFEST_TYPES:
            raise StorageError(f"{self.reference} has the type {kind!r}, which is not supported.")
        return Document(OCI_TYPES.get(kind, kind), data)

    def put_manifest(self, target: str, document: Document) -> None:
        """Store a manifest or index. Its blobs must exist.

        Args:
            target: Tag or digest.
            document: The manifest.
        """
        url = f"{self._base}/manifests/{target}"
        headers = {"Content-Type": document.media_type}

        def send() -> tuple[StreamedResponse, bytes]:
            response = self._send("PUT", url, headers, document.data, purpose="push")
            return response, response.read(_MOST_ERROR_BYTES)

        response, data = retry(send, self._transfer)
        self._check(response, data, f"store the manifest of {self.reference}", (200, 201, 202))

    def read_all(self, digest: str, most: int) -> bytes:
        """Fetch a short blob and check it.

        Args:
            digest: Its digest.
            most: Maximum size in bytes.

        Raises:
            IntegrityError: The content does not match the digest.
        """

        def fetch() -> bytes:
            response = self._blob(digest, {})
            return response.read(most)

        return check_digest(f"A blob of {self.reference}", retry(fetch, self._transfer), digest)

    def read(self, digest: str, start: int, end: int, transfer: Transfer | None = None) -> Iterator[bytes]:
        """Fetch a part of a blob, resuming after broken connections.

        Args:
            digest: The blob's digest.
            start: First byte.
            end: End of the part, exclusive.
            transfer: Stopping it ends the retries.
        """
        retries = Retries(transfer or self._transfer)
        while start < end:
            begin = start
            try:
                for chunk in self._range(digest, start, end):
                    yield chunk
                    start += len(chunk)
                self._check_complete(digest, start, end)
            except TransientError as error:
                retries.wait_after(error, received=start - begin)

    def _check_complete(self, digest: str, start: int, end: int) -> None:
        if start < end:
            raise TransientError(f"{self.reference.registry} sent less of {digest} than it should have.")

    def has(self, digest: str) -> bool:
        """Return whether a blob exists."""

        def ask() -> StreamedResponse:
            response = self._send("HEAD", f"{self._base}/blobs/{digest}", purpose="push")
            response.discard()
            return response

        response = retry(ask, self._transfer)
        if response.status in (401, 403):
            raise self._authorization.denied(response.status, f"push to {self.reference}")
        return response.status == 200

    def mount(self, digest: str, source: str) -> bool:
        """Copy a blob from another repository of the same registry. Return whether the registry did it."""
        query = urlencode({"mount": digest, "from": source})

        def ask() -> StreamedResponse:
            url = f"{self._base}/blobs/uploads/?{query}"
            response = self._send("POST", url, {"Content-Length": "0"}, purpose=f"mount {source}")
            response.discard()
            return response

        response = retry(ask, self._transfer)
        if response.status == 202:  # it began an upload instead
            self._send("DELETE", response.location, purpose="push").discard()
        return response.status == 201

    def begin_upload(self) -> StreamedResponse:
        """Begin the upload of a blob. The response has its location."""
        url = f"{self._base}/blobs/uploads/"
        response = self.send_upload("POST", url, {"Content-Length": "0"}, None)
        self.check_upload(response, f"push to {self.reference}", (202,))
        return response

    def send_upload(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Callable[[], Iterator[bytes]] | None,
    ) -> StreamedResponse:
        """Send a request of an upload once.

        Args:
            method: HTTP method.
            url: The location of the upload.
            headers: Further headers.
            body: Returns the body, as often as the request must be sent with other credentials.
        """
        return self._send(method, url, headers, body, purpose="push")

    def check_upload(self, response: StreamedResponse, what: str, good: tuple[int, ...]) -> None:
        """Raise the error for a response of an upload that is not good."""
        self._check(response, response.read(_MOST_ERROR_BYTES), what, good)

    def _blob(self, digest: str, headers: Mapping[str, str]) -> StreamedResponse:
        response = self._send("GET", f"{self._base}/blobs/{digest}", headers)
        if response.status not in (200, 206):
            self._check(response, response.read(_MOST_ERROR_BYTES), f"read a blob of {self.reference}", ())
        return response

    def _range(self, digest: str, start: int, end: int) -> Iterator[bytes]:
        """Fetch a part of a blob once. The response may be incomplete."""
        response = self._blob(digest, {"Range": f"bytes={start}-{end - 1}"})
        skipped = start if response.status == 200 else 0  # the registry ignores ranges
        left = end - start
        for chunk in response.chunks(CHUNK):
            kept = chunk[skipped : skipped + left]
            skipped = max(0, skipped - len(chunk))
            if kept:
                yield kept
            left -= len(kept)
            if left == 0:
                break

    def _send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | Callable[[], Iterator[bytes]] | None = None,
        *,
        purpose: str = "pull",
    ) -> StreamedResponse:
        """Send a request with the credentials that the registry requires."""
        here, there = urlsplit(self._base), urlsplit(url)
        ours = here.netloc == there.netloc
        if ours:  # registries behind a proxy may not know that clients use TLS
            url = there._replace(scheme=here.scheme).geturl()
        header = self._authorization.current(purpose) if ours else None
        for last in (False, False, True):  # the stored header may have expired, and a new one may be refused
            sent = dict(headers or {})
            if header is not None:
                sent["Authorization"] = header
            response = self._client.send(method, url, sent, body() if callable(body) else body)
            challenged = response.status == 401 and origin(response.url) == origin(url)
            if not challenged or not ours or last:  # a host that it redirects to may not ask for a password
                return response
            response.discard()  # before what may fail: its connection would be left open
            renewed = self._authorization.renew(purpose, header, response)
            if renewed is None:
                return response
            header = renewed
        raise AssertionError  # the last response was returned

    def _check(self, response: StreamedResponse, data: bytes, what: str, good: tuple[int, ...]) -> None:
        """Raise the error for a response that is not good."""
        if response.status in good:
            return
        if response.status in (401, 403):
            raise self._authorization.denied(response.status, what)
        said = _said(data)
        if response.status == 404:
            raise StorageNotFoundError(
                f"{self.reference.registry} does not have it: cannot {what}{said}. Check name and tag."
            )
        if response.status == 413:
            said += ": it, or a proxy before it, limits the size of requests"
        raise StorageError(
            f"{without_secrets(response.url)} returned status {response.status}, cannot {what}{said}."
        )


class CopiedBlob:
    """A blob of another repository, read while it is sent."""

    files: Sequence[LocalFile] = ()

    def __init__(self, source: Repository, descriptor: Descriptor) -> None:
        self.source = source
        self.size = descriptor.size
        self.digest = descriptor.digest

    def chunks(self, start: int, end: int, moved: Callable[[int, int], object]) -> Iterator[bytes]:
        """See `Blob`."""
        del moved
        return self.source.read(self.digest, start, end)


def _said(data: bytes) -> str:
    """Return the error messages of the registry, if any."""
    try:
        errors = sequence(parse(data).get("errors"))
    except StorageError:
        return ""
    words = [str(mapping(each).get("message") or mapping(each).get("code") or "") for each in errors]
    return f" ({'; '.join(filter(None, words))})" if any(words) else ""
