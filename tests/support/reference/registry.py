"""The core of the server: rows, look-ups and saves, and the switch that takes the database away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.reference.errors import ConnectionDroppedError, RefusedError, bad_request, not_found
from tests.support.reference.golang import parse_int
from tests.support.reference.lists import MISMATCH, Listing
from tests.support.reference.properties import Stored, sent_again, store
from tests.support.reference.schemas import ARTIFACTS, HISTORY, SERVICE
from tests.support.reference.store import DuplicateError, Row, Store

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.reference.schemas import Kind

_FAILED = "failed to connect to `user=registry database=registry`: 127.0.0.1:5432 (127.0.0.1)"
AWAY = {
    "refused": f"{_FAILED}: dial error: dial tcp 127.0.0.1:5432: connect: connection refused",
    "stopping": f"{_FAILED}: server error: FATAL: the database system is shutting down (SQLSTATE 57P03)",
}
_COMMON = {"name", "externalId", "customProperties", "id", "createTimeSinceEpoch", "lastUpdateTimeSinceEpoch"}
_NUMBERS = ("registeredModelId", "modelVersionId")


class Core:
    """What all operations work on.

    Attributes:
        database: `up`, `refused` (nothing listens) or `stopping` (it says no).
    """

    def __init__(self) -> None:
        self.store = Store()
        self.database = "up"

    @property
    def away(self) -> str:
        return AWAY.get(self.database, "")

    def listing(self, label: str, rows: Iterable[Row], *, raw: bool = False) -> Listing:
        """Return a list, if the database is there."""
        if self.away and (raw or "SQLSTATE" not in self.away):
            raise RefusedError(500, f"error listing {label}: {self.away}")
        if self.away:
            raise bad_request(f"error listing {label}: {MISMATCH}")
        return Listing(label, lambda: rows, raw=raw)

    def get(self, kind: Kind, text: str, label: str = "") -> Row:
        """Return the row of an id. All that goes wrong in the database is "not found"."""
        row = None if self.away else self.store.get(kind, number(text, kind.label))
        if row is None:
            raise not_found(f"no {label or kind.label} found for id {text}")
        return row

    def artifact(self, text: str) -> Row:
        """Return an artifact of any kind but the history of metrics."""
        row = None if self.away else self.store.rows["artifact"].get(number(text, "artifact"))
        if row is None or row.kind is HISTORY:
            raise not_found(f"no artifact found for id {text}")
        return row

    def save(self, row: Row, sent_name: str | None) -> Row:
        """Store a row. `sent_name` is what a conflict shows, None for a resource that got its name here."""
        if self.away:
            raise RefusedError(500, self.away)
        try:
            return self.store.save(row)
        except DuplicateError:
            if sent_name is None:
                raise ConnectionDroppedError from None
            name = row.name if row.kind is SERVICE else sent_name
            raise RefusedError(409, f"{row.kind.label} with name {name} already exists: conflict") from None


def number(text: str, label: str) -> int:
    """Return an id of a path or parameter."""
    try:
        return parse_int(text)
    except ValueError as error:
        raise bad_request(f"invalid {label} ID: {error}") from None


def changed(row: Row, shown: Mapping[str, Any], body: Mapping[str, Any], own: Iterable[str]) -> Row:
    """Return a copy of a row with what a body gives; null and what is absent stay.

    Args:
        row: The row.
        shown: The row as responses show it: its properties are stored again from there.
        body: The fields of the request.
        own: The fields that may change.
    """
    fields = dict(row.fields)
    for name in ("description", *own):
        if body.get(name) is not None:
            fields[name] = body[name]
    properties = body.get("customProperties")
    again = sent_again(shown["customProperties"]) if properties is None else properties
    new = Row(row.kind, row.name, row.external_id, checked(fields), store(again))
    if body.get("externalId") is not None:
        new.external_id = body["externalId"]
    new.id, new.created, new.links = row.id, row.created, set(row.links)
    return new


def created(kind: Kind, name: str, body: Mapping[str, Any]) -> Row:
    """Return a new row with the fields of a body, the defaults for what is absent."""
    for field in ("createTimeSinceEpoch", "lastUpdateTimeSinceEpoch"):
        if body.get(field) is not None:
            try:
                parse_int(body[field], 64)
            except ValueError as error:
                cause = f"unable to decode as int64 invalid numeric string: {error} for key {field}"
                raise bad_request(f"error setting field Attributes: bad request: {cause}") from None
    fields = {one: value for one, value in body.items() if one not in _COMMON and value is not None}
    properties: dict[str, Stored] = store(body.get("customProperties") or {})
    return Row(kind, name, body.get("externalId"), checked(fields), properties)


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields as they are stored: ids as numbers in text, steps of 32 bits."""
    result = dict(fields)
    for name in _NUMBERS:
        if name in result:
            try:
                result[name] = str(parse_int(result[name]))
            except ValueError as error:
                raise bad_request(
                    f"error setting field Properties: invalid numeric string: {error}"
                ) from None
    if "step" in result:
        result["step"] = (result["step"] + 2**31) % 2**32 - 2**31
    return result


def artifact_rows(core: Core, parent: int | None, tag: str | None) -> list[Row]:
    """Return artifacts, without the history of metrics: those below a parent, those of one type."""
    kinds = [ARTIFACTS[tag]] if tag else list(ARTIFACTS.values())
    return [
        row
        for row in core.store.rows["artifact"].values()
        if row.kind in kinds and (parent is None or parent in row.links)
    ]
