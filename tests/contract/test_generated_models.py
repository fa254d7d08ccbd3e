"""The models of `mr_openapi` read what registries answer and write what was set."""

import copy
import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

import mr_openapi

# --- what registries answer


def page(*items):
    return json.dumps({"items": items, "nextPageToken": "", "pageSize": 0, "size": len(items)})


def test_unknown_values_survive_in_a_page():
    model = {
        "id": "1",
        "name": "m",
        "state": "FROZEN",
        "customProperties": {
            "known": {"metadataType": "MetadataIntValue", "int_value": "9223372036854775807"},
            "unknown": {"metadataType": "MetadataListValue", "list": [1, None, {"metadataType": "x"}]},
        },
        "createTimeSinceEpoch": "1700000000000",
    }
    text = page(model, {"id": "2", "name": "n", "fieldOfTomorrow": {"a": 1}})

    first, second = (models := mr_openapi.RegisteredModelList.model_validate_json(text)).items

    assert first.state == "FROZEN"
    assert isinstance(first.state, mr_openapi.RegisteredModelState)
    assert first.custom_properties["known"].actual_instance == mr_openapi.MetadataIntValue(
        int_value="9223372036854775807"
    )
    assert first.custom_properties["unknown"].actual_instance == model["customProperties"]["unknown"]
    assert first.to_dict() == model
    assert second.to_dict() == {"id": "2", "name": "n"}
    assert json.loads(models.to_json())["items"][0] == model


def test_unknown_kinds_of_artifacts_survive_in_a_page():
    unknown = {"artifactType": "notebook-artifact", "id": "7", "cells": [None]}
    metric = {"artifactType": "metric", "value": 3}
    artifacts = mr_openapi.ArtifactList.model_validate_json(page(unknown, metric)).items
    assert artifacts[0].actual_instance == unknown
    assert artifacts[0].to_dict() == unknown
    assert isinstance(artifacts[1].actual_instance, mr_openapi.Metric)
    assert type(artifacts[1].actual_instance.value) is float


@pytest.mark.parametrize("step", [5, "5", 2**63 - 1, str(2**63 - 1), -1])
def test_a_step_is_read_as_number_and_text_and_written_as_number(step):
    metric = mr_openapi.Metric.from_dict({"artifactType": "metric", "step": step})
    assert metric.step == int(step)
    assert metric.to_dict() == {"artifactType": "metric", "step": int(step)}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"metadataType": "MetadataStringValue", "string_value": 5}, "not a valid MetadataStringValue"),
        ({"string_value": "x"}, "must name the kind"),
        ({"metadataType": None}, "must name the kind"),
        ("x", "valid dictionary"),
    ],
)
def test_a_known_kind_with_wrong_content_and_no_kind_at_all_are_refused(value, message):
    with pytest.raises(ValidationError, match=message):
        mr_openapi.MetadataValue.from_dict(value)


@pytest.mark.parametrize(
    "state", [mr_openapi.RegisteredModelState.LIVE, mr_openapi.RegisteredModelState("NEW")]
)
def test_enum_values_are_texts_that_copy_and_compare(state):
    for same in (pickle.loads(pickle.dumps(state)), copy.copy(state), copy.deepcopy(state)):
        assert same == state
        assert type(same) is type(state)
    assert state == state.value
    assert {state: 1}[type(state)(state.value)] == 1
    assert mr_openapi.RegisteredModelState.from_json(json.dumps(state.value)) == state


def test_an_enum_value_must_be_text():
    with pytest.raises(ValueError, match="5"):
        mr_openapi.RegisteredModelState(5)


# --- what is sent


def test_a_change_sends_what_was_set_and_explicit_nulls():
    assert mr_openapi.RegisteredModelUpdate().to_dict() == {}
    assert mr_openapi.RegisteredModelUpdate(owner="ann").to_dict() == {"owner": "ann"}
    assert mr_openapi.RegisteredModelUpdate(state=None).to_json() == '{"state":null}'
    for name, state in (
        ("ModelVersionUpdate", "state"),
        ("InferenceServiceUpdate", "desired_state"),
        ("ServeModelUpdate", "last_known_state"),
        ("DocArtifactUpdate", "state"),
    ):
        update = getattr(mr_openapi, name)(**{state: None})
        assert list(update.model_dump(exclude_unset=True))[-1] == state


KINDS = {
    "ModelArtifact": "model-artifact",
    "DocArtifact": "doc-artifact",
    "DataSet": "dataset-artifact",
    "Metric": "metric",
    "Parameter": "parameter",
}


@pytest.mark.parametrize("suffix", ["", "Create", "Update"])
@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_the_kind_of_an_artifact_is_always_sent(name, kind, suffix):
    artifact = getattr(mr_openapi, name + suffix)(description="x")
    union = getattr(mr_openapi, "Artifact" + suffix)
    wanted = {"artifactType": kind, "description": "x"}
    assert json.loads(artifact.model_dump_json(by_alias=True, exclude_unset=True)) == wanted
    assert json.loads(union(artifact).model_dump_json(by_alias=True, exclude_unset=True)) == wanted
    assert artifact.model_dump(exclude_unset=True) == {"artifact_type": kind, "description": "x"}
    assert union.from_dict(wanted) == union(artifact)
    assert union(artifact).actual_instance is artifact


def test_the_kind_of_a_property_is_always_sent():
    value = mr_openapi.MetadataValue(mr_openapi.MetadataStringValue(string_value="x"))
    wanted = {"metadataType": "MetadataStringValue", "string_value": "x"}
    assert value.to_dict() == wanted
    assert mr_openapi.RegisteredModelUpdate(custom_properties={"p": value}).to_dict() == {
        "customProperties": {"p": wanted}
    }
    with pytest.raises(ValidationError):
        mr_openapi.MetadataStringValue(string_value="x", metadata_type="MetadataIntValue")


def test_unions_take_their_value_by_position_and_by_name():
    text = mr_openapi.MetadataStringValue(string_value="x")
    value = mr_openapi.MetadataValue(actual_instance=text)
    assert value == mr_openapi.MetadataValue(text)
    assert value.actual_instance is text
    metric = mr_openapi.MetricCreate(name="f1", value=0.5)
    artifact = mr_openapi.ArtifactCreate(actual_instance=metric)
    assert artifact.actual_instance is metric
    for same in (copy.deepcopy(value), pickle.loads(pickle.dumps(value)), value.model_copy()):
        assert same == value
    with pytest.raises(ValidationError):
        mr_openapi.MetadataValue(actual_instance="x")


def test_fields_have_the_contracts_and_pythons_names():
    by_python = mr_openapi.RegisteredModelCreate(name="m", external_id="e", library_name="l")
    by_contract = mr_openapi.RegisteredModelCreate.from_dict(
        {"name": "m", "externalId": "e", "libraryName": "l"}
    )
    assert by_python == by_contract
    assert "'externalId': 'e'" in by_python.to_str()


# --- round trips

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
floats = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)


def tagged(tag, kind, **fields):
    return st.fixed_dictionaries({tag: st.just(kind), **fields})


def unknown_kinds(tag):
    kinds = texts.filter(lambda kind: kind not in KINDS.values() and not kind.startswith("Metadata"))
    return st.builds(
        lambda rest, kind: {**rest, tag: kind}, st.dictionaries(texts, json_values, max_size=3), kinds
    )


properties = st.dictionaries(
    texts,
    st.one_of(
        tagged("metadataType", "MetadataStringValue", string_value=texts),
        tagged("metadataType", "MetadataIntValue", int_value=st.integers(-(2**63), 2**63 - 1).map(str)),
        tagged("metadataType", "MetadataDoubleValue", double_value=floats),
        tagged("metadataType", "MetadataBoolValue", bool_value=st.booleans()),
        tagged("metadataType", "MetadataStructValue", struct_value=texts),
        tagged("metadataType", "MetadataProtoValue", type=texts, proto_value=texts),
        unknown_kinds("metadataType"),
    ),
    max_size=4,
)
common = {
    "id": texts,
    "description": texts,
    "externalId": texts,
    "customProperties": properties,
    "state": texts,
}


@given(
    st.fixed_dictionaries(
        {"name": texts.filter(bool)},
        optional={**common, "owner": texts, "language": st.lists(texts, max_size=3), "libraryName": texts},
    )
)
def test_a_registered_model_is_written_as_it_was_read(model):
    read = mr_openapi.RegisteredModel.from_json(json.dumps(model))
    assert read.to_dict() == model
    assert json.loads(read.to_json()) == model
    assert mr_openapi.RegisteredModel.from_dict(model) == read


@given(
    st.one_of(
        st.fixed_dictionaries(
            {"artifactType": st.just("metric")},
            optional={**common, "value": floats, "step": st.integers(-(2**63), 2**63 - 1)},
        ),
        st.fixed_dictionaries(
            {"artifactType": st.just("dataset-artifact")}, optional={**common, "schema": texts, "uri": texts}
        ),
        st.fixed_dictionaries(
            {"artifactType": st.just("parameter")},
            optional={**common, "value": texts, "parameterType": texts},
        ),
        unknown_kinds("artifactType"),
    )
)
def test_an_artifact_is_written_as_it_was_read(artifact):
    read = mr_openapi.Artifact.from_json(json.dumps(artifact))
    assert read.to_dict() == artifact
    assert json.loads(read.to_json()) == artifact
    assert mr_openapi.Artifact.from_dict(artifact) == read
