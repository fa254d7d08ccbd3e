"""A registry in memory that serves documents as they are given: other digests, types and nested indexes."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import Any
from urllib.parse import urlsplit

from tests.support.servers import CannedServer, Received, Reply

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def tar(files: dict[str, bytes]) -> bytes:
    """Return an archive of files."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


class MemoryRegistry(CannedServer):
    """A registry that can be read.

    Args:
        algorithm: The hash of its digests.
    """

    def __init__(self, algorithm: str = "sha256") -> None:
        super().__init__()
        self.reply = self._answer
        self._algorithm = algorithm
        self._content: dict[str, tuple[str, bytes]] = {}

    def blob(self, kind: str, data: bytes, **annotations: str) -> dict[str, Any]:
        """Add a blob; its descriptor is returned."""
        digest = f"{self._algorithm}:{hashlib.new(self._algorithm, data).hexdigest()}"
        self._content[digest] = (kind, data)
        found: dict[str, Any] = {"mediaType": kind, "digest": digest, "size": len(data)}
        return found | ({"annotations": annotations} if annotations else {})

    def document(self, tag: str, kind: str = MANIFEST, **content: object) -> dict[str, Any]:
        """Add a manifest or index with a tag; its descriptor is returned."""
        data = json.dumps({"schemaVersion": 2, "mediaType": kind, **content}).encode()
        self._content[tag] = (kind, data)
        return self.blob(kind, data)

    def raw(self, tag: str, data: bytes) -> None:
        """Add a document that is not JSON with a tag."""
        self._content[tag] = (MANIFEST, data)

    def artifact(
        self, tag: str, config_type: str, *layers: dict[str, Any], config: object = None, **content: object
    ) -> str:
        """Add an image or artifact; its URI is returned."""
        described = self.blob(config_type, json.dumps(config or {}).encode())
        self.document(tag, config=described, layers=list(layers), **content)
        return self.uri(tag)

    def damage(self, digest: str) -> None:
        """Change the last byte of a blob or document."""
        kind, data = self._content[digest]
        self._content[digest] = (kind, data[:-1] + bytes([data[-1] ^ 1]))

    def uri(self, tag: str) -> str:
        """The URI of a tag."""
        return f"oci://127.0.0.1:{self.port}/models/fraud:{tag}"

    def _answer(self, request: Received) -> Reply:
        found = self._content.get(urlsplit(request.target).path.rpartition("/")[2])
        if found is None:
            return Reply({"errors": [{"code": "NOT_FOUND"}]}, 404)
        kind, data = found
        headers = {"Content-Type": kind}
        if (wanted := request.headers.get("range")) is None:
            return Reply(status=200, headers=headers, body=data)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        part = data[int(first) : int(last) + 1]
        headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
        return Reply(status=206, headers=headers, body=part)
