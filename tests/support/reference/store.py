"""The rows of all resources in memory, with the database's constraints."""

from __future__ import annotations

import itertools
import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.reference.errors import RefusedError
from tests.support.reference.properties import STRUCT, Stored, show

if TYPE_CHECKING:
    from tests.support.reference.schemas import Kind

LONGEST = 255
TOO_LONG = "ERROR: value too long for type character varying(255) (SQLSTATE 22001)"
_COLUMNS = {"context": set(), "artifact": {"uri", "state"}, "execution": {"lastKnownState"}}
_INTEGERS = {"registeredModelId", "modelVersionId", "servingEnvironmentId", "experimentId", "step"}


class DuplicateError(Exception):
    """The name or the external id is taken."""


@dataclass
class Row:
    """One resource.

    Attributes:
        name: The stored name: that of an owned resource begins with the parent's id and a colon.
        fields: Its own fields and the description, by their names in the API.
        links: Ids of the parents that list it.
    """

    kind: Kind
    name: str
    external_id: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    custom: dict[str, Stored] = field(default_factory=dict)
    links: set[int] = field(default_factory=set)
    id: int = 0
    created: int = 0
    updated: int = 0

    @property
    def owned(self) -> bool:
        return bool(self.kind.parent) or self.kind.family != "context"

    @property
    def shown_name(self) -> str:
        return self.name.partition(":")[2] if self.owned and ":" in self.name else self.name

    def shown(self) -> dict[str, Any]:
        """Return the resource as responses have it."""
        known = {
            "id": str(self.id),
            "name": self.shown_name,
            "externalId": self.external_id,
            "createTimeSinceEpoch": str(self.created),
            "lastUpdateTimeSinceEpoch": str(self.updated),
            "customProperties": show(self.custom),
            **self.fields,
        }
        if self.kind.family == "artifact":
            for key, name in (("experiment_id", "experimentId"), ("experiment_run_id", "experimentRunId")):
                if self.custom.get(key, Stored("", None)).column == "int_value":
                    known[name] = str(self.custom[key].value)
        return {name: value for name, value in known.items() if value is not None}

    def properties(self) -> list[tuple[str, Stored]]:
        """Return the rows of its properties, built-in and custom, by their stored names."""
        return [
            (snake_case(name), _stored(name, value))
            for name, value in self.fields.items()
            if value is not None and name not in _COLUMNS[self.kind.family] and name != "artifactType"
        ] + list(self.custom.items())


def snake_case(name: str) -> str:
    return "".join(f"_{one.lower()}" if one.isupper() else one for one in name)


def _stored(name: str, value: Any) -> Stored:
    if isinstance(value, list):
        return Stored("string_value", STRUCT)
    if name in _INTEGERS:
        return Stored("int_value", int(value))
    return Stored("double_value" if isinstance(value, float) else "string_value", value)


class Store:
    """All rows. Callers hold `lock` while they work."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.rows: dict[str, dict[int, Row]] = {"context": {}, "artifact": {}, "execution": {}}
        self._ids = {family: itertools.count(1) for family in self.rows}

    def of(self, kind: Kind) -> list[Row]:
        return [row for row in self.rows[kind.family].values() if row.kind is kind]

    def get(self, kind: Kind, number: int) -> Row | None:
        row = self.rows[kind.family].get(number)
        return row if row is not None and row.kind is kind else None

    def save(self, row: Row) -> Row:
        """Store a new row, or one that replaces the row of its id.

        Raises:
            DuplicateError: When the name or external id is taken. The id is used up.
            RefusedError: 500 when a name, external id or key is too long.
        """
        rows = self.rows[row.kind.family]
        if max(len(row.name), len(row.external_id or "")) > LONGEST:
            raise RefusedError(500, f"error saving {row.kind.save_label}: {TOO_LONG}")
        number = row.id or next(self._ids[row.kind.family])
        for other in rows.values():
            if other.id != row.id and (
                (other.kind is row.kind and other.name == row.name)
                or (row.external_id is not None and other.external_id == row.external_id)
            ):
                raise DuplicateError
        for key in row.custom:
            if len(key) > LONGEST:
                raise RefusedError(500, f"error creating property {key}: {TOO_LONG}")
        row.updated = int(time.time() * 1000)
        row.created = row.created or row.updated
        row.id = number
        rows[number] = row
        return row


def new_name() -> str:
    return str(uuid.uuid4())
