"""Which files the layers of an artifact hold: of ORAS, ModelPack, KitOps, Docker Model Runner and Ollama."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageError

from .documents import TITLE, mapping, sequence

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .documents import JSON, Descriptor

FILEPATH = "org.cncf.model.filepath"
KIT_CONFIG = "application/vnd.kitops.modelkit.config.v1+json"
OLLAMA = "application/vnd.ollama.image."

_FORMER_FILEPATH = "org.cnai.model.filepath"
FORMER_MODELPACK = "application/vnd.cnai.model."
"""Prefix of the media types of ModelPack before it joined the CNCF."""

_UNPACK = "io.deis.oras.content.unpack"
_OF_MODELS = re.compile(
    r"application/vnd\.(?:cncf\.model|cnai\.model|kitops\.modelkit|docker\.ai|ollama\.image)\."
)
_ARCHIVE = re.compile(r"\.tar(?:\+\w+)?$")
_OF_IMAGES = "application/vnd.oci.image.layer."
_COMPRESSED = re.compile(r"\+(?:gzip|zstd)$")
_KIT_LAYER = re.compile(r"application/vnd\.kitops\.modelkit\.(\w+)\.v1\.")
_KIT_ENTRIES = {"code": "code", "dataset": "datasets", "docs": "docs"}

_DOCKER = "application/vnd.docker.ai."
_NAMES = {
    f"{_DOCKER}gguf.v3": "model.gguf",
    f"{_DOCKER}model.file.v1+gguf": "model.gguf",
    f"{_DOCKER}gguf.v3.lora": "adapter.gguf",
    f"{_DOCKER}gguf.v3.mmproj": "model.mmproj",
    f"{_DOCKER}mmproj": "model.mmproj",
    f"{_DOCKER}safetensors": "model.safetensors",
    f"{_DOCKER}dduf": "model.dduf",
    f"{_DOCKER}license": "LICENSE",
    f"{_DOCKER}chat.template.jinja": "template.jinja",
    "application/vnd.cncf.model.weight.v1.gguf": "model.gguf",
    "application/vnd.cncf.model.weight.v1.safetensors": "model.safetensors",
    f"{OLLAMA}model": "model.gguf",
    f"{OLLAMA}adapter": "adapter.gguf",
    f"{OLLAMA}projector": "projector.gguf",
    f"{OLLAMA}template": "template",
    f"{OLLAMA}system": "system",
    f"{OLLAMA}params": "params.json",
    f"{OLLAMA}messages": "messages.json",
    f"{OLLAMA}license": "LICENSE",
}
"""Names of files whose layers have none, as Docker Model Runner and Ollama's tools call them."""


@dataclass(frozen=True)
class LayerContent:
    """What a layer of an artifact holds.

    Attributes:
        layer: The layer.
        path: Path of the file; of an archive the path of the file or folder in it, if known.
        archive: Whether the layer is an archive whose entries are the files.
        compressed: Whether the layer is one file, compressed.
    """

    layer: Descriptor
    path: str
    archive: bool = False
    compressed: bool = False

    def place(self, entry: str) -> str:
        """Return the path in the model of a file of the archive.

        The entries of an archive have their whole path, or, as older tools wrote them, the path below the
        folder of `path`.

        Args:
            entry: Path of the file in the archive.
        """
        outer, name = posixpath.split(self.path)
        whole = (entry + "/").startswith(self.path + "/")
        below = (entry + "/").startswith(name + "/")
        return f"{outer}/{entry}" if outer and below and not whole else entry


def typed_layer(layer: Descriptor) -> Descriptor:
    """Return a layer with a type of ModelPack. Its first tools gave layers the type of those of images."""
    return replace(layer, media_type=layer.media_type.replace(_OF_IMAGES, f"{FORMER_MODELPACK}layer."))


def contents_of(layers: Sequence[Descriptor], config: JSON) -> Iterator[LayerContent]:
    """Return what the layers of an artifact hold. Layers that are no files of a model are left out.

    Args:
        layers: The layers.
        config: The configuration, if it is one of KitOps.

    Raises:
        StorageError: A layer of a model has a type that is not supported.
    """
    names = _numbered_names(layers)
    kit_paths = _kit_paths(layers, config)
    for number, layer in enumerate(layers):
        of_model = _OF_MODELS.match(layer.media_type) is not None
        annotations = layer.annotations
        path = _normal(
            annotations.get(FILEPATH) or annotations.get(_FORMER_FILEPATH) or annotations.get(TITLE) or ""
        )
        if annotations.get(_UNPACK) == "true":  # a folder, pushed by ORAS
            yield LayerContent(layer, "", archive=True)
        elif of_model and _ARCHIVE.search(layer.media_type):
            yield LayerContent(layer, path or _normal(kit_paths.get(number, "")), archive=True)
        elif path or number in names:
            compressed = of_model and _COMPRESSED.search(layer.media_type) is not None
            yield LayerContent(layer, path or names[number], compressed=compressed)
        elif of_model and layer.media_type != KIT_CONFIG:
            raise StorageError(
                f"The model has a layer of the type {layer.media_type!r} without the path of its file. "
                "This type is not supported."
            )


def _normal(path: str) -> str:
    """Return a path without `./`. Paths that lead out stay, and are refused later."""
    return posixpath.normpath(path) if path and path.startswith("./") else path.rstrip("/")


def _numbered_names(layers: Sequence[Descriptor]) -> dict[int, str]:
    """Return names for layers by their type. Several of one type are parts, and get numbers."""
    found = {number: _NAMES[layer.media_type] for number, layer in enumerate(layers) if _nameless(layer)}
    total = Counter(found.values())
    seen: Counter[str] = Counter()
    for number, name in found.items():
        seen[name] += 1
        if total[name] > 1:
            stem, ending = posixpath.splitext(name)
            found[number] = f"{stem}-{seen[name]:05}-of-{total[name]:05}{ending}"
    return found


def _nameless(layer: Descriptor) -> bool:
    named = {FILEPATH, _FORMER_FILEPATH, TITLE} & layer.annotations.keys()
    return layer.media_type in _NAMES and not named


def _kit_paths(layers: Sequence[Descriptor], config: JSON) -> dict[int, str]:
    """Return the paths that a Kitfile has for the layers of a ModelKit, by number of the layer.

    Raises:
        StorageError: The model is in another ModelKit.
    """
    kinds = [_KIT_LAYER.match(layer.media_type) for layer in layers]
    model = mapping(config.get("model"))
    if model.get("path") and not any(kind and kind[1] == "model" for kind in kinds):
        raise StorageError(
            f"The model of this ModelKit is in another ModelKit, {str(model['path'])!r}. Download that one."
        )
    entries: dict[str, list[JSON]] = {"model": [model], "modelpart": _entries(model.get("parts"))}
    entries |= {kind: _entries(config.get(name)) for kind, name in _KIT_ENTRIES.items()}
    paths: dict[int, str] = {}
    for number, kind in enumerate(kinds):
        if kind and (left := entries.get(kind[1])):
            paths[number] = str(left.pop(0).get("path") or "")
    return paths


def _entries(value: object) -> list[JSON]:
    return [mapping(each) for each in sequence(value)]
