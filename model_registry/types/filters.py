"""Filters of lists, built in Python instead of written as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from typing_extensions import override

from model_registry.exceptions import InvalidArgumentError

from . import filter_values as values
from .arguments import check_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


class Filter:
    """A condition on the things of a list. Its text is the query that the registry gets.

    Filters are joined with `&` and `|`. Python's `and`, `or` and `not` cannot do that, nor can chains such as
    `0.5 < F.value < 0.9`: they are refused.

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
            f"the filter {self._text} is neither true nor false by itself: join filters with & and |, and "
            "write comparisons in parentheses; and, or, not, in, and chains such as a < F.value < b cannot "
            "build a filter"
        )

    if not TYPE_CHECKING:  # type checkers see that there is no such thing

        def __invert__(self) -> NoReturn:
            raise InvalidArgumentError(
                f"the filter {self._text} cannot be negated, since registries know no NOT: compare with != "
                "or the opposite sign"
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
    """What things are compared by. Those that do not have it are never found, with `!=` neither."""

    __hash__ = None  # type: ignore[assignment]  # `==` builds a filter

    def __init__(self, text: str) -> None:
        self._text = text

    def __eq__(self, value: object) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # builds a filter
        return self.compared("=", value)

    def __ne__(self, value: object) -> Filter:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # builds a filter
        return self.compared("!=", value)

    def __bool__(self) -> NoReturn:
        raise InvalidArgumentError(f"{self._text} is a field, neither true nor false: compare it first")

    if not TYPE_CHECKING:  # type checkers see that there is no such thing

        def _alone(self, _other: object = None) -> NoReturn:
            raise InvalidArgumentError(
                f"{self._text} is a field and no filter: compare it first, in parentheses, such as "
                "(F.owner == 'ann') & (F.name == 'fraud'); for one of several values there is .in_(...)"
            )

        __and__ = __rand__ = __or__ = __ror__ = __invert__ = __contains__ = _alone

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._text!r})"

    def compared(self, sign: str, value: object) -> Filter:
        """Compare with a value by a sign of the query language."""
        raise NotImplementedError

    def _one_of(self, choices: Iterable[object]) -> Filter:
        """Write a choice as comparisons: registries differ in what a list may hold, but not in these."""
        found = self.compared("=", (listed := self._listed(choices))[0])
        for value in listed[1:]:
            found |= self.compared("=", value)
        return found

    def _listed(self, choices: Iterable[object]) -> list[object]:
        if isinstance(choices, (str, bytes)):
            raise InvalidArgumentError(f"{self._text} is one of several values: give a list, got {choices!r}")
        listed = list(choices)
        if not listed:
            raise InvalidArgumentError(f"{self._text} cannot be one of no values: give at least one")
        return listed


class TextField(Field):
    """A field with text. Greater is what comes later in the order of Unicode."""

    def __init__(self, text: str, *, has_lists: bool = True) -> None:
        super().__init__(text)
        self._has_lists = has_lists

    @override
    def compared(self, sign: str, value: object) -> Filter:
        return Filter(f"{self._text} {sign} {values.text_literal(self._text, value)}")

    def __lt__(self, value: str) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: str) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: str) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: str) -> Filter:
        return self.compared(">=", value)

    def in_(self, choices: Iterable[str]) -> Filter:
        """Be one of several texts."""
        if not self._has_lists:
            return self._one_of(choices)
        written = [values.text_literal(self._text, value) for value in self._listed(choices)]
        return Filter(f"{self._text} IN ({', '.join(written)})")

    def like(self, pattern: str) -> Filter:
        r"""Fit a pattern: `%` stands for any text, `_` for one character, `\` makes the next one usual."""
        return Filter(f"{self._text} LIKE {values.pattern_literal(self._text, pattern)}")

    def ilike(self, pattern: str) -> Filter:
        """Fit a pattern in upper or lower case."""
        return Filter(f"{self._text} ILIKE {values.pattern_literal(self._text, pattern)}")

    def startswith(self, text: str) -> Filter:
        """Begin with a text, which is no pattern."""
        return self.like(values.pattern_of(self._text, text) + "%")

    def endswith(self, text: str) -> Filter:
        """End with a text, which is no pattern."""
        return self.like("%" + values.pattern_of(self._text, text))

    def contains(self, text: str) -> Filter:
        """Hold a text, which is no pattern."""
        return self.like("%" + values.pattern_of(self._text, text) + "%")


class IntegerField(Field):
    """A field with whole numbers. Ids may be given as the texts that they are in objects."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        return Filter(f"{self._text} {sign} {values.whole_number(self._text, value)}")

    def __lt__(self, value: int | str) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: int | str) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: int | str) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: int | str) -> Filter:
        return self.compared(">=", value)

    def in_(self, choices: Iterable[int | str]) -> Filter:
        """Be one of several numbers."""
        return self._one_of(choices)


class DoubleField(Field):
    """A field with numbers of floating point."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        return Filter(f"{self._text} {sign} {float(values.number(self._text, value))!r}")

    def __lt__(self, value: float) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: float) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: float) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: float) -> Filter:
        return self.compared(">=", value)

    def in_(self, choices: Iterable[float]) -> Filter:
        """Be one of several numbers."""
        return self._one_of(choices)


class BooleanField(Field):
    """A field that is true or false."""

    @override
    def compared(self, sign: str, value: object) -> Filter:
        if not isinstance(value, bool):
            raise values.refused(self._text, "True or False", value)
        return Filter(f"{self._text} {sign} {str(value).lower()}")


class TimeField(Field):
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

    def __lt__(self, value: datetime | int) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: datetime | int) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: datetime | int) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: datetime | int) -> Filter:
        return self.compared(">=", value)


class PropertyField(Field):
    """A custom property. What it is compared with says which of its values is meant: text, number, boolean.

    Args:
        name: Its name, whatever characters it has.
    """

    def __init__(self, name: str) -> None:
        text, self._goes_alone = values.property_name(name)
        super().__init__(text)

    def _of_kind(self, kind: type[str | bool | float]) -> str:
        return f"{self._text}.{values.KINDS[kind]}"

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

    def __lt__(self, value: str | float) -> Filter:
        return self.compared("<", value)

    def __le__(self, value: str | float) -> Filter:
        return self.compared("<=", value)

    def __gt__(self, value: str | float) -> Filter:
        return self.compared(">", value)

    def __ge__(self, value: str | float) -> Filter:
        return self.compared(">=", value)

    def in_(self, choices: Iterable[str | float]) -> Filter:
        """Be one of several values."""
        listed = self._listed(choices)
        texts = [value for value in listed if isinstance(value, str)]
        return self._texts.in_(texts) if len(texts) == len(listed) else self._one_of(listed)

    def like(self, pattern: str) -> Filter:
        r"""Fit a pattern: `%` stands for any text, `_` for one character, `\` makes the next one usual."""
        return self._texts.like(pattern)

    def ilike(self, pattern: str) -> Filter:
        """Fit a pattern in upper or lower case."""
        return self._texts.ilike(pattern)

    def startswith(self, text: str) -> Filter:
        """Begin with a text, which is no pattern."""
        return self._texts.startswith(text)

    def endswith(self, text: str) -> Filter:
        """End with a text, which is no pattern."""
        return self._texts.endswith(text)

    def contains(self, text: str) -> Filter:
        """Hold a text, which is no pattern."""
        return self._texts.contains(text)

    @property
    def _texts(self) -> TextField:
        return TextField(self._text) if self._goes_alone else self.as_string

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
        """Its value where that is a number of floating point."""
        return DoubleField(self._of_kind(float))

    @property
    def as_bool(self) -> BooleanField:
        """Its value where that is a boolean."""
        return BooleanField(self._of_kind(bool))


def query_text(argument: str, query: str | Filter | Field) -> str:
    """Give a filter as text, naming the argument where it is none.

    Raises:
        InvalidArgumentError: It is neither a text nor a filter.
    """
    if isinstance(query, Filter):
        return str(query)
    if isinstance(query, Field):
        raise InvalidArgumentError(f"{argument} is the field {query!r} alone: compare it with something")
    check_text(argument, query)
    return query
