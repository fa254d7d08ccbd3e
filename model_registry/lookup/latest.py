"""Find the latest version of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError

from .lists import by_state, list_options, pager

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import AsyncPager, ListOptions, ModelVersion, RegisteredModel

    from .lists import LatestBy

_MANY = 500
_FEW = 10  # and not one, because registries may return versions of the same millisecond in any order


async def find_latest(
    core: ModelRegistryAPIClient, model: RegisteredModel, by: LatestBy = "created", *, archived: bool = False
) -> ModelVersion | None:
    """Find the latest version of a model; of several equal ones, the one with the greatest id.

    Args:
        core: The registry.
        model: The model.
        by: `created` for the newest version, `semver` for the one with the greatest semantic version.
        archived: Whether to include archived versions.

    Raises:
        InvalidArgumentError: An argument has an invalid value.
    """
    if by not in ("created", "semver"):
        raise InvalidArgumentError(f"by must be 'created' or 'semver', got {by!r}")
    if not isinstance(archived, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        raise InvalidArgumentError(f"archived must be True or False, got {archived!r}")
    parent = id_of(model)
    included = None if archived else False

    def versions(options: ListOptions) -> AsyncPager[ModelVersion]:
        fetch = by_state(core, lambda options: core.get_model_versions(parent, options), included)
        return pager(fetch, options)

    if by == "semver":
        return await _greatest(versions(list_options(core, page_size=_MANY, archived=included)))
    newest = list_options(core, None, "created", _FEW, archived=included, descending=True)
    return await _newest(versions(newest))


async def get_latest(
    core: ModelRegistryAPIClient, model: RegisteredModel, by: LatestBy = "created", *, archived: bool = False
) -> ModelVersion:
    """Return the latest version of a model, as `find_latest` does.

    Raises:
        NotFoundError: The model has no such version.
        InvalidArgumentError: An argument has an invalid value.
    """
    found = await find_latest(core, model, by, archived=archived)
    if found is None:
        which = "whose name is a semantic version" if by == "semver" else "at all"
        hint = "" if archived else "; archived versions count only with archived=True"
        raise NotFoundError(f"model {model.name!r} has no version {which}{hint}", status=404)
    return found


async def _newest(versions: AsyncPager[ModelVersion]) -> ModelVersion | None:
    """Return the version with the greatest id among the first ones, which have the same time."""
    newest: ModelVersion | None = None
    async for version in versions:
        if newest and version.create_time_since_epoch != newest.create_time_since_epoch:
            return newest
        newest = max(newest or version, version, key=_number)
    return newest


async def _greatest(versions: AsyncPager[ModelVersion]) -> ModelVersion | None:
    from model_registry.types.semver import precedence

    found = [(place, _number(each), each) async for each in versions if (place := precedence(each.name))]
    return max(found, key=lambda each: each[:2])[2] if found else None


def _number(version: ModelVersion) -> int:
    return int(id_of(version))
