"""Composing what is pushed: images with model files on top of a base, or artifacts of bare files."""

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
    from collections.abc import Mapping, Sequence

    from .blobs import FilesBlob
    from .documents import JSON
    from .layers import Layer

ARTIFACT = "application/vnd.kubeflow.model.v1"
"""Type of an artifact that holds the files of a model."""

_FILE = "application/octet-stream"
_MOST_CONFIG_BYTES = 32 * 1024 * 1024
_LONG_AGO = "1970-01-01T00:00:00Z"  # the same files give the same image, whenever it is made


class ImageSource(Protocol):
    """What holds manifests and short blobs: a repository, or an image layout in a folder."""

    def manifest(self, target: str) -> Document:
        """Fetch a manifest or index."""
        ...

    def read_all(self, digest: str, most: int) -> bytes:
        """Fetch a short blob."""
        ...


@dataclass(frozen=True)
class Image:
    """An image for one kind of machine.

    Attributes:
        manifest: Its manifest.
        config: Its configuration.
        platform: What an index says of the machine; empty without an index.
    """

    manifest: Document
    config: JSON
    platform: Mapping[str, object]


@dataclass(frozen=True)
class ComposedImage:
    """What to push for a tag.

    Attributes:
        blobs: New configurations.
        manifests: Manifests that the top points to.
        top: What the tag shall name.
    """

    blobs: Sequence[BytesBlob]
    manifests: Sequence[Document]
    top: Document


def images_of(library: ImageSource, target: str, platform: str | None) -> list[Image]:
    """Read an image, for every kind of machine that it runs on.

    Args:
        library: Where it is.
        target: Tag or digest.
        platform: `os/architecture[/variant]` to take alone.

    Raises:
        StorageError: It is no image, or none for that machine.
    """
    top = library.manifest(target)
    if top.media_type != INDEX:
        return [_image(library, top, {})]
    found = [each for each in top.descriptors("manifests") if _runs(each, platform)]
    if not found:
        raise StorageError(f"The base image has nothing for the platform {platform or 'of any machine'}.")
    return [_image(library, library.manifest(each.digest), each.platform) for each in found]


def scratch(platform: str | None) -> list[Image]:
    """Give an image without anything in it."""
    system, _, rest = (platform or "linux/amd64").partition("/")
    architecture, _, variant = rest.partition("/")
    config: JSON = {"architecture": architecture, "os": system, "rootfs": {"type": "layers", "diff_ids": []}}
    if variant:
        config["variant"] = variant
    empty = document(MANIFEST, {"config": {}, "layers": []})
    return [Image(empty, config, {})]


def with_layers(bases: Sequence[Image], layers: Sequence[Layer], *, single: bool = False) -> ComposedImage:
    """Put layers on top of an image, for every kind of machine.

    Args:
        bases: The image.
        layers: The layers, the lowest first.
        single: Whether the image stands for one file, rather than for a folder with a file in it.
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
    """Make an artifact: each file is a blob of its own, called by its path.

    Args:
        blobs: A blob for each file.
        single: Whether the artifact stands for one file, rather than for a folder with a file in it.
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
    """Tell images from what builders add to an index: attestations are for the machine `unknown`."""
    system, architecture = each.platform.get("os"), each.platform.get("architecture")
    if platform is None:
        return "unknown" not in (system, architecture)
    names = [str(name) for name in (system, architecture, each.platform.get("variant")) if name]
    return platform in ("/".join(names), "/".join(names[:2]))


def _image(library: ImageSource, manifest: Document, platform: Mapping[str, object]) -> Image:
    config = manifest.config
    if config.media_type != CONFIG:
        raise StorageError(f"The base is no image: its configuration is of the kind {config.media_type}.")
    return Image(manifest, parse(library.read_all(config.digest, _MOST_CONFIG_BYTES)), platform)


def _config_with(base: JSON, layers: Sequence[Layer]) -> JSON:
    root = mapping(base.get("rootfs"))
    below = sequence(root.get("diff_ids"))
    digests = [layer.blob.digest for layer in layers]
    config: JSON = {**base, "rootfs": {"type": "layers", "diff_ids": [*below, *digests]}}
    history = sequence(base.get("history"))
    if history or not below:  # a history tells of all layers, or of none
        created = base.get("created", _LONG_AGO)
        told = [{"created": created, "created_by": "model-registry: files of a model"} for _ in layers]
        config["history"] = [*history, *told]
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
