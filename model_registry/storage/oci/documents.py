"""The documents of a registry: manifests, indexes, configurations, and what they point to."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from model_registry.exceptions import IntegrityError, StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: TypeAlias = "dict[str, object]"

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
EMPTY = "application/vnd.oci.empty.v1+json"
TITLE = "org.opencontainers.image.title"
SINGLE = "org.kubeflow.model-registry.single"
"""Annotation of what was made of one file, rather than of a folder."""

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
"""What Docker's media types are called by OCI; the documents are the same."""


@dataclass(frozen=True)
class Descriptor:
    """What a document points to.

    Attributes:
        media_type: Its kind, by OCI's name.
        digest: `sha256:…`.
        size: Bytes.
        annotations: What else is said of it.
        platform: For what machine it is, in an index.
    """

    media_type: str
    digest: str
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    platform: Mapping[str, object] = field(default_factory=dict[str, object])

    @classmethod
    def read(cls, value: object) -> Descriptor:
        """Read one from JSON.

        Raises:
            StorageError: It is none.
        """
        found = mapping(value)
        kind, digest, size = found.get("mediaType"), found.get("digest"), found.get("size")
        if not (isinstance(kind, str) and isinstance(digest, str) and isinstance(size, int)):
            raise StorageError("The registry holds a manifest with a part that has no type, digest or size.")
        annotations = {name: str(text) for name, text in mapping(found.get("annotations")).items()}
        return cls(OCI_TYPES.get(kind, kind), digest, size, annotations, mapping(found.get("platform")))

    def json(self) -> JSON:
        """Write it as JSON."""
        value: JSON = {"mediaType": self.media_type, "digest": self.digest, "size": self.size}
        if self.annotations:
            value["annotations"] = dict(self.annotations)
        if self.platform:
            value["platform"] = dict(self.platform)
        return value


@dataclass(frozen=True)
class Document:
    """A manifest or index as a registry gives it.

    Attributes:
        media_type: Its kind, by OCI's name.
        data: Its bytes.
    """

    media_type: str
    data: bytes

    @property
    def digest(self) -> str:
        """`sha256:…` of its bytes."""
        return digest_of(self.data)

    @property
    def json(self) -> JSON:
        """Its content.

        Raises:
            StorageError: It is no JSON object.
        """
        return parse(self.data)

    def descriptors(self, name: str) -> list[Descriptor]:
        """Read a list of what it points to: `layers` or `manifests`."""
        return [Descriptor.read(each) for each in sequence(self.json.get(name))]

    def annotation(self, name: str) -> object:
        """Read what else is said of it."""
        return mapping(self.json.get("annotations")).get(name)

    @property
    def config(self) -> Descriptor:
        """The configuration that a manifest points to."""
        return Descriptor.read(self.json.get("config"))

    def describe(self, platform: Mapping[str, object]) -> Descriptor:
        """Point to it from an index."""
        return Descriptor(self.media_type, self.digest, len(self.data), platform=platform)


def document(media_type: str, content: JSON) -> Document:
    """Write a document; the same content gives the same bytes."""
    return Document(media_type, compact({"schemaVersion": 2, "mediaType": media_type, **content}))


def compact(content: JSON) -> bytes:
    """Write JSON; the same content gives the same bytes."""
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()


def parse(data: bytes) -> JSON:
    """Read a JSON object.

    Raises:
        StorageError: It is none.
    """
    try:
        value: object = json.loads(data)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise StorageError("The registry answered with something that is no JSON object.")
    return cast("JSON", value)


def digest_of(data: bytes) -> str:
    """`sha256:…` of bytes."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def check_digest(what: str, data: bytes, digest: str) -> bytes:
    """Give the bytes back when they have that digest.

    Raises:
        IntegrityError: They have not.
    """
    if digest_of(data) != digest:
        raise IntegrityError(f"{what} is not what its digest {digest} says: the registry's copy is damaged.")
    return data


def mapping(value: object) -> JSON:
    """Give a JSON object, an empty one for anything else."""
    return cast("JSON", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Give a JSON array, an empty one for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []
