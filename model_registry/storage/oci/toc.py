"""The table of contents that images of ours carry in their configuration, so that nobody must unpack to list.

Container runtimes pass over what they do not know there. It names the files that were pushed with it: path,
size, SHA-256, number of the layer, and where in the archive the first byte is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from model_registry.storage.protocol import StoredFile

from .documents import compact, mapping, sequence
from .layers import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .documents import JSON
    from .layers import Layer

TABLE = "org.kubeflow.model-registry.files"

_MOST_BYTES = 2 * 1024 * 1024  # runtimes limit a configuration to 4 MiB; an image without a table is unpacked


@dataclass(frozen=True)
class ListedFile:
    """A file of an image.

    Attributes:
        file: Path, size and digest.
        layer: Number of its layer in the manifest.
        offset: Where its first byte is in the archive.
    """

    file: StoredFile
    layer: int
    offset: int


def table_of(layers: Sequence[Layer], below: int) -> JSON | None:
    """Write the table.

    Args:
        layers: The layers.
        below: How many the base image has.

    Returns:
        The table; `None` when it would be too long.
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
        layers: How many layers it has.

    Returns:
        What it names; `None` when there is none, or when somebody put layers on top.
    """
    table = mapping(config.get(TABLE))
    if table.get("layers") != layers:
        return None
    found: list[ListedFile] = []
    for row in sequence(table.get("files")):
        match row:
            case [str(path), int(size), str(digest), int(layer), int(offset)] if 0 <= layer < layers:
                found.append(ListedFile(StoredFile(path, size, f"sha256:{digest}"), layer, offset))
            case _:
                return None
    return found
