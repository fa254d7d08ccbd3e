"""Lists in the order of properties and metrics, the best version, and filters on what cannot be compared."""

from __future__ import annotations

import inspect
import itertools
import string
import uuid
import warnings
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_registry import F, ModelRegistry
from model_registry.exceptions import (
    InvalidArgumentError,
    InvalidRequestError,
    NotFoundError,
    UnknownPropertyWarning,
)
from model_registry.lookup import sorting
from model_registry.server.queries import orders
from model_registry.types import ModelArtifact
from model_registry.types.filters import MetricField

KEY = "top-1 `acc`"
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1) | st.sampled_from([0, 1, 2**53, 2**53 + 1]),
    st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([1.0, 0.5, 2.0**53]),
    st.text(string.ascii_letters + "é", max_size=3) | st.just("x" * 300),
)
METRICS = st.floats(-10, 10) | st.sampled_from([0.5, 1.0])
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


@pytest.fixture
async def is_foreign(registry):
    """Whether the client must order lists itself."""
    return await registry.core.ask_foreign()


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
    with pytest.raises((InvalidArgumentError, InvalidRequestError), match=r"[tT]oken"):
        await names(listed("abc"))


async def test_15_12_only_on_other_registries_lists_have_a_limit(registry, model, monkeypatch, is_foreign):
    monkeypatch.setattr(sorting, "MOST_VERSIONS", 5)
    monkeypatch.setattr(sorting, "MOST_ITEMS", 5)
    for order_by in (F.metric("auc"), F.property("accuracy"), "name"):
        listed = registry.list_versions(model, order_by=order_by)
        if is_foreign:
            with pytest.raises(InvalidArgumentError, match="more than 5 items"):
                await names(listed)
        else:
            assert len(await names(listed)) == 6
    if not is_foreign:
        assert (await registry.best(model, F.metric("auc"))).name == "4"


async def test_18_lists_in_the_order_of_names(registry, unique):
    for name in ("b", "B", "a", "10", "9", "é"):
        await registry.register(f"{unique}{name}", name)
        await registry.register(f"{unique}all", name)
    expected = [f"{unique}{name}" for name in ("10", "9", "B", "a", "all", "b", "é")]
    for size, descending in itertools.product((2, 100), (False, True)):
        options = {"order_by": "name", "page_size": size, "descending": descending}
        found = await names(registry.list_models(filter=F.name.startswith(unique), **options))
        assert found == (expected[::-1] if descending else expected)
        found = await names(registry.list_versions(f"{unique}all", **options))
        assert found == (["é", "b", "a", "B", "9", "10"] if descending else ["10", "9", "B", "a", "b", "é"])


async def test_15_12_artifacts_and_environments_in_the_order_of_a_property(registry, unique):
    artifacts = []
    for name, value in (("c", 2.0), ("a", None), ("b", "text"), ("d", 1.5)):
        properties = {} if value is None else {KEY: value}
        artifacts.append(ModelArtifact(name=name, uri="s3://b/k", custom_properties=properties))
        await registry.register_environment(f"{unique}{name}", properties=properties)
    version = (await registry.register(unique, "1", artifacts=artifacts)).version
    for descending, expected in ((False, "dcba"), (True, "bcda")):
        options = {"order_by": F.property(KEY), "descending": descending, "page_size": 3}
        assert await names(registry.list_artifacts(version, **options)) == list(expected)
        found = await names(registry.list_environments(**options))
        assert [name.removeprefix(unique) for name in found if name.startswith(unique)] == list(expected)


@pytest.fixture(params=["sqlite", "postgresql"])
def own(request):
    """A client of a registry that orders lists itself."""
    with ModelRegistry(request.getfixturevalue(f"{request.param}_url"), author="ann") as client:
        yield client


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    values=st.lists(st.tuples(VALUES, st.none() | METRICS), min_size=1, max_size=8),
    key=st.sampled_from([KEY, "plain", "`", "a.b.double_value", "name"]),
    size=st.integers(1, 5),
)
def test_15_12_the_registry_orders_as_the_client_would(own, values, key, size):
    name = f"m{uuid.uuid4().hex}"
    for number, (value, metric) in enumerate(values):
        properties = {"run": name} | ({} if value is None else {key: value})
        own.register(
            name,
            str(number),
            properties=properties,
            metrics=None if metric is None else {key: metric},
        )
        own.register(f"{name}{number}", "1", model_properties=properties)
        own.register_environment(f"{name}{number}", properties=properties)
    mine = {"filter": F.property("run") == name}
    lists = [
        partial(own.list_versions, name),
        partial(own.list_versions, **mine),
        partial(own.list_models, **mine),
        partial(own.list_environments, **mine),
        partial(own.list_versions, name, archived=False),
    ]
    core = own._async.core
    for listed, order_by, descending in itertools.product(
        lists, (F.property(key), F.metric(key), "name"), (False, True)
    ):
        if isinstance(order_by, MetricField) and listed.func != own.list_versions:
            continue
        found = [one.id for one in listed(order_by=order_by, descending=descending, page_size=size)]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(core, "ask_foreign", _yes)
            walked = [one.id for one in listed(order_by=order_by, descending=descending, page_size=size)]
        assert found == walked
    for by, lowest in itertools.product((key, F.property(key), F.metric(key)), (False, True)):
        found = own.find_best(name, by, lowest=lowest)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(core, "ask_foreign", _yes)
            walked = own.find_best(name, by, lowest=lowest)
        assert (found and found.id) == (walked and walked.id)


async def _yes():
    return True


def test_15_12_an_older_registry_is_sorted_by_the_client(monkeypatch):
    monkeypatch.setattr(orders, "_OTHERS", {"id": "id"})
    monkeypatch.setattr(orders, "_PREFIXES", {})
    with ModelRegistry.local(author="ann") as registry:
        for version, accuracy in (("1", 0.5), ("2", 0.9), ("3", 0.7)):
            registry.register("fraud", version, properties={"accuracy": accuracy}, metrics={"auc": accuracy})
        for order_by in (F.property("accuracy"), F.metric("auc")):
            listed = registry.list_versions("fraud", order_by=order_by, page_size=2)
            assert [one.name for one in listed] == ["1", "3", "2"]
        assert [one.name for one in registry.list_models(order_by="name")] == ["fraud"]
        assert (
            registry.best("fraud", "auc").name == registry.best("fraud", F.property("accuracy")).name == "2"
        )
        with pytest.raises(InvalidRequestError, match="filter"):
            list(registry.list_models(order_by="name", filter="name ="))


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
