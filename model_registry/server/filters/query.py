"""Parse the text of a `filterQuery` to an expression tree.

The grammar is that of the Model Registry API. Keywords and booleans may be in upper or lower case:

    expression  = conjunction { OR conjunction }
    conjunction = term { AND term }
    term        = "(" expression ")" | property operator value
    property    = name { "." name } | "`" any text "`"         each with an optional ".<kind>_value"
    operator    = "=" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | LIKE | ILIKE | IN
    value       = text | number | boolean | "(" [ value { "," value } ] ")"

This module does not know which properties exist or how they are stored; see `plan`.
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
"""Maximum length of a filter, in characters."""
MAX_DEPTH: Final = 50
"""Maximum depth of nested parentheses."""
MAX_COMPARISONS: Final = 200
"""Maximum number of comparisons in a filter."""
MAX_VALUES: Final = 1_000
"""Maximum number of values in a filter, including those in lists."""

Literal: TypeAlias = "str | int | float | bool"
Expression: TypeAlias = "And | Or | PropertyComparison"


class Operator(enum.Enum):
    """The operator of a comparison. `<>` is read as `NE`."""

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
    """The kind of value that a filter names after a property: `accuracy.double_value`."""

    STRING = "string_value"
    INT = "int_value"
    DOUBLE = "double_value"
    BOOL = "bool_value"


@dataclass(frozen=True)
class PropertyComparison:
    """A comparison of one property with one value, or with a list of values for `IN`.

    Attributes:
        name: The property.
        kind: The kind of value that the filter names, if any.
        operator: The operator.
        values: One value; any number of values for `IN`.
        position: Where the property begins in the text, in characters from 0.
    """

    name: str
    kind: ValueKind | None
    operator: Operator
    values: tuple[Literal, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True)
class And:
    """Two or more terms that must all match."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True)
class Or:
    """Two or more terms of which one must match."""

    terms: tuple[Expression, ...]


class FilterError(ValueError):
    """A filter has a syntax error, or a comparison makes no sense.

    Attributes:
        message: What is wrong, where, and what was expected.
        position: The position in the text, in characters from 0.
    """

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.position = position


def parse(text: str) -> Expression | None:
    """Parse a filter.

    Args:
        text: The filter as the client sent it, decoded.

    Returns:
        The expression, or None when the text has only whitespace and comments.

    Raises:
        FilterError: The text is not a filter, or exceeds the limits of this module.

    >>> parse("accuracy >= 0.9")
    PropertyComparison(name='accuracy', kind=None, operator=<Operator.GE: '>='>, values=(0.9,), position=0)
    """
    if len(text) > MAX_LENGTH:
        raise FilterError(
            f"filter query is too long: {len(text)} characters, at most {MAX_LENGTH} are allowed"
        )
    return _Parser(text).whole()


_VALUE_HINT = (
    '. Hint: String values must be quoted (e.g., name="value"). '
    "Numbers and booleans don't need quotes (e.g., id>5, active=true)"
)
_FORM_HINT = ". Hint: Check that operators and values are correctly formatted"
_OPERATORS_EXPECTED = '("=" | "!=" | "<>" | ">=" | "<=" | ">" | "<" | "LIKE" | "ILIKE" | "IN") Value'
_QUOTED = 40  # characters of the client's text that a message quotes

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
_STRING_ESCAPE = re.compile(r"\\(['\"\\])")  # any other backslash is part of the text, as in LIKE '100\%'
_NAME_ESCAPE = re.compile(r"\\([`.\\])")


class _FilterToken(NamedTuple):
    sort: str
    text: str
    start: int


class _Parser:
    """A recursive descent parser of one filter, with a method per rule of the grammar."""

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

    # Grammar rules.

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
        self._require(")")
        return expression

    def _comparison(self) -> PropertyComparison:
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
        return PropertyComparison(name, kind, operator, values, start)

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
            self._refuse("only a value kind can follow a name in backticks", first.start)
        return ".".join(parts), kind

    def _list(self) -> tuple[Literal, ...]:
        values: list[Literal] = []
        if self._take(")"):
            return ()
        while True:
            values.append(self._value())
            if not self._take(","):
                break
        self._require(")")
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

    def _integer(self, token: _FilterToken) -> int:
        # Check the length first: `int` refuses to convert thousands of digits.
        value = int(token.text) if len(token.text.lstrip("+-0")) <= len(str(_INT64.stop)) else _INT64.stop
        if value not in _INT64:
            self._refuse(f"number {_quote(token.text)} is out of range: integers have 64 bits", token.start)
        return value

    def _float(self, token: _FilterToken) -> float:
        value = float(token.text)
        if math.isinf(value):
            self._refuse(f"number {_quote(token.text)} is out of range: doubles have 64 bits", token.start)
        return value

    # Tokens.

    def _tokenize(self) -> list[_FilterToken]:
        tokens: list[_FilterToken] = []
        position = 0
        if unstorable := _UNSTORABLE.search(self._text):
            self._refuse(f"character U+{ord(unstorable.group()):04X} cannot be stored", unstorable.start())
        while position < len(self._text):
            match = _TOKEN.match(self._text, position)
            if match is None:
                self._refuse(f"lexer: invalid input text {_quote(self._text[position:])}", position)
            if match.lastgroup is not None and match.lastgroup != "blank":
                tokens.append(_FilterToken(match.lastgroup, match.group(), position))
            position = match.end()
        return [*tokens, _FilterToken("end", "<EOF>", position)]

    def _peek(self) -> _FilterToken:
        return self._tokens[self._next]

    def _advance(self) -> _FilterToken:
        self._next += 1
        return self._tokens[self._next - 1]

    def _take(self, text: str) -> bool:
        """Skip the mark or keyword `text` if it comes next, and return whether it did."""
        token = self._peek()
        taken = token.sort in {"mark", "name"} and token.text.upper() == text
        self._next += taken
        return taken

    def _require(self, mark: str) -> None:
        if not self._take(mark):
            self._unexpected(f'"{mark}"', _FORM_HINT)

    def _begins_term(self) -> bool:
        token = self._peek()
        return token.sort in {"name", "quoted"} or token.text == "("

    def _unexpected(self, expected: str = "", hint: str = "") -> NoReturn:
        token = self._peek()
        expectation = f" (expected {expected})" if expected else ""
        self._refuse(f"unexpected token {_quote(token.text)}{expectation}{hint}", token.start)

    def _refuse(self, detail: str, position: int) -> NoReturn:
        line = self._text.count("\n", 0, position) + 1
        column = position - self._text.rfind("\n", 0, position)
        raise FilterError(
            f"invalid filter query syntax: error parsing filter query: {line}:{column}: {detail}", position
        )


def _quote(text: str) -> str:
    return json.dumps(text if len(text) <= _QUOTED else text[:_QUOTED] + "…", ensure_ascii=False)
