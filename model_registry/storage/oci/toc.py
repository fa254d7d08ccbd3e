"""The table of contents in the configuration of our images. With it, listing needs no unpacking.

Container runtimes ignore unknown fields there. For each file it has path, size, SHA-256, number of the layer,
and offset of the first byte in the archive.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .documents import compact, mapping, sequence
from .layers import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .documents import JSON
    from .layers import Layer

TABLE = "org.kubeflow.model-registry.files"

_MOST_BYTES = 2 * 1024 * 1024  # runtimes limit a configuration to 4 MiB; an image without a table is unpacked


class ListedFile(NamedTuple):
    """A file in the table of an image.

    Attributes:
        path: Path below the folder.
        size: Size in bytes.
        digest: `sha256:…`.
        layer: Number of its layer in the manifest.
        offset: Offset of its first byte in the archive.
    """

    path: str
    size: int
    digest: str
    layer: int
    offset: int


def table_of(layers: Sequence[Layer], below: int) -> JSON | None:
    """Create the table.

    Args:
        layers: The layers.
        below: Number of layers of the base image.

    Returns:
        The table; `None` if it would be too large.
    """
    rows: list[object] = [
        [
            path_of(packed.file),
            packed.file.size,
            packed.file.digest.partition(":")[2],
            below + number,
            packed.offset,
        ]
        for number, layer in enumerate(layers)
        for packed in layer.contents
    ]
    table: JSON = {"layers": below + len(layers), "files": rows}
    return table if len(compact(table)) <= _MOST_BYTES else None


def read_table(config: JSON, layers: int) -> list[ListedFile] | None:
    """Read the table of an image.

    Args:
        config: Configuration of the image.
        layers: Number of layers of the image.

    Returns:
        The files; `None` if there is no table, or if layers were added later.
    """
    table = mapping(config.get(TABLE))
    if table.get("layers") != layers:
        return None
    found: list[ListedFile] = []
    for row in sequence(table.get("files")):
        match row:
            case [str(path), int(size), str(digest), int(layer), int(offset)] if (
                0 <= layer < layers and size >= 0 and offset >= 0
            ):
                found.append(ListedFile(path, size, f"sha256:{digest}", layer, offset))
            case _:
                return None
    return found
