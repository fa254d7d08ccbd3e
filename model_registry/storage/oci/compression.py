"""Decompress layers with gzip or zstd, within bounds."""

from __future__ import annotations

import itertools
import sys
import zlib
from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError, StorageError
from model_registry.storage.protocol import CHUNK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = b"\x2a\x4d\x18"
"""Bytes 2 to 4 of a frame of zstd without content. The first has one of 16 values."""
_GZIP_HEADER = 16 + zlib.MAX_WBITS
_ZSTD_WINDOW_LOG = 27  # 128 MiB, as the program zstd allows without an option
_MOST_UNPACKED = 1024 * 1024 * 1024  # from here on, the ratio counts
_MOST_RATIO = 300


class DamagedError(Exception):
    """Compressed bytes are damaged. It never leaves `model_registry.storage.oci`."""


def unpacked(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], bool]:
    """Decompress a layer, independent of its media type.

    Args:
        chunks: Its bytes.

    Returns:
        The decompressed bytes, and whether they were compressed. Reading the bytes raises `DamagedError` if
        they are damaged, and `MissingExtraError` if it needs the extra `oci`, for zstd.
    """
    head = b""
    while len(head) < len(_ZSTD) and (chunk := next(chunks, b"")):
        head += chunk
    everything = itertools.chain([head] if head else [], chunks)
    if head.startswith(_GZIP):
        return _bounded(everything, _gunzip), True
    if head.startswith(_ZSTD) or (head[1:4] == _SKIPPABLE and head[0] >> 4 == 5):
        return _bounded(everything, _unzstd), True
    return (chunk for chunk in everything if chunk), False


def _bounded(
    chunks: Iterator[bytes], decompress: Callable[[Iterator[bytes]], Iterator[bytes]]
) -> Iterator[bytes]:
    """Decompress, and stop when a few bytes become too many."""
    read = written = 0

    def counted() -> Iterator[bytes]:
        nonlocal read
        for chunk in chunks:
            read += len(chunk)
            yield chunk

    for data in decompress(counted()):
        written += len(data)
        if written > _MOST_UNPACKED and written > _MOST_RATIO * read:
            raise StorageError(
                f"A compressed layer holds more than {_MOST_RATIO} times its size. Nothing of it is used."
            )
        if data:
            yield data


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress gzip files that follow each other, a bounded piece at a time."""
    unzip = zlib.decompressobj(_GZIP_HEADER)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                if unzip.eof:
                    if not rest.strip(b"\0"):
                        break  # padding
                    unzip = zlib.decompressobj(_GZIP_HEADER)
                yield unzip.decompress(rest, CHUNK)
                rest = unzip.unused_data if unzip.eof else unzip.unconsumed_tail
        if not unzip.eof:
            yield unzip.flush()
    except zlib.error as error:
        raise DamagedError(str(error)) from None
    if not unzip.eof:
        raise DamagedError("it ends too early")


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress frames that follow each other, a bounded piece at a time."""
    try:
        if sys.version_info >= (3, 14):
            from compression import zstd
        else:
            from backports import zstd
    except ImportError as error:
        raise MissingExtraError.for_extra("oci", "A layer that is compressed with zstd", error) from error
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    frame = zstd.ZstdDecompressor(options=options)
    complete = True
    try:
        for chunk in chunks:
            rest = chunk
            while rest or not (complete or frame.needs_input):
                yield frame.decompress(rest, CHUNK)
                rest, complete = b"", frame.eof
                if complete:
                    rest = frame.unused_data
                    frame = zstd.ZstdDecompressor(options=options)
    except zstd.ZstdError as error:
        raise DamagedError(str(error)) from None
    if not complete:
        raise DamagedError("it ends too early")
