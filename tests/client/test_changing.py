"""Changing what is registered: what is sent, what stays, and what collides."""

from __future__ import annotations

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    StaleObjectError,
    StoreError,
)
from model_registry.types import (
    DataSet,
    DocArtifact,
    InferenceService,
    Metric,
    Missing,
    ModelArtifact,
    ModelVersion,
    Parameter,
    RegisteredModel,
    RegisteredModelState,
    ServeModel,
    ServingEnvironment,
)
from tests.support.servers import Proxy, Reply


@pytest.fixture
async def model(registry, unique):
    return await registry.core.upsert_registered_model(
        RegisteredModel(
            f"{unique}m", owner="ann", description="d", tasks=["a"], custom_properties={"a": 1, "b": "x"}
        )
    )


async def somebody_else(registry, model, **fields):
    """Change a model past the client under test."""
    read = await registry.core.get_registered_model_by_id(model.id)
    for name, value in fields.items():
        setattr(read, name, value)
    return await registry.core.upsert_registered_model(read)


async def new_version(registry, model):
    return await registry.core.upsert_model_version(ModelVersion("1.0"), model.id)


async def test_each_kind_is_updated(registry, unique, model):
    core = registry.core
    version = await new_version(registry, model)
    environment = await core.upsert_serving_environment(ServingEnvironment(f"{unique}e"))
    service = InferenceService(name="s", registered_model_id=model.id)
    service = await core.upsert_inference_service(service, environment.id)
    artifacts = [
        await core.upsert_model_version_artifact(each, version.id)
        for each in (
            ModelArtifact(name="m", uri="s3://m"),
            DocArtifact(name="d", uri="s3://d"),
            DataSet(name="s", uri="s3://s"),
            Metric(name="q", value=0.5),
            Parameter(name="p", value=True),
        )
    ]
    for thing in [model, version, environment, service, *artifacts]:
        thing.description = "new"
        thing.custom_properties = {**thing.custom_properties, "c": 1.0}
        updated = await registry.update(thing)
        assert type(updated) is type(thing)
        assert (updated.description, updated.custom_properties["c"]) == ("new", 1.0)
        assert updated.name == thing.name


async def test_fields_that_others_changed_stay(registry, model):
    await somebody_else(
        registry, model, owner="eve", tasks=["b"], custom_properties={"a": 1, "b": "y", "n": 1}
    )
    model.description = "mine"
    model.custom_properties["a"] = 2
    updated = await registry.update(model)
    assert (updated.owner, updated.tasks, updated.description) == ("eve", ["b"], "mine")
    assert updated.custom_properties == {"a": 2, "b": "y", "n": 1}


async def test_a_field_that_both_changed_is_a_conflict_that_shows_both_sides(registry, model):
    theirs = await somebody_else(registry, model, owner="eve", custom_properties={"a": 5, "b": "x", "n": 1})
    model.owner = "bob"
    model.custom_properties["a"] = 2
    model.custom_properties["n"] = 2
    model.description = "mine"
    with pytest.raises(StaleObjectError, match=r"owner: read 'ann', mine 'bob', theirs 'eve'") as raised:
        await registry.update(model)
    assert isinstance(raised.value, (ConflictError, StoreError))
    assert [each.to_dict() for each in raised.value.conflicts] == [
        {"field": "owner", "read": "ann", "mine": "bob", "theirs": "eve"},
        {"field": "custom_properties['a']", "read": 1, "mine": 2, "theirs": 5},
        {"field": "custom_properties['n']", "mine": 2, "theirs": 1},
    ]
    assert raised.value.conflicts[2].read is Missing.ABSENT
    assert raised.value.current == theirs
    assert await registry.get_model(id=model.id) == theirs

    updated = await registry.update(model, overwrite=True)
    assert (updated.owner, updated.description) == ("bob", "mine")
    assert updated.custom_properties == {"a": 2, "b": "x", "n": 2}


async def test_a_property_that_one_removed_and_another_changed_is_a_conflict(registry, model):
    await somebody_else(registry, model, custom_properties={"a": 2})
    mine = model.model_copy(deep=True)
    del mine.custom_properties["a"]
    with pytest.raises(StaleObjectError, match=r"\['a'\]: read 1, mine \(nothing\), theirs 2"):
        await registry.update(mine)
    mine = model.model_copy(deep=True)
    mine.custom_properties["b"] = "y"
    with pytest.raises(StaleObjectError, match=r"\['b'\]: read 'x', mine 'y', theirs \(nothing\)"):
        await registry.update(mine)
    assert (await registry.update(mine, overwrite=True)).custom_properties == {"a": 2, "b": "y"}


async def test_the_same_change_twice_is_no_conflict(registry, model):
    await somebody_else(registry, model, owner="bob", custom_properties={"b": "x"})
    model.owner = "bob"
    del model.custom_properties["a"]
    assert (await registry.update(model)).custom_properties == {"b": "x"}


async def test_own_writes_are_nobody_elses(registry, model):
    """Old programs go on with the object that they updated before."""
    for number in (2, 3):
        model.owner = f"owner {number}"
        model.custom_properties["a"] = number
        await registry.update(model)
    model.custom_properties.pop("a")
    assert (await registry.update(model)).custom_properties == {"b": "x"}
    model.custom_properties["a"] = 4
    assert (await registry.update(model)).custom_properties == {"a": 4, "b": "x"}

    await somebody_else(registry, model, owner="eve")
    model.owner = "owner 4"
    with pytest.raises(StaleObjectError, match="theirs 'eve'"):
        await registry.update(model)


async def test_two_objects_of_one_client_are_two_sides(registry, model):
    twin = await registry.get_model(id=model.id)
    model.owner = "bob"
    await registry.update(model)
    twin.owner = "eve"
    with pytest.raises(StaleObjectError, match="owner: read 'ann', mine 'eve', theirs 'bob'"):
        await registry.update(twin)
    twin.owner = "bob"
    twin.description = "new"
    assert (await registry.update(twin)).description == "new"
    twin.description = None
    assert (await registry.update(twin)).description == ""
    twin.description = "newer"
    assert (await registry.update(twin)).description == "newer"


async def test_kinds_of_numbers_are_told_apart(registry, model):
    model.custom_properties["a"] = 1.0
    assert type((await registry.update(model)).custom_properties["a"]) is float
    model.custom_properties["a"] = True
    assert (await registry.update(model)).custom_properties["a"] is True


async def test_an_object_without_a_past_writes_what_it_was_given(registry, model):
    given = RegisteredModel(model.name, id=model.id, owner="bob", custom_properties={"c": 1})
    await somebody_else(registry, model, owner="eve")
    updated = await registry.update(given)
    assert (updated.owner, updated.description) == ("bob", "d")
    assert updated.custom_properties == {"c": 1}


async def test_a_copy_that_does_not_remember_goes_by_the_time(registry, model):
    copied = model.model_copy(update={"description": "new"})
    assert (await registry.update(copied)).description == "new"
    late = RegisteredModel(model.name, id=model.id, owner="joe", last_update_time_since_epoch="1")
    await somebody_else(registry, model, owner="eve")
    with pytest.raises(StaleObjectError, match=r"owner: read \(not known\), mine 'joe', theirs 'eve'"):
        await registry.update(late)


async def test_nothing_is_taken_away_by_none_but_emptied(registry, model):
    model.description = None
    model.tasks = None
    model.custom_properties = None
    model.provider = None
    updated = await registry.update(model)
    assert (updated.description, updated.tasks, updated.custom_properties) == ("", [], {})
    assert updated.provider is None

    updated.external_id = f"{model.name}-x"
    updated = await registry.update(updated)
    updated.external_id = None
    with pytest.raises(InvalidArgumentError, match=r"external_id is .* cannot be removed"):
        await registry.update(updated)


async def test_what_cannot_be_changed_is_refused(registry, unique, model):
    with pytest.raises(InvalidArgumentError, match="not registered: it has no id"):
        await registry.update(RegisteredModel("x"))
    with pytest.raises(InvalidArgumentError, match="a resource of the registry"):
        await registry.update("fraud")
    with pytest.raises(InvalidArgumentError, match="record a new one"):
        await registry.update(ServeModel(id="1"))
    with pytest.raises(NotFoundError, match="no RegisteredModel with id '999999'"):
        await registry.update(RegisteredModel(model.name, id="999999"))
    version = await new_version(registry, model)
    artifact = await registry.core.upsert_model_version_artifact(Metric(name="q", value=1.0), version.id)
    with pytest.raises(NotFoundError, match="no DocArtifact with id"):
        await registry.update(DocArtifact(name="q", id=artifact.id))
    version.registered_model_id = "1"
    if version.registered_model_id != model.id:
        with pytest.raises(InvalidArgumentError, match="registered_model_id"):
            await registry.update(version)
    model.name = f"{unique}other"
    with pytest.raises(InvalidArgumentError, match=f"the name '{unique}m' in this registry, the object"):
        await registry.update(model)


async def test_an_object_of_another_registry_is_refused(registry, model):
    async with AsyncModelRegistry.local() as other:
        for number in range(int(model.id)):
            theirs = await other.core.upsert_registered_model(RegisteredModel(f"m{number}"))
        theirs = await other.core.upsert_registered_model(RegisteredModel(model.name))
        theirs = theirs.model_copy(update={"id": model.id, "create_time_since_epoch": "1"})
        theirs.owner = "eve"
        with pytest.raises(InvalidArgumentError, match="create_time_since_epoch"):
            await registry.update(theirs)
    assert (await registry.get_model(id=model.id)).owner == "ann"


async def test_an_archived_model_stays_archived(registry, model):
    model.state = RegisteredModelState.ARCHIVED
    model = await registry.update(model)
    model.description = "new"
    assert (await registry.update(model)).state is RegisteredModelState.ARCHIVED


# What goes over the wire.


@pytest.fixture
async def recorded(sqlite_url):
    with Proxy(sqlite_url) as proxy:
        async with AsyncModelRegistry(proxy.url, author="ann", api="v1") as registry:
            yield registry, proxy.requests


async def test_what_is_sent(recorded, unique):
    registry, requests = recorded
    model = await registry.core.upsert_registered_model(
        RegisteredModel(f"{unique}m", owner="ann", custom_properties={"a": 1})
    )
    requests.clear()
    assert await registry.update(model) == model
    assert [each.method for each in requests] == ["GET"]

    model.owner = "ann"  # as it is
    await registry.update(model)
    assert [each.method for each in requests] == ["GET", "GET"]

    requests.clear()
    model.owner = "bob"
    await registry.update(model)
    assert [each.method for each in requests] == ["GET", "PATCH"]
    assert requests[-1].json == {"owner": "bob", "state": None}


class StructTrap(Proxy):
    """Refuses each PATCH without custom properties."""

    def answer(self, request):
        if request.method != "PATCH" or request.json.get("customProperties") is not None:
            return None
        message = "error setting field CustomProperties: bad request: illegal base64 data"
        return Reply({"code": "Bad Request", "message": message}, 400)


async def test_a_server_that_wants_structs_again(sqlite_url, unique):
    """The reference server fails where a struct is stored and a PATCH does not bring it."""
    with StructTrap(sqlite_url) as proxy:
        async with AsyncModelRegistry(proxy.url, author="ann", api="v1") as registry:
            model = await registry.core.upsert_registered_model(
                RegisteredModel(f"{unique}m", custom_properties={"a": {"b": 1}})
            )
            model.description = "new"
            updated = await registry.update(model)
            assert (updated.description, updated.custom_properties) == ("new", {"a": {"b": 1}})
            version = await registry.register(f"{unique}m", "1.0", properties={"a": [1]})
            assert version.version.description is None
            resumed = await registry.register(
                f"{unique}m", "1.0", description="new", properties={"a": [1]}, if_exists="resume"
            )
            assert (resumed.version.description, resumed.version.custom_properties) == ("new", {"a": [1]})
            async with AsyncModelRegistry.local(author="ann") as other:
                await other.register(
                    f"{unique}m",
                    "1.0",
                    description="newer",
                    properties={"a": [1]},
                    owner="ann",
                    model_description="new",
                    model_properties={"a": {"b": 1}},
                )
                report = await other.copy(f"{unique}m/1.0", to=registry, if_different="update")
            assert report.total("updated") >= 1
            copied = await registry.get_version(f"{unique}m", "1.0")
            assert (copied.description, copied.custom_properties) == ("newer", {"a": [1]})
