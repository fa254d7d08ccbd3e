"""Nothing is written that nobody saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from model_registry.mcp import plans
from model_registry.types import ModelArtifact, Plan

from .conftest import agent_of

if TYPE_CHECKING:
    from model_registry import AsyncModelRegistry

CHANGES: list[dict[str, Any]] = [
    {"action": "register", "version": "2", "uri": "s3://models/2", "metrics": {"accuracy": 0.9}},
    {"action": "register", "version": "2", "properties": {"tags": ["a", "b"], "rows": 3, "ok": True}},
    {"action": "edit", "description": "New"},
    {"action": "edit", "version": "1", "properties": {"team": "risk", "rows": None}},
    {"action": "alias", "version": "1", "alias": "champion"},
    {"action": "alias", "alias": "old"},
    {"action": "archive"},
    {"action": "archive", "version": "1"},
]


async def everything(registry: AsyncModelRegistry) -> list[str]:
    """All that the registry has."""
    lists = (registry.list_models(), registry.list_versions(), registry.list_artifacts())
    return [repr(each.model_dump()) for pager in lists for each in await pager.to_list()]


async def prepared(registry: AsyncModelRegistry) -> None:
    await registry.register("fraud", "1", "s3://models/1", properties={"rows": 2})
    await registry.set_alias("fraud", "old", "1")


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_a_plan_writes_nothing_and_applying_it_writes_just_that(
    registry: AsyncModelRegistry, change: dict[str, Any]
) -> None:
    await prepared(registry)
    before = await everything(registry)
    async with agent_of(registry, write=True) as agent:
        plan = await agent.ok("plan_change", model="fraud", **change)
        again = await agent.ok("plan_change", model="fraud", **change)
        assert again == plan
        assert plan["changes"]
        assert await everything(registry) == before
        applied = await agent.ok("apply_plan", digest=plan["digest"])
        assert (applied["status"], applied["changes"]) == ("applied", plan["changes"])
        after = await everything(registry)
        assert after != before
        message = await agent.fails("apply_plan", digest=plan["digest"])
        assert "or it was applied already" in message
        assert await everything(registry) == after


async def test_without_a_plan_nothing_is_written(registry: AsyncModelRegistry) -> None:
    await prepared(registry)
    before = await everything(registry)
    async with agent_of(registry, write=True) as first, agent_of(registry, write=True) as second:
        async with registry.dry_run() as trial:
            await trial.archive("fraud")
        plan = await first.ok("plan_change", model="fraud", action="archive")
        # A right digest, but not of a plan that this server returned.
        assert plan["digest"] == trial.plan.digest
        assert "returned no plan" in await second.fails("apply_plan", digest=plan["digest"])
        for digest in (Plan().digest, f"sha256:{'0' * 64}", plan["digest"].upper(), "", "*", "sha256:"):
            await first.fails("apply_plan", digest=digest)
    assert await everything(registry) == before


@pytest.mark.parametrize("change", [each for each in CHANGES if each["action"] != "archive"], ids=str)
async def test_if_the_registry_changed_nothing_is_written_and_the_new_plan_is_returned(
    registry: AsyncModelRegistry, change: dict[str, Any]
) -> None:
    await prepared(registry)
    async with agent_of(registry, write=True) as agent:
        plan = await agent.ok("plan_change", model="fraud", **change)
        await registry.register("fraud", "3")
        await registry.set_alias("fraud", "champion", "3")
        await registry.set_alias("fraud", "old", "3")
        await registry.set_properties("fraud/1", {"rows": 5, "team": "others"})
        model = await registry.get_model("fraud")
        model.description = "Others"
        await registry.update(model)
        if change["action"] == "register":
            await registry.register("fraud", "2", "s3://elsewhere")
        before = await everything(registry)
        refused = await agent.call("apply_plan", digest=plan["digest"])
        assert refused.is_error
        assert await everything(registry) == before
        if change["action"] == "register":  # it cannot be made any more
            assert refused.content[0].text.startswith("DuplicateError")
            return
        new = refused.structured_content
        assert (new["status"], new["reason"][:20]) == ("refused", "The registry changed")
        assert new["digest"] != plan["digest"]
        await agent.fails("apply_plan", digest=plan["digest"])
        assert await everything(registry) == before
        assert (await agent.ok("apply_plan", digest=new["digest"]))["changes"] == new["changes"]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"action": "alias", "version": "1", "alias": "champion"}, "AliasConflictError"),
        ({"action": "alias", "version": "1", "alias": "new"}, "AliasConflictError"),
        ({"action": "alias", "alias": "champion"}, "AliasConflictError"),
        ({"action": "edit", "description": "New"}, "StaleObjectError"),
        ({"action": "register", "version": "4", "uri": "s3://models/4"}, "DuplicateError"),
    ],
    ids=str,
)
async def test_19_a_write_of_others_between_check_and_write_stays(
    registry: AsyncModelRegistry, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], error: str
) -> None:
    await prepared(registry)
    await registry.register("fraud", "3")
    await registry.set_alias("fraud", "champion", "3")
    check = plans._dry_run

    async def check_then_others_write(client: AsyncModelRegistry, write: Any) -> Plan:
        plan = await check(client, write)
        for alias in ("champion", "new"):
            await registry.set_alias("fraud", alias, "2")
        model = await registry.get_model("fraud")
        model.description = "Others"
        await registry.update(model)
        await registry.register("fraud", "4", "s3://elsewhere/4")
        return plan

    async with agent_of(registry, write=True) as agent:
        await registry.register("fraud", "2")
        plan = await agent.ok("plan_change", model="fraud", **change)
        with monkeypatch.context() as raced:
            raced.setattr(plans, "_dry_run", check_then_others_write)
            assert error in await agent.fails("apply_plan", digest=plan["digest"])
        assert await registry.list_aliases("fraud") == {"champion": "2", "new": "2", "old": "1"}
        assert (await registry.get_model("fraud")).description == "Others"
        assert (await registry.get_artifact("fraud/4", "fraud", kind=ModelArtifact)).uri == "s3://elsewhere/4"


async def test_nothing_to_write_has_no_digest(registry: AsyncModelRegistry) -> None:
    await prepared(registry)
    async with agent_of(registry, write=True) as agent:
        plan = await agent.ok("plan_change", action="alias", model="fraud", alias="old", version="1")
        assert plan["changes"] == []
        assert "digest" not in plan


@pytest.mark.parametrize(
    "uri",
    [
        *("/etc/passwd", "../model", "model.onnx", "file:///etc/passwd", "FILE://x/y", "C:\\models", "~/x"),
        *("file:x", ".", "s3:", "s3:///x", "\\\\host\\share", "s3://a b", "s3://a\nb"),
    ],
)
async def test_local_paths_are_refused(registry: AsyncModelRegistry, uri: str) -> None:
    async with agent_of(registry, write=True) as agent:
        message = await agent.fails("plan_change", action="register", model="fraud", version="1", uri=uri)
        assert "takes no local paths" in message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"action": "delete"}, "action: Input should be 'register', 'edit', 'alias', 'archive' or 'restore'"),
        ({"action": "register"}, "action 'register' needs version"),
        ({"action": "alias", "version": "1"}, "action 'alias' needs alias"),
        ({"action": "archive", "uri": "s3://x"}, "action 'archive' does not use uri: it uses model, version"),
        ({"action": "edit", "version": "7"}, "NotFoundError"),
        ({"action": "alias", "alias": "latest", "version": "1"}, "the alias 'latest' cannot be set"),
        ({"action": "edit", "properties": {"model-registry.alias.x": "1"}}, "belong to the client itself"),
        ({"action": "edit", "properties": {"model-registry.alias.old": None}}, "belong to the client itself"),
        ({"action": "register", "version": "1"}, "DuplicateError"),
        ({"action": "register", "version": "2", "properties": {"model-registry.x": 1}}, "model-registry."),
    ],
)
async def test_wrong_changes_are_refused(
    registry: AsyncModelRegistry, change: dict[str, Any], message: str
) -> None:
    await prepared(registry)
    before = await everything(registry)
    async with agent_of(registry, write=True) as agent:
        assert message in await agent.fails("plan_change", model="fraud", **change)
    assert await everything(registry) == before


async def test_equal_dry_runs_of_alias_moves_have_equal_digests(registry: AsyncModelRegistry) -> None:
    await prepared(registry)
    digests: set[str] = set()
    for _ in range(2):
        async with registry.dry_run() as trial:
            await trial.set_alias("fraud", "champion", "1")
        digests.add(trial.plan.digest)
    assert len(digests) == 1
