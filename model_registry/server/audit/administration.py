"""Read the trail of a registry, while servers write to it or not."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import msgspec

from model_registry.server.audit.entries import AuditEntry, AuditFilter, read_entries
from model_registry.server.database.address import address_that_exists
from model_registry.server.database.opening import open_database
from model_registry.server.kinds import KIND_BY_SCHEMA

if TYPE_CHECKING:
    from collections.abc import Iterator

_ALL: Final = AuditFilter()


def read_trail(db: str, wanted: AuditFilter = _ALL, *, newest_first: bool = False) -> Iterator[AuditEntry]:
    """Read entries, page by page.

    Args:
        db: Address of the database.
        wanted: Which entries.
        newest_first: Whether to begin with the newest.

    Raises:
        DatabaseError: The database does not exist, or cannot be used.
    """
    database = open_database(address_that_exists(db))
    try:
        edge: int | None = None
        while True:
            read = partial(read_entries, wanted=wanted, edge=edge, newest_first=newest_first)
            page = asyncio.run(database.read(read, long=True))
            yield from page
            if not page:
                return
            edge = page[-1].id
    finally:
        database.close()


def read_page(data: bytes) -> list[AuditEntry]:
    """Read the entries of a page of the trail as a server sends it.

    The changes stay the text that was stored, so that the hashes can be checked.
    """
    return [_read_entry(each) for each in msgspec.json.decode(data, type=_Page).items]


class _Page(msgspec.Struct):
    items: list[dict[str, msgspec.Raw]]


def _read_entry(raw: dict[str, msgspec.Raw]) -> AuditEntry:
    values: dict[str, Any] = {name: msgspec.json.decode(value) for name, value in raw.items()}
    kind, id_ = values["kind"], values["resource_id"]
    values["kind"] = None if kind is None else KIND_BY_SCHEMA[kind].code
    values["resource_id"] = None if id_ is None else int(id_)
    values["changes"] = bytes(raw["changes"]).decode()
    return AuditEntry(**values)
