"""What a dry run would write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, overload

from model_registry.types import formatting
from model_registry.types.alias_names import ALIAS, CLAIM, MOVES
from model_registry.types.equality import equal
from model_registry.types.formatting import plain, short

if TYPE_CHECKING:
    from collections.abc import Iterator

    from typing_extensions import Self


class Values(NamedTuple):
    """What a field holds before and after a change; `None` where it holds nothing."""

    before: object
    after: object


@dataclass(frozen=True)
class Change:
    """One resource that a call would create or change.

    Attributes:
        verb: `create` or `change`.
        kind: Name of its class in `model_registry.types`.
        name: Its name.
        parent: Name of what it belongs to, such as `fraud/1.0` for an artifact, where that is known.
        fields: The fields that the call would set, by name, with their values before and after.
    """

    verb: Literal["create", "change"]
    kind: str
    name: str
    parent: str | None = None
    fields: Mapping[str, Values] = field(default_factory=dict[str, Values])

    @property
    def path(self) -> str:
        """Its name behind that of what it belongs to, such as `fraud/1.0`."""
        return f"{self.parent}/{self.name}" if self.parent else self.name

    def __repr__(self) -> str:
        return f"<{self.verb} {self.kind} {self.path}: {', '.join(self.fields) or 'nothing'}>"

    def __str__(self) -> str:
        head = f"{'+' if self.verb == 'create' else '~'} {self.kind} {self.path}"
        return "\n".join([head, *_lines(self.fields)])

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each field that the call would set."""
        return formatting.table(
            (f"{self.verb} {self.kind} {self.path}", "before", "after"), _values(self.fields)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types."""
        fields = {
            name: {"before": plain(values.before), "after": plain(values.after)}
            for name, values in self.fields.items()
        }
        return {
            "verb": self.verb,
            "kind": self.kind,
            "name": self.name,
            "parent": self.parent,
            "fields": fields,
        }


class Plan(Sequence[Change]):
    """What a call would write, in order. It is false when that is nothing.

    `print` shows it like a difference between two texts.

    Args:
        changes: The changes.

    Example:
        >>> from model_registry.types import Change, Plan, Values
        >>> plan = Plan([Change("create", "RegisteredModel", "fraud", None, {"owner": Values(None, "ann")})])
        >>> print(plan)
        + RegisteredModel fraud
        +     owner: 'ann'
        >>> plan
        Plan(create RegisteredModel fraud)
        >>> bool(Plan())
        False
    """

    def __init__(self, changes: Sequence[Change] = ()) -> None:
        self._changes = tuple(changes)

    @overload
    def __getitem__(self, index: int) -> Change: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> Change | Self:
        found = self._changes[index]
        return type(self)(found) if isinstance(found, tuple) else found

    def __len__(self) -> int:
        return len(self._changes)

    def _repr_html_(self) -> str:
        """Return a table for notebooks, with a row for each field that a call would set.

        Of the records of alias moves it has the description alone.
        """
        rows = [
            (each.verb, each.kind, each.path, _label(field), before, after)
            for each in self
            for field, before, after in _values(each.fields)
            if not _is_internal(each, field)
        ]
        return formatting.table(("verb", "kind", "name", "field", "before", "after"), rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plan) and equal(self.to_dict(), other.to_dict())

    __hash__ = None  # type: ignore[assignment]  # values of fields may be dictionaries

    def __add__(self, other: Plan) -> Plan:
        return Plan([*self, *other])

    def __repr__(self) -> str:
        shown = [f"{change.verb} {change.kind} {change.path}" for change in self._changes[:3]]
        if len(self) > len(shown):
            shown.append(f"and {len(self) - len(shown)} more")
        return f"Plan({', '.join(shown) or 'nothing'})"

    def __str__(self) -> str:
        return "\n".join(map(str, self._changes)) or "nothing to write"

    @property
    def digest(self) -> str:
        """SHA-256 of `to_json()`, as `sha256:` and 64 hexadecimal digits.

        Two dry runs of the same calls on the same registry have the same digest, also where calls ran at the
        same time and so in another order. Ids of new resources and times are not part of it. A resource
        without a name gets a random one, which is part of it: give names where digests are compared.

        Example:
            >>> from model_registry.types import Plan
            >>> Plan().digest[:15]
            'sha256:1c7b0be7'
        """
        return f"sha256:{hashlib.sha256(self.to_json().encode()).hexdigest()}"

    def to_json(self) -> str:
        """Return the canonical JSON of the plan.

        Returns:
            `to_dict()` as JSON: keys sorted, no whitespace, other characters than ASCII as they are; and the
            changes sorted by their own JSON.

        Example:
            >>> from model_registry.types import Plan
            >>> Plan().to_json()
            '{"changes":[]}'
        """
        changes = sorted(_canonical(change.to_dict()) for change in self)
        return f'{{"changes":[{",".join(changes)}]}}'

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON types.

        Returns:
            `changes`: for each change its `verb`, `kind`, `name`, `parent` and `fields`, and for each field
            its values `before` and `after`.
        """
        return {"changes": [change.to_dict() for change in self]}


def _is_internal(change: Change, field: str) -> bool:
    """Return whether a field is part of how registries store moves of aliases."""
    return field == f"custom_properties.{MOVES}" or (change.name.startswith(CLAIM) and field != "description")


def _label(field: str) -> str:
    """Return how a table names a field: an alias by its name, not by the property that stores it."""
    stored = f"custom_properties.{ALIAS}"
    return f"alias {field.removeprefix(stored)}" if field.startswith(stored) else field


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _values(fields: Mapping[str, Values]) -> Iterator[tuple[str, object, object]]:
    """Yield the values that differ, before and after, with each custom property by itself."""
    for name, values in fields.items():
        if name == "custom_properties":
            before, after = (cast("Mapping[str, object]", each or {}) for each in values)
            parts = {f"{name}.{key}": (before.get(key), after.get(key)) for key in {**before, **after}}
        else:
            parts = {name: (values.before, values.after)}
        for part, (old, new) in parts.items():
            if not equal(old, new):
                yield part, old, new


def _lines(fields: Mapping[str, Values]) -> list[str]:
    """Return the values as a difference, each custom property on its own lines."""
    return [
        f"{sign}     {name}: {short(value)}"
        for name, *sides in _values(fields)
        for sign, value in zip("-+", sides, strict=True)
        if value is not None
    ]
