"""What `upsert_...` does: create, change, link, refuse."""

import pytest

from model_registry.exceptions import ConflictError, DuplicateError, InvalidArgumentError, NotFoundError
from model_registry.types import (
    ArtifactState,
    BaseResourceModel,
    DataSet,
    DocArtifact,
    Metric,
    ModelArtifact,
    ModelVersion,
    ModelVersionState,
    Parameter,
    RegisteredModel,
    RegisteredModelState,
)

NOBODY = "999999999"

DESCRIPTIVE = {
    name: ["one", "two"] if name in RegisteredModel._containers else f"the {name}"
    for name in RegisteredModel.model_fields
    if name not in BaseResourceModel.model_fields and name not in ("name", "owner", "state")
}
ARTIFACTS = [
    ModelArtifact(
        name="model",
        uri="s3://models/1",
        description="the weights",
        model_format_name="onnx",
        model_format_version="1.2",
        storage_key="profile",
        storage_path="models/1",
        service_account_name="reader",
        model_source_kind="hf",
        model_source_class="transformer",
        model_source_group="org",
        model_source_id="7",
        model_source_name="fraud",
        state=ArtifactState.LIVE,
    ),
    DocArtifact(name="card", uri="https://example.org/card.md", description="read me"),
    DataSet(
        name="train",
        uri="s3://data/train",
        digest="sha256:ab",
        source_type="s3",
        source="s3://lake",
        schema='{"a": "int"}',
        profile='{"rows": 3}',
    ),
    Metric(name="accuracy", value=0.93, step=30_000, timestamp="1700000000000"),
    Parameter(name="shuffle", value=False),
    Parameter(name="rate", value=0.1),
    Parameter(name="epochs", value=12),
    Parameter(name="optimizer", value="adam"),
    Parameter(name="text that looks like a number", value="12"),
    Parameter(name="layers", value={"sizes": [1, 2], "act": {"kind": "relu"}}),
]


def kind_of(artifact):
    return f"{type(artifact).__name__}-{artifact.name}"


def keeps(made, given):
    """Whether everything that a caller gave is in what the registry made of it."""
    return all(getattr(made, name) == getattr(given, name) for name in given.model_fields_set)


async def test_model_is_created_and_the_argument_left_alone(client, unique):
    given = RegisteredModel(
        f"{unique}m", owner="ann", description="d", external_id=f"{unique}x", **DESCRIPTIVE
    )
    before = given.model_copy(deep=True)

    made = await client.upsert_registered_model(given)

    assert given == before
    assert made is not given
    assert made.id.isdigit()
    assert made.create_time_since_epoch == made.last_update_time_since_epoch
    assert made.create_time == made.last_update_time
    assert keeps(made, given)
    assert made.state is RegisteredModelState.LIVE
    assert await client.get_registered_model_by_id(made.id) == made


async def test_name_may_be_given_by_keyword(client, unique):
    made = await client.upsert_registered_model(RegisteredModel(name=f"{unique}m"))
    assert made.name == f"{unique}m"


async def test_model_is_updated(client, model):
    model.description = "new"
    model.state = RegisteredModelState.ARCHIVED
    before = model.model_copy(deep=True)

    changed = await client.upsert_registered_model(model)

    assert model == before
    assert (changed.id, changed.name, changed.owner) == (model.id, model.name, "ann")
    assert (changed.description, changed.state) == ("new", RegisteredModelState.ARCHIVED)
    assert int(changed.last_update_time_since_epoch) >= int(model.last_update_time_since_epoch)
    assert await client.get_registered_model_by_id(model.id) == changed


async def test_version_is_created_under_a_model(client, model, unique):
    given = ModelVersion(name="1.0", author="ann", external_id=f"{unique}v", description="first")
    made = await client.upsert_model_version(given, model.id)
    assert given.registered_model_id is None
    assert made.registered_model_id == model.id
    assert keeps(made, given)
    assert made.state is ModelVersionState.LIVE
    assert await client.get_model_version_by_id(made.id) == made


async def test_version_may_name_its_model_itself(client, model):
    made = await client.upsert_model_version(ModelVersion("2", registered_model_id=model.id))
    assert made.registered_model_id == model.id


async def test_version_is_updated_without_its_models_id(client, version):
    version.state = ModelVersionState.ARCHIVED
    version.description = "old"
    changed = await client.upsert_model_version(version)
    assert (changed.state, changed.description, changed.author) == (ModelVersionState.ARCHIVED, "old", "ann")
    assert changed == await client.get_model_version_by_id(version.id)


@pytest.mark.parametrize("given", ARTIFACTS, ids=kind_of)
async def test_artifact_of_every_kind_under_a_version(client, version, given):
    before = given.model_copy(deep=True)
    made = await client.upsert_model_version_artifact(given, version.id)
    assert given == before
    assert type(made) is type(given)
    assert made.id
    assert made.create_time_since_epoch
    assert made.last_update_time_since_epoch
    assert keeps(made, given)
    assert await client.get_model_version_artifacts(version.id) == [made]
    assert await client.get_artifact_by_id(made.id) == made


@pytest.mark.parametrize("given", ARTIFACTS, ids=kind_of)
async def test_artifact_of_every_kind_alone(client, unique, given):
    alone = given.model_copy(update={"name": unique + given.name, "external_id": f"{unique}x"})
    made = await client.upsert_artifact(alone)
    assert keeps(made, alone)
    assert await client.get_artifact_by_params(external_id=f"{unique}x") == made

    made.description = "changed"
    changed = await client.upsert_artifact(made)
    assert (changed.id, changed.description) == (made.id, "changed")
    assert await client.get_artifact_by_id(made.id) == changed


async def test_model_artifact_under_a_version_alone_and_changed(client, version, unique):
    under = await client.upsert_model_artifact(ModelArtifact(name="a", uri="s3://1"), version.id)
    alone = await client.upsert_model_artifact(ModelArtifact(name=f"{unique}a", uri="s3://2"))
    assert await client.get_model_artifacts(version.id) == [under]
    assert await client.get_model_artifact_by_id(alone.id) == alone

    under.uri, under.state = "s3://3", ArtifactState.LIVE
    changed = await client.upsert_model_artifact(under)
    assert (changed.id, changed.name, changed.uri, changed.state) == (
        under.id,
        "a",
        "s3://3",
        ArtifactState.LIVE,
    )
    assert await client.get_model_artifacts(version.id) == [changed]


async def test_artifact_needs_no_name(client, version):
    made = await client.upsert_model_artifact(ModelArtifact(uri="s3://1"), version.id)
    assert made.name


async def test_several_artifacts_under_one_version(client, version):
    made = [await client.upsert_model_version_artifact(artifact, version.id) for artifact in ARTIFACTS]
    assert await client.get_model_version_artifacts(version.id) == made
    assert len({artifact.id for artifact in made}) == len(ARTIFACTS)


async def test_artifact_is_linked_to_a_second_version(client, model, version):
    artifact = await client.upsert_model_artifact(ModelArtifact(name="a", uri="s3://1"), version.id)
    second = await client.upsert_model_version(ModelVersion("2.0"), model.id)

    linked = await client.upsert_model_version_artifact(artifact, second.id)

    assert linked.id == artifact.id
    assert linked.uri == "s3://1"
    assert await client.get_model_artifacts(version.id) == [linked]
    assert await client.get_model_artifacts(second.id) == [linked]


async def test_artifact_is_changed_through_its_version(client, version):
    artifact = await client.upsert_model_artifact(ModelArtifact(name="a", uri="s3://1"), version.id)
    artifact.description = "new"
    changed = await client.upsert_model_artifact(artifact, version.id)
    assert (changed.id, changed.uri, changed.description) == (artifact.id, "s3://1", "new")
    assert await client.get_model_artifacts(version.id) == [changed]


@pytest.mark.parametrize(
    ("first", "again"),
    [
        (Metric(name="loss", value=0.5, step=1), Metric(name="loss", value=0.25, step=2)),
        (Parameter(name="loss", value=1), Parameter(name="loss", value="small")),
    ],
    ids=["metric", "parameter"],
)
async def test_metric_or_parameter_posted_again_changes_the_first(client, version, first, again):
    made = await client.upsert_model_version_artifact(first, version.id)
    changed = await client.upsert_model_version_artifact(again, version.id)
    assert changed.id == made.id
    assert changed.value == again.value
    assert await client.get_model_version_artifacts(version.id) == [changed]


async def test_taken_names_are_refused(client, model, version):
    with pytest.raises(DuplicateError, match=model.name) as raised:
        await client.upsert_registered_model(RegisteredModel(model.name))
    assert raised.value.status == 409
    assert isinstance(raised.value, ConflictError)
    with pytest.raises(DuplicateError, match=r"1\.0"):
        await client.upsert_model_version(ModelVersion("1.0"), model.id)
    await client.upsert_model_artifact(ModelArtifact(name="a", uri="s3://1"), version.id)
    with pytest.raises(DuplicateError):
        await client.upsert_model_artifact(ModelArtifact(name="a", uri="s3://2"), version.id)
    assert len(await client.get_model_artifacts(version.id)) == 1


async def test_names_are_taken_within_their_parent_only(client, model, version, unique):
    other = await client.upsert_registered_model(RegisteredModel(f"{unique}other"))
    twin = await client.upsert_model_version(ModelVersion(version.name), other.id)
    for parent in (version, twin):
        await client.upsert_model_artifact(ModelArtifact(name="a", uri="s3://1"), parent.id)
        await client.upsert_model_version_artifact(DocArtifact(name="a", uri="s3://1"), parent.id)


async def test_external_ids_have_one_space_for_contexts_and_one_for_artifacts(client, model, unique):
    taken = f"{unique}x"
    version = await client.upsert_model_version(ModelVersion("1", external_id=taken), model.id)
    with pytest.raises(DuplicateError):
        await client.upsert_registered_model(RegisteredModel(f"{unique}2", external_id=taken))
    with pytest.raises(DuplicateError):
        await client.upsert_model_version(ModelVersion("2", external_id=taken), model.id)

    artifact = await client.upsert_model_artifact(
        ModelArtifact(name="a", uri="s3://1", external_id=taken), version.id
    )
    with pytest.raises(DuplicateError):
        await client.upsert_model_version_artifact(
            DocArtifact(name="b", uri="s3://2", external_id=taken), version.id
        )
    assert await client.get_model_version_by_params(external_id=taken) == version
    assert await client.get_model_artifact_by_params(external_id=taken) == artifact


async def test_changing_to_a_taken_external_id_is_refused(client, model, unique):
    await client.upsert_registered_model(RegisteredModel(f"{unique}2", external_id=f"{unique}x"))
    model.external_id = f"{unique}x"
    with pytest.raises(DuplicateError):
        await client.upsert_registered_model(model)
    assert (await client.get_registered_model_by_id(model.id)).external_id is None


@pytest.mark.deviation(15)
async def test_what_is_not_there_cannot_be_changed_or_added_to(client):
    with pytest.raises(NotFoundError):
        await client.upsert_registered_model(RegisteredModel("m", id=NOBODY))
    with pytest.raises(NotFoundError):
        await client.upsert_model_version(ModelVersion("1"), NOBODY)
    with pytest.raises(NotFoundError):
        await client.upsert_model_artifact(ModelArtifact(uri="s3://1"), NOBODY)
    with pytest.raises(NotFoundError):
        await client.upsert_model_artifact(ModelArtifact(uri="s3://1", id=NOBODY))


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.upsert_registered_model("m"), "registered_model must be an instance of RegisteredModel"),
        (
            lambda c: c.upsert_registered_model(ModelVersion("m")),
            "registered_model must be an instance of RegisteredM",
        ),
        (lambda c: c.upsert_registered_model(RegisteredModel("m", id="x")), r"registered_model\.id must"),
        (lambda c: c.upsert_model_version(None, "1"), "model_version must be an instance of ModelVersion"),
        (lambda c: c.upsert_model_version(ModelVersion("1")), "registered_model_id must be an id"),
        (lambda c: c.upsert_model_version(ModelVersion("1"), 5), "registered_model_id must be an id"),
        (lambda c: c.upsert_model_version(ModelVersion("1"), "../2"), "registered_model_id must be an id"),
        (
            lambda c: c.upsert_model_artifact(DocArtifact(uri="u")),
            "model_artifact must be an instance of ModelArtifact",
        ),
        (lambda c: c.upsert_model_artifact(ModelArtifact(), "v"), "model_version_id must be an id"),
        (lambda c: c.upsert_model_version_artifact(ModelArtifact(), None), "model_version_id must be an id"),
        (lambda c: c.upsert_model_version_artifact({}, "1"), "artifact must be an instance of Artifact"),
        (lambda c: c.upsert_artifact(RegisteredModel("m")), "artifact must be an instance of Artifact"),
    ],
)
async def test_wrong_arguments_are_refused_before_anything_is_sent(canned, canned_client, call, said):
    with pytest.raises(InvalidArgumentError, match=said):
        await call(canned_client)
    assert canned.requests == []
