"""Filters built in Python find what a plain evaluation over the same things finds."""

from __future__ import annotations

import operator
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_registry import F
from model_registry.types import ListOptions, Metric, ModelVersion, Pager, Parameter, RegisteredModel

TEXTS = [
    *("", "a", "A", "ab", "a%b", "a_b", "a\\b", "a\\", "%", "_", "'", '"', "it's", 'say "hi"', "\\'", "''"),
    *("b OR 1 = 1", "--", "a\nb", "\t", "é", "ß", "日本", "😀", "`", "()", "1", "true", "NULL"),
]
NUMBERS = [
    0,
    1,
    -1,
    2,
    7,
    2**53 + 1,
    2**63 - 1,
    -(2**63),
    0.5,
    -0.5,
    1.0,
    0.1,
    1e300,
    -1e300,
    5e-324,
    2.0**53,
]
NAMES = ["accuracy", "top-1 accuracy", "a.b", "or", "owner", "`", "\\", "é", "x.int_value"]
VALUES = st.sampled_from([*TEXTS, *NUMBERS, True, False])
SIGNS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MODELS: dict[int, list[RegisteredModel]] = {}
"""The models that were registered for these tests, by registry."""


async def models_of(registry: Any) -> list[RegisteredModel]:
    if id(registry) not in MODELS:
        prefix = f"filtered{len(MODELS)} "
        # The reference server stores whole numbers of 32 bits.
        narrow = await registry.core.ask_foreign()
        numbers = [float(each) if narrow and abs(each) > 2**31 else each for each in NUMBERS]
        given = [
            RegisteredModel(
                f"{prefix}{number} {text}",
                owner=text or None,
                description=TEXTS[-number],
                custom_properties={
                    name: ([*TEXTS, True, False, *numbers] * 2)[number * 7 % 45 + place]
                    for place, name in enumerate(NAMES)
                    if (number + place) % 4
                },
            )
            for number, text in enumerate(TEXTS)
        ]
        MODELS[id(registry)] = [await registry.core.upsert_registered_model(each) for each in given]
    return MODELS[id(registry)]


def kind(value: object) -> type:
    return float if isinstance(value, int) and not isinstance(value, bool) else type(value)


def like(text: str, pattern: str) -> bool:
    written = re.sub(r"\\(.)|(%)|(_)|(.)", part_of_pattern, pattern, flags=re.DOTALL)
    return re.fullmatch(written, text, re.DOTALL) is not None


def part_of_pattern(match: re.Match[str]) -> str:
    return ".*" if match[2] else "." if match[3] else re.escape(match[1] or match[4])


def values_of(model: RegisteredModel, name: str) -> list[Any]:
    """What a property is compared by: a field of the same name counts too."""
    values = [model.custom_properties.get(name), model.owner if name == "owner" else None]
    return [each for each in values if each is not None]


@st.composite
def comparisons(draw: st.DrawFn) -> tuple[Any, Any]:
    """A filter, and a function that tells whether a model meets it."""
    if draw(st.booleans()):
        name = draw(st.sampled_from(["owner", "description"]))
        field, values = (
            getattr(F, name),
            lambda model: [each for each in [getattr(model, name)] if each is not None],
        )
        value = draw(st.sampled_from(TEXTS))
    else:
        name = draw(st.sampled_from(NAMES))
        field, values = F.property(name), lambda model: values_of(model, name)
        value = draw(VALUES)
    signs = ["==", "!="] if isinstance(value, bool) else [*SIGNS, "in"]
    sign = draw(st.sampled_from(signs + ["like", "start", "end", "hold"] * isinstance(value, str)))

    def among(tell: Any) -> Any:
        return lambda model: any(kind(each) is kind(value) and tell(each) for each in values(model))

    if sign == "in":
        pool = TEXTS if isinstance(value, str) else NUMBERS
        choices = [value, *draw(st.lists(st.sampled_from(pool), max_size=3))]
        return field.in_(choices), among(lambda each: each in choices)
    if sign == "like":
        pattern = value.replace("\\", "\\\\") if draw(st.booleans()) else "%" + value.replace("\\", "") + "_"
        return field.like(pattern), among(lambda each: like(each, pattern))
    if sign == "start":
        return field.startswith(value), among(lambda each: each.startswith(value))
    if sign == "end":
        return field.endswith(value), among(lambda each: each.endswith(value))
    if sign == "hold":
        return field.contains(value), among(lambda each: value in each)
    compare = SIGNS[sign]
    return compare(field, value), among(lambda each: compare(each, value))


def joined(pairs: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(pairs, pairs, st.booleans()).map(
        lambda three: (
            (three[0][0] & three[1][0], lambda model: three[0][1](model) and three[1][1](model))
            if three[2]
            else (three[0][0] | three[1][0], lambda model: three[0][1](model) or three[1][1](model))
        )
    )


@pytest.mark.deviation(34)
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pair=st.recursive(comparisons(), joined, max_leaves=4))
async def test_the_registry_finds_what_python_finds(registry, pair):
    condition, tell = pair
    models = await models_of(registry)
    query = str(F.name.startswith(models[0].name.split(" ")[0]) & condition)
    found = Pager(registry.core.get_registered_models, ListOptions(limit=100, filter_query=query))
    assert [each.name async for each in found] == [each.name for each in models if tell(each)], query


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(each, marks=[pytest.mark.deviation(41)] if each.strip("'\"") != each else [])
        for each in TEXTS
    ],
)
async def test_every_text_is_found_by_itself(registry, text):
    models = await models_of(registry)
    wanted = models[TEXTS.index(text)]
    for condition in (
        F.name == wanted.name,
        F.name.in_([wanted.name, "other"]),
        F.name.endswith(wanted.name),
        F.id.in_([wanted.id, 0]),
    ):
        page = await registry.core.get_registered_models(ListOptions(filter_query=str(condition)))
        assert [each.name for each in page] == [wanted.name], str(condition)


async def test_times(registry):
    models = await models_of(registry)
    ids = F.id.in_([each.id for each in models])
    middle = models[10].create_time
    for condition, tell in [
        (F.created < middle, lambda at: at < middle),
        (F.created >= middle + timedelta(microseconds=300), lambda at: at > middle),
        (F.created == middle, lambda at: at == middle),
    ]:
        options = ListOptions(limit=100, filter_query=str(ids & condition))
        page = await registry.core.get_registered_models(options)
        assert [each.name for each in page] == [each.name for each in models if tell(each.create_time)]


@pytest.mark.deviation(35)
async def test_fields_of_artifacts(registry, unique):
    model = await registry.core.upsert_registered_model(RegisteredModel(f"{unique}m"))
    version = await registry.core.upsert_model_version(ModelVersion("1"), model.id)
    for artifact in (
        Metric(name="accuracy", value=0.9, step=3, timestamp="1777636800000"),
        Metric(name="loss", value=1, step=4),
        Parameter(name="rate", value=0.9),
        Parameter(name="optimizer", value="adam"),
    ):
        await registry.core.upsert_model_version_artifact(artifact, version.id)
    for condition, names in [
        (F.value > 0.5, ["accuracy", "loss"]),
        (F.value == 1, ["loss"]),
        (F.value == "0.9", ["rate"]),
        (F.value.like("ad%"), ["optimizer"]),
        (F.value.in_([0.9, "adam"]), ["accuracy", "optimizer"]),
        (F.step <= 3, ["accuracy"]),
        (F.timestamp >= 1777636800000, ["accuracy"]),
        (F.timestamp > 1777636800000, []),
        (F.parameter_type == "string", ["optimizer"]),
        (F.state == "LIVE", []),
        (F.state.in_(["UNKNOWN", "LIVE"]), ["accuracy", "loss", "rate", "optimizer"]),
    ]:
        options = ListOptions(filter_query=str(condition))
        page = await registry.core.get_model_version_artifacts(version.id, options)
        assert [each.name for each in page] == names, str(condition)
