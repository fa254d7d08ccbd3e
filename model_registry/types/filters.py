"""Filters for lists, built in Python instead of written as text."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar

from typing_extensions import override

from model_registry.exceptions.base import InvalidArgumentError

from . import filter_values as values
from .arguments import check_text

if TYPE_CHECKING:
    from collections.abc import Iterable

ValueT = TypeVar("ValueT", contravariant=True)


class Filter:
    """A condition on the resources of a list. Its text is the query that is sent to the registry.

    Join filters with `&` and `|`. Python's `and`, `or` and `not` and chains such as `0.5 < F.value < 0.9`
    cannot build a filter and raise an error.

    Example:
        >>> from model_registry import F
        >>> print((F.owner == "ann") & (F.name.like("fraud%") | F.name.like("churn%")))
        owner = 'ann' AND (name LIKE 'fraud%' OR name LIKE 'churn%')
    """

    def __init__(self, text: str, joint: str = "") -> None:
        self._text = text
        self._joint = joint

    def __and__(self, other: Filter) -> Filter:
        return self._joined("AND", other)

    def __or__(self, other: Filter) -> Filter:
        return self._joined("OR", other)

    def _joined(self, joint: str, other: Filter) -> Filter:
        if not isinstance(other, Filter):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(
                f"the filter {self._text} cannot be joined with {other!r}: write comparisons in parentheses, "
                "such as (F.owner == 'ann') & (F.name == 'fraud')"
            )
        return Filter(f"{self._within(joint)} {joint} {other._within(joint)}", joint)

    def _within(self, joint: str) -> str:
        return f"({self._text})" if self._joint not in ("", joint) else self._text

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(
            f"the filter {self._text} has no truth value: join filters with & and |, and write comparisons "
            "in parentheses; and, or, not, in, and chains such as a < F.value < b cannot build a filter"
        )

    if not TYPE_CHECKING:  # type checkers report these by themselves

        def __invert__(self) -> NoReturn:
            raise InvalidArgumentError(
                f"the filter {self._text} cannot be negated, because the query language has no NOT: compare "
                "with != or the opposite sign"
            )

        def __rand__(self, other: object) -> NoReturn:
            self._joined("AND", other)

        __ror__ = __rand__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return f"Filter({self._text!r})"


class Field:
    """A field to filter by. Resources without a value in it never match, not even with `!=`."""

    __hash__ = None  # type: ignore[assignment]  # `==` builds a filter

    def __init__(self, text: str) -> None:
        self._text = text

    def __eq__(self, value: object) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # builds a filter
        return self.compared("=", value)

    def __ne__(self, value: object) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # builds a filter
        return self.compared("!=", value)

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(
            f"{self._text} is a field and has no truth value: compare it first, such as F.name == 'fraud'"
        )

    if not TYPE_CHECKING:  # type checkers report these by themselves

        def _alone(self, _other: object = None) -> NoReturn:
            raise InvalidArgumentError(
                f"{self._text} is a field, not a filter: compare it first, in parentheses, such as "
                "(F.owner == 'ann') & (F.name == 'fraud'); .in_([...]) matches one of several values"
            )

        __and__ = __rand__ = __or__ = __ror__ = __invert__ = __contains__ = _alone

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def compared(self, sign: str, value: object) -> Filter:
        """Compare with a value by an operator of the query language."""
        raise NotImplementedError

    def _one_of(self, choices: Iterable[object]) -> Filter:
        """Match one of several values with `=` and `OR`: servers differ in which values `IN` accepts."""
        found = self.compared("=", (listed := self._listed(choices))[0])
        for value in listed[1:]:
            found |= self.compared("=", value)
        return found

    def _listed(self, choices: Iterable[object]) -> list[object]:
        if isinstance(choices, (str, bytes)):
            raise InvalidArgumentError(f"{self._text}.in_() takes a list of values, got {choices!r}")
        listed = list(choices)
        if not listed:
            raise InvalidArgumentError(f"{self._text}.in_() takes at least one value, got an empty list")
        return listed


class OrderedField(Field, Generic[ValueT]):
    """A field whose values have an order."""

    def __lt__(self, value: ValueT) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: ValueT) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: ValueT) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: ValueT) -> Filter:
        return self.compared(">=", value)

    def in_(self, choices: Iterable[ValueT]) -> Filter:
        """Match one of several values."""
        return self._one_of(choices)


class PatternField(Field):
    """A field whose texts can be matched with patterns."""

    def matched(self, sign: str, pattern: str) -> Filter:
        """Match a pattern by an operator of the query language."""
        raise NotImplementedError

    def like(self, pattern: str) -> Filter:
        r"""Match a pattern: `%` is any text, `_` any character, `\` takes the next one literally."""
        return self.matched("LIKE", pattern)

    def ilike(self, pattern: str) -> Filter:
        """Match a pattern, ignoring case."""
        return self.matched("ILIKE", pattern)

    def startswith(self, text: str) -> Filter:
        """Match texts that start with a text, taken literally."""
        return self.like(values.pattern_of(self._text, text) + "%")

    def endswith(self, text: str) -> Filter:
        """Match texts that end with a text, taken literally."""
        return self.like("%" + values.pattern_of(self._text, text))

    def contains(self, text: str) -> Filter:
        """Match texts that contain a text, taken literally; and lists and dictionaries whose JSON does."""
        return self.like("%" + values.pattern_of(self._text, text) + "%")


class TextField(OrderedField[str], PatternField):
    """A field with text, ordered by Unicode code points."""

    def __init__(self, text: str, *, has_lists: bool = True) -> None:
        super().__init__(text)
        self._has_lists = has_lists

    @override
    def compared(self, sign: str, value: object) -> Filter:
        return Filter(f"{self._text} {sign} {values.text_literal(self._text, value)}")

    @override
    def matched(self, sign: str, pattern: str) -> Filter:
        return Filter(f"{self._text} {sign} {values.pattern_literal(self._text, pattern)}")

    @override
    def in_(self, choices: Iterable[str]) -> Filter:
        """Match one of several texts."""
        if not self._has_lists:
            return self._one_of(choices)
        written = [values.text_literal(self._text, value) for value in self._listed(choices)]
        return Filter(f"{self._text} IN ({', '.join(written)})")


class IntegerField(OrderedField[int | str]):
    """A field with whole numbers. Ids may be given as text, as objects have them."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        return Filter(f"{self._text} {sign} {values.whole_number(self._text, value)}")


class DoubleField(OrderedField[float]):
    """A field with floating-point numbers."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        return Filter(f"{self._text} {sign} {float(values.number(self._text, value))!r}")


class BooleanField(Field):
    """A field that is true or false."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        if not isinstance(value, bool):
            raise values.refused(self._text, "True or False", value)
        return Filter(f"{self._text} {sign} {str(value).lower()}")


class TimeField(OrderedField[datetime | int]):
    """A field with times: `datetime` with a time zone, or milliseconds since 1970.

    Args:
        text: Its name.
        form: How the registry compares it: with numbers, `{}`, or with texts, `'{}'`.
    """

    def __init__(self, text: str, form: str = "{}") -> None:
        super().__init__(text)
        self._form = form

    @override
    def compared(self, sign: str, value: object) -> Filter:
        sign, _, number = values.milliseconds(self._text, sign, value).partition(" ")
        return Filter(f"{self._text} {sign} {self._form.format(number)}")


class PropertyField(OrderedField[str | float], PatternField):
    """A custom property. The type of the value that it is compared with selects its kind of value.

    Args:
        name: Its name, with any characters.
    """

    def __init__(self, name: str) -> None:
        text, self._goes_alone = values.property_name(name)
        super().__init__(text)
        self.name = name

    @override
    def compared(self, sign: str, value: object) -> Filter:
        if isinstance(value, str):
            return self._texts.compared(sign, value)
        if isinstance(value, bool):
            if sign not in ("=", "!="):
                raise InvalidArgumentError(f"{self._text} {sign} {value}: booleans have no order")
            name = self._text if self._goes_alone else self._of_kind(bool)
            return BooleanField(name).compared(sign, value)
        doubles, integers = values.comparisons_of_numbers(sign, values.number(self._text, value))
        names = (self._text, self._text) if self._goes_alone else (self._of_kind(float), self._of_kind(int))
        terms = [f"{names[0]} {each}" for each in doubles] + [f"{names[1]} {each}" for each in integers]
        terms = list(dict.fromkeys(terms))
        return Filter(" OR ".join(terms), "OR" if len(terms) > 1 else "")

    @override
    def matched(self, sign: str, pattern: str) -> Filter:
        return self._texts.matched(sign, pattern)

    @override
    def in_(self, choices: Iterable[str | float]) -> Filter:
        """Match one of several values."""
        listed = self._listed(choices)
        texts = [value for value in listed if isinstance(value, str)]
        return self._texts.in_(texts) if len(texts) == len(listed) else self._one_of(listed)

    @property
    def as_string(self) -> TextField:
        """Its value where that is a text."""
        return TextField(self._of_kind(str))

    @property
    def as_int(self) -> IntegerField:
        """Its value where that is a whole number."""
        return IntegerField(self._of_kind(int))

    @property
    def as_double(self) -> DoubleField:
        """Its value where that is a floating-point number."""
        return DoubleField(self._of_kind(float))

    @property
    def as_bool(self) -> BooleanField:
        """Its value where that is a boolean."""
        return BooleanField(self._of_kind(bool))

    @property
    def _texts(self) -> TextField:
        return TextField(self._text) if self._goes_alone else self.as_string

    def _of_kind(self, kind: type[str | bool | float]) -> str:
        return f"{self._text}.{values.KINDS[kind]}"


class MetricField(OrderedField[float]):
    """A metric of versions, to order them by. Registries cannot filter by it.

    Args:
        name: Its name, with any characters.
    """

    def __init__(self, name: str) -> None:
        values.property_name(name)  # refuses what is not a name
        super().__init__(name)
        self.name = name

    @override
    def compared(self, sign: str, value: object) -> Filter:
        raise InvalidArgumentError(
            f"a list cannot be filtered by metric {self.name!r}: order by it, or filter list_artifacts with "
            f"(F.name == {self.name!r}) & (F.value {sign} {value!r})"
        )


def query_text(argument: str, query: str | Filter | Field) -> str:
    """Return the text of a filter.

    Raises:
        InvalidArgumentError: `query`, the argument named `argument`, is neither a text nor a filter.
    """
    if isinstance(query, Filter):
        return str(query)
    if isinstance(query, Field):
        raise InvalidArgumentError(f"{argument} is the field {query!r} alone: compare it with something")
    check_text(argument, query)
    return query
