"""JSON, numbers and texts as Go reads and writes them, with Go's error messages."""

from __future__ import annotations

import base64
import binascii
import json
import re
from decimal import Decimal
from typing import Any

_SPACE = " \t\r\n"
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_HTML = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class JSONError(ValueError):
    """The text is not JSON."""


def quote(text: str) -> str:
    """Return `text` as Go's `%q` shows it."""
    return json.dumps(text, ensure_ascii=False)


def parse_int(text: str, bits: int = 32) -> int:
    """Return the integer.

    Raises:
        ValueError: With the text of Go's `strconv.ParseInt`.
    """
    if re.fullmatch("[-+]?[0-9]+", text, re.ASCII) is None:
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: invalid syntax")
    number = int(text)
    if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
        raise ValueError(f"strconv.ParseInt: parsing {quote(text)}: value out of range")
    return number


def decode_base64(text: str) -> bytes:
    """Return the bytes of standard base64 with padding.

    Raises:
        ValueError: With the position that Go reports.
    """
    found = re.search(r"[^A-Za-z0-9+/=\r\n]", text)
    if found:
        raise ValueError(f"illegal base64 data at input byte {found.start()}")
    try:
        return (
            base64.b64decode(text, validate=False)
            if not re.search("[\r\n]", text)
            else base64.b64decode(text)
        )
    except binascii.Error:
        raise ValueError(f"illegal base64 data at input byte {len(text) - len(text) % 4}") from None


def decode(text: str, whole: bool = False) -> Any:
    """Return the first JSON value of `text`.

    Objects are lists of pairs in a tuple, numbers are `Number`.

    Args:
        text: What was sent.
        whole: Refuse text after the value.

    Raises:
        JSONError: With Go's text.
    """
    reader = _Reader(text, whole)
    value = reader.value()
    if whole:
        reader.space()
        if reader.at < len(text):
            raise JSONError(f"invalid character {_shown(text[reader.at])} after top-level value")
    return value


def _shown(character: str) -> str:
    return {"'": "'\\''", '"': "'\"'"}.get(character) or f"'{quote(character)[1:-1]}'"


class _Reader:
    def __init__(self, text: str, whole: bool) -> None:
        self.text = text
        self.whole = whole
        self.at = 0

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _SPACE:
            self.at += 1

    def peek(self) -> str:
        self.space()
        if self.at >= len(self.text):
            raise self.ended()
        return self.text[self.at]

    def ended(self) -> JSONError:
        if self.whole:
            return JSONError("unexpected end of JSON input")
        return JSONError("unexpected EOF" if self.text.strip(_SPACE) else "EOF")

    def wrong(self, where: str) -> JSONError:
        return JSONError(f"invalid character {_shown(self.text[self.at])} {where}")

    def value(self) -> Any:
        first = self.peek()
        if first == "{":
            return self.object()
        if first == "[":
            return self.array()
        if first == '"':
            return self.string()
        if first in "-0123456789":
            return self.number()
        for word, value in (("true", True), ("false", False), ("null", None)):
            if first == word[0]:
                return self.literal(word, value)
        raise self.wrong("looking for beginning of value")

    def literal(self, word: str, value: Any) -> Any:
        for expected in word:
            if self.at >= len(self.text):
                raise self.ended()
            if self.text[self.at] != expected:
                raise self.wrong(f"in literal {word} (expecting '{expected}')")
            self.at += 1
        return value

    def number(self) -> Number:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            self.at += 1
            if self.at >= len(self.text):
                raise self.ended()
            raise self.wrong("in numeric literal")
        self.at = found.end()
        rest = self.text[self.at : self.at + 1]
        if rest == "." or rest in ("e", "E"):
            self.at += 1
            if self.at >= len(self.text):
                raise self.ended()
            raise self.wrong(
                "after decimal point in numeric literal" if rest == "." else "in exponent of numeric literal"
            )
        return Number(found[0])

    def string(self) -> str:
        self.at += 1
        parts: list[str] = []
        while True:
            if self.at >= len(self.text):
                raise self.ended()
            one = self.text[self.at]
            if one == '"':
                self.at += 1
                return _without_surrogates("".join(parts))
            if one < " ":
                raise self.wrong("in string literal")
            self.at += 1
            parts.append(self.escape() if one == "\\" else one)

    def escape(self) -> str:
        if self.at >= len(self.text):
            raise self.ended()
        one = self.text[self.at]
        if one in _ESCAPES:
            self.at += 1
            return _ESCAPES[one]
        if one != "u":
            raise self.wrong("in string escape code")
        for _ in range(4):
            self.at += 1
            if self.at >= len(self.text):
                raise self.ended()
            if self.text[self.at] not in "0123456789abcdefABCDEF":
                raise self.wrong("in \\u hexadecimal character escape")
        self.at += 1
        return chr(int(self.text[self.at - 4 : self.at], 16))

    def array(self) -> list[Any]:
        self.at += 1
        items: list[Any] = []
        if self.peek() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value())
            if self.peek() == "]":
                self.at += 1
                return items
            if self.text[self.at] != ",":
                raise self.wrong("after array element")
            self.at += 1

    def object(self) -> tuple[tuple[str, Any], ...]:
        self.at += 1
        pairs: list[tuple[str, Any]] = []
        if self.peek() == "}":
            self.at += 1
            return ()
        while True:
            if self.peek() != '"':
                raise self.wrong("looking for beginning of object key string")
            key = self.string()
            if self.peek() != ":":
                raise self.wrong("after object key")
            self.at += 1
            pairs.append((key, self.value()))
            if self.peek() == "}":
                self.at += 1
                return tuple(pairs)
            if self.text[self.at] != ",":
                raise self.wrong("after object key:value pair")
            self.at += 1


def _without_surrogates(text: str) -> str:
    return (
        text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if re.search("[\ud800-\udfff]", text)
        else text
    )


def encode(value: Any) -> str:
    """Return the value as Go's `encoding/json` writes it: keys sorted, HTML characters escaped."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{encode(key)}:{encode(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(encode, value)) + "]"
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
        return re.sub("[<>&\u2028\u2029]", lambda one: _HTML[one[0]], text)
    if isinstance(value, float):
        return encode_float(value)
    return json.dumps(value)


def encode_float(value: float) -> str:
    """Return a double as Go writes it."""
    if value == 0:
        return "-0" if str(value).startswith("-") else "0"
    if 1e-6 <= abs(value) < 1e21:
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, _, exponent = f"{Decimal(repr(value)).normalize():e}".partition("e")
    sign = exponent[0] if exponent[0] in "+-" else "+"
    return f"{digits}e{sign}{exponent.lstrip('+-').lstrip('0')}"


def plain(value: Any) -> Any:
    """Return a decoded value with objects as dicts and all numbers as doubles."""
    if isinstance(value, tuple):
        return {key: plain(one) for key, one in value}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return float(value) if isinstance(value, Number) else value
