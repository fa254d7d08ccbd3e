"""The grammar of filterQuery: what is read, what is refused, and where."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from model_registry.server.filters.query import (
    MAX_COMPARISONS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_VALUES,
    And,
    Expression,
    FilterError,
    Literal,
    Operator,
    Or,
    PropertyComparison,
    ValueKind,
    parse,
)


def comparison(name: str, sign: str, *values: Literal, kind: str | None = None) -> PropertyComparison:
    return PropertyComparison(name, ValueKind(kind) if kind else None, Operator(sign), values)


# Reading


@pytest.mark.parametrize("text", ["", "  \n\t ", "-- nothing but a remark", "--a\n--b\n"])
def test_blank_text_is_no_filter(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1", comparison("a", "=", 1)),
        ("a = 'x'", comparison("a", "=", "x")),
        ('a = "x"', comparison("a", "=", "x")),
        ("a!=1", comparison("a", "!=", 1)),
        ("a<>1", comparison("a", "!=", 1)),
        ("a<1", comparison("a", "<", 1)),
        ("a<=1", comparison("a", "<=", 1)),
        ("a>1", comparison("a", ">", 1)),
        ("a>=1", comparison("a", ">=", 1)),
        ("a>-5", comparison("a", ">", -5)),
        ("a = +5", comparison("a", "=", 5)),
        ("a LIKE 'x%'", comparison("a", "LIKE", "x%")),
        ("a like 'x%'", comparison("a", "LIKE", "x%")),
        ("a iLike 'x%'", comparison("a", "ILIKE", "x%")),
        ("a IN ('x', \"y\")", comparison("a", "IN", "x", "y")),
        ("a in (1,2.5,true)", comparison("a", "IN", 1, 2.5, True)),
        ("a IN ()", comparison("a", "IN")),
        ("a IN 'x'", comparison("a", "IN", "x")),
        ("a = ('x')", comparison("a", "=", "x")),
        ("a = true", comparison("a", "=", True)),
        ("a = False", comparison("a", "=", False)),
        ("a = TRUE", comparison("a", "=", True)),
        ("a = .5", comparison("a", "=", 0.5)),
        ("a = -1.5e-3", comparison("a", "=", -0.0015)),
        ("a = 5e-1", comparison("a", "=", 0.5)),
        ("a = 1E3", comparison("a", "=", 1000.0)),
        ("a = 9223372036854775807", comparison("a", "=", 2**63 - 1)),
        ("a = -9223372036854775808", comparison("a", "=", -(2**63))),
        ("a = 00000000000000000000001", comparison("a", "=", 1)),
    ],
)
def test_comparisons(text: str, expected: PropertyComparison) -> None:
    assert repr(parse(text)) == repr(expected)  # repr, because 1 == 1.0 == True


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("a.b = 1", "a.b", None),
        ("a . b = 1", "a.b", None),
        ("a.int_value = 1", "a", "int_value"),
        ("a.b.double_value = 1", "a.b", "double_value"),
        ("a.string_value.bool_value = 1", "a.string_value", "bool_value"),
        ("a.INT_VALUE = 1", "a.INT_VALUE", None),
        ("int_value = 1", "int_value", None),
        ("`with-dash` = 1", "with-dash", None),
        ("`with-dash`.int_value = 1", "with-dash", "int_value"),
        ("`a.int_value` = 1", "a.int_value", None),
        (r"`a\.b` = 1", "a.b", None),
        (r"`a\`b\\c\d` = 1", r"a`b\c\d", None),
        ("`` = 1", "", None),
        ("`naïve 模型` = 1", "naïve 模型", None),
        ("and = 1", "and", None),
        ("IN = 1", "IN", None),
        ("like LIKE 1", "like", None),
        ("true = 1", "true", None),
    ],
)
def test_names(text: str, name: str, kind: str | None) -> None:
    read = parse(text)
    assert isinstance(read, PropertyComparison)
    assert (read.name, read.kind) == (name, ValueKind(kind) if kind else None)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"'it\'s'", "it's"),
        ('"it\'s"', "it's"),
        (r"'say \"hi\"'", 'say "hi"'),
        ("'say \"hi\"'", 'say "hi"'),
        (r"'a\\b'", r"a\b"),
        (r"'100\%'", r"100\%"),
        (r"'\\\''", r"\'"),
        ("''", ""),
        ("'a\nb'", "a\nb"),
        ("'-- not a remark'", "-- not a remark"),
        ("'模型'", "模型"),
    ],
)
def test_texts(text: str, value: str) -> None:
    assert parse(f"a = {text}") == comparison("a", "=", value)


def test_and_binds_tighter_than_or() -> None:
    a, b, c, d = (comparison(name, "=", 1) for name in "abcd")
    assert parse("a=1 OR b=1 AND c=1 OR d=1") == Or((a, And((b, c)), d))
    assert parse("(a=1 or b=1) and (c=1 Or d=1)") == And((Or((a, b)), Or((c, d))))
    assert parse("((a=1))") == a


def test_space_and_remarks_are_free() -> None:
    spread = "  a\n=\t1 -- why not\n AND(b='x')OR`c`IN(1)"
    assert parse(spread) == parse("a=1 AND b='x' OR c IN (1)")


def test_a_comparison_knows_where_it_stands() -> None:
    read = parse("  a=1 AND\n bc='x'")
    assert isinstance(read, And)
    assert [term.position for term in read.terms if isinstance(term, PropertyComparison)] == [2, 11]


# Refusing


FORM_HINT = ". Hint: Check that operators and values are correctly formatted"
VALUE_HINT = (
    '. Hint: String values must be quoted (e.g., name="value"). '
    "Numbers and booleans don't need quotes (e.g., id>5, active=true)"
)
OPERATOR = '(expected ("=" | "!=" | "<>" | ">=" | "<=" | ">" | "<" | "LIKE" | "ILIKE" | "IN") Value)'


@pytest.mark.parametrize(
    ("text", "place", "detail"),
    [
        ("acc", "1:4", f'unexpected token "<EOF>" {OPERATOR}{FORM_HINT}'),
        ("x y", "1:3", f'unexpected token "y" {OPERATOR}{FORM_HINT}'),
        ("x (", "1:3", f'unexpected token "(" {OPERATOR}{FORM_HINT}'),
        ("owner='a' OR OR owner='b'", "1:17", f'unexpected token "owner" {OPERATOR}{FORM_HINT}'),
        ("acc=x", "1:5", f'unexpected token "x" (expected Value){VALUE_HINT}'),
        ("acc=", "1:5", f'unexpected token "<EOF>" (expected Value){VALUE_HINT}'),
        ("a == 1", "1:4", f'unexpected token "=" (expected Value){VALUE_HINT}'),
        ("a IN (1,)", "1:9", f'unexpected token ")" (expected Value){VALUE_HINT}'),
        ("a IN ('x'", "1:10", f'unexpected token "<EOF>" (expected ")"){FORM_HINT}'),
        ("(a=1", "1:5", f'unexpected token "<EOF>" (expected ")"){FORM_HINT}'),
        ("a=1)", "1:4", f'unexpected token ")"{FORM_HINT}'),
        ("a=1 b=2", "1:5", f'unexpected token "b"{FORM_HINT}'),
        ("a=1\n  b=2", "2:3", f'unexpected token "b"{FORM_HINT}'),
        ("='x'", "1:1", f'unexpected token "="{FORM_HINT}'),
        ("1=1", "1:1", f'unexpected token "1"{FORM_HINT}'),
        ("()", "1:2", f'unexpected token ")" (expected Expression ")"){FORM_HINT}'),
        ("a=1 AND", "1:8", 'unexpected token "<EOF>" (expected Term)'),
        ("a=1 OR", "1:7", 'unexpected token "<EOF>" (expected AndExpression)'),
        ("(a=1 OR)", "1:8", 'unexpected token ")" (expected AndExpression)'),
        ("a.=1", "1:3", f'unexpected token "=" (expected <ident>){FORM_HINT}'),
        ("`a`.b=1", "1:1", "only a value kind can follow a name in backticks"),
        ("a = ('x', 'y')", "1:5", "operator = takes one value, not 2"),
        ("a LIKE ()", "1:8", "operator LIKE takes one value, not 0"),
        ("a = 'x", "1:5", """lexer: invalid input text "'x\""""),
        ("a = 'it''s'", "1:9", f"unexpected token \"'s'\"{FORM_HINT}"),
        ("`a = 1", "1:1", 'lexer: invalid input text "`a = 1"'),
        ("a ~ 'x'", "1:3", "lexer: invalid input text \"~ 'x'\""),
        ("naïve = 1", "1:3", 'lexer: invalid input text "ïve = 1"'),
        ("a = 'b' ; DROP TABLE x", "1:9", 'lexer: invalid input text "; DROP TABLE x"'),
        ("a = 1.", "1:6", f'unexpected token "."{FORM_HINT}'),
        ("a ? " + "y" * 50, "1:3", f'lexer: invalid input text "? {"y" * 38}…"'),
        (
            "a = 9223372036854775808",
            "1:5",
            'number "9223372036854775808" is out of range: integers have 64 bits',
        ),
        (
            f"a = -{'9' * 5000}",
            "1:5",
            f'number "-{"9" * 39}…" is out of range: integers have 64 bits',
        ),
        ("a = 1e999", "1:5", 'number "1e999" is out of range: doubles have 64 bits'),
        ("a = 'x\0'", "1:7", "character U+0000 cannot be stored"),
        ("a = '\ud800'", "1:6", "character U+D800 cannot be stored"),
    ],
)
def test_errors_say_where_and_what_was_expected(text: str, place: str, detail: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse(text)
    assert str(caught.value) == f"invalid filter query syntax: error parsing filter query: {place}: {detail}"
    line, column = map(int, place.split(":"))
    assert caught.value.position == sum(len(part) + 1 for part in text.split("\n")[: line - 1]) + column - 1


@pytest.mark.parametrize(
    ("fits", "exceeds", "message"),
    [
        ("a=1" + " " * (MAX_LENGTH - 3), "a=1" + " " * (MAX_LENGTH - 2), f"at most {MAX_LENGTH}"),
        (
            "(" * MAX_DEPTH + "a=1" + ")" * MAX_DEPTH,
            "(" * (MAX_DEPTH + 1) + "a=1" + ")" * (MAX_DEPTH + 1),
            f"more than {MAX_DEPTH} deep",
        ),
        (
            " OR ".join(["a=1"] * MAX_COMPARISONS),
            " OR ".join(["a=1"] * (MAX_COMPARISONS + 1)),
            f"more than {MAX_COMPARISONS} comparisons",
        ),
        (
            f"a IN ({','.join(['1'] * MAX_VALUES)})",
            f"a IN ({','.join(['1'] * (MAX_VALUES + 1))})",
            f"more than {MAX_VALUES} values",
        ),
    ],
    ids=["length", "depth", "comparisons", "values"],
)
def test_limits(fits: str, exceeds: str, message: str) -> None:
    assert parse(fits) is not None
    with pytest.raises(FilterError, match=message):
        parse(exceeds)


@pytest.mark.parametrize("text", ["(" * MAX_LENGTH, "'" + "\\" * (MAX_LENGTH - 1), "-" * MAX_LENGTH])
def test_hostile_texts_are_answered(text: str) -> None:
    error = refusal(text)
    assert error is None or len(error.message) < 500


# Properties of the whole


IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=12)
NAMES = (
    st.from_regex(IDENTIFIER, fullmatch=True)
    | st.sampled_from(["and", "IN", "a.int_value", "`", "\\"])
    | TEXTS
)
LITERALS = (
    TEXTS
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
)
COMPARISONS = st.builds(
    PropertyComparison,
    NAMES,
    st.none() | st.sampled_from(ValueKind),
    st.sampled_from([operator for operator in Operator if operator is not Operator.IN]),
    st.tuples(LITERALS),
) | st.builds(
    PropertyComparison,
    NAMES,
    st.none() | st.sampled_from(ValueKind),
    st.just(Operator.IN),
    st.lists(LITERALS, max_size=4).map(tuple),
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=12,
)


def render(expression: Expression) -> str:
    """The filter that reads as `expression`."""
    if isinstance(expression, PropertyComparison):
        suffix = f".{expression.kind.value}" if expression.kind else ""
        values = ", ".join(render_value(value) for value in expression.values)
        if expression.operator is Operator.IN:
            values = f"({values})"
        return f"{render_name(expression.name)}{suffix} {expression.operator.value} {values}"
    keyword = " AND " if isinstance(expression, And) else " OR "
    return keyword.join(
        render(term) if isinstance(term, PropertyComparison) else f"({render(term)})"
        for term in expression.terms
    )


def render_name(name: str) -> str:
    kinds = tuple(f".{kind.value}" for kind in ValueKind)
    if IDENTIFIER.fullmatch(name) and not name.endswith(kinds):
        return name
    return "`" + re.sub(r"([\\`])", r"\\\1", name) + "`"


def render_value(value: Literal) -> str:
    return "'" + re.sub(r"([\\'])", r"\\\1", value) + "'" if isinstance(value, str) else repr(value)


@given(EXPRESSIONS)
def test_what_is_written_is_read(expression: Expression) -> None:
    assert repr(strip(parse(render(expression)))) == repr(expression)


def strip(expression: Expression | None) -> Expression | None:
    """The expression without the places in the text."""
    if isinstance(expression, PropertyComparison):
        return PropertyComparison(expression.name, expression.kind, expression.operator, expression.values)
    if expression is None:
        return None
    return type(expression)(tuple(term for term in map(strip, expression.terms) if term is not None))


PIECES = st.sampled_from(
    [
        *"()=<>!.,`'\"\\-+%",
        *string.whitespace,
        "a",
        "b.c",
        "AND",
        "or",
        "IN",
        "like",
        "1",
        "2.5",
        "1e9",
        "true",
        "'x'",
        "`y`",
        "--",
        "a=1",
        ".int_value",
        "é",
        "模",
    ]
)


@given(st.text(max_size=60) | st.lists(PIECES, max_size=25).map("".join) | st.lists(PIECES).map(" ".join))
@example("a\u2028=1")
def test_any_text_is_read_or_refused_with_its_place(text: str) -> None:
    error = refusal(text)
    if error is not None:
        line = text.count("\n", 0, error.position) + 1
        assert 0 <= error.position <= len(text)
        assert f": {line}:" in error.message


def refusal(text: str) -> FilterError | None:
    """What `parse` says against `text`; any other exception fails the test."""
    try:
        parse(text)
    except FilterError as error:
        return error
    return None
