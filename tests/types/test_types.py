"""The friendly types by themselves."""

import copy
import pickle
from datetime import datetime, timezone

import pytest

import mr_openapi
from model_registry.exceptions import InvalidArgumentError, StoreError
from model_registry.types import (
    Artifact,
    ArtifactState,
    BaseResourceModel,
    DataSet,
    DocArtifact,
    InferenceService,
    Metric,
    ModelArtifact,
    ModelVersion,
    Parameter,
    ParameterType,
    RegisteredModel,
    RegisteredModelState,
    ServeModel,
    ServingEnvironment,
)

EVERYTHING = [
    RegisteredModel("m", owner="ann", custom_properties={"a": [1], "b": {"c": 1.0}}),
    ModelVersion("1", author="ann", registered_model_id="7"),
    ModelArtifact(name="a", uri="u"),
    DocArtifact(name="a"),
    DataSet(name="a", schema="s"),
    Metric(name="a", value=1.0),
    Parameter(name="a", value={"b": 1}),
    ServingEnvironment("e"),
    InferenceService(registered_model_id="1", serving_environment_id="2"),
    ServeModel(model_version_id="1"),
]
of_every_type = pytest.mark.parametrize("thing", EVERYTHING, ids=lambda thing: type(thing).__name__)


@pytest.mark.parametrize("kind", [RegisteredModel, ModelVersion, ServingEnvironment])
def test_a_required_name_may_be_positional(kind):
    assert kind("n") == kind(name="n")
    with pytest.raises(InvalidArgumentError, match="twice"):
        kind("n", name="n")
    with pytest.raises(InvalidArgumentError, match="only the name by position"):
        kind("n", "x")
    with pytest.raises(InvalidArgumentError, match="name: "):
        kind()
    with pytest.raises(InvalidArgumentError, match="name: "):
        kind("")


def test_other_names_are_keywords():
    with pytest.raises(InvalidArgumentError, match="no argument by position"):
        ModelArtifact("a")


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: RegisteredModel("m", owner=5), "RegisteredModel.*owner: .*got 5"),
        (lambda: RegisteredModel("m", state="FROZEN"), "state: .*LIVE, ARCHIVED"),
        (lambda: RegisteredModel("m", tasks="one"), "tasks"),
        (lambda: RegisteredModel("m", onwer="ann"), "onwer"),
        (lambda: Metric(name="m"), "value"),
        (lambda: Metric(name="m", value=float("nan")), "value"),
        (lambda: Metric(name="m", value="high"), "value"),
        (lambda: Parameter(name="p", value=object()), "value"),
        (lambda: Parameter(name="p", value=1, parameter_type="vector"), "parameter_type"),
        (lambda: setattr(RegisteredModel("m"), "owner", 5), "owner"),
        (lambda: setattr(RegisteredModel("m"), "state", "FROZEN"), "state"),
        (lambda: setattr(RegisteredModel("m"), "onwer", "ann"), "onwer"),
    ],
)
def test_wrong_values_are_refused_by_name(build, said):
    with pytest.raises(InvalidArgumentError, match=said):
        build()


def test_custom_properties_are_copied():
    given = {"a": [1]}
    model = RegisteredModel("m", custom_properties=given)
    given["a"].append(2)
    given["b"] = 1
    assert model.custom_properties == {"a": [1]}


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "STRING"),
        ("1", "STRING"),
        (1, "NUMBER"),
        (1.5, "NUMBER"),
        (True, "BOOLEAN"),
        ({"a": 1}, "OBJECT"),
    ],
)
def test_the_type_of_a_parameter_is_told_from_its_value(value, kind):
    parameter = Parameter(name="p", value=value)
    assert parameter.parameter_type is ParameterType[kind]
    assert type(parameter.value) is type(value)
    other = Parameter(name="p", value="")
    other.value = value
    assert other.parameter_type is ParameterType[kind]


def test_a_given_type_of_a_parameter_is_kept():
    parameter = Parameter(name="p", value="0.1", parameter_type=ParameterType.NUMBER)
    assert parameter.parameter_type is ParameterType.NUMBER
    parameter.value = "0.2"
    assert parameter.parameter_type is ParameterType.NUMBER


def test_times():
    model = RegisteredModel("m", create_time_since_epoch="1700000000123")
    assert model.create_time == datetime(2023, 11, 14, 22, 13, 20, 123000, tzinfo=timezone.utc)
    assert model.last_update_time is None
    assert RegisteredModel("m", create_time_since_epoch="9" * 30).create_time is None


@of_every_type
def test_equality_is_of_type_and_fields(thing):
    assert thing == thing.model_copy(deep=True)
    assert thing != thing.model_copy(update={"description": "other"})
    assert thing != "something else"
    assert DocArtifact(name="a", uri="u") != ModelArtifact(name="a", uri="u")


@of_every_type
def test_copies_and_pickles_are_equal_and_know_what_was_changed(thing):
    answered = type(thing).from_basemodel(thing.as_basemodel())
    for original in (thing, answered):
        for again in (copy.copy(original), copy.deepcopy(original), pickle.loads(pickle.dumps(original))):
            assert again == original
            assert again.changed_fields() == original.changed_fields()
    assert answered.changed_fields() == set()


@of_every_type
def test_contract_and_back(thing):
    again = type(thing).from_basemodel(thing.as_basemodel())
    assert again == thing
    assert type(thing.as_basemodel()) is getattr(mr_openapi, type(thing).__name__)


@of_every_type
def test_bodies(thing):
    extra = {"registered_model_id": "7"} if isinstance(thing, ModelVersion) else {}
    body = thing.create(description="d", **extra)
    assert type(body).__name__ == f"{type(thing).__name__}Create"
    assert body.description == "d"
    sent = body.to_dict()
    assert sent.keys() & {"id", "createTimeSinceEpoch", "lastUpdateTimeSinceEpoch"} == set()
    if not isinstance(thing, ServeModel):
        assert thing.update(description="d").description == "d"


@of_every_type
def test_unions(thing):
    if isinstance(thing, Artifact):
        wrapped = thing.wrap()
        assert isinstance(wrapped, mr_openapi.Artifact)
        assert Artifact.validate_artifact(wrapped) == thing
        assert type(thing).from_artifact(wrapped) == thing


def test_from_artifact_wants_its_own_kind():
    with pytest.raises(StoreError, match="DocArtifact, not a ModelArtifact"):
        ModelArtifact.from_artifact(DocArtifact(name="a").wrap())
    assert isinstance(Artifact.from_artifact(DocArtifact(name="a").wrap()), DocArtifact)


def test_states():
    assert RegisteredModel("m").state is RegisteredModelState.LIVE
    assert RegisteredModel("m", state="ARCHIVED").state is RegisteredModelState.ARCHIVED
    assert ModelArtifact().state is ArtifactState.UNKNOWN
    assert all(isinstance(thing, BaseResourceModel) for thing in EVERYTHING)
