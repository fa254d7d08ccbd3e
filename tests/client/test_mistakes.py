"""Typical mistakes: each error is ours, names the argument, and says what to write instead."""

from __future__ import annotations

import datetime
import decimal
import enum
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from model_registry import ModelRegistry
from model_registry.exceptions import BatchError, InvalidArgumentError, ModelRegistryError
from model_registry.types import Metric, ModelVersion, RegisteredModel


class Stage(enum.Enum):
    TEST = 1


@pytest.fixture(scope="module")
def local():
    with ModelRegistry.local(author="ann") as registry:
        registry.register("fraud", "1.0", "s3://models/fraud/1.0")
        yield registry


VALUES = [
    (pd.DataFrame({"a": [1]}), "DataFrame", "use its .to_dict('list'), or store it as a file"),
    (pd.Series([1]), "Series", "use its .tolist()"),
    (np.arange(3), "ndarray", "use its .tolist()"),
    (datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc), "datetime", "use its .isoformat()"),
    (datetime.date(2026, 1, 1), "date", "use its .isoformat()"),
    (Stage.TEST, "Stage", "use its .value"),
    ({1, 2}, "set", "use sorted(...)"),
    (b"x", "bytes", "store bytes as a file"),
    (None, "NoneType", "leave it out"),
    (decimal.Decimal("1.1"), "Decimal", "use str(...)"),
    (len, "builtin_function_or_method", "use str(...)"),
]


@pytest.mark.parametrize(("value", "kind", "advice"), VALUES, ids=[kind for _, kind, _ in VALUES])
def test_15_13_a_property_of_another_type(local, value, kind, advice):
    for nested, path in ((value, "'k'"), ({"a": [value]}, "'k'['a'][0]")):
        if value is None and nested is not value:
            continue  # JSON's null
        with pytest.raises(ModelRegistryError) as refused:
            local.register("other", "1", properties={"k": nested})
        text = str(refused.value)
        assert text.startswith(f"custom property {path} has a value of type {kind}; ")
        assert text.endswith(f": {advice}")


MISTAKES = {
    "files": (
        lambda r: r.register("x", "1", files=["a", "b"], to="file:///tmp/x/"),
        "files must be one path, got",
    ),
    "export": (lambda r: r.export(["a"]), "path must be one path, got"),
    "properties": (
        lambda r: r.register("x", "1", properties=[1]),
        "properties must be a dictionary of values",
    ),
    "name None": (
        lambda r: r.register(None, "1"),
        "register needs the argument 'name', such as name='fraud'",
    ),
    "version None": (lambda r: r.register("x", None), "'version', such as version='1.0'$"),
    "name of another type": (lambda r: r.register(5, "1"), "name: must be a text, got 5"),
    "empty name": (lambda r: r.register("", "1"), "name: must be a text of at least one character"),
    "huge number": (lambda r: r.register("x", "1", properties={"k": 10**400}), "is a number of 1329 bits"),
    "unknown field": (lambda r: RegisteredModel("a", nmae=1), "nmae: is not a field, did you mean 'name'"),
    "attribute": (
        lambda r: setattr(r.get_model("fraud"), "ownr", "x"),
        "ownr: is not a field, did you mean 'owner'",
    ),
    "missing name": (lambda r: ModelVersion(), "ModelVersion cannot be built: name: is missing"),
    "text as number": (lambda r: Metric(name="a", value="x"), "value: must be a number, got 'x'"),
    "one dictionary": (lambda r: r.register_many({"name": "x", "version": "1"}), "items"),
    "a text": (lambda r: r.register_many("x"), "items"),
    "a number": (lambda r: r.register_many(5), "items"),
    "a path": (lambda r: ModelRegistry(Path("a.db")), "for a file use ModelRegistry.local"),
    "address": (
        lambda r: ModelRegistry.local("https://u:SECRET@h"),
        "^https://h is the address of a server: use",
    ),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_15_13_a_mistake_gets_our_message(local, case):
    call, message = MISTAKES[case]
    with pytest.raises(
        InvalidArgumentError if "huge" not in case else ModelRegistryError, match=message
    ) as refused:
        call(local)
    assert len(str(refused.value)) < 300


def test_15_13_a_list_of_what_is_no_dictionary(local):
    with pytest.raises(
        BatchError, match=r"Item 0 \('x'\) could not be registered: an item must be a dictionary"
    ):
        local.register_many(["x"])
