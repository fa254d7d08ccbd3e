"""Find the best version of a model by a metric or a property."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types.filters import MetricField, PropertyField

from .checks import did_you_mean
from .lists import by_state, list_options
from .sorting import MOST_VERSIONS, Sorting, in_order, metric_of, property_of, read_values, sorting_by

if TYPE_CHECKING:
    from typing import TypeAlias

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ModelVersion, RegisteredModel

    BestBy: TypeAlias = str | PropertyField | MetricField

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
    query = list_options(archived=included).filter_query
    found = await read_values(fetch, _sorting(core, by), query)
    numbers = [each for each in found if isinstance(each[1], (int, float)) and not isinstance(each[1], bool)]
    # The list is in the order of registration, so the latest of equal ones is the first from its end.
    ordered = in_order(numbers[::-1], descending=not lowest)
    return ordered[0][0] if ordered else None


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
        return sorting_by(by, core)

    async def value(version: ModelVersion) -> object:
        metric = await metric_of(core, version, by)
        return await property_of(version, by) if metric is None else metric

    return Sorting(MetricField(by), value, MOST_VERSIONS)


async def _names(core: ModelRegistryAPIClient, model: RegisteredModel) -> set[str]:
    """Return names of properties and metrics of some versions."""
    from model_registry import types

    from .artifacts import artifacts_pager

    some = types.ListOptions(limit=_NAMED_VERSIONS, is_asc=False)
    names: set[str] = set()
    for version in await core.get_model_versions(id_of(model), some):
        names |= version.custom_properties.keys()
        metrics = artifacts_pager(core, version, types.Metric, types.ListOptions(limit=100))
        names |= {each.name or "" for each in await metrics.to_list(100)}
    return names
