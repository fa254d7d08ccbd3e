"""Plans that this process returned, and how they are applied: nothing is written that nobody saw."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import NotFoundError

from .changes import prepare
from .results import AppliedPlan, PlannedChange
from .views import change_views

if TYPE_CHECKING:
    from model_registry import AsyncModelRegistry
    from model_registry.types import Plan

    from .arguments import ApplyPlan, PlanChange
    from .changes import Write

_MOST: Final = 200
"""Plans that are stored; the oldest one is forgotten first."""

_CHANGED: Final = (
    "The registry changed since the plan was made, so nothing was written. This is the new plan: show it to "
    "the user before you apply it."
)


class PlanBook:
    """The plans that were returned and not applied, by caller and digest."""

    def __init__(self) -> None:
        self._changes: dict[tuple[str, str], PlanChange] = {}
        self._writing = asyncio.Lock()

    async def plan(self, registry: AsyncModelRegistry, caller: str, given: PlanChange) -> PlannedChange:
        """Return what a change would write, and remember it.

        Args:
            registry: The registry.
            caller: Who may apply the plan.
            given: The change.
        """
        plan = await _dry_run(registry, await prepare(registry, given))
        return PlannedChange(digest=self._remember(caller, plan, given), changes=change_views(plan))

    async def apply(self, registry: AsyncModelRegistry, caller: str, given: ApplyPlan) -> AppliedPlan:
        """Write the change of a plan, if it would still write the same.

        Args:
            registry: The registry.
            caller: Who got the plan.
            given: The digest of the plan.

        Raises:
            NotFoundError: This process returned no such plan to this caller, or it was applied already.
        """
        change = self._changes.get((caller, given.digest))
        if change is None:
            raise NotFoundError(
                "this server returned no plan with this digest, or it was applied already: call plan_change "
                "first, and show its plan to the user",
                sent=False,
            )
        async with self._writing:
            write = await prepare(registry, change)
            plan = await _dry_run(registry, write)
            if plan.digest != given.digest:
                self._changes.pop((caller, given.digest), None)
                return AppliedPlan(
                    status="refused",
                    reason=_CHANGED,
                    digest=self._remember(caller, plan, change),
                    changes=change_views(plan),
                )
            await write(registry)
            self._changes.pop((caller, given.digest), None)
        return AppliedPlan(status="applied", digest=given.digest, changes=change_views(plan))

    def _remember(self, caller: str, plan: Plan, change: PlanChange) -> str | None:
        """Store a change under the digest of its plan; return `None` if there is nothing to write."""
        if not plan:
            return None
        self._changes.pop((caller, plan.digest), None)
        self._changes[caller, plan.digest] = change
        while len(self._changes) > _MOST:
            del self._changes[next(iter(self._changes))]
        return plan.digest


async def _dry_run(registry: AsyncModelRegistry, write: Write) -> Plan:
    async with registry.dry_run() as trial:
        await write(trial)
    return trial.plan
