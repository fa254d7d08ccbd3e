"""Lists: pages, sizes, order, kinds, filters."""

import asyncio
import contextlib

import pytest

from model_registry.exceptions import InvalidArgumentError, InvalidRequestError, NotFoundError
from model_registry.types import (
    ArtifactTypeQueryParam,
    DataSet,
    DocArtifact,
    ListOptions,
    Metric,
    ModelArtifact,
    ModelVersion,
    Page,
    Pager,
    Parameter,
    RegisteredModel,
)


async def make_models(client, unique, count):
    return [
        await client.upsert_registered_model(RegisteredModel(f"{unique}{number}")) for number in range(count)
    ]


async def make_versions(client, model, count):
    return [await client.upsert_model_version(ModelVersion(f"{n}"), model.id) for n in range(count)]


def only(unique, **options):
    """Options that leave out what other tests made."""
    return ListOptions(filter_query=f"name LIKE '{unique}%'", **options)


async def test_a_page_has_20_items_unless_told_otherwise(client, model):
    versions = await make_versions(client, model, 21)
    page = await client.get_model_versions(model.id)
    assert isinstance(page, list)
    assert page == versions[:20]
    assert page.next_page_token
    assert await client.get_model_versions(model.id, ListOptions(limit=50)) == versions
    assert len(await client.get_registered_models()) <= 20


async def test_models_page_by_page(client, unique):
    models = await make_models(client, unique, 5)
    first = await client.get_registered_models(only(unique, limit=2))
    second = await client.get_registered_models(only(unique, limit=2, next_page_token=first.next_page_token))
    third = await client.get_registered_models(only(unique, limit=2, next_page_token=second.next_page_token))
    assert first + second + third == models
    assert third.next_page_token is None


async def test_a_last_page_that_is_full_is_the_last(client, model):
    versions = await make_versions(client, model, 4)
    assert [v async for v in Pager(lambda o: client.get_model_versions(model.id, o)).limit(2)] == versions


async def test_no_items_is_an_empty_page(client, model, unique):
    page = await client.get_model_versions(model.id)
    assert page == []
    assert page.next_page_token is None
    assert await client.get_registered_models(only(f"{unique}nobody")) == []


async def test_options_can_be_used_again(client, model):
    versions = await make_versions(client, model, 3)
    options = ListOptions(limit=2)
    before = ListOptions(limit=2)
    first = await client.get_model_versions(model.id, options)
    again = await client.get_model_versions(model.id, options)
    assert first == again == versions[:2]
    assert options == before
    assert repr(options) == repr(before)
    assert first.next_page_token == again.next_page_token


@pytest.mark.parametrize("order", ["order_by_creation_time", "order_by_update_time", "order_by_id"])
async def test_order(client, model, order):
    versions = await make_versions(client, model, 4)
    ordered = getattr(ListOptions, order)
    assert await client.get_model_versions(model.id, ordered()) == versions
    assert await client.get_model_versions(model.id, ordered(is_asc=True)) == versions
    assert await client.get_model_versions(model.id, ordered(is_asc=False)) == versions[::-1]
    pager = Pager(lambda o: client.get_model_versions(model.id, o), ordered(is_asc=False, limit=3))
    assert [v async for v in pager] == versions[::-1]


async def test_order_by_update_time_follows_updates(client, model):
    versions = await make_versions(client, model, 3)
    versions[0].description = "touched"
    touched = await client.upsert_model_version(versions[0])
    newest = await client.get_model_versions(model.id, ListOptions.order_by_update_time(is_asc=False))
    assert touched.last_update_time >= versions[2].last_update_time
    if touched.last_update_time > versions[2].last_update_time:  # else they tie, and ids decide
        assert newest[0] == touched


KINDS = {
    ArtifactTypeQueryParam.MODEL_MINUS_ARTIFACT: ModelArtifact(name="m", uri="u"),
    ArtifactTypeQueryParam.DOC_MINUS_ARTIFACT: DocArtifact(name="d"),
    ArtifactTypeQueryParam.DATASET_MINUS_ARTIFACT: DataSet(name="s"),
    ArtifactTypeQueryParam.METRIC: Metric(name="e", value=1.0),
    ArtifactTypeQueryParam.PARAMETER: Parameter(name="p", value=1),
}


async def test_artifacts_by_kind(client, version):
    made = {}
    for kind, artifact in KINDS.items():
        made[kind] = await client.upsert_model_version_artifact(artifact, version.id)
    for kind, artifact in made.items():
        options = ListOptions.artifact_type(kind)
        assert await client.get_model_version_artifacts(version.id, options) == [artifact]
        for given in (kind, kind.value):
            listed = await client.get_artifacts(f"id = {artifact.id}", given)
            assert listed == [artifact]
        others = ListOptions(artifact_type_param=kind, filter_query=f"id != {artifact.id}")
        assert await client.get_model_version_artifacts(version.id, others) == []
        assert artifact in [a async for a in Pager(lambda o, k=kind: client.get_artifacts(None, k, o))]
    assert await client.get_model_version_artifacts(version.id) == list(made.values())
    assert await client.get_model_artifacts(version.id) == [made[ArtifactTypeQueryParam.MODEL_MINUS_ARTIFACT]]


@pytest.mark.deviation(30)
async def test_artifacts_of_all_versions(client, version, unique):
    under = await client.upsert_model_artifact(ModelArtifact(name=f"{unique}1", uri="u"), version.id)
    alone = await client.upsert_model_artifact(ModelArtifact(name=f"{unique}2", uri="u"))
    card = await client.upsert_artifact(DocArtifact(name=f"{unique}3"))
    assert await client.get_model_artifacts(options=only(unique)) == [under, alone]
    assert await client.get_artifacts(options=only(unique)) == [under, alone, card]
    assert await client.get_artifacts(f"name LIKE '{unique}%'") == [under, alone, card]
    assert await client.get_artifacts(f"name = '{unique}3'", options=only(unique)) == [card]


async def test_versions_of_all_models(client, unique):
    models = await make_models(client, unique, 2)
    made = [await client.upsert_model_version(ModelVersion(f"{unique}v"), m.id) for m in models]
    assert await client.get_model_versions(options=only(unique)) == made


async def test_filter(client, model):
    good = await client.upsert_model_version(
        ModelVersion("good", author="ann", custom_properties={"accuracy": 0.9}), model.id
    )
    await client.upsert_model_version(ModelVersion("bad", custom_properties={"accuracy": 0.4}), model.id)
    for query in ("accuracy > 0.5", "author = 'ann'", "name LIKE 'go%' AND accuracy >= 0.9"):
        assert await client.get_model_versions(model.id, ListOptions(filter_query=query)) == [good]
    pager = Pager(lambda o: client.get_model_versions(model.id, o)).filter("name = 'good'")
    assert [v async for v in pager] == [good]


async def test_a_filter_that_cannot_be_read_is_refused_by_the_registry(client):
    with pytest.raises(InvalidRequestError, match="filter"):
        await client.get_registered_models(ListOptions(filter_query="name LIKE"))


async def test_a_token_of_another_list_is_refused_by_the_registry(client):
    with pytest.raises(InvalidRequestError):
        await client.get_registered_models(ListOptions(next_page_token="nonsense"))


@pytest.mark.deviation(17)
async def test_what_belongs_to_nobody_cannot_be_listed(client):
    with pytest.raises(NotFoundError):
        await client.get_model_version_artifacts("999999999")
    with pytest.raises(NotFoundError):
        await client.get_model_artifacts("999999999")
    with pytest.raises(NotFoundError):
        await client.get_model_versions("999999999")


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda c: c.get_registered_models({"limit": 5}), "options must be ListOptions"),
        (lambda c: c.get_model_versions(ListOptions()), "give options by keyword"),
        (lambda c: c.get_model_version_artifacts(None), "model_version_id must be an id"),
        (lambda c: c.get_model_version_artifacts("1", 5), "options must be ListOptions"),
        (lambda c: c.get_model_artifacts(ListOptions()), "give options by keyword"),
        (lambda c: c.get_artifacts(ListOptions()), "give options by keyword"),
        (lambda c: c.get_artifacts(artifact_type="picture"), "artifact_type must be one of"),
        (lambda c: c.get_artifacts("\ud800"), "filter_query"),
    ],
)
async def test_wrong_arguments_are_refused_before_anything_is_sent(canned, canned_client, call, said):
    with pytest.raises(InvalidArgumentError, match=said):
        await call(canned_client)
    assert canned.requests == []


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("limit", 0, "limit"),
        ("limit", "20", "limit"),
        ("order_by", "NAME", "order_by must be one of CREATE_TIME, LAST_UPDATE_TIME, ID"),
        ("filter_query", 5, "filter_query must be a text"),
        ("next_page_token", 5, "next_page_token must be a text"),
        ("artifact_type_param", "picture", "artifact_type_param must be one of"),
    ],
)
async def test_options_that_were_made_wrong_later_are_refused(canned, canned_client, field, value, said):
    options = ListOptions()
    setattr(options, field, value)
    with pytest.raises(InvalidArgumentError, match=said):
        await canned_client.get_registered_models(options)
    with pytest.raises(InvalidArgumentError, match=said):
        ListOptions(**{field: value})
    assert canned.requests == []


async def test_walk_over_the_wire(recorded, proxy, unique):
    models = await make_models(recorded, unique, 7)
    before = len(proxy.requests)
    pager = Pager(recorded.get_registered_models, only(unique)).page_size(3)
    assert [m async for m in pager] == models
    assert len(proxy.requests) - before == 3
    assert [m async for m in pager.descending()] == models[::-1]
    page = await pager.ascending().next_page()
    assert isinstance(page, Page)
    assert page == models[:3]
    assert await pager.next_item() == models[3]


async def test_nested_walks_over_one_pager(client, unique):
    models = await make_models(client, unique, 3)
    pager = Pager(client.get_registered_models, only(unique)).limit(2)
    pairs = [(a.id, b.id) async for a in pager async for b in pager]
    assert pairs == [(a.id, b.id) for a in models for b in models]


def test_blocking_walk(in_process, unique):
    loop = asyncio.new_event_loop()
    with contextlib.closing(loop):
        run = loop.run_until_complete
        models = run(make_models(in_process, unique, 3))
        pager = Pager(lambda o: run(in_process.get_registered_models(o)), only(unique)).limit(2)
        assert list(pager) == models
        assert pager.next_page() == models[:2]
        run(loop.shutdown_default_executor())
