"""Select resources by parent, name, external id and filter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import bindparam, func, select

from model_registry.server.database.protocol import Statement
from model_registry.server.database.schema import resource
from model_registry.server.filters.access_paths import SCAN, AccessPath
from model_registry.server.filters.combining import below
from model_registry.server.filters.sql import parameter_name
from model_registry.server.kinds import KIND_BY_CODE
from model_registry.server.queries.statements import QueryShape, select_statement
from model_registry.server.rows import StoredResource

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Session
    from model_registry.server.filters.tree import FilterPlan
    from model_registry.server.kinds import Kind


_COUNT: Final = Statement(
    select(func.count()).select_from(
        select(resource.c.id)
        .where(resource.c.parent_id == bindparam("parent_id"), resource.c.kind == bindparam("kind"))
        .limit(bindparam("most"))
        .subquery()
    )
)


@dataclass(frozen=True)
class Selection:
    """Which resources to list or find. An attribute that is None does not restrict the selection.

    Attributes:
        kinds: One kind, or all kinds of artifacts.
        parent_id: Their parent.
        version_id: The version that artifacts are linked to.
        name: Their name.
        external_id: Their external id.
        filter: A filter that they match.
    """

    kinds: tuple[Kind, ...]
    parent_id: int | None = None
    version_id: int | None = None
    name: str | None = None
    external_id: str | None = None
    filter: FilterPlan | None = None

    def shape(self, path: AccessPath = SCAN) -> QueryShape:
        """Return the shape of the query that uses an access path."""
        return QueryShape(
            len(self.kinds) == 1,
            self.parent_id is not None,
            self.version_id is not None,
            self.name is not None,
            self.external_id is not None,
            self.kinds[0].parent is None and not self.kinds[0].is_artifact,
            None if self.filter is None else self.filter.root,
            path,
        )

    def is_everything(self) -> bool:
        """Return whether nothing but a filter restricts the selection."""
        return (self.parent_id, self.version_id, self.name, self.external_id) == (None,) * 4

    def by_filter_alone(self) -> Selection:
        """Return the same selection, whose parent is a condition of the filter. See `below`."""
        if self.parent_id is None:
            return self
        codes = tuple(kind.code for kind in self.kinds)
        return replace(self, parent_id=None, filter=below(self.filter, codes, self.parent_id))

    def values(self) -> dict[str, Any]:
        """Return the values of the query's parameters."""
        values: dict[str, Any] = {
            "kind": self.kinds[0].code,
            "family": int(self.kinds[0].family),
            "parent_id": self.parent_id,
            "version_id": self.version_id,
            "name": self.name,
            "external_id": self.external_id,
        }
        if self.filter is not None:
            values |= {parameter_name(number): value for number, value in enumerate(self.filter.values)}
        return values


def find_first(session: Session, selection: Selection) -> StoredResource | None:
    """Return the selected resource with the lowest id, or None."""
    statement = select_statement(selection.shape(), "id", descending=False, continues=False)
    row = session.row(statement, {**selection.values(), "limit": 1})
    return None if row is None else StoredResource(row[0], KIND_BY_CODE[row[2]], row[3])


def count_below(session: Session, kind: Kind, parent_id: int, most: int) -> int:
    """Return the number of resources of a kind below a parent, at most `most`."""
    row = session.row(_COUNT, {"kind": kind.code, "parent_id": parent_id, "most": most})
    return row[0] if row else 0
