"""Plan a filter: resolve its names to columns and property rows, and its literals to their types.

Which values a comparison looks at:

- A name that every kind has as a column (`name`, `id`, ...) or that a kind has as a field (`owner`, and also
  the stored form: `library_name`) means that column or field. Any other name means the custom property.
- A field is compared as its own type. A custom property is compared as the type of the literal. Integers and
  doubles are both numbers and compare exactly.
- With a kind of value after the name (`owner.string_value`), every value of that kind with that name counts:
  column, field or custom property.
- A resource without such a value never matches, whatever the operator.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from model_registry.server.database.schema import INDEXED_TEXT
from model_registry.server.filters.bounds import PRESENT, Value, as_double, as_integer, successor
from model_registry.server.filters.combining import all_of, any_of
from model_registry.server.filters.literals import (
    KIND_NAMES,
    can_convert,
    convert,
    is_id,
    refuse,
    split_pattern,
    with_state_names,
)
from model_registry.server.filters.query import (
    And,
    Expression,
    FilterError,
    Literal,
    Operator,
    Or,
    PropertyComparison,
    ValueKind,
)
from model_registry.server.filters.tree import (
    SHORT,
    AnyOf,
    ColumnMatch,
    ColumnTest,
    ColumnTests,
    FilterPlan,
    Node,
    PropertyMatch,
)
from model_registry.server.kinds import FieldType, Kind, StoredField

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

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
_PATTERNS: Final = {Operator.LIKE, Operator.ILIKE}


def plan(expression: Expression, kinds: Sequence[Kind]) -> FilterPlan:
    """Return the plan of a filter on a list.

    Args:
        expression: The filter.
        kinds: The kinds in the list: one, or those of artifacts.

    Raises:
        FilterError: A comparison that makes no sense, such as a text column with a number.
    """
    planner = _Planner(kinds)
    root = planner.node(expression)
    return FilterPlan(root, tuple(planner.values))


class _Planner:
    def __init__(self, kinds: Sequence[Kind]) -> None:
        self._kinds = kinds
        self._names: dict[str, int] = {}
        self.values: list[Value] = []

    def node(self, expression: Expression) -> Node:
        if isinstance(expression, And):
            return all_of(map(self.node, expression.terms))
        if isinstance(expression, Or):
            return any_of(map(self.node, expression.terms))
        if self._kinds[0].is_artifact:
            expression = with_state_names(expression)
        return any_of(self._nodes(expression))

    def _nodes(self, comparison: PropertyComparison) -> Iterable[Node]:
        """Yield a node for each column and property group that the comparison's name means."""
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
                alternatives = self._convertible_values(comparison, kind) if len(groups) > 1 else ()
            if alternatives:
                yield PropertyMatch(tuple(codes), self._name(name), is_custom, alternatives)
        # A comparison may make sense for only some kinds of a mixed list: `value` is a number or a text.
        if len(refusals) == len(groups):
            raise refusals[0]

    def _convertible_values(
        self, comparison: PropertyComparison, kind: ValueKind | None
    ) -> tuple[ColumnTests, ...]:
        """Return the tests for those values of an `IN` that one kind of a mixed list can be compared with."""
        if comparison.operator is not Operator.IN or kind is None:
            return ()
        values = tuple(value for value in comparison.values if can_convert(value, kind, comparison))
        return self._alternatives(replace(comparison, values=values), kind) if values else ()

    def _groups(self, comparison: PropertyComparison) -> dict[_PropertyGroup, list[int]]:
        """Return the codes of the list's kinds, by how they store the property that is compared."""
        groups: dict[_PropertyGroup, list[int]] = {}
        for kind in self._kinds:
            for group in _property_groups(kind, comparison):
                groups.setdefault(group, []).append(kind.code)
        return groups

    def _in_column(self, comparison: PropertyComparison, column: str, field_type: FieldType) -> Node:
        kind = _FIELD_KINDS[field_type]
        if column == "id" and not all(map(is_id, comparison.values)):
            refuse(comparison, "ids have 32 bits")
        codes = tuple(kind.code for kind in self._kinds)
        alternatives = [
            ColumnMatch(codes, tests)
            for tests in self._typed(comparison, kind, comparison.values, column, may_be_long=False)
        ]
        return alternatives[0] if len(alternatives) == 1 else AnyOf(tuple(alternatives))

    def _alternatives(
        self, comparison: PropertyComparison, kind: ValueKind | None
    ) -> tuple[ColumnTests, ...]:
        if kind is not None:
            return self._typed(comparison, kind, comparison.values, kind.value)
        found: list[ColumnTests] = []
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
        comparison: PropertyComparison,
        kind: ValueKind,
        literals: Sequence[Literal],
        column: str,
        *,
        may_be_long: bool = True,
    ) -> tuple[ColumnTests, ...]:
        """Return the tests of one column with values of one kind; no tests when nothing can match."""
        operator = comparison.operator
        if operator in _PATTERNS and kind is not ValueKind.STRING:
            refuse(comparison, f"{operator.value} compares texts, and this is {KIND_NAMES[kind]}")
        values = [convert(literal, kind, comparison) for literal in literals]
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
    ) -> tuple[ColumnTests, ...]:
        short: list[Value] = []
        found: list[ColumnTests] = []
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
            found.append((ColumnTest(column, "IN", len(self.values), len(short)),))
            self.values += short
        return tuple(found)

    # Texts. The index has their first characters; fewer than INDEXED_TEXT characters are the whole text.

    def _text(
        self, column: str, comparison: PropertyComparison, value: str, may_be_long: bool
    ) -> tuple[ColumnTests, ...]:
        operator = comparison.operator
        if operator is Operator.ILIKE:
            split_pattern(value, comparison)
            return self._like(column, "ILIKE", value, (ColumnTest(column, PRESENT),), may_be_long)
        if operator is Operator.LIKE:
            prefix, rest = split_pattern(value, comparison)
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

    def _begins(self, column: str, prefix: str) -> ColumnTests:
        if not prefix:
            return (ColumnTest(column, PRESENT),)
        start = self._test(column, ">=", prefix)
        end = successor(prefix)
        return (start, self._test(column, "<", end)) if end else (start,)

    def _like(
        self, column: str, sign: str, pattern: str, begins: ColumnTests, may_be_long: bool
    ) -> tuple[ColumnTests, ...]:
        matches = self._test(column, sign, pattern)
        if not may_be_long:
            return ((*begins, matches),)
        return (
            (*begins, ColumnTest(column, SHORT), matches),
            (ColumnTest("long_value", PRESENT), self._test("long_value", sign, pattern)),
        )

    # Values.

    def _compared(self, column: str, sign: str, value: Value) -> tuple[ColumnTests, ...]:
        """Return one test, or two for `!=`: an index finds lower values and greater values."""
        return tuple((self._test(column, one, value),) for one in (("<", ">") if sign == "!=" else (sign,)))

    def _test(self, column: str, sign: str, value: Value) -> ColumnTest:
        return (
            ColumnTest(column, sign) if sign == PRESENT else ColumnTest(column, sign, self._parameter(value))
        )

    def _name(self, name: str) -> int:
        """Return the number of the parameter with a name. Equal names share one."""
        if name not in self._names:
            self._names[name] = self._parameter(name)
        return self._names[name]

    def _parameter(self, value: Value) -> int:
        self.values.append(value)
        return len(self.values) - 1


_PropertyGroup: TypeAlias = "tuple[str, bool | None, FieldType | None]"
"""Stored name, `is_custom`, and the type of a field that the comparison names in its JSON form."""


def _property_groups(kind: Kind, comparison: PropertyComparison) -> Iterable[_PropertyGroup]:
    """Yield how `kind` stores the property that is compared."""
    name = comparison.name
    field = _field(kind, name)
    if field is None:
        yield name, True, None
    elif field.stored == name:
        # The stored form may also name a custom property, unless it is the JSON name of the field too.
        plain = field.name == name and comparison.kind is None
        yield name, False if plain else None, field.type if plain else None
    else:
        yield field.stored, False, field.type if comparison.kind is None else None
        if comparison.kind is not None:
            yield name, True, None


def _field(kind: Kind, name: str) -> StoredField | None:
    fields = {field.stored: field for field in kind.fields} | {field.name: field for field in kind.fields}
    return fields.get(name)
