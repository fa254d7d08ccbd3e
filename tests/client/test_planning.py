"""`dry_run`: the plan of what a verb would write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from model_registry import AsyncModelRegistry
from model_registry.client.planning import plannable
from model_registry.types import Plan, RegisteredModel

if TYPE_CHECKING:
    from collections.abc import Sequence


class Renaming(AsyncModelRegistry):
    """A client with a verb of its own, as the groups of verbs have them."""

    @overload
    async def own(
        self, names: Sequence[str], *, to: Renaming | None = None, dry_run: Literal[True]
    ) -> Plan: ...
    @overload
    async def own(
        self, names: Sequence[str], *, to: Renaming | None = None, dry_run: Literal[False] = ...
    ) -> int: ...
    @plannable
    async def own(self, names: Sequence[str], *, to: Renaming | None = None, dry_run: bool = False) -> int:
        """Register models here, and there too."""
        for name in names:
            await self.core.upsert_registered_model(RegisteredModel(name, owner=self.author))
            if to is not None:
                await to.core.upsert_registered_model(RegisteredModel(name, owner=to.author))
        return len(names)


async def test_a_plan_instead_of_writes_without_code_of_the_verb():
    async with Renaming.local(author="ann") as here, Renaming.local(author="bob") as there:
        plan = await here.own(["a", "b"], to=there, dry_run=True)
        assert [(change.path, change.fields["owner"].after) for change in plan] == [
            ("a", "ann"),
            ("b", "ann"),
            ("a", "bob"),
            ("b", "bob"),
        ]
        assert [model async for model in here.get_registered_models()] == []
        assert await here.own(["a", "b"], to=there) == 2
        assert await there.find_model("b") is not None


async def test_a_plan_for_one_client_twice_is_one_plan():
    async with Renaming.local(author="ann") as here:
        plan = await here.own([], to=here, dry_run=True)
        assert not plan
        assert await here.find_model("a") is None
