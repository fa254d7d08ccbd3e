"""Walk through the fields of a protocol buffer in a file, without reading long ones."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def fields_of(file: IO[bytes], end: int) -> Iterator[tuple[int, int | range]]:
    """Yield the number of each field from the file's position on, and its value.

    The value of a number is the number; that of text, bytes or a message is the range of its bytes. The
    caller may move the position of the file in between.

    Args:
        file: The file.
        end: Where the message ends.

    Raises:
        ValueError: It is not a protocol buffer.
    """
    position = file.tell()
    while position < end:
        file.seek(position)
        key = _varint(file)
        kind = key & 7
        if kind == 0:
            value: int | range = _varint(file)
        elif kind == 2:
            size = _varint(file)
            start = file.tell()
            value = range(start, start + size)
            file.seek(value.stop)
        elif kind in (1, 5):
            value = int.from_bytes(file.read(8 if kind == 1 else 4), "little")
        else:
            raise ValueError(f"fields of kind {kind} are not supported")
        position = file.tell()
        if position > end:
            raise ValueError("a field is longer than its message")
        yield key >> 3, value


def numbers_of(packed: bytes) -> list[int]:
    """Return the numbers of a packed field."""
    numbers: list[int] = []
    number = shift = 0
    for byte in packed:
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(number)
            number = shift = 0
    return numbers


def _varint(file: IO[bytes]) -> int:
    number = 0
    for shift in range(0, 70, 7):
        byte = file.read(1)
        if not byte:
            break
        number |= (byte[0] & 0x7F) << shift
        if byte[0] < 0x80:
            return number
    raise ValueError("not a protocol buffer")
