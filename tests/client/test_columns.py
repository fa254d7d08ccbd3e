"""Tables of lists: chosen columns of versions, with their metrics and aliases."""

from __future__ import annotations

import inspect
import math
import warnings

import pandas as pd
import pytest

from model_registry import AsyncModelRegistry, F
from model_registry.exceptions import InvalidArgumentError, UnknownPropertyWarning


async def collected(result):
    return await result if inspect.isawaitable(result) else result


@pytest.fixture
async def model(registry, unique):
    name = f"{unique}fraud"
    await registry.register(name, "1", metrics={"auc": 0.9, "loss": 2}, properties={"stage": "test"})
    await registry.register(name, "2", metrics={"auc": 0.95}, properties={"aliases": "x", "auc": "text"})
    await registry.register(name, "3")
    await registry.set_alias(name, "champion", "1")
    await registry.set_alias(name, "latest-good", "1")
    await registry.set_alias(name, "challenger", "3")
    return name


async def test_15_14_versions_with_chosen_properties_metrics_and_aliases(registry, model):
    listed = registry.list_versions(model).columns("name", "stage", F.metric("auc"), "loss", "aliases")
    assert await collected(listed.to_dicts()) == [
        {"name": "1", "stage": "test", "auc": 0.9, "loss": 2.0, "aliases": ["champion", "latest-good"]},
        {"name": "2", "stage": None, "auc": 0.95, "loss": None, "aliases": []},
        {"name": "3", "stage": None, "auc": None, "loss": None, "aliases": ["challenger"]},
    ]
    assert await collected(listed.columns("auc", F.property("aliases")).to_dicts(2)) == [
        {"auc": 0.9, "aliases": None},
        {"auc": "text", "aliases": "x"},
    ]


async def test_15_14_chosen_columns_of_versions_of_all_models(registry, model, unique):
    await registry.register(f"{unique}spam", "1")
    listed = registry.list_versions(descending=True).columns("aliases", "name")
    assert (await collected(listed.to_dicts(2)))[0] == {"aliases": [], "name": "1"}
    assert (await collected(listed.to_dicts(2)))[1] == {"aliases": ["challenger"], "name": "3"}


async def test_15_14_pandas_has_the_chosen_columns(registry, model):
    listed = registry.list_versions(model).columns("name", "auc", "author", "description")
    frame = await collected(listed.to_pandas())
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["name", "auc", "author", "description"]
    numbers = await collected(registry.list_versions(model).columns("name", F.metric("loss")).to_pandas())
    assert numbers["loss"].dtype == float
    assert numbers.sort_values("loss")["name"].tolist()[0] == "1"
    assert math.isnan(numbers["loss"][2])
    everything = await collected(registry.list_versions(model).to_pandas())
    assert {"name", "author", "stage", "create_time"} <= set(everything.columns)
    assert "description" not in everything  # no version has one
    nothing = await collected(
        registry.list_versions(model, filter="name = 'none'").columns("name").to_pandas()
    )
    assert list(nothing.columns) == ["name"]


async def test_15_14_models_and_artifacts_have_columns_of_their_fields(registry, model):
    models = registry.list_models(filter=F.name == model).columns("name", "owner")
    assert [list(each) for each in await collected(models.to_dicts())] == [["name", "owner"]]
    metrics = registry.list_artifacts(f"{model}/1", kind="metric").columns("name", "value")
    assert await collected(metrics.to_dicts()) == [
        {"name": "auc", "value": 0.9},
        {"name": "loss", "value": 2.0},
    ]


async def test_15_14_similar_names_for_columns_without_values(registry, model):
    listed = registry.list_versions(model)
    with pytest.warns(UnknownPropertyWarning, match="'stge': did you mean 'stage'"):
        await collected(listed.columns("name", "stge").to_dicts())
    with pytest.warns(UnknownPropertyWarning, match="'los': did you mean 'loss'"):
        await collected(listed.columns("name", F.metric("los")).to_dicts())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        await collected(listed.columns("name", "description").to_dicts())


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ([], "at least one"),
        ([""], "must be the name"),
        ([5], "must be the name"),
        ([["name"]], "must be the name"),
        (["auc", F.metric("auc")], "two columns have the name 'auc'"),
    ],
)
async def test_15_14_wrong_columns_are_refused(registry, columns, message):
    with pytest.raises(InvalidArgumentError, match=message):
        registry.list_versions().columns(*columns)


async def test_15_14_only_versions_have_metrics(registry):
    with pytest.raises(InvalidArgumentError, match="only they have metrics"):
        registry.list_models().columns(F.metric("auc"))


async def test_15_14_a_notebook_shows_the_chosen_columns(registry, model):
    listed = registry.list_versions(model, page_size=2).columns("name", F.metric("auc"), "create_time")
    text = listed._repr_html_()
    if isinstance(registry, AsyncModelRegistry):
        assert "use `async for`" in text
        return
    assert "<th>name</th><th>auc</th><th>create_time</th>" in text
    assert "<td>1</td><td>0.9</td><td><span title=" in text
    assert "More follow" in text
