"""Custom properties come back as they were given, whatever they hold."""

import base64
import enum
import json
from collections import OrderedDict
from fractions import Fraction
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_registry.exceptions import UnsupportedType
from model_registry.types import (
    DocArtifact,
    ModelVersion,
    OpaqueProperty,
    RegisteredModel,
    ServingEnvironment,
)
from tests.support.servers import Reply


class Colour(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class ForeignScalar:
    """What scalars of NumPy, PyTorch and JAX have in common."""

    shape = ()

    def __init__(self, value):
        self._value = value

    def item(self):
        return self._value

    def __repr__(self):
        return f"ForeignScalar({self._value!r})"


class Foreign:
    """What no registry keeps."""

    def __repr__(self):
        return "Foreign()"


VALUES = {
    "text": "hello",
    "empty text": "",
    "text of other scripts": "Grüße, 世界 🎉 \u200d\u0000"[:-1],
    "text that looks like a number": "1",
    "text that looks like a struct": '{"a": 1}',
    "text with every ASCII sign": "".join(map(chr, range(1, 128))),
    "true": True,
    "false": False,
    "zero": 0,
    "negative": -7,
    "beyond 32 bits": 2**40,
    "largest": 2**63 - 1,
    "smallest": -(2**63),
    "fraction": 0.1,
    "float that is a whole number": 1.0,
    "float zero": 0.0,
    "tiny": 5e-324,
    "huge": 1.7976931348623157e308,
    "whole and huge": 1e22,
    "empty dict": {},
    "empty list": [],
    "dict": {"a": 1, "b": 1.0, "c": "x", "d": None, "e": True},
    "list": [1, 1.0, "x", None, True],
    "nested": {"a": {"b": [{"c": [[], {}]}, 2**70]}, "ü": ["世界"]},
    "list of lists": [[1], [2, [3]]],
}


def same(left, right):
    """Equal, in type too, at every depth."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return left == right


@pytest.mark.deviation(6)
async def test_every_kind_of_value_survives(client, unique):
    given = RegisteredModel(f"{unique}m", custom_properties=VALUES)
    made = await client.upsert_registered_model(given)
    assert same(made.custom_properties, VALUES)
    found = await client.get_registered_model_by_id(made.id)
    assert same(found.custom_properties, VALUES)
    [listed] = [m for m in await client.get_registered_models() if m.id == made.id] or [found]
    assert listed == made

    found.custom_properties["more"] = 1
    changed = await client.upsert_registered_model(found)
    assert same(changed.custom_properties, {**VALUES, "more": 1})


DEVIATIONS = {"beyond 32 bits": 6, "largest": 6, "smallest": 6, "dict": 3, "list": 3, "nested": 3}


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(
            value, id=name, marks=[pytest.mark.deviation(DEVIATIONS[name])] if name in DEVIATIONS else []
        )
        for name, value in VALUES.items()
    ],
)
async def test_every_kind_of_value_survives_alone(client, unique, value):
    made = await client.upsert_registered_model(RegisteredModel(f"{unique}m", custom_properties={"p": value}))
    assert same(made.custom_properties, {"p": value})


@pytest.mark.deviation(8)
async def test_names_of_every_kind_survive(client, unique):
    names = [
        "a",
        "owner",
        "name",
        "state",
        "a b",
        "a.b",
        "`a`",
        "ü",
        "世界",
        "🎉",
        "experiment_id",
        "@list",
        "'",
        '"',
    ]
    given = {name: number for number, name in enumerate(names)}
    made = await client.upsert_registered_model(
        RegisteredModel(f"{unique}m", owner="ann", custom_properties=given)
    )
    assert made.custom_properties == given
    assert made.owner == "ann"


async def test_everything_has_properties(client, model, version, unique):
    properties = {"a": 1, "b": [1]}
    place = await client.upsert_serving_environment(
        ServingEnvironment(f"{unique}e", custom_properties=properties)
    )
    artifact = await client.upsert_model_version_artifact(
        DocArtifact(name="d", custom_properties=properties), version.id
    )
    second = await client.upsert_model_version(ModelVersion("2", custom_properties=properties), model.id)
    for thing in (place, artifact, second):
        assert same(thing.custom_properties, properties)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (ForeignScalar(7), 7),
        (ForeignScalar(0.5), 0.5),
        (ForeignScalar(True), True),
        (ForeignScalar("x"), "x"),
        (Level.HIGH, 3),
        (Fraction(1, 2), 0.5),
        (Colour.RED, "red"),
        ((1, 2), [1, 2]),
        (OrderedDict(a=ForeignScalar(1)), {"a": 1}),
        ([ForeignScalar(0.5), Level.HIGH], [0.5, 3]),
    ],
    ids=repr,
)
async def test_values_of_other_libraries_become_pythons(client, unique, value, kept):
    given = RegisteredModel(f"{unique}m", custom_properties={"p": value})
    assert same(given.custom_properties, {"p": kept})
    made = await client.upsert_registered_model(given)
    assert same(made.custom_properties, {"p": kept})


async def test_numpy_scalars_become_pythons(client, unique):
    numpy = pytest.importorskip("numpy")
    given = {
        "int": numpy.int64(2**30),
        "uint": numpy.uint8(7),
        "float": numpy.float64(1.0),
        "half": numpy.float32(0.5),
        "bool": numpy.bool_(True),
        "str": numpy.str_("x"),
        "zero-dimensional": numpy.array(3),
    }
    made = await client.upsert_registered_model(RegisteredModel(f"{unique}m", custom_properties=given))
    kept = {
        "int": 2**30,
        "uint": 7,
        "float": 1.0,
        "half": 0.5,
        "bool": True,
        "str": "x",
        "zero-dimensional": 3,
    }
    assert same(made.custom_properties, kept)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
ANY_VALUE = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text().filter(lambda text: "\0" not in text)
    | st.lists(JSON)
    | st.dictionaries(st.text(), JSON)
)


def is_storable(value):
    """Whether it is free of what has a meaning of its own, or of zero characters, which databases refuse."""
    return "\\u0000" not in json.dumps(value) and not (isinstance(value, dict) and value.keys() == {"@list"})


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.dictionaries(st.text(min_size=1, max_size=20), ANY_VALUE.filter(is_storable), max_size=4))
async def test_any_values_survive(in_process, values):
    given = {name.replace("\0", "0"): value for name, value in values.items()}
    made = await in_process.upsert_artifact(DocArtifact(custom_properties=given))
    assert same(made.custom_properties, given)
    assert await in_process.get_artifact_by_id(made.id) == made


def encoded(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


OPAQUE = {
    "proto": {
        "metadataType": "MetadataProtoValue",
        "type": "google.protobuf.Duration",
        "proto_value": "CAE=",
    },
    "of a kind to come": {"metadataType": "MetadataVectorValue", "vector_value": [1, 2], "unit": {"a": None}},
    "struct in neither form": {"metadataType": "MetadataStructValue", "struct_value": "neither"},
    "struct of bytes": {"metadataType": "MetadataStructValue", "struct_value": "/w=="},
    "struct that is no object": {"metadataType": "MetadataStructValue", "struct_value": encoded(5)},
    "struct with what JSON lacks": {
        "metadataType": "MetadataStructValue",
        "struct_value": base64.b64encode(b'{"a": NaN}').decode(),
    },
    "struct too deep to read": {
        "metadataType": "MetadataStructValue",
        "struct_value": base64.b64encode(b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}").decode(),
    },
    "int that is none": {"metadataType": "MetadataIntValue", "int_value": "many"},
    "int of too many digits": {"metadataType": "MetadataIntValue", "int_value": "9" * 5000},
}


@pytest.mark.parametrize("wire", OPAQUE.values(), ids=OPAQUE.keys())
async def test_what_this_client_cannot_read_is_sent_back_as_it_came(canned, canned_client, wire):
    answer = {
        "id": "1",
        "name": "m",
        "customProperties": {"odd": wire, "even": {"metadataType": "MetadataBoolValue", "bool_value": True}},
    }
    canned.reply = Reply(answer)

    model = await canned_client.get_registered_model_by_id("1")

    assert isinstance(model.custom_properties["odd"], OpaqueProperty)
    assert model.custom_properties["odd"].wire == wire
    assert model.custom_properties["even"] is True
    assert model == await canned_client.get_registered_model_by_id("1")
    model.custom_properties["new"] = 1
    await canned_client.upsert_registered_model(model)
    assert canned.requests[-1].json["customProperties"]["odd"] == wire


@pytest.mark.deviation(5)
async def test_a_kind_that_is_known_to_the_registry_alone_survives_there(client, unique):
    proto = OpaqueProperty(OPAQUE["proto"])
    made = await client.upsert_registered_model(RegisteredModel(f"{unique}m", custom_properties={"p": proto}))
    assert made.custom_properties == {"p": proto}
    made.custom_properties["q"] = 1
    changed = await client.upsert_registered_model(made)
    assert changed.custom_properties == {"p": proto, "q": 1}


@pytest.mark.parametrize(
    "text", [encoded({"a": [1.0]}), '{"a": [1.0]}'], ids=["base64 as the contract says", "JSON text"]
)
async def test_structs_are_read_in_both_forms(canned, canned_client, text):
    wire = {"metadataType": "MetadataStructValue", "struct_value": text}
    canned.reply = Reply({"name": "m", "customProperties": {"p": wire}})
    model = await canned_client.get_registered_model_by_id("1")
    assert same(model.custom_properties, {"p": {"a": [1.0]}})


@pytest.mark.parametrize(
    ("wire", "value"),
    [
        ({"metadataType": "MetadataDoubleValue", "double_value": 1}, 1.0),
        ({"metadataType": "MetadataDoubleValue", "double_value": 1e30}, 1e30),
        ({"metadataType": "MetadataIntValue", "int_value": "-9223372036854775808"}, -(2**63)),
        ({"metadataType": "MetadataStringValue", "string_value": "x", "added": "later"}, "x"),
    ],
)
async def test_values_as_a_go_server_writes_them(canned, canned_client, wire, value):
    canned.reply = Reply({"name": "m", "customProperties": {"p": wire}})
    model = await canned_client.get_registered_model_by_id("1")
    assert same(model.custom_properties, {"p": value})


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (2**63, "beyond 64 bits"),
        (float("nan"), "JSON cannot hold"),
        (float("inf"), "JSON cannot hold"),
        (None, "NoneType"),
        (Foreign(), "Foreign"),
        (b"bytes", "bytes"),
        ({1, 2}, "set"),
        ({"a": Foreign()}, "Foreign"),
        ([float("nan")], "JSON cannot"),
        ({"a": [{"b": float("inf")}]}, r"'culprit'\['a'\]\[0\]\['b'\] is inf"),
        ({0: "cat", 1: "dog"}, "has the key 0 of type int"),
        ({1: "a", "1": "b"}, "has the key 1 of type int"),
        ({"labels": ({None: "a"},)}, r"'culprit'\['labels'\]\[0\] has the key None"),
        ([{True: 1}], r"'culprit'\[0\] has the key True"),
        (MappingProxyType({"a": {1.5: 1}}), r"'culprit'\['a'\] has the key 1.5"),
        ("\ud800", "Unicode"),
        (["\ud800"], "JSON cannot"),
        ({"\ud800": 1}, "JSON cannot"),
        (ForeignScalar(Foreign()), "Foreign"),
        ({"@list": [1]}, "@list"),
        (OpaqueProperty({"no": "kind"}), "metadataType"),
        (OpaqueProperty({"metadataType": "MetadataIntValue"}), "MetadataIntValue"),
    ],
    ids=repr,
)
async def test_values_that_cannot_be_kept_are_refused(canned, canned_client, value, said):
    with pytest.raises(UnsupportedType, match=said) as raised:
        RegisteredModel("m", custom_properties={"culprit": value})
    assert "culprit" in str(raised.value)

    model = RegisteredModel("m", custom_properties={"culprit": 1})
    model.custom_properties["culprit"] = value
    with pytest.raises(UnsupportedType, match=said):
        await canned_client.upsert_registered_model(model)
    assert canned.requests == []


@pytest.mark.parametrize("properties", [5, "x", [("a", 1)], {1: 2}, {"\ud800": 1}], ids=repr)
def test_properties_that_are_no_mapping_of_texts_are_refused(properties):
    with pytest.raises(UnsupportedType):
        RegisteredModel("m", custom_properties=properties)


def test_a_list_that_contains_itself_is_refused():
    endless = []
    endless.append(endless)
    with pytest.raises(UnsupportedType):
        RegisteredModel("m", custom_properties={"p": endless})
