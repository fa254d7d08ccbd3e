"""Find the best version of a model by a metric or a property."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, InvalidRequestError, NotFoundError
from model_registry.near_names import did_you_mean
from model_registry.types.filters import MetricField, PropertyField

from .lists import by_state, list_options
from .sorting import (
    MOST_VERSIONS,
    Sorting,
    is_number,
    metric_of,
    property_of,
    quoted,
    read_values,
    sorting_by,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import TypeAlias

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ListOptions, ModelVersion, RegisteredModel

    BestBy: TypeAlias = str | PropertyField | MetricField

_FEW = 20
"""Versions per page where the first decides."""
_NAMED_VERSIONS = 20
"""Versions whose metrics are read for the names in an error."""


async def find_best(
    core: ModelRegistryAPIClient,
    model: RegisteredModel,
    by: BestBy,
    *,
    lowest: bool = False,
    archived: bool = False,
) -> ModelVersion | None:
    """Find the version of a model with the greatest number; of several equal ones, the latest.

    Args:
        core: The registry.
        model: The model.
        by: Name of a metric, or of a custom property of versions that do not have such a metric; or a field.
        lowest: Whether the least number is the best.
        archived: Whether to include archived versions.

    Raises:
        InvalidArgumentError: An argument has an invalid value, or the model has too many versions.
    """
    for argument, value in {"lowest": lowest, "archived": archived}.items():
        if not isinstance(value, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"{argument} must be True or False, got {value!r}")
    included = None if archived else False
    parent = id_of(model)
    fetch = by_state(core, lambda options: core.get_model_versions(parent, options), included)
    query = list_options(core, archived=included).filter_query
    sorting = _sorting(core, by)
    if not await core.ask_foreign():
        with suppress(InvalidRequestError):  # an older release of our registry does not have the order
            return await _best_listed(fetch, sorting, query, lowest=lowest)
    found = await read_values(fetch, sorting, query)
    numbers: list[tuple[ModelVersion, Any]] = [each for each in found if is_number(each[1])]
    # The list is in the order of registration, so the latest of equal ones is the first from its end.
    choose = min if lowest else max
    return choose(reversed(numbers), key=lambda each: each[1])[0] if numbers else None


async def _best_listed(
    fetch: Callable[[ListOptions], Coroutine[Any, Any, list[ModelVersion]]],
    sorting: Sorting[ModelVersion],
    query: str | None,
    *,
    lowest: bool,
) -> ModelVersion | None:
    """Return the best version of a list that the registry orders."""
    options = types.ListOptions(
        limit=_FEW, is_asc=lowest, filter_query=query, added_order=sorting.added_order
    )
    best: tuple[ModelVersion, object] | None = None
    async for version in types.Pager(fetch, options):
        value = await sorting.value_of(version)
        if isinstance(value, str) and not lowest:
            continue  # texts come before numbers here
        if not is_number(value) or (best is not None and best[1] != value):
            break
        best = version, value
        if not lowest:
            break  # of equal ones, the latest is the first here, and the last otherwise
    return best and best[0]


async def get_best(
    core: ModelRegistryAPIClient,
    model: RegisteredModel,
    by: BestBy,
    *,
    lowest: bool = False,
    archived: bool = False,
) -> ModelVersion:
    """Return the version that `find_best` finds.

    Raises:
        NotFoundError: No version of the model has such a number.
        InvalidArgumentError: As of `find_best`.
    """
    found = await find_best(core, model, by, lowest=lowest, archived=archived)
    if found is not None:
        return found
    name = by if isinstance(by, str) else by.name
    hint = "" if archived else "; archived versions count only with archived=True"
    raise NotFoundError(
        f"model {model.name!r} has no version with a number as its metric or property {name!r}"
        f"{did_you_mean(name, await _names(core, model))}{hint}",
        status=404,
    )


def _sorting(core: ModelRegistryAPIClient, by: BestBy) -> Sorting[ModelVersion]:
    if not isinstance(by, str):
        return sorting_by(by, core, has_metrics=True)

    async def value(version: ModelVersion) -> object:
        metric = await metric_of(core, version, by)
        return await property_of(version, by) if metric is None else metric

    field = MetricField(by)  # which checks the name
    return Sorting(core, field, f"values.{quoted(by)}", value, MOST_VERSIONS)


async def _names(core: ModelRegistryAPIClient, model: RegisteredModel) -> set[str]:
    """Return names of properties and metrics of some versions."""
    from .artifacts import artifacts_pager

    some = types.ListOptions(limit=_NAMED_VERSIONS, is_asc=False)
    names: set[str] = set()
    for version in await core.get_model_versions(id_of(model), some):
        names |= version.custom_properties.keys()
        metrics = artifacts_pager(core, version, types.Metric, types.ListOptions(limit=100))
        names |= {each.name or "" for each in await metrics.to_list(100)}
    return names
