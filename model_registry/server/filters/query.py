"""The text of a `filterQuery`, read into an expression tree.

The grammar is that of the Model Registry API, keywords and booleans in any case:

    expression  = conjunction { OR conjunction }
    conjunction = term { AND term }
    term        = "(" expression ")" | property operator value
    property    = name { "." name } | "`" any text "`"         each with an optional ".<kind>_value"
    operator    = "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | LIKE | ILIKE | IN
    value       = text | number | boolean | "(" [ value { "," value } ] ")"

Nothing here knows what a property is or how it is stored; see `sql`.
"""

from __future__ import annotations

import enum
import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, NoReturn, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_LENGTH: Final = 20_000
"""Longest filter, in characters."""
MAX_DEPTH: Final = 50
"""Parentheses inside one another."""
MAX_COMPARISONS: Final = 200
"""Comparisons in one filter."""
MAX_VALUES: Final = 1_000
"""Values in one filter, those in lists included."""

Literal: TypeAlias = "str | int | float | bool"
Expression: TypeAlias = "And | Or | Comparison"


class Operator(enum.Enum):
    """What a comparison asks for. `<>` is read as `NE`."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    LIKE = "LIKE"
    ILIKE = "ILIKE"
    IN = "IN"


class ValueKind(enum.Enum):
    """Which of its values a property is compared by, when the filter names one: `accuracy.double_value`."""

    STRING = "string_value"
    INT = "int_value"
    DOUBLE = "double_value"
    BOOL = "bool_value"


@dataclass(frozen=True)
class Comparison:
    """One property against one value, or against the values of a list with `IN`."""

    name: str
    kind: ValueKind | None
    operator: Operator
    values: tuple[Literal, ...]
    """Exactly one value, but for `IN`, which takes any number."""
    position: int = field(default=0, compare=False)
    """Where the property begins in the text, in characters from 0."""


@dataclass(frozen=True)
class And:
    """All of two or more terms."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """Any of two or more terms."""

    terms: tuple[Expression, ...]


class FilterError(ValueError):
    """A filter that cannot be read, or that compares what cannot be compared.

    Attributes:
        message: What is wrong, where, and what was expected there.
        position: The place in the text, in characters from 0.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def parse(text: str) -> Expression | None:
    """Read a filter.

    Args:
        text: The filter as the client sent it, decoded.

    Returns:
        The expression, or None when the text is blank or holds comments alone.

    Raises:
        FilterError: The text is not a filter, or is beyond the limits of this module.

    >>> parse("accuracy >= 0.9")
    Comparison(name='accuracy', kind=None, operator=<Operator.GE: '>='>, values=(0.9,), position=0)
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(f"filter query is too long: {len(text)} characters, at most {MAX_LENGTH} are read")
    return _Parser(text).whole()


_VALUE_HINT = (
    '. Hint: String values must be quoted (e.g., name="value"). '
    "Numbers and booleans don't need quotes (e.g., id>5, active=true)"
)
_FORM_HINT = ". Hint: Check that operators and values are correctly formatted"
_OPERATORS_EXPECTED = '("=" | "!=" | "<>" | ">=" | "<=" | ">" | "<" | "LIKE" | "ILIKE" | "IN") Value'
_SHOWN = 40  # characters of the client's text that a message repeats

_OPERATORS = {operator.value: operator for operator in Operator} | {"<>": Operator.NE}
_VALUE_KINDS = {kind.value: kind for kind in ValueKind}
_BOOLEANS = {"TRUE": True, "FALSE": False}
_INT64 = range(-(2**63), 2**63)

_TOKEN = re.compile(
    r"""(?P<blank>[ \t\n\r\f\v]+|--[^\r\n]*)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<float>[-+]?(?:[0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)?|[0-9]+[eE][-+]?[0-9]+))
    |(?P<integer>[-+]?[0-9]+)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<quoted>`(?:[^`\\]|\\.)*`)
    |(?P<operator>>=|<=|!=|<>|=|>|<)
    |(?P<mark>[().,])""",
    re.VERBOSE | re.DOTALL,
)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_STRING_ESCAPE = re.compile(r"\\(['\"\\])")  # any other backslash belongs to the text, as in LIKE '100\%'
_NAME_ESCAPE = re.compile(r"\\([`.\\])")


class _Token(NamedTuple):
    sort: str
    text: str
    start: int


class _Parser:
    """Recursive descent over the tokens of one filter; a method per rule of the grammar."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = self._tokenize()
        self._next = 0
        self._depth = 0
        self._comparisons = 0
        self._values = 0

    def whole(self) -> Expression | None:
        if self._peek().sort == "end":
            return None
        expression = self._expression()
        if self._peek().sort != "end":
            self._unexpected(hint=_FORM_HINT)
        return expression

    # The rules.

    def _expression(self) -> Expression:
        terms = self._chain("OR", self._conjunction, "AndExpression")
        return terms[0] if len(terms) == 1 else Or(terms)

    def _conjunction(self) -> Expression:
        terms = self._chain("AND", self._term, "Term")
        return terms[0] if len(terms) == 1 else And(terms)

    def _chain(self, keyword: str, rule: Callable[[], Expression], expected: str) -> tuple[Expression, ...]:
        terms = [rule()]
        while self._take(keyword):
            if not self._begins_term():
                self._unexpected(expected)
            terms.append(rule())
        return tuple(terms)

    def _term(self) -> Expression:
        opening = self._peek()
        if not self._take("("):
            return self._comparison()
        if self._depth == MAX_DEPTH:
            self._refuse(f"parentheses are nested more than {MAX_DEPTH} deep", opening.start)
        if not self._begins_term():
            self._unexpected('Expression ")"', _FORM_HINT)
        self._depth += 1
        expression = self._expression()
        self._depth -= 1
        self._demand(")")
        return expression

    def _comparison(self) -> Comparison:
        start = self._peek().start
        if not self._begins_term():
            self._unexpected(hint=_FORM_HINT)
        if self._comparisons == MAX_COMPARISONS:
            self._refuse(f"more than {MAX_COMPARISONS} comparisons", start)
        self._comparisons += 1
        name, kind = self._property()
        operator = _OPERATORS.get(self._peek().text.upper())
        if operator is None or self._peek().sort not in {"operator", "name"}:
            self._unexpected(_OPERATORS_EXPECTED, _FORM_HINT)
        self._next += 1
        value_start = self._peek().start
        values = self._list() if self._take("(") else (self._value(),)
        if operator is not Operator.IN and len(values) != 1:
            self._refuse(f"operator {operator.value} takes one value, not {len(values)}", value_start)
        return Comparison(name, kind, operator, values, start)

    def _property(self) -> tuple[str, ValueKind | None]:
        first = self._advance()
        quoted = first.sort == "quoted"
        parts = [_NAME_ESCAPE.sub(r"\1", first.text[1:-1]) if quoted else first.text]
        while self._take("."):
            if self._peek().sort != "name":
                self._unexpected("<ident>", _FORM_HINT)
            parts.append(self._advance().text)
        kind = _VALUE_KINDS.get(parts[-1]) if len(parts) > 1 else None
        if kind is not None:
            parts.pop()
        if quoted and len(parts) > 1:
            self._refuse("a name in backticks can be followed by a value kind alone", first.start)
        return ".".join(parts), kind

    def _list(self) -> tuple[Literal, ...]:
        values: list[Literal] = []
        if self._take(")"):
            return ()
        while True:
            values.append(self._value())
            if not self._take(","):
                break
        self._demand(")")
        return tuple(values)

    def _value(self) -> Literal:
        token = self._peek()
        value: Literal | None = None
        if token.sort == "string":
            value = _STRING_ESCAPE.sub(r"\1", token.text[1:-1])
        elif token.sort == "integer":
            value = self._integer(token)
        elif token.sort == "float":
            value = self._float(token)
        elif token.sort == "name":
            value = _BOOLEANS.get(token.text.upper())
        if value is None:
            self._unexpected("Value", _VALUE_HINT)
        if self._values == MAX_VALUES:
            self._refuse(f"more than {MAX_VALUES} values", token.start)
        self._values += 1
        self._next += 1
        return value

    def _integer(self, token: _Token) -> int:
        # Compared by length first: Python itself refuses to read a number of thousands of digits.
        value = int(token.text) if len(token.text.lstrip("+-0")) <= len(str(_INT64.stop)) else _INT64.stop
        if value not in _INT64:
            self._refuse(f"number {_shown(token.text)} is out of range: integers have 64 bits", token.start)
        return value

    def _float(self, token: _Token) -> float:
        value = float(token.text)
        if math.isinf(value):
            self._refuse(f"number {_shown(token.text)} is out of range: doubles have 64 bits", token.start)
        return value

    # The tokens.

    def _tokenize(self) -> list[_Token]:
        tokens: list[_Token] = []
        place = 0
        if unstorable := _UNSTORABLE.search(self._text):
            self._refuse(f"character U+{ord(unstorable.group()):04X} cannot be stored", unstorable.start())
        while place < len(self._text):
            match = _TOKEN.match(self._text, place)
            if match is None:
                self._refuse(f"lexer: invalid input text {_shown(self._text[place:])}", place)
            if match.lastgroup is not None and match.lastgroup != "blank":
                tokens.append(_Token(match.lastgroup, match.group(), place))
            place = match.end()
        return [*tokens, _Token("end", "<EOF>", place)]

    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _advance(self) -> _Token:
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, text: str) -> bool:
        """Step over the mark or keyword `text`, if it comes next."""
        token = self._peek()
        taken = token.sort in {"mark", "name"} and token.text.upper() == text
        self._next += taken
        return taken

    def _demand(self, mark: str) -> None:
        if not self._take(mark):
            self._unexpected(f'"{mark}"', _FORM_HINT)

    def _begins_term(self) -> bool:
        token = self._peek()
        return token.sort in {"name", "quoted"} or token.text == "("

    def _unexpected(self, expected: str = "", hint: str = "") -> NoReturn:
        token = self._peek()
        expectation = f" (expected {expected})" if expected else ""
        self._refuse(f"unexpected token {_shown(token.text)}{expectation}{hint}", token.start)

    def _refuse(self, detail: str, position: int) -> NoReturn:
        line = self._text.count("\n", 0, position) + 1
        column = position - self._text.rfind("\n", 0, position)
        raise FilterError(
            f"invalid filter query syntax: error parsing filter query: {line}:{column}: {detail}", position
        )


def _shown(text: str) -> str:
    return json.dumps(text if len(text) <= _SHOWN else text[:_SHOWN] + "…", ensure_ascii=False)
