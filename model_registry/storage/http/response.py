"""A response whose body is read as it arrives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from urllib3.exceptions import HTTPError

from model_registry.exceptions import StorageError
from model_registry.storage.protocol import CHUNK
from model_registry.types.redaction import without_secrets

from .errors import connection_error
from .redirects import redirect_target

if TYPE_CHECKING:
    from collections.abc import Iterator

    import urllib3


_GZIP = frozenset({"gzip", "x-gzip"})
_GZIP_NAMES = (".gz", ".tgz", ".svgz")


class StreamedResponse:
    """A response whose body was not read yet.

    Attributes:
        status: The HTTP status.
        headers: The headers; names in any case.
        url: The URL that returned the response, after redirects.
    """

    def __init__(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        self._response = response
        self.status = response.status
        self.headers = response.headers
        self.url = url

    @property
    def location(self) -> str:
        """The URL that the response points to, such as that of an upload."""
        target = self.headers.get("Location")
        if not target:
            raise StorageError(
                f"{without_secrets(self.url)} returned status {self.status} without a Location header."
            )
        return redirect_target(self.url, target, allow_plain=True)

    def check_encoding(self, name: str) -> None:
        """Check that the body is the file itself, and not a compressed form of it, which was not requested.

        Web servers name the compression of files such as `model.tar.gz` in this header, which is accepted.

        Args:
            name: Name of the file.

        Raises:
            StorageError: The body is compressed.
        """
        codings = {each.strip().lower() for each in self.headers.get("Content-Encoding", "").split(",")}
        others = codings - {"", "identity"}
        if not others or (others <= _GZIP and name.lower().endswith(_GZIP_NAMES)):
            return
        raise StorageError(
            f"{without_secrets(self.url)} sent {name!r} in the encoding {', '.join(sorted(others))[:80]!r}, "
            "which was not requested, so it is not the file itself. Turn off compression on the server."
        )

    def read(self, limit: int) -> bytes:
        """Read the whole body.

        Args:
            limit: Maximum size in bytes.

        Raises:
            StorageError: The body is larger.
            TransientError: The connection broke.
        """
        data = bytearray()
        for chunk in self.chunks(CHUNK):
            data += chunk
            if len(data) > limit:
                raise StorageError(f"{without_secrets(self.url)} returned more than {limit} bytes.")
        return bytes(data)

    def chunks(self, size: int) -> Iterator[bytes]:
        """Read the body in pieces. A complete body leaves the connection to later requests.

        Raises:
            TransientError: The connection broke.
        """
        complete = False
        try:
            while chunk := self._response.read(size, decode_content=False):
                yield chunk
            complete = True
        except (HTTPError, OSError) as error:
            raise connection_error(error, self.url) from None
        finally:
            if complete:
                self._response.release_conn()
            else:
                self._response.close()

    def discard(self) -> None:
        """Ignore the body. A short one is read, so that the connection can be used again."""
        for chunk in self.chunks(CHUNK):
            if len(chunk) == CHUNK:
                break

    def close(self) -> None:
        """Close the response, and the connection with it unless the body was read completely."""
        self._response.close()
