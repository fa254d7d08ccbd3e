"""Look-ups by name or external id: the name is a pattern of LIKE, and it wins over the external id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.reference.errors import bad_request, not_found
from tests.support.reference.filter_rows import like
from tests.support.reference.lists import Listing, shown
from tests.support.reference.registry import artifact_rows, number
from tests.support.reference.schemas import ARTIFACTS, RUN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.support.reference.registry import Core
    from tests.support.reference.schemas import Kind
    from tests.support.reference.store import Row

_PARENT_LABELS = {"model version": "registered model", "experiment run": "experiment"}


class Finds:
    """The operations, on one registry."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def named(self, kind: Kind, query: Mapping[str, str]) -> dict[str, Any]:
        """Find a resource without a parent."""
        name, external_id = query.get("name", ""), query.get("externalId", "")
        if not name and not external_id:
            raise bad_request("invalid parameters call, supply either name or externalId")
        rows = self._matching(kind.list_label, self._core.store.of(kind), name, external_id)
        return shown(
            _single(rows, kind.none_label, kind.list_label, f"name={name}, externalId={external_id}")
        )

    def owned(self, kind: Kind, query: Mapping[str, str]) -> dict[str, Any]:
        """Find a version, a service or a run, below its parent or anywhere."""
        name, parent, external_id = _parameters(query)
        parent_name = "experimentId" if kind is RUN else "parentResourceId"
        if not external_id and not (name and parent):
            raise bad_request(
                f"invalid parameters call, supply either (name and {parent_name}), or externalId"
            )
        rows: Iterable[Row] = self._core.store.of(kind)
        pattern = f"%:{name}" if name else ""
        if parent:
            owner = number(parent, _PARENT_LABELS.get(kind.label, "parent resource"))
            rows = [row for row in rows if owner in row.links]
            pattern = f"{owner}:{name}" if name else ""
        found = self._matching(kind.list_label, rows, pattern, external_id)
        asked = f"name={name}, {parent_name}={parent}, externalId={external_id}"
        return shown(_single(found, kind.none_label, kind.list_label, asked))

    def artifact(self, query: Mapping[str, str], label: str = "artifacts") -> Row:
        """Find an artifact of any kind."""
        name, parent, external_id = _parameters(query)
        if not external_id and not (name and parent):
            allowed = "(artifactName and parentResourceId), or externalId"
            raise bad_request(f"invalid parameters call, supply either {allowed}")
        owner = number(parent, "parent resource") if parent else None
        pattern = f"%:{name}" if name else ""
        rows = self._matching(
            "artifacts", artifact_rows(self._core, owner, None), pattern, external_id, raw=True
        )
        return _single(rows, label, label, _asked(query))

    def model_artifact(self, query: Mapping[str, str]) -> dict[str, Any]:
        row = self.artifact(query, "model artifacts")
        found = shown(row)
        if row.kind is not ARTIFACTS["model-artifact"]:
            raise not_found(f"artifact with {_asked(query)} is not a model artifact")
        return found

    def _matching(
        self, label: str, rows: Iterable[Row], pattern: str, external_id: str, *, raw: bool = False
    ) -> list[Row]:
        self._core.listing(label, (), raw=raw)
        matching = (
            row for row in rows if (like(pattern, row.name) if pattern else row.external_id == external_id)
        )
        return Listing(label, lambda: matching, raw=raw).all()


def _parameters(query: Mapping[str, str]) -> tuple[str, str, str]:
    return query.get("name", ""), query.get("parentResourceId", ""), query.get("externalId", "")


def _asked(query: Mapping[str, str]) -> str:
    name, parent, external_id = _parameters(query)
    return f"name={name}, parentResourceId={parent}, externalId={external_id}"


def _single(rows: list[Row], none_label: str, label: str, asked: str) -> Row:
    if len(rows) == 1:
        return rows[0]
    if rows:
        raise not_found(f"multiple {label} found for {asked}")
    raise not_found(f"no {none_label} found for {asked}")
