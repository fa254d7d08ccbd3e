"""Compose images with model files on top of a base image, and artifacts of single files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from model_registry.exceptions import StorageError

from .blobs import BytesBlob
from .documents import (
    CONFIG,
    EMPTY,
    INDEX,
    MANIFEST,
    MOST_NESTED,
    SINGLE,
    TITLE,
    Descriptor,
    Document,
    compact,
    document,
    mapping,
    parse,
    sequence,
)
from .layers import path_of
from .toc import TABLE, table_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from .blobs import FilesBlob
    from .documents import JSON
    from .layers import Layer

ARTIFACT = "application/vnd.kubeflow.model.v1"
"""Type of an artifact that holds the files of a model."""

_FILE = "application/octet-stream"
_MOST_CONFIG_BYTES = 32 * 1024 * 1024
_LONG_AGO = "1970-01-01T00:00:00Z"  # the same files give the same image, whenever it is made


class ImageSource(Protocol):
    """A source of manifests and short blobs: a repository, or an image layout in a folder."""

    def manifest(self, target: str) -> Document:
        """Fetch a manifest or index."""
        ...

    def read_all(self, digest: str, most: int) -> bytes:
        """Fetch a short blob."""
        ...


@dataclass(frozen=True)
class Image:
    """An image for one platform.

    Attributes:
        manifest: Its manifest.
        config: Its configuration.
        platform: Platform in the index; empty without an index.
    """

    manifest: Document
    config: JSON
    platform: Mapping[str, object]


@dataclass(frozen=True)
class ComposedImage:
    """The documents to push for a tag.

    Attributes:
        blobs: New configurations.
        manifests: Manifests that `top` refers to.
        top: The document that the tag names.
    """

    blobs: Sequence[BytesBlob]
    manifests: Sequence[Document]
    top: Document


def images_of(source: ImageSource, target: str, platform: str | None) -> list[Image]:
    """Return an image, for each of its platforms.

    Args:
        source: Source of the image.
        target: Tag or digest.
        platform: The only `os/architecture[/variant]` to return.

    Raises:
        StorageError: It is not an image, or not for that platform.
    """
    found = list(_images(source, source.manifest(target), {}, platform))
    if not found:
        raise StorageError(f"The base image does not support the platform {platform or 'of any machine'}.")
    return found


def _images(
    source: ImageSource, top: Document, described: Mapping[str, object], platform: str | None, depth: int = 0
) -> Iterator[Image]:
    """Return the images of a manifest or index. An index may contain others."""
    if top.media_type != INDEX:
        yield _image(source, top, described)
        return
    if depth == MOST_NESTED:
        raise StorageError(f"The base image has more than {MOST_NESTED} indexes inside each other.")
    for each in top.descriptors("manifests"):
        if each.media_type == INDEX or _runs(each, platform):
            yield from _images(source, source.manifest(each.digest), each.platform, platform, depth + 1)


def scratch(platform: str | None) -> list[Image]:
    """Return an empty image."""
    system, _, rest = (platform or "linux/amd64").partition("/")
    architecture, _, variant = rest.partition("/")
    config: JSON = {"architecture": architecture, "os": system, "rootfs": {"type": "layers", "diff_ids": []}}
    if variant:
        config["variant"] = variant
    empty = document(MANIFEST, {"config": {}, "layers": []})
    return [Image(empty, config, {})]


def with_layers(bases: Sequence[Image], layers: Sequence[Layer], *, single: bool = False) -> ComposedImage:
    """Add layers to an image, for each of its platforms.

    Args:
        bases: The image.
        layers: The layers, from the lowest to the highest.
        single: Whether the image stands for one file, not for a folder with one file.
    """
    blobs: list[BytesBlob] = []
    manifests: list[Document] = []
    described: list[Descriptor] = []
    for base in bases:
        config = BytesBlob(compact(_config_with(base.config, layers)))
        manifest = _manifest_with(base.manifest, config, layers, single=single)
        blobs.append(config)
        manifests.append(manifest)
        described.append(manifest.describe(base.platform))
    if len(bases) == 1 and not bases[0].platform:
        return ComposedImage(blobs, [], manifests[0])
    top = document(INDEX, {"manifests": [each.json() for each in described]})
    return ComposedImage(blobs, manifests, top)


def artifact_of(blobs: Sequence[FilesBlob], *, single: bool) -> ComposedImage:
    """Return an artifact with one blob for each file, titled with its path.

    Args:
        blobs: A blob for each file.
        single: Whether the artifact stands for one file, not for a folder with one file.
    """
    empty = BytesBlob(b"{}")
    layers = [
        Descriptor(_FILE, blob.digest, blob.size, {TITLE: path_of(blob.files[0])}).json() for blob in blobs
    ]
    content: JSON = {
        "artifactType": ARTIFACT,
        "config": Descriptor(EMPTY, empty.digest, empty.size).json(),
        "layers": layers,
    }
    if single:
        content["annotations"] = {SINGLE: "true"}
    return ComposedImage([empty], [], document(MANIFEST, content))


def _runs(each: Descriptor, platform: str | None) -> bool:
    """Return whether an entry of an index is an image. Attestations have the platform `unknown`."""
    system, architecture = each.platform.get("os"), each.platform.get("architecture")
    if platform is None:
        return "unknown" not in (system, architecture)
    names = [str(name) for name in (system, architecture, each.platform.get("variant")) if name]
    return platform in ("/".join(names), "/".join(names[:2]))


def _image(source: ImageSource, manifest: Document, platform: Mapping[str, object]) -> Image:
    config = manifest.config
    if config.media_type != CONFIG:
        raise StorageError(f"The base is not an image: its configuration has the type {config.media_type}.")
    return Image(manifest, parse(source.read_all(config.digest, _MOST_CONFIG_BYTES)), platform)


def _config_with(base: JSON, layers: Sequence[Layer]) -> JSON:
    root = mapping(base.get("rootfs"))
    below = sequence(root.get("diff_ids"))
    digests = [layer.blob.digest for layer in layers]
    config: JSON = {**base, "rootfs": {"type": "layers", "diff_ids": [*below, *digests]}}
    history = sequence(base.get("history"))
    if history or not below:  # a history describes all layers, or none
        created = base.get("created", _LONG_AGO)
        entries = [{"created": created, "created_by": "model-registry: files of a model"} for _ in layers]
        config["history"] = [*history, *entries]
    config.pop(TABLE, None)
    table = table_of(layers, len(below))
    if table is not None:
        config[TABLE] = table
    return config


def _manifest_with(base: Document, config: BytesBlob, layers: Sequence[Layer], *, single: bool) -> Document:
    content = base.json
    annotations = mapping(content.pop("annotations", None))
    annotations.pop(SINGLE, None)
    if single:
        annotations[SINGLE] = "true"
    if annotations:
        content["annotations"] = annotations
    content["config"] = Descriptor(CONFIG, config.digest, config.size).json()
    below = [layer.json() for layer in base.descriptors("layers")]
    content["layers"] = below + [layer.descriptor.json() for layer in layers]
    for name in ("schemaVersion", "mediaType"):
        content.pop(name, None)
    return document(MANIFEST, content)
