"""What goes over the wire when something that exists is changed: what was changed, and nothing else."""

import pytest

from model_registry.types import (
    DataSet,
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    Parameter,
    RegisteredModel,
    RegisteredModelState,
    ServingEnvironment,
)

STATE_IS_KEPT = {"state": None}
"""The reference server takes a state that is left out for the initial one, and null for no change."""


async def last_body(recorded, proxy, upsert, thing):
    """What the call sends."""
    await upsert(recorded, thing)
    return proxy.requests[-1].json


async def new_model(recorded, unique, **fields):
    return await recorded.upsert_registered_model(RegisteredModel(f"{unique}m", **fields))


def upsert_model(client, model):
    return client.upsert_registered_model(model)


async def test_only_changed_fields_are_sent(recorded, proxy, unique):
    model = await new_model(recorded, unique, owner="ann", description="d", custom_properties={"a": 1})
    model.description = "new"
    body = await last_body(recorded, proxy, upsert_model, model)
    assert body == {"description": "new", **STATE_IS_KEPT}
    assert proxy.requests[-1].method == "PATCH"


async def test_nothing_changed_sends_nothing(recorded, proxy, unique):
    model = await new_model(recorded, unique, custom_properties={"a": [1]}, tasks=["x"])
    assert await last_body(recorded, proxy, upsert_model, model) == STATE_IS_KEPT
    again = await recorded.get_registered_model_by_id(model.id)
    assert await last_body(recorded, proxy, upsert_model, again) == STATE_IS_KEPT


async def test_a_state_is_sent_when_it_was_set(recorded, proxy, unique):
    model = await new_model(recorded, unique)
    model.state = RegisteredModelState.ARCHIVED
    assert await last_body(recorded, proxy, upsert_model, model) == {"state": "ARCHIVED"}


async def test_a_state_stays_when_something_else_changes(client, model):
    model.state = RegisteredModelState.ARCHIVED
    model = await client.upsert_registered_model(model)
    model.description = "new"
    assert (await client.upsert_registered_model(model)).state is RegisteredModelState.ARCHIVED


async def test_an_object_built_from_an_id_sends_what_was_given(recorded, proxy, unique):
    model = await new_model(recorded, unique, owner="ann", description="kept")
    changed = RegisteredModel(model.name, id=model.id, owner="bob")
    assert await last_body(recorded, proxy, upsert_model, changed) == {"owner": "bob", **STATE_IS_KEPT}
    assert (await recorded.get_registered_model_by_id(model.id)).description == "kept"


@pytest.mark.parametrize(
    ("given", "change", "sent"),
    [
        ({"a": 1}, lambda m: m.custom_properties.update(b=2.0), {"a": 1, "b": 2.0}),
        ({"a": 1, "b": 2}, lambda m: m.custom_properties.pop("a"), {"b": 2}),
        ({"a": 1}, lambda m: m.custom_properties.clear(), {}),
        ({}, lambda m: m.custom_properties.update(a=True), {"a": True}),
        ({"a": {"b": [1]}}, lambda m: m.custom_properties["a"]["b"].append(2), {"a": {"b": [1, 2]}}),
        ({"a": [1]}, lambda m: m.custom_properties["a"].append("2"), {"a": [1, "2"]}),
        ({"a": 1}, lambda m: setattr(m, "custom_properties", {"c": "x"}), {"c": "x"}),
    ],
    ids=["added", "removed", "cleared", "first", "inside a dict", "inside a list", "replaced"],
)
async def test_properties_changed_in_place_are_noticed(recorded, proxy, unique, given, change, sent):
    model = await new_model(recorded, unique, description="d", custom_properties=given)
    change(model)
    body = await last_body(recorded, proxy, upsert_model, model)
    assert body.keys() == {"customProperties", "state"}
    assert (await recorded.get_registered_model_by_id(model.id)).custom_properties == sent


async def test_lists_changed_in_place_are_noticed(recorded, proxy, unique):
    model = await new_model(recorded, unique, tasks=["a"], language=["en"])
    model.tasks.append("b")
    assert await last_body(recorded, proxy, upsert_model, model) == {"tasks": ["a", "b"], **STATE_IS_KEPT}


async def test_a_copy_knows_what_was_changed_too(recorded, proxy, unique):
    model = await new_model(recorded, unique, custom_properties={"a": [1]})
    changed = model.model_copy(update={"owner": "bob"})
    assert await last_body(recorded, proxy, upsert_model, changed) == {"owner": "bob", **STATE_IS_KEPT}
    deep = model.model_copy(deep=True)
    deep.custom_properties["a"].append(2)
    body = await last_body(recorded, proxy, upsert_model, deep)
    assert body.keys() == {"customProperties", "state"}


async def test_a_version_sends_what_was_changed(recorded, proxy, unique):
    model = await new_model(recorded, unique)
    version = await recorded.upsert_model_version(ModelVersion("1", author="ann"), model.id)
    version.author = "bob"
    body = await last_body(recorded, proxy, lambda c, v: c.upsert_model_version(v, model.id), version)
    assert body == {"author": "bob", **STATE_IS_KEPT}


@pytest.mark.parametrize(
    ("artifact", "always"),
    [
        (ModelArtifact(name="a", uri="u", model_format_name="onnx"), {}),
        (DocArtifact(name="a", uri="u"), {}),
        (DataSet(name="a", uri="u", schema="s"), {}),
        (Metric(name="a", value=0.5, step=3), {"value": 0.5}),  # demanded by the registry each time
        (Parameter(name="a", value=12), {}),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_an_artifact_sends_what_was_changed(recorded, proxy, unique, artifact, always):
    model = await new_model(recorded, unique)
    version = await recorded.upsert_model_version(ModelVersion("1"), model.id)
    made = await recorded.upsert_model_version_artifact(artifact, version.id)
    kind = proxy.requests[-1].json["artifactType"]

    made.description = "new"
    body = await last_body(recorded, proxy, lambda c, a: c.upsert_model_version_artifact(a, version.id), made)
    assert body == {"artifactType": kind, "id": made.id, "description": "new", **always}
    body = await last_body(recorded, proxy, lambda c, a: c.upsert_artifact(a), made)
    assert body == {"artifactType": kind, "description": "new", **STATE_IS_KEPT}


async def test_a_data_sets_schema_can_be_changed(recorded, proxy, unique):
    made = await recorded.upsert_artifact(DataSet(name=f"{unique}d", schema="old"))
    made.schema = "new"
    body = await last_body(recorded, proxy, lambda c, a: c.upsert_artifact(a), made)
    assert body["schema"] == "new"
    assert (await recorded.get_artifact_by_id(made.id)).schema == "new"


async def test_a_parameters_value_changed_in_place_is_noticed(recorded, proxy, unique):
    made = await recorded.upsert_artifact(Parameter(name=f"{unique}p", value={"a": [1]}))
    made.value["a"].append(2)
    await recorded.upsert_artifact(made)
    assert (await recorded.get_artifact_by_id(made.id)).value == {"a": [1, 2]}


async def test_a_parameter_that_gets_a_value_of_another_type_gets_its_type(recorded, unique):
    made = await recorded.upsert_artifact(Parameter(name=f"{unique}p", value=1))
    made.value = "one"
    await recorded.upsert_artifact(made)
    found = await recorded.get_artifact_by_id(made.id)
    assert (found.value, found.parameter_type.value) == ("one", "string")


async def test_an_inference_service_sends_what_was_changed(recorded, proxy, unique):
    model = await new_model(recorded, unique)
    place = await recorded.upsert_serving_environment(ServingEnvironment(f"{unique}e"))
    given = InferenceService(name="s", registered_model_id=model.id, runtime="a")
    service = await recorded.upsert_inference_service(given, place.id)
    service.runtime = "b"
    body = await last_body(recorded, proxy, lambda c, s: c.upsert_inference_service(s), service)
    assert body == {"runtime": "b", "desiredState": None}
