"""The documents of a registry: manifests, indexes, configurations, and their descriptors."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from model_registry.exceptions import IntegrityError, StorageError

from .image_reference import DIGEST

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: TypeAlias = "dict[str, object]"

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
_MOST_SIZE = 2**63 - 1
MOST_NESTED = 8
"""Indexes inside each other that are followed."""
EMPTY = "application/vnd.oci.empty.v1+json"
TITLE = "org.opencontainers.image.title"
SINGLE = "org.kubeflow.model-registry.single"
"""Annotation of an image or artifact that stands for one file, not for a folder."""

_DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
MANIFEST_TYPES = (MANIFEST, INDEX, _DOCKER_MANIFEST, _DOCKER_INDEX)
OCI_TYPES = {
    _DOCKER_MANIFEST: MANIFEST,
    _DOCKER_INDEX: INDEX,
    "application/vnd.docker.container.image.v1+json": CONFIG,
    "application/vnd.docker.image.rootfs.diff.tar": LAYER,
    "application/vnd.docker.image.rootfs.diff.tar.gzip": f"{LAYER}+gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip": (
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    ),
}
"""The OCI media types for those of Docker. The documents are the same."""


@dataclass(frozen=True)
class Descriptor:
    """A reference of a document to another document or blob.

    Attributes:
        media_type: OCI media type.
        digest: `sha256:…` or `sha512:…`.
        size: Bytes.
        annotations: Annotations.
        platform: Platform, in an index.
    """

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    platform: Mapping[str, object] = field(default_factory=dict[str, object])

    @classmethod
    def read(cls, value: object) -> Descriptor:
        """Read a descriptor from JSON.

        Raises:
            StorageError: The value is not a descriptor.
        """
        found = mapping(value)
        kind, digest, size = found.get("mediaType"), found.get("digest"), found.get("size")
        if not (isinstance(kind, str) and isinstance(digest, str) and isinstance(size, int)):
            raise StorageError("The registry returned a manifest with a part without type, digest or size.")
        if not 0 <= size <= _MOST_SIZE:
            raise StorageError(f"The registry returned a manifest with a part of {str(size)[:40]} bytes.")
        hash_for(digest)
        annotations = {name: str(text) for name, text in mapping(found.get("annotations")).items()}
        return cls(OCI_TYPES.get(kind, kind), digest, size, annotations, mapping(found.get("platform")))

    def json(self) -> JSON:
        """Return the descriptor as JSON."""
        value: JSON = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.annotations:
            value["annotations"] = dict(self.annotations)
        if self.platform:
            value["platform"] = dict(self.platform)
        return value


@dataclass(frozen=True)
class Document:
    """A manifest or index, with its exact bytes.

    Attributes:
        media_type: OCI media type.
        data: The bytes.
    """

    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        """Return the digest of the bytes, `sha256:…`."""
        return digest_of(self.data)

    @property
    def json(self) -> JSON:
        """Return the content.

        Raises:
            StorageError: The content is not a JSON object.
        """
        return parse(self.data)

    def descriptors(self, name: str) -> list[Descriptor]:
        """Return a list of descriptors: `layers` or `manifests`."""
        return [Descriptor.read(each) for each in sequence(self.json.get(name))]

    def annotation(self, name: str) -> object:
        """Return an annotation, or `None`."""
        return mapping(self.json.get("annotations")).get(name)

    @property
    def config(self) -> Descriptor:
        """Return the descriptor of the configuration of a manifest."""
        return Descriptor.read(self.json.get("config"))

    def describe(self, platform: Mapping[str, object]) -> Descriptor:
        """Return the descriptor of this document, for an index."""
        return Descriptor(self.media_type, self.digest, len(self.data), platform=platform)


def document(media_type: str, content: JSON) -> Document:
    """Create a document. The same content gives the same bytes."""
    return Document(media_type, compact({"schemaVersion": 2, "mediaType": media_type, **content}))


def compact(content: JSON) -> bytes:
    """Return JSON. The same content gives the same bytes."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def parse(data: bytes) -> JSON:
    """Read a JSON object.

    Raises:
        StorageError: The bytes are not a JSON object.
    """
    try:
        value: object = json.loads(data)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise StorageError("The registry returned something that is not a JSON object.")
    return cast("JSON", value)


def digest_of(data: bytes) -> str:
    """Return the digest of bytes, `sha256:…`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Hash(Protocol):
    """A hash that is being computed."""

    def update(self, data: bytes, /) -> None:
        """Add bytes."""
        ...

    def hexdigest(self) -> str:
        """Return the hash in hexadecimal digits."""
        ...


def hash_for(digest: str) -> Hash:
    """Return the hash to compute for an expected digest.

    Args:
        digest: `sha256:…` or `sha512:…`.

    Raises:
        StorageError: The digest is none of these.
    """
    if not DIGEST.fullmatch(digest):
        raise StorageError(f"The registry returned a digest that is not supported: {digest[:80]!r}.")
    return hashlib.new(digest.partition(":")[0])


def check_digest(what: str, data: bytes, digest: str) -> bytes:
    """Check that bytes have a digest, and return them.

    Raises:
        IntegrityError: The digest is different.
    """
    taken = hash_for(digest)
    taken.update(data)
    if not digest.endswith(":" + taken.hexdigest()):
        raise IntegrityError(f"{what} does not match its digest {digest}: it is damaged.")
    return data


def mapping(value: object) -> JSON:
    """Return a JSON object; an empty one for anything else."""
    return cast("JSON", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Return a JSON array; an empty one for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []
