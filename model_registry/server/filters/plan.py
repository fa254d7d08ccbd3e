"""From what a filter says to what is looked up: names become columns and property rows, literals their types.

`plan` takes the expression apart into a tree that holds no values, only numbered places for them, and the
values. Filters that differ in their values alone have equal trees, so that a tree's SQL is made once.

Which values a comparison looks at:

- A name that every kind has as a column (`name`, `id`, ...) or that a kind has as a field (`owner`, and also
  as stored: `library_name`) means that one; any other name means the custom property.
- A field is compared as the type that it has. A custom property is compared as the type of the literal, where
  integers and doubles are both numbers and compare exactly.
- With a kind of value behind the name (`owner.string_value`), every value of that kind counts that goes by
  the name: column, field or custom property.
- Whoever has no such value never matches, whatever the operator.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias

from model_registry.server.contract import load_contract
from model_registry.server.database.schema import INDEXED_TEXT
from model_registry.server.filters.bounds import PRESENT, Value, as_double, as_integer, successor
from model_registry.server.filters.query import (
    And,
    Comparison,
    Expression,
    FilterError,
    Literal,
    Operator,
    Or,
    ValueKind,
)
from model_registry.server.integers import INT32, INT64
from model_registry.server.resources import Field, FieldType, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True)
class Test:
    """One column against the value in a numbered place; against `count` of them for `IN`.

    `sign` is an operator of SQL, or `PRESENT` or `SHORT`, which take no value.
    """

    column: str
    sign: str
    place: int = 0
    count: int = 1


Tests: TypeAlias = "tuple[Test, ...]"
"""All of them hold for one row."""


@dataclass(frozen=True)
class ColumnMatch:
    """The resource's own columns meet the tests. `codes` are the kinds to look among."""

    codes: tuple[int, ...]
    tests: Tests


@dataclass(frozen=True)
class PropertyMatch:
    """The resource has a property row of that name which meets one of the alternatives.

    `codes` are the kinds to look among, `name` is a place, `is_custom` is None for either.
    """

    codes: tuple[int, ...]
    name: int
    is_custom: bool | None
    alternatives: tuple[Tests, ...]


@dataclass(frozen=True)
class Every:
    """All the nodes match."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class Some:
    """At least one of the nodes matches; without nodes, nothing does."""

    nodes: tuple[Node, ...]


Match: TypeAlias = "ColumnMatch | PropertyMatch"
Node: TypeAlias = "Match | Every | Some"


@dataclass(frozen=True)
class Plan:
    """A filter ready to become SQL: the tree, and what belongs in its places."""

    root: Node
    values: tuple[Value, ...]


SHORT: Final = "SHORT"
"""That the beginning of a text is all of it."""

_COLUMNS: Final = {
    "id": ("id", FieldType.INTEGER),
    "name": ("name", FieldType.TEXT),
    "externalId": ("external_id", FieldType.TEXT),
    "createTimeSinceEpoch": ("create_time", FieldType.INTEGER),
    "lastUpdateTimeSinceEpoch": ("update_time", FieldType.INTEGER),
}
_FIELD_KINDS: Final = {
    FieldType.TEXT: ValueKind.STRING,
    FieldType.INTEGER: ValueKind.INT,
    FieldType.DOUBLE: ValueKind.DOUBLE,
}
_KIND_WORDS: Final = {
    ValueKind.STRING: "text",
    ValueKind.INT: "an integer",
    ValueKind.DOUBLE: "a number",
    ValueKind.BOOL: "a boolean",
}
_EQUALITIES: Final = {Operator.EQ, Operator.NE, Operator.IN}
_PATTERNS: Final = {Operator.LIKE, Operator.ILIKE}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,19}")


def plan(expression: Expression, kinds: Sequence[Kind]) -> Plan:
    """Resolve the names and types of a filter on a list.

    Args:
        expression: The filter.
        kinds: The kinds that the list holds: one, or those of artifacts.

    Raises:
        FilterError: A comparison that makes no sense, such as a text column with a number.
    """
    planner = _Planner(kinds)
    root = planner.node(expression)
    return Plan(root, tuple(planner.values))


class _Planner:
    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = kinds
        self.values: list[Value] = []

    def node(self, expression: Expression) -> Node:
        if isinstance(expression, And):
            return Every(tuple(map(self.node, expression.terms)))
        if isinstance(expression, Or):
            return Some(tuple(map(self.node, expression.terms)))
        if self._kinds[0].is_artifact:
            expression = _with_state_names(expression)
        nodes = tuple(self._sources(expression))
        return nodes[0] if len(nodes) == 1 else Some(nodes)

    def _sources(self, comparison: Comparison) -> Iterable[Node]:
        """A node for each place where a value by the comparison's name may be."""
        column = _COLUMNS.get(comparison.name)
        if column is not None and comparison.kind in {None, _FIELD_KINDS[column[1]]}:
            yield self._in_column(comparison, *column)
        if column is not None and comparison.kind is None:
            return
        refusals: list[FilterError] = []
        groups = self._groups(comparison)
        for (name, is_custom, field_type), codes in groups.items():
            kind = comparison.kind or (field_type and _FIELD_KINDS[field_type])
            try:
                alternatives = self._alternatives(comparison, kind)
            except FilterError as refusal:
                refusals.append(refusal)
                alternatives = self._sensible_choices(comparison, kind) if len(groups) > 1 else ()
            if alternatives:
                yield PropertyMatch(tuple(codes), self._place(name), is_custom, alternatives)
        # What makes no sense for one kind of a mixed list may for another: `value` is a number or a text.
        if len(refusals) == len(groups):
            raise refusals[0]

    def _sensible_choices(self, comparison: Comparison, kind: ValueKind | None) -> tuple[Tests, ...]:
        """Compare with those values of an `IN` that make sense for one kind of a mixed list."""
        if comparison.operator is not Operator.IN or kind is None:
            return ()
        values = tuple(value for value in comparison.values if _converts(value, kind, comparison))
        return self._alternatives(replace(comparison, values=values), kind) if values else ()

    def _groups(self, comparison: Comparison) -> dict[_Way, list[int]]:
        """Codes of the list's kinds, by how they keep what goes by the comparison's name."""
        groups: dict[_Way, list[int]] = {}
        for kind in self._kinds:
            for way in _ways(kind, comparison):
                groups.setdefault(way, []).append(kind.code)
        return groups

    def _in_column(self, comparison: Comparison, column: str, field_type: FieldType) -> Node:
        kind = _FIELD_KINDS[field_type]
        if column == "id" and not all(map(_fits_id, comparison.values)):
            _refuse(comparison, "ids have 32 bits")
        codes = tuple(kind.code for kind in self._kinds)
        alternatives = [
            ColumnMatch(codes, tests)
            for tests in self._typed(comparison, kind, comparison.values, column, may_be_long=False)
        ]
        return alternatives[0] if len(alternatives) == 1 else Some(tuple(alternatives))

    def _alternatives(self, comparison: Comparison, kind: ValueKind | None) -> tuple[Tests, ...]:
        if kind is not None:
            return self._typed(comparison, kind, comparison.values, kind.value)
        found: list[Tests] = []
        texts = tuple(value for value in comparison.values if isinstance(value, str))
        booleans = tuple(value for value in comparison.values if isinstance(value, bool))
        numbers = tuple(value for value in comparison.values if not isinstance(value, (str, bool)))
        for values, value_kind in (
            (texts, ValueKind.STRING),
            (numbers, ValueKind.INT),
            (numbers, ValueKind.DOUBLE),
            (booleans, ValueKind.BOOL),
        ):
            if values:
                found += self._typed(comparison, value_kind, values, value_kind.value)
        return tuple(found)

    def _typed(
        self,
        comparison: Comparison,
        kind: ValueKind,
        literals: Sequence[Literal],
        column: str,
        *,
        may_be_long: bool = True,
    ) -> tuple[Tests, ...]:
        """The tests of one column that holds values of one kind; no tests at all when none can match."""
        operator = comparison.operator
        if operator in _PATTERNS and kind is not ValueKind.STRING:
            _refuse(comparison, f"{operator.value} compares texts, and this is {_KIND_WORDS[kind]}")
        values = [_converted(literal, kind, comparison) for literal in literals]
        if operator is Operator.IN:
            return self._in(column, kind, values, may_be_long)
        value = values[0]
        if isinstance(value, str):
            return self._text(column, comparison, value, may_be_long)
        if kind is ValueKind.BOOL:
            return self._compared(column, operator.value, value)
        sign, bound = (as_integer if kind is ValueKind.INT else as_double)(operator.value, value)
        return self._compared(column, sign, bound) if sign else ()

    def _in(
        self, column: str, kind: ValueKind, values: Sequence[Value], may_be_long: bool
    ) -> tuple[Tests, ...]:
        short: list[Value] = []
        found: list[Tests] = []
        for value in values:
            if isinstance(value, str) and may_be_long and len(value) >= INDEXED_TEXT:
                head, whole = (
                    self._test(column, "=", value[:INDEXED_TEXT]),
                    self._test("long_value", "=", value),
                )
                found.append((head, whole))
            elif isinstance(value, (str, bool)):
                short.append(value)
            else:
                sign, bound = (as_integer if kind is ValueKind.INT else as_double)("=", value)
                short += [bound] if sign else []
        if short:
            found.append((Test(column, "IN", len(self.values), len(short)),))
            self.values += short
        return tuple(found)

    # Texts. The index holds the first characters: less than INDEXED_TEXT of them are the whole text.

    def _text(self, column: str, comparison: Comparison, value: str, may_be_long: bool) -> tuple[Tests, ...]:
        operator = comparison.operator
        if operator is Operator.ILIKE:
            _pattern_prefix(value, comparison)
            return self._like(column, "ILIKE", value, (Test(column, PRESENT),), may_be_long)
        if operator is Operator.LIKE:
            prefix, rest = _pattern_prefix(value, comparison)
            if rest:
                begins = self._begins(column, prefix[: INDEXED_TEXT - 1])
                if rest == "%" and len(prefix) < INDEXED_TEXT and prefix:
                    return (begins,)
                return self._like(column, "LIKE", value, begins, may_be_long)
            operator, value = Operator.EQ, prefix
        if not may_be_long or len(value) < INDEXED_TEXT:
            return self._compared(column, operator.value, value)
        head = value[:INDEXED_TEXT]
        among_equals = tuple(
            (self._test(column, "=", head), *tests)
            for tests in self._compared("long_value", operator.value, value)
        )
        if operator is Operator.EQ:
            return among_equals
        return (
            *self._compared(
                column, operator.value.replace("=", "") if operator is not Operator.NE else "!=", head
            ),
            *among_equals,
        )

    def _begins(self, column: str, prefix: str) -> Tests:
        if not prefix:
            return (Test(column, PRESENT),)
        start = self._test(column, ">=", prefix)
        end = successor(prefix)
        return (start, self._test(column, "<", end)) if end else (start,)

    def _like(
        self, column: str, sign: str, pattern: str, begins: Tests, may_be_long: bool
    ) -> tuple[Tests, ...]:
        matches = self._test(column, sign, pattern)
        if not may_be_long:
            return ((*begins, matches),)
        return (
            (*begins, Test(column, SHORT), matches),
            (Test("long_value", PRESENT), self._test("long_value", sign, pattern)),
        )

    # Values.

    def _compared(self, column: str, sign: str, value: Value) -> tuple[Tests, ...]:
        """One test, or for `!=` two: an index finds what is less and what is greater."""
        return tuple((self._test(column, one, value),) for one in (("<", ">") if sign == "!=" else (sign,)))

    def _test(self, column: str, sign: str, value: Value) -> Test:
        return Test(column, sign) if sign == PRESENT else Test(column, sign, self._place(value))

    def _place(self, value: Value) -> int:
        self.values.append(value)
        return len(self.values) - 1


_Way: TypeAlias = "tuple[str, bool | None, FieldType | None]"
"""Stored name, `is_custom`, and the type of a field that is meant by its own name."""


def _ways(kind: Kind, comparison: Comparison) -> Iterable[_Way]:
    """How `kind` keeps what goes by the comparison's name."""
    name = comparison.name
    field = _field(kind, name)
    if field is None:
        yield name, True, None
    elif field.stored == name:
        # Written as stored, it may as well be a custom property, unless that is also the field's own name.
        plain = field.name == name and comparison.kind is None
        yield name, False if plain else None, field.type if plain else None
    else:
        yield field.stored, False, field.type if comparison.kind is None else None
        if comparison.kind is not None:
            yield name, True, None


def _with_state_names(comparison: Comparison) -> Comparison:
    """The state of an artifact may be told by its number too, as the reference server keeps it."""
    if (comparison.name, comparison.kind) != ("state", None) or comparison.operator not in _EQUALITIES:
        return comparison
    states = dict(enumerate(load_contract().enum("ArtifactState")))
    values = (
        states.get(value, str(value)) if type(value) is int else value  # no boolean
        for value in comparison.values
    )
    return replace(comparison, values=tuple(values))


def _fits_id(literal: Literal) -> bool:
    number = _number(literal, ValueKind.INT) if isinstance(literal, str) else literal
    return not isinstance(number, int) or number in INT32


def _field(kind: Kind, name: str) -> Field | None:
    fields = {field.stored: field for field in kind.fields} | {field.name: field for field in kind.fields}
    return fields.get(name)


def _converts(literal: Literal, kind: ValueKind, comparison: Comparison) -> bool:
    try:
        _converted(literal, kind, comparison)
    except FilterError:
        return False
    return True


def _converted(literal: Literal, kind: ValueKind, comparison: Comparison) -> Value:
    """The literal as something that values of `kind` can be compared with."""
    converted: Value | None
    if kind is ValueKind.STRING:
        converted = literal if isinstance(literal, str) else None
    elif kind is ValueKind.BOOL:
        converted = literal if isinstance(literal, bool) else None
    elif isinstance(literal, str):
        converted = _number(literal, kind)
    else:
        converted = None if isinstance(literal, bool) else literal
    if converted is None:
        shown = f"'{literal[:40]}'" if isinstance(literal, str) else str(literal).lower()
        _refuse(comparison, f"{shown} is not {_KIND_WORDS[kind]}")
    return converted


def _number(text: str, kind: ValueKind) -> int | float | None:
    """A number written as text, `id = '7'`."""
    if _INTEGER.fullmatch(text) and int(text) in INT64:
        return int(text)
    try:
        number = float(text) if kind is ValueKind.DOUBLE and text.isascii() else math.nan
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _refuse(comparison: Comparison, detail: str) -> NoReturn:
    name = comparison.name + (f".{comparison.kind.value}" if comparison.kind else "")
    raise FilterError(
        "invalid filter query, type mismatch or invalid value in comparison: "
        f"{name[:80]} {comparison.operator.value} ...: {detail}",
        comparison.position,
    )


def _pattern_prefix(pattern: str, comparison: Comparison) -> tuple[str, str]:
    """What a LIKE pattern begins with literally, and the pattern of the rest."""
    prefix: list[str] = []
    place = 0
    while place < len(pattern) and pattern[place] not in "%_":
        place += pattern[place] == "\\"
        prefix += pattern[place : place + 1]
        place += 1
    trailing = len(pattern) - len(pattern.rstrip("\\"))
    if trailing % 2:
        _refuse(comparison, r"the pattern ends in a single \, which escapes nothing")
    return "".join(prefix), pattern[place:]
