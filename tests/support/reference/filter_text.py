"""The grammar of filterQuery, with the error messages of the server's parser."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tests.support.reference.errors import bad_request
from tests.support.reference.golang import quote

_RULES = re.compile(
    r"(?P<skip>\s+|--[^\r\n]*)"
    r"|(?P<ident>[a-zA-Z_][a-zA-Z0-9_]*)"
    r"|(?P<float>[-+]?[0-9]*\.[0-9]+(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+)"
    r"|(?P<int>[-+]?[0-9]+)"
    r"|(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<escaped>`(?:[^`\\]|\\.)*`)"
    r"|(?P<operator>>=|<=|!=|<>|=|>|<)"
    r"|(?P<punct>[().,])",
    re.ASCII,
)
OPERATORS = ("=", "!=", "<>", ">=", "<=", ">", "<", "LIKE", "ILIKE", "IN")
_OPERATOR_EXPECTED = "(" + " | ".join(quote(one) for one in OPERATORS) + ") Value"
_BOOLEANS = {"true": True, "TRUE": True, "false": False, "FALSE": False}
_VALUE_HINT = (
    'Hint: String values must be quoted (e.g., name="value"). '
    "Numbers and booleans don't need quotes (e.g., id>5, active=true)"
)
_SAMPLE = 16


class Comparison(NamedTuple):
    """A property, an operator and a literal (a list for several)."""

    name: str
    operator: str
    value: Any


class Both(NamedTuple):
    """Two conditions, joined by AND or OR."""

    word: str
    left: Condition
    right: Condition


Condition = Comparison | Both


class _Token(NamedTuple):
    kind: str
    text: str
    where: str


class _SyntaxError(Exception):
    """What the parser says. `at` is the index of the token."""

    def __init__(self, text: str, at: int = -1) -> None:
        super().__init__(text)
        self.at = at


def parse(text: str) -> Condition | None:
    """Return the condition, None for a blank text.

    Raises:
        RefusedError: 400 when the text does not follow the grammar.
    """
    if not text.strip():
        return None
    try:
        return _Parser(_tokens(text)).parse()
    except _SyntaxError as problem:
        said = str(problem)
        hint = ""
        if "expected Value" in said:
            hint = f". {_VALUE_HINT}"
        elif "unexpected token" in said:
            hint = ". Check that operators and values are correctly formatted"
        raise bad_request(f"invalid filter query syntax: error parsing filter query: {said}{hint}") from None


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        found = _RULES.match(text, at)
        if found is None:
            sample = text[at : at + _SAMPLE] + ("..." if len(text) - at > _SAMPLE else "")
            raise _SyntaxError(f"{_place(text, at)}: lexer: invalid input text {quote(sample)}")
        if found.lastgroup != "skip":
            tokens.append(_Token(str(found.lastgroup), found[0], _place(text, at)))
        at = found.end()
    return [*tokens, _Token("end", "<EOF>", _place(text, len(text)))]


def _place(text: str, at: int) -> str:
    before = text[:at]
    return f"{before.count(chr(10)) + 1}:{at - (before.rfind(chr(10)) + 1) + 1}"


class _Parser:
    def __init__(self, tokens: list[_Token]) -> None:
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    @property
    def next(self) -> _Token:
        return self.tokens[self.at]

    def take(self) -> _Token:
        self.at += 1
        return self.tokens[self.at - 1]

    def unexpected(self, expected: str = "") -> _SyntaxError:
        token = self.next
        ending = f" (expected {expected})" if expected else ""
        return _SyntaxError(f"{token.where}: unexpected token {quote(token.text)}{ending}", self.at)

    def parse(self) -> Condition:
        if not self.begins_term():
            raise self.unexpected()
        condition = self.either()
        if self.next.kind != "end":
            raise self.unexpected()
        return condition

    def begins_term(self) -> bool:
        return self.next.kind in ("ident", "escaped") or self.next.text == "("

    def either(self) -> Condition:
        return self.joined("OR", "AndExpression")

    def joined(self, word: str, expected: str) -> Condition:
        operand = self.every if word == "OR" else self.term
        left = operand()
        while self.next.kind == "ident" and self.next.text == word:
            self.take()
            if not self.begins_term():
                if not self.depth:
                    raise self.unexpected(expected)
                self.at -= 1  # the parser goes back to the word, where only the parenthesis may come
                raise self.unexpected('")"')
            left = Both(word, left, operand())
        return left

    def every(self) -> Condition:
        return self.joined("AND", "Term")

    def term(self) -> Condition:
        if self.next.text != "(":
            return self.comparison()
        self.take()
        if not self.begins_term():
            raise self.unexpected('Expression ")"')
        self.depth += 1
        condition = self.either()
        self.depth -= 1
        if self.next.text != ")" or self.next.kind != "punct":
            raise self.unexpected('")"')
        self.take()
        return condition

    def comparison(self) -> Comparison:
        name = self.name()
        if self.next.kind not in ("ident", "operator") or self.next.text not in OPERATORS:
            raise self.unexpected(_OPERATOR_EXPECTED)
        operator = self.take().text
        return Comparison(name, operator, self.value())

    def name(self) -> str:
        token = self.take()
        if token.kind == "escaped":
            return token.text.strip("`").replace("\\.", ".").replace("\\\\", "\\")
        parts = [token.text]
        while self.next.text == "." and self.tokens[self.at + 1].kind == "ident":
            self.take()
            parts.append(self.take().text)
        return ".".join(parts)

    def value(self) -> Any:
        if self.begins_literal():
            return self.literal()
        if self.next.text != "(" or self.next.kind != "punct":
            raise self.unexpected("Value")
        self.take()
        values = [self.literal()] if self.begins_literal() else []
        while values and self.next.text == ",":
            self.take()
            if not self.begins_literal():
                self.at -= 1
                break
            values.append(self.literal())
        if self.next.text != ")":
            raise self.unexpected('")"')
        self.take()
        return values

    def begins_literal(self) -> bool:
        kind, text, _ = self.next
        return kind in ("string", "int", "float") or (kind == "ident" and text in _BOOLEANS)

    def literal(self) -> Any:
        kind, text, where = self.take()
        if kind == "string":
            return text.strip("\"'").replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")
        if kind == "float":
            return float(text)
        return _integer(text, where) if kind == "int" else _BOOLEANS[text]


def _integer(text: str, where: str) -> int:
    octal = len(text.lstrip("+-")) > 1 and text.lstrip("+-").startswith("0")
    reason = ""
    number = 0
    try:
        number = int(text, 8 if octal else 10)
    except ValueError:
        reason = "invalid syntax"
    if not -(2**63) <= number < 2**63:
        reason = "value out of range"
    if reason:
        raise _SyntaxError(f"{where}: failed to conform: strconv.ParseInt: parsing {quote(text)}: {reason}")
    return number
