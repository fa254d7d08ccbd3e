"""Dry runs of the client: the same verbs, which write nothing and record a plan."""

from __future__ import annotations

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from model_registry.exceptions import NotFoundError, StoreError
from model_registry.types import RegisteredModel


async def test_verbs_find_what_was_recorded(registry, unique):
    async with registry.dry_run() as trial:
        assert type(trial) is type(registry)
        await trial.register(f"{unique}m", "1.0", "s3://models/1")
        await trial.set_alias(f"{unique}m", "champion", "1.0")
        await trial.set_properties(f"{unique}m", {"a": 1}, version="1.0")
        assert (await trial.resolve(f"{unique}m@champion")).custom_properties == {"a": 1}
        with pytest.raises(NotFoundError):
            await registry.get_model(f"{unique}m")
    assert [change.kind for change in trial.plan] == [
        "RegisteredModel",
        "ModelVersion",
        "ModelArtifact",
        "DocArtifact",
    ]
    assert await registry.find_model(f"{unique}m") is None


async def test_a_closed_dry_run_refuses_calls_and_still_has_its_plan(registry, unique):
    async with registry.dry_run() as trial:
        await trial.register(f"{unique}m", "1.0")
    with pytest.raises(StoreError, match="is closed"):
        await trial.register(f"{unique}m", "2.0")
    assert len(trial.plan) == 2
    assert await registry.find_model(f"{unique}m") is None  # the real client is open


async def test_an_exception_of_the_block_is_raised(registry, unique):
    trial = registry.dry_run()

    async def block():
        async with trial:
            await trial.register(f"{unique}m", "1.0")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await block()
    assert len(trial.plan) == 2


async def test_dry_runs_side_by_side_are_independent(registry, unique):
    async with registry.dry_run() as one, registry.dry_run() as other:
        await one.register(f"{unique}m", "1.0")
        await other.register(f"{unique}m", "1.0")
        await other.register(f"{unique}m", "2.0")
        assert (len(one.plan), len(other.plan)) == (2, 3)


async def test_a_dry_run_within_a_dry_run_builds_on_it(registry, unique):
    async with registry.dry_run() as outer:
        await outer.register(f"{unique}m", "1.0")
        async with outer.dry_run() as inner:
            await inner.register(f"{unique}m", "2.0")
            await inner.register(f"{unique}n", "1.0")
            assert (await inner.get_version(f"{unique}m", "1.0")).name == "1.0"
        assert [change.path for change in inner.plan] == [f"{unique}m/2.0", f"{unique}n", f"{unique}n/1.0"]
        assert len(outer.plan) == 2


async def test_only_dry_runs_have_a_plan(registry):
    with pytest.raises(StoreError, match="only a dry run has a plan"):
        _ = registry.plan


class Renaming(AsyncModelRegistry):
    """A client with a verb of its own."""

    async def own(self, name: str, *, to: Renaming) -> None:
        """Register a model here, and there too."""
        await self.core.upsert_registered_model(RegisteredModel(name, owner=self.author))
        await to.core.upsert_registered_model(RegisteredModel(name, owner=to.author))


async def test_verbs_of_subclasses():
    async with (
        Renaming.local(author="ann") as here,
        Renaming.local(author="bob") as there,
        here.dry_run() as here_trial,
        there.dry_run() as there_trial,
    ):
        await here_trial.own("a", to=there_trial)
        assert [here_trial.plan[0].fields["owner"].after, there_trial.plan[0].fields["owner"].after] == [
            "ann",
            "bob",
        ]
        assert await here.find_model("a") is None


def test_blocking_clients():
    with ModelRegistry.local(author="ann") as registry, ModelRegistry.local(author="bob") as other:
        registry.register("fraud", "1.0", "s3://models/1")
        with other.dry_run() as trial:
            assert isinstance(trial, ModelRegistry)
            registry.copy("fraud", to=trial)
            assert [version.name for version in trial.list_versions("fraud")] == ["1.0"]
        assert len(trial.plan) == 3
        assert other.find_model("fraud") is None
        with pytest.raises(StoreError, match="is closed"):
            trial.find_model("fraud")
