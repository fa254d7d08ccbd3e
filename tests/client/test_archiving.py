"""Taking models and versions out of use, and back."""

from __future__ import annotations

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import (
    ArchiveInterruptedError,
    InvalidArgumentError,
    NotFoundError,
    ServerError,
)
from model_registry.types import ArchiveReport, ModelVersion, Reference, RegisteredModel
from tests.support.servers import Proxy, Reply


@pytest.fixture
async def model(registry, unique):
    return await new_model(registry, f"{unique}m")


async def new_model(registry, name):
    model = await registry.core.upsert_registered_model(RegisteredModel(name, description="d"))
    for version in "123":
        await registry.core.upsert_model_version(ModelVersion(version, custom_properties={"a": 1}), model.id)
    return model


async def states(registry, model):
    versions = await registry.core.get_model_versions(model.id)
    return (await registry.get_model(id=model.id)).state.value, [each.state.value for each in versions]


async def test_a_version(registry, model):
    report = await registry.archive(f"{model.name}/2")
    assert (report.state, [each.name for each in report.changed], report.unchanged) == ("ARCHIVED", ["2"], [])
    assert await states(registry, model) == ("LIVE", ["LIVE", "ARCHIVED", "LIVE"])
    version = await registry.get_version(model.name, "2")
    assert version.custom_properties == {"a": 1}
    assert (await registry.archive(version)).unchanged == [version]
    restored = await registry.restore(f"{model.name}/2")
    assert [each.name for each in restored.changed] == ["2"]
    assert await states(registry, model) == ("LIVE", ["LIVE", "LIVE", "LIVE"])


async def test_a_model(registry, model):
    await registry.archive(model)
    assert await states(registry, model) == ("ARCHIVED", ["LIVE", "LIVE", "LIVE"])
    assert (await registry.get_model(model.name)).description == "d"
    assert repr(await registry.restore(model.name)) == (
        f"ArchiveReport(now LIVE: RegisteredModel {model.name!r})"
    )
    assert await states(registry, model) == ("LIVE", ["LIVE", "LIVE", "LIVE"])


async def test_a_model_with_its_versions(registry, model):
    await registry.archive(Reference(model.name, "2"))
    report = await registry.archive(model, with_versions=True)
    assert [each.name for each in report.changed] == ["1", "3", model.name]
    assert [each.name for each in report.unchanged] == ["2"]
    assert await states(registry, model) == ("ARCHIVED", ["ARCHIVED"] * 3)
    again = await registry.archive(model, with_versions=True)
    assert (again.changed, len(again.unchanged)) == ([], 4)
    report = await registry.restore(model.name, with_versions=True)
    assert [each.name for each in report.changed] == [model.name, "1", "2", "3"]
    assert await states(registry, model) == ("LIVE", ["LIVE"] * 3)


async def test_wrong_arguments(registry, model):
    version = await registry.get_version(model.name, "1")
    with pytest.raises(NotFoundError):
        await registry.archive(f"{model.name}-other")
    with pytest.raises(NotFoundError):
        await registry.archive(f"{model.name}/9")
    with pytest.raises(InvalidArgumentError, match="needs a model"):
        await registry.archive(version, with_versions=True)
    with pytest.raises(InvalidArgumentError, match="no id"):
        await registry.archive(RegisteredModel("x"))
    with pytest.raises(InvalidArgumentError, match="is needed here, got 5"):
        await registry.archive(5)
    assert await states(registry, model) == ("LIVE", ["LIVE"] * 3)


class Failing(Proxy):
    """Fails from the n-th PATCH on."""

    left = 2

    def answer(self, request):
        if request.method != "PATCH":
            return None
        self.left -= 1
        return Reply({"code": "500", "message": "disk full"}, 500) if self.left < 0 else None


async def test_it_breaks_in_the_middle_and_goes_on(sqlite_url, unique):
    with Failing(sqlite_url) as proxy:
        async with AsyncModelRegistry(proxy.url, api="v1", retries=0) as registry:
            model = await new_model(registry, f"{unique}m")
            with pytest.raises(
                ArchiveInterruptedError, match="stopped at ModelVersion '3' after 2 changes"
            ) as raised:
                await registry.archive(model, with_versions=True)
            assert isinstance(raised.value.__cause__, ServerError)
            assert [each.name for each in raised.value.report.changed] == ["1", "2"]
            proxy.left = 10
            report = await registry.archive(model, with_versions=True)
            assert [each.name for each in report.changed] == ["3", model.name]


def test_a_report_as_json():
    report = ArchiveReport("LIVE", [RegisteredModel("m", id="1")], [ModelVersion("v", id="2")])
    assert report.to_dict() == {
        "state": "LIVE",
        "changed": [{"kind": "RegisteredModel", "name": "m", "id": "1"}],
        "unchanged": [{"kind": "ModelVersion", "name": "v", "id": "2"}],
    }
    assert repr(ArchiveReport("LIVE")) == "ArchiveReport(nothing)"
