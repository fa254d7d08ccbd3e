"""The arguments of the tools. Their schemas are what an agent reads, so they are short."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

PAGE: int = 20
"""Items of a page."""

Name: TypeAlias = Annotated[str, Field(min_length=1, max_length=500)]
VersionText: TypeAlias = Annotated[
    str, Field(description="name/version, name@alias, name@latest or version id", max_length=1000)
]
FilterText: TypeAlias = Annotated[
    str | None, Field(description="Such as owner = 'ann' AND accuracy > 0.9", max_length=2000)
]


class ToolArguments(BaseModel):
    """Arguments of a tool. Unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")


class NoPage(ToolArguments):
    """Arguments of a tool whose result has one page."""


class Paged(ToolArguments):
    """Arguments of a tool whose result has pages."""

    limit: int = Field(default=PAGE, ge=1, le=50)
    cursor: str | None = Field(default=None, description="next_cursor of the page before", max_length=4000)


class FindModels(Paged):
    """Arguments of `find_models`."""

    text: str | None = Field(default=None, description="Part of the name", max_length=200)
    filter: FilterText = None
    archived: bool = Field(default=False, description="Only archived ones")


class GetModel(NoPage):
    """Arguments of `get_model`."""

    model: Name


class ListVersions(Paged):
    """Arguments of `list_versions`."""

    model: Name
    metrics: list[Name] = Field(default=[], description="Metrics to show", max_length=20)
    best_by: Name | None = Field(
        default=None, description="Metric to order by, greatest first; property:NAME for a property"
    )
    lowest_first: bool = False
    filter: FilterText = None
    archived: bool = Field(default=False, description="Only archived ones")


class GetVersion(Paged):
    """Arguments of `get_version`; its pages are those of the artifacts."""

    reference: VersionText


class Compare(NoPage):
    """Arguments of `compare`."""

    left: VersionText
    right: VersionText


class OneVersion(NoPage):
    """Arguments of `lineage` and `resolve`."""

    reference: VersionText


class PlanChange(NoPage):
    """Arguments of `plan_change`."""

    action: Literal["register", "edit", "alias", "archive", "restore"]
    model: Name
    version: Name | None = Field(
        default=None, description="edit, archive, restore: none for the model; alias: none to remove it"
    )
    alias: Name | None = None
    uri: str | None = Field(default=None, description="Where the files are stored", max_length=2000)
    model_format: Name | None = None
    description: str | None = Field(default=None, max_length=4000)
    properties: dict[str, Any] | None = Field(
        default=None, description="edit: null removes one, others stay", max_length=100
    )
    metrics: dict[str, float] | None = Field(default=None, max_length=100)


class ApplyPlan(NoPage):
    """Arguments of `apply_plan`."""

    digest: str = Field(description="Of the plan from plan_change", pattern="^sha256:[0-9a-f]{64}$")
