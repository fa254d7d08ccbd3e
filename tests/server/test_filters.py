"""Filters find what a plain evaluation over the same resources finds."""

from __future__ import annotations

import itertools
import operator
import random
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, event, insert

from model_registry.server.database.schema import metadata, property_, resource
from model_registry.server.database.sqlite_text import prepare_text
from model_registry.server.filters.access_paths import SCAN, AccessPath
from model_registry.server.filters.plan import plan
from model_registry.server.filters.query import (
    And,
    Expression,
    FilterError,
    Operator,
    Or,
    PropertyComparison,
    ValueKind,
    parse,
)
from model_registry.server.filters.tree import PropertyMatch, cover, required_nodes, streams
from model_registry.server.kinds import (
    ARTIFACT_KINDS,
    DATA_SET,
    INFERENCE_SERVICE,
    METRIC,
    MODEL_ARTIFACT,
    MODEL_VERSION,
    PARAMETER,
    REGISTERED_MODEL,
    FieldType,
    Kind,
)
from model_registry.server.queries.selection import Selection
from model_registry.server.queries.statements import select_statement
from model_registry.server.rows import property_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# A registry full of traps

LONG = "x" * 254
TEXTS = [
    *[
        "",
        "a",
        "A",
        "ab",
        "aB",
        "a%b",
        "a_b",
        "a\\b",
        "b",
        "é",
        "É",
        "ß",
        "ẞ",
        "Σ",
        "ς",
        "模型",
        "\U0001f600",
    ],
    *["it's", 'say "hi"', "100% fine", "a\nb", "7", "-1", "0.5", "1e3", "true", "LIVE", "ARCHIVED"],
    *[
        LONG,
        LONG + "x",
        LONG + "xx",
        LONG + "xy",
        LONG + "X" * 50,
        "\ud7ff",
        "\uffff",
        "\U0010ffff",
        "\U0010ffffa",
    ],
]
INTEGERS = [0, 1, -1, 3, 7, 10, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 1700000000000]
DOUBLES = [0.0, -0.0, 0.5, 1.0, 2.5, 3.0, -1e-9, 1e30, float(2**53), 2.0**63, -(2.0**63), -1e300, 5e-324]
CUSTOM_NAMES = [
    "owner",
    "acc",
    "n",
    "name",
    "a.b",
    "with-dash",
    "",
    "value",
    "library_name",
    "libraryName",
    "step",
]
STATES = ["UNKNOWN", "PENDING", "LIVE", "MARKED_FOR_DELETION", "DELETED", "ABANDONED", "REFERENCE"]
KINDS = [REGISTERED_MODEL, MODEL_VERSION, INFERENCE_SERVICE, *ARTIFACT_KINDS]


def bodies() -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Resources as the registry answers them."""
    chance = random.Random(20)
    for number in range(1, 241):
        kind = KINDS[number % len(KINDS)]
        body: dict[str, Any] = {
            "id": str(number * 3),
            "name": chance.choice(TEXTS) + str(number),
            "createTimeSinceEpoch": str(1700000000000 + number // 4),
            "lastUpdateTimeSinceEpoch": str(1700000000000 + number // 2),
            "customProperties": {
                name: chance.choice(
                    [
                        {"metadataType": "MetadataStringValue", "string_value": chance.choice(TEXTS)},
                        {"metadataType": "MetadataIntValue", "int_value": str(chance.choice(INTEGERS))},
                        {"metadataType": "MetadataDoubleValue", "double_value": chance.choice(DOUBLES)},
                        {"metadataType": "MetadataBoolValue", "bool_value": chance.random() < 0.5},
                        {"metadataType": "MetadataStructValue", "struct_value": "e30="},
                    ]
                )
                for name in chance.sample(CUSTOM_NAMES, chance.randrange(5))
            },
        }
        if chance.random() < 0.5:
            body["externalId"] = f"{chance.choice(TEXTS[:20])}{number}"
        for field in kind.fields:
            if chance.random() < 0.6:
                pool = {FieldType.TEXT: TEXTS, FieldType.INTEGER: INTEGERS, FieldType.DOUBLE: DOUBLES}[
                    field.type
                ]
                body[field.name] = chance.choice(pool)
        yield kind, body


RESOURCES = list(bodies())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Connection]:
    if request.param == "sqlite":
        engine = create_engine(f"sqlite:///{tmp_path_factory.mktemp('filters') / 'registry.db'}")
        event.listen(engine, "connect", lambda connection, _record: prepare_text(connection))
    else:
        engine = create_engine(request.getfixturevalue("postgresql_module_db"))
    metadata.create_all(engine)
    with engine.connect() as connection:
        store(connection)
        yield connection
    engine.dispose()


def store(connection: Connection) -> None:
    for kind, body in RESOURCES:
        connection.execute(
            insert(resource),
            {
                "id": int(body["id"]),
                "kind": kind.code,
                "family": int(kind.family),
                "name": body["name"],
                "external_id": body.get("externalId"),
                "create_time": int(body["createTimeSinceEpoch"]),
                "update_time": int(body["lastUpdateTimeSinceEpoch"]),
                "body": "{}",
            },
        )
        for (is_custom, name), row in property_rows(kind, body):
            connection.execute(
                insert(property_),
                {"resource_id": int(body["id"]), "is_custom": is_custom, "name": name, "kind": kind.code}
                | row._asdict(),
            )
    connection.commit()


# The plain evaluation

COLUMNS = {
    "id": int,
    "createTimeSinceEpoch": int,
    "lastUpdateTimeSinceEpoch": int,
    "name": str,
    "externalId": str,
}
LIKE_PIECE = re.compile(r"\\(.)|(%)|(_)|(.)", re.DOTALL)
SIGNS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
}


def is_like(text: str, pattern: str) -> bool:
    pieces = [
        re.escape(escaped or plain) if escaped or plain else ".*" if percent else "."
        for escaped, percent, _, plain in LIKE_PIECE.findall(pattern)
    ]
    return re.fullmatch("".join(pieces), text, re.DOTALL) is not None


def candidates(
    kind: Kind, body: dict[str, Any], comparison: PropertyComparison
) -> Iterator[tuple[Any, bool]]:
    """Values that go by the comparison's name, and whether literals take their type."""
    name, typed = comparison.name, comparison.kind is not None
    if name in COLUMNS and name in body:
        yield COLUMNS[name](body[name]), True
    if name in COLUMNS and not typed:
        return
    field = next((field for field in kind.fields if field.name == name), None)
    as_stored = next((field for field in kind.fields if field.stored == name), None)
    if (field or as_stored) and (found := (field or as_stored)).name in body:  # type: ignore[union-attr]
        yield body[found.name], bool(field)
    if field and not typed:
        return
    custom = body["customProperties"].get(name, {})
    for key in ("string_value", "double_value", "bool_value"):
        if key in custom:
            yield custom[key], typed
    if "int_value" in custom:
        yield int(custom["int_value"]), typed
    if "struct_value" in custom and comparison.operator in {Operator.LIKE, Operator.ILIKE}:
        yield "{}", typed


def sort(value: Any) -> str:
    return {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}[type(value)]


def one_holds(sign: Operator, value: Any, literal: Any, takes_type: bool) -> bool:
    numeric = isinstance(value, (int, float)) and not isinstance(value, bool)
    if takes_type and numeric and isinstance(literal, str):
        try:
            literal = int(literal)
        except ValueError:
            try:
                literal = float(literal)
            except ValueError:
                return False
            if isinstance(value, int):
                return False
    if isinstance(value, bool) != isinstance(literal, bool) or isinstance(value, str) != isinstance(
        literal, str
    ):
        return False
    if sign is Operator.LIKE:
        return isinstance(value, str) and is_like(value, literal)
    if sign is Operator.ILIKE:
        return isinstance(value, str) and is_like(value.lower(), literal.lower())
    return SIGNS[sign](value, literal)


def of_state(literal: Any) -> Any:
    """States of artifacts may be told by number."""
    if type(literal) is not int:
        return literal
    return STATES[literal] if literal in range(len(STATES)) else str(literal)


def holds(expression: Expression, kind: Kind, body: dict[str, Any]) -> bool:
    if isinstance(expression, And):
        return all(holds(term, kind, body) for term in expression.terms)
    if isinstance(expression, Or):
        return any(holds(term, kind, body) for term in expression.terms)
    sign = Operator.EQ if expression.operator is Operator.IN else expression.operator
    literals = expression.values
    if kind.is_artifact and (expression.name, expression.kind) == ("state", None):
        literals = tuple(map(of_state, literals))
    return any(
        one_holds(sign, value, literal, takes_type)
        for value, takes_type in candidates(kind, body, expression)
        if expression.kind is None or expression.kind.value == sort(value)
        for literal in literals
    )


def expected(expression: Expression, kinds: Sequence[Kind]) -> list[int]:
    return [int(body["id"]) for kind, body in RESOURCES if kind in kinds and holds(expression, kind, body)]


# What the database finds


def found(connection: Connection, expression: Expression, kinds: Sequence[Kind]) -> list[int]:
    """Ids, the same in every way of asking for them."""
    selection = Selection(tuple(kinds), filter=plan(expression, kinds))
    assert selection.filter is not None
    required = tuple(dict.fromkeys(required_nodes(selection.filter.root)))
    paths = [SCAN, *(AccessPath(driving=node) for node in required if streams(node))]
    if all(map(cover, required)):
        paths += [AccessPath((node,), if_few=True) for node in required]
        paths += [AccessPath(required[:count]) for count in range(1, len(required) + 1)]
        paths += [AccessPath(members=required[:count]) for count in range(1, len(required) + 1)]
        paths += [
            AccessPath(driving=node, members=(other,))
            for node, other in itertools.permutations(required, 2)
            if streams(node)
        ]
    values = {**selection.values(), "limit": 10**6, "bound": 10**6}
    answers = []
    for path, descending, continues in itertools.product(paths, (False, True), (False, True)):
        after = {"after_id": 10**6 if descending else 0}
        statement = select_statement(selection.shape(path), "id", descending=descending, continues=continues)
        rows = connection.exec_driver_sql(statement.compiled(connection.dialect).sql, values | after)
        ids = [row[0] for row in rows if row[2] is not None]
        answers.append(ids[::-1] if descending else ids)
    for path in (path for path in paths if path.driving is None):
        statement = select_statement(selection.shape(path), "update_time", descending=True, continues=False)
        rows = connection.exec_driver_sql(statement.compiled(connection.dialect).sql, values)
        keys = [(row[1], row[0]) for row in rows if row[2] is not None]
        assert keys == sorted(keys, reverse=True)
        answers.append(sorted(key[1] for key in keys))
    assert all(answer == answers[0] for answer in answers), answers
    return answers[0]


def check(connection: Connection, expression: Expression, kinds: Sequence[Kind]) -> None:
    try:
        ids = found(connection, expression, kinds)
    except FilterError:
        return  # what is refused is told by the tests below
    assert ids == expected(expression, kinds)


NAMES = st.sampled_from(
    [
        *CUSTOM_NAMES,
        *[
            "id",
            "externalId",
            "createTimeSinceEpoch",
            "lastUpdateTimeSinceEpoch",
            "description",
            "state",
            "uri",
        ],
        *[
            "registeredModelId",
            "registered_model_id",
            "modelVersionId",
            "timestamp",
            "digest",
            "parameterType",
        ],
        *["nowhere", "readme", "licenseLink", "license_link"],
    ]
)
PATTERNS = st.lists(
    st.sampled_from(["a", "A", "é", "x", "%", "_", "\\%", "\\_", "\\\\", "\\b", "\n", LONG]), max_size=5
)
LITERALS = (
    st.sampled_from(TEXTS)
    | st.sampled_from([body["name"] for _, body in RESOURCES])
    | st.sampled_from(INTEGERS + [int(body["id"]) for _, body in RESOURCES[:20]])
    | st.sampled_from([*DOUBLES, 1700000000020.5, 2.0**53 + 2, 0.1])
    | st.booleans()
)
VALUE_KINDS = st.none() | st.sampled_from(ValueKind)
COMPARISONS = (
    st.builds(PropertyComparison, NAMES, VALUE_KINDS, st.sampled_from(list(SIGNS)), st.tuples(LITERALS))
    | st.builds(
        PropertyComparison,
        NAMES,
        VALUE_KINDS,
        st.just(Operator.IN),
        st.lists(LITERALS, max_size=5).map(tuple),
    )
    | st.builds(
        PropertyComparison,
        NAMES,
        VALUE_KINDS,
        st.sampled_from([Operator.LIKE, Operator.ILIKE]),
        st.tuples(
            PATTERNS.map("".join) | st.sampled_from(TEXTS).map(lambda text: text.replace("\\", "\\\\") + "%")
        ),
    )
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    COMPARISONS,
    lambda inner: (
        st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=6,
)
KIND_LISTS = st.sampled_from([(kind,) for kind in KINDS] + [ARTIFACT_KINDS])


@given(EXPRESSIONS, KIND_LISTS)
@example(PropertyComparison("value", None, Operator.IN, ("", 0)), ARTIFACT_KINDS)
@example(PropertyComparison("owner", None, Operator.EQ, ("a",)), (REGISTERED_MODEL,))
@example(PropertyComparison("state", None, Operator.IN, (2, "ARCHIVED", 7)), ARTIFACT_KINDS)
@example(PropertyComparison("state", None, Operator.NE, (2,)), (METRIC,))
def test_filters_find_what_a_plain_evaluation_finds(
    database: Connection, expression: Expression, kinds: Sequence[Kind]
) -> None:
    check(database, expression, kinds)


OF_ONE_NAME = st.builds(
    lambda name, kind, pairs: [PropertyComparison(name, kind, sign, (value,)) for sign, value in pairs],
    NAMES,
    VALUE_KINDS,
    st.lists(st.tuples(st.sampled_from(list(SIGNS)), LITERALS), min_size=2, max_size=4),
)


@given(st.sampled_from([And, Or]), OF_ONE_NAME, COMPARISONS, KIND_LISTS)
def test_13_12_comparisons_of_one_value_find_what_a_plain_evaluation_finds(
    database: Connection,
    both: type[And | Or],
    comparisons: list[PropertyComparison],
    other: PropertyComparison,
    kinds: Sequence[Kind],
) -> None:
    """They are combined."""
    check(database, both((*comparisons, other)), kinds)


@pytest.mark.parametrize("sign", list(SIGNS))
@pytest.mark.parametrize(("name", "kind"), [("n", REGISTERED_MODEL), ("value", METRIC), ("step", METRIC)])
def test_numbers_compare_exactly(database: Connection, name: str, kind: Kind, sign: Operator) -> None:
    near = {number + step for number in INTEGERS for step in (-1, 0, 1) if -(2**63) <= number + step < 2**63}
    for literal in [*near, *DOUBLES, *map(float, near), 0.5, -(2.0**53) - 2]:
        check(database, PropertyComparison(name, None, sign, (literal,)), [kind])


@pytest.mark.parametrize("sign", [*SIGNS, Operator.LIKE, Operator.ILIKE])
@pytest.mark.parametrize("name", ["name", "readme"])
def test_texts_compare_by_code_point_whatever_their_length(
    database: Connection, name: str, sign: Operator
) -> None:
    ends = ["", "%", "x%", "_"] if sign in {Operator.LIKE, Operator.ILIKE} else [""]
    for text, end in itertools.product(TEXTS, ends):
        check(database, PropertyComparison(name, None, sign, (text + end,)), [REGISTERED_MODEL])


# What a name means


@pytest.mark.parametrize(
    ("text", "kinds", "column", "names"),
    [
        ("owner='x'", [REGISTERED_MODEL], "string_value", [("owner", False)]),
        ("owner.string_value='x'", [REGISTERED_MODEL], "string_value", [("owner", None)]),
        ("owner='x'", [MODEL_VERSION], "string_value", [("owner", True)]),
        ("libraryName='x'", [REGISTERED_MODEL], "string_value", [("library_name", False)]),
        ("library_name='x'", [REGISTERED_MODEL], "string_value", [("library_name", None)]),
        ("value=0.5", [METRIC], "double_value", [("value", False)]),
        ("value='0.5'", [PARAMETER], "string_value", [("value", False)]),
        ("timestamp='0.5'", [METRIC], "string_value", [("timestamp", False)]),
        ("step='7'", [METRIC], "int_value", [("step", False)]),
        ("digest='x'", [DATA_SET], "string_value", [("digest", False)]),
        ("digest='x'", [MODEL_ARTIFACT, DATA_SET], "string_value", [("digest", True), ("digest", False)]),
    ],
)
def test_what_a_name_means(
    text: str, kinds: list[Kind], column: str, names: list[tuple[str, bool | None]]
) -> None:
    planned = plan(parsed(text), kinds)
    matches = [match for match in cover(planned.root) if isinstance(match, PropertyMatch)]
    assert [(planned.values[match.name], match.is_custom) for match in matches] == names
    assert {test.column for match in matches for tests in match.alternatives for test in tests} == {column}


@pytest.mark.parametrize(
    ("text", "kinds", "complaint"),
    [
        ("id = 'abc'", [REGISTERED_MODEL], "'abc' is not an integer"),
        ("id = true", [REGISTERED_MODEL], "true is not an integer"),
        ("id LIKE '1%'", [REGISTERED_MODEL], "LIKE compares texts"),
        ("id IN (1, 'x')", [REGISTERED_MODEL], "'x' is not an integer"),
        ("name = 5", [REGISTERED_MODEL], "5 is not text"),
        ("name = 'a' OR (id = 1 AND name ILIKE 5)", [REGISTERED_MODEL], "5 is not text"),
        ("owner = 5", [REGISTERED_MODEL], "5 is not text"),
        ("acc LIKE 5", [REGISTERED_MODEL], "LIKE compares texts"),
        ("acc.int_value LIKE '5'", [REGISTERED_MODEL], "LIKE compares texts"),
        ("acc.int_value = 'x'", [REGISTERED_MODEL], "'x' is not an integer"),
        ("acc.bool_value = 1", [REGISTERED_MODEL], "1 is not a boolean"),
        ("acc.string_value IN ('a', 1.5)", [REGISTERED_MODEL], "1.5 is not text"),
        ("value = 'abc'", [METRIC], "'abc' is not a number"),
        ("value = 'nan'", [METRIC], "'nan' is not a number"),
        ("state = 5", [REGISTERED_MODEL], "5 is not text"),
        ("state > 5", ARTIFACT_KINDS, "5 is not text"),
        ("id = 2147483648", [REGISTERED_MODEL], "ids have 32 bits"),
        ("id IN (1, '-2147483649')", ARTIFACT_KINDS, "ids have 32 bits"),
        (r"name LIKE 'a\\'", [REGISTERED_MODEL], "single"),
        (r"acc ILIKE '%\\\\\\'", [REGISTERED_MODEL], "single"),
        (f"acc LIKE '%{'_a' * 128}x'", [REGISTERED_MODEL], "has 258 characters; at most 255"),
        (f"acc ILIKE 'a_{'%a' * 128}'", [REGISTERED_MODEL], "has 257 characters; at most 255"),
    ],
)
def test_comparisons_that_make_no_sense_are_refused(text: str, kinds: list[Kind], complaint: str) -> None:
    with pytest.raises(FilterError, match=re.escape(complaint)) as caught:
        plan(parsed(text), kinds)
    assert caught.value.message.startswith(
        "invalid filter query, type mismatch or invalid value in comparison"
    )


@pytest.mark.parametrize("pattern", ["a" * 1000 + "%", "a" * 1000 + "%" + "b" * 250, "_" * 300, "%" * 255])
def test_patterns_that_take_long_for_no_text_are_accepted(pattern: str) -> None:
    plan(parsed(f"acc LIKE '{pattern}'"), [REGISTERED_MODEL])


def test_a_mixed_list_takes_what_makes_sense_for_one_of_its_kinds(database: Connection) -> None:
    for text in ("value = 'abc'", "value > 0.5", "value LIKE 'a%'", "value = '0.5'"):
        assert found(database, parsed(text), ARTIFACT_KINDS) == expected(parsed(text), ARTIFACT_KINDS)


def test_filters_that_differ_in_values_alone_share_their_sql() -> None:
    one, other = (
        plan(parsed(text), [REGISTERED_MODEL])
        for text in (
            "owner = 'a' AND x > 1.5 OR n IN ('a', 2)",
            "description = 'b' AND y > 2.5 OR m IN ('c', 3)",
        )
    )
    assert one.root == other.root
    statements = [
        select_statement(
            Selection((REGISTERED_MODEL,), filter=planned).shape(), "id", descending=False, continues=False
        )
        for planned in (one, other)
    ]
    assert statements[0] is statements[1]


def parsed(text: str) -> Expression:
    expression = parse(text)
    assert expression is not None
    return expression
