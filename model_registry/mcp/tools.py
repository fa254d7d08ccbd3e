"""The tools: their names, what they do, what they take and return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from mcp.types import Tool, ToolAnnotations

from . import arguments, reading, results
from .schemas import schema_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry import AsyncModelRegistry

    from .plans import PlanBook

    Run: TypeAlias = "Callable[[ToolCall, Any], Awaitable[results.ToolResult]]"


class ToolCall(NamedTuple):
    """What a tool works with.

    Attributes:
        registry: The client of the caller.
        caller: Distinguishes callers.
        plans: The plans that were returned.
    """

    registry: AsyncModelRegistry
    caller: str
    plans: PlanBook


@dataclass(frozen=True)
class RegistryTool:
    """A tool.

    Attributes:
        name: Its name.
        description: What it does, for agents.
        arguments: The class of its arguments.
        result: The class of its result.
        run: Runs it with a call and arguments.
        writes: Whether it changes the registry.
    """

    name: str
    description: str
    arguments: type[arguments.ToolArguments]
    result: type[results.ToolResult]
    run: Run
    writes: bool = False

    def described(self) -> Tool:
        """Return the description that clients get."""
        return Tool(
            name=self.name,
            description=self.description,
            input_schema=schema_of(self.arguments),
            output_schema=schema_of(self.result),
            annotations=ToolAnnotations(
                read_only_hint=not self.writes,
                destructive_hint=self.writes,
                idempotent_hint=True,
                open_world_hint=False,
            ),
        )


def _reads(run: Callable[[AsyncModelRegistry, Any], Awaitable[results.ToolResult]]) -> Run:
    def read(call: ToolCall, given: Any) -> Awaitable[results.ToolResult]:  # noqa: ANN401  # of the tool's class
        return run(call.registry, given)

    return read


READING: Final = (
    RegistryTool(
        "find_models",
        "Find registered models.",
        arguments.FindModels,
        results.FoundModels,
        _reads(reading.find_models),
    ),
    RegistryTool(
        "get_model",
        "Show a model: texts, properties, aliases, latest version.",
        arguments.GetModel,
        results.ModelWithAliases,
        _reads(reading.get_model),
    ),
    RegistryTool(
        "list_versions",
        "List versions of a model, newest or best first, with chosen metrics.",
        arguments.ListVersions,
        results.FoundVersions,
        _reads(reading.list_versions),
    ),
    RegistryTool(
        "get_version",
        "Show a version: properties, aliases, metrics, artifacts.",
        arguments.GetVersion,
        results.VersionWithArtifacts,
        _reads(reading.get_version),
    ),
    RegistryTool(
        "compare",
        "Compare two versions.",
        arguments.Compare,
        results.ComparedVersions,
        _reads(reading.compare),
    ),
    RegistryTool(
        "lineage",
        "Show the data sets, files and services of a version.",
        arguments.OneVersion,
        results.FoundLineage,
        _reads(reading.lineage),
    ),
    RegistryTool(
        "resolve",
        "Find the version that a reference means, and its URI.",
        arguments.OneVersion,
        results.ResolvedVersion,
        _reads(reading.resolve),
    ),
)
"""The tools that every server has."""

WRITING: Final = (
    RegistryTool(
        "plan_change",
        "Return what a change would write, and write nothing. Show it to the user before apply_plan.",
        arguments.PlanChange,
        results.PlannedChange,
        lambda call, given: call.plans.plan(call.registry, call.caller, given),
    ),
    RegistryTool(
        "apply_plan",
        "Write a plan that the user approved. Refused with a new plan if the registry changed.",
        arguments.ApplyPlan,
        results.AppliedPlan,
        lambda call, given: call.plans.apply(call.registry, call.caller, given),
        writes=True,
    ),
)
"""The tools that servers have that may write."""
