"""Lists in the order of properties and metrics, the best version, and filters on what cannot be compared."""

from __future__ import annotations

import inspect
import warnings

import pytest

from model_registry import F
from model_registry.exceptions import InvalidArgumentError, NotFoundError, UnknownPropertyWarning
from model_registry.lookup import sorting

ACCURACIES = {"1": 0.9, "2": 0.95, "3": None, "4": 1, "5": 0.95, "6": "high"}


@pytest.fixture
async def model(registry, unique):
    name = f"{unique}fraud"
    for version, accuracy in ACCURACIES.items():
        is_number = isinstance(accuracy, (int, float))
        await registry.register(
            name,
            version,
            properties=None if accuracy is None else {"accuracy": accuracy},
            metrics={"auc": accuracy} if is_number else None,
        )
    return name


async def names(pager):
    found = pager.to_list()
    return [version.name for version in (await found if inspect.isawaitable(found) else found)]


@pytest.mark.parametrize(("descending", "expected"), [(False, "125463"), (True, "642513")])
async def test_15_12_versions_in_the_order_of_a_property(registry, model, descending, expected):
    for size in (2, 100):
        listed = registry.list_versions(
            model, order_by=F.property("accuracy"), descending=descending, page_size=size
        )
        found = await names(listed)
        assert [ACCURACIES[each] for each in found] == [ACCURACIES[each] for each in expected]


async def test_15_12_versions_in_the_order_of_a_metric(registry, model):
    listed = registry.list_versions(
        model, order_by=F.metric("auc"), descending=True, filter=F.property("accuracy") >= 0.9
    )
    assert (await names(listed))[0] == "4"
    assert [ACCURACIES[each] for each in await names(listed)] == [1, 0.95, 0.95, 0.9]


async def test_15_12_pages_in_the_order_of_a_property_continue(registry, model):
    def listed(token=None):
        return registry.list_versions(model, order_by=F.property("accuracy"), page_size=4, token=token)

    first = listed()
    page = first.next_page()
    page = await page if inspect.isawaitable(page) else page
    rest = await names(listed(first.next_page_token))
    assert [each.name for each in page] + rest == await names(listed())
    with pytest.raises(InvalidArgumentError, match="token"):
        await names(listed("abc"))


async def test_15_12_long_lists_are_refused_in_another_order(registry, model, monkeypatch):
    monkeypatch.setattr(sorting, "MOST_VERSIONS", 5)
    with pytest.raises(InvalidArgumentError, match="more than 5 items"):
        await names(registry.list_versions(model, order_by=F.metric("auc")))


async def test_15_12_best_version(registry, model):
    assert (await registry.best(model, "auc")).name == "4"
    assert (await registry.best(model, "accuracy")).name == "4"
    assert (await registry.best(model, F.metric("auc"), lowest=True)).name == "1"
    assert (await registry.find_best(model, F.metric("accuracy"))) is None
    await registry.archive(f"{model}/4")
    assert (await registry.best(model, "auc")).name == "5"
    assert (await registry.best(model, "auc", archived=True)).name == "4"


async def test_15_12_best_of_what_does_not_exist(registry, model, unique):
    with pytest.raises(NotFoundError, match=r"'acuracy': did you mean 'accuracy'"):
        await registry.best(model, "acuracy")
    with pytest.raises(NotFoundError, match="no model"):
        await registry.best(f"{unique}nobody", "auc")
    assert await registry.find_best(f"{unique}nobody", "auc") is None


@pytest.mark.parametrize("order_by", ["accuracy", F.name, 5, None, F.metric("auc")])
async def test_15_12_unknown_orders_are_refused(registry, order_by):
    with pytest.raises(InvalidArgumentError, match="order_by"):
        registry.list_models(order_by=order_by)


async def test_15_12_filters_on_metrics_say_what_to_do():
    with pytest.raises(InvalidArgumentError, match="order by it"):
        str(F.metric("auc") > 0.9)


async def test_15_12_lists_and_dictionaries_are_searched_or_refused(registry, unique):
    name = f"{unique}m"
    await registry.register(
        name, "1", tags=["tabular", "sklearn"], properties={"setup": {"optimizer": "adam"}}
    )
    await registry.register(name, "2", tags=["vision"])
    for condition, version in (
        (F.property("tags").contains("sklearn"), "1"),
        (F.property("setup").contains("adam"), "1"),
        (F.property("tags").like("%vision%"), "2"),
    ):
        assert await names(registry.list_versions(name, filter=condition)) == [version]
    with pytest.raises(InvalidArgumentError, match=r"holds lists or dictionaries.*contains"):
        await names(registry.list_versions(name, filter=F.property("tags") == "sklearn"))
    assert await names(registry.list_versions(name, filter=F.property("tags").contains("x-ray"))) == []


async def test_15_12_unknown_properties_warn_with_near_names(registry, model):
    with pytest.warns(UnknownPropertyWarning, match=r"'acuracy'.*did you mean 'accuracy'\?") as caught:
        assert await names(registry.list_versions(model, filter=F.property("acuracy") > 0.9)) == []
    assert {each.filename for each in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert await names(registry.list_versions(model, filter=F.property("accuracy") > 5)) == []
        assert await names(registry.list_versions(model, filter=F.description == "none")) == []
