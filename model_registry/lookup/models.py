"""Find models and versions by name, id or external id."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.near_names import did_you_mean
from model_registry.types.arguments import version_name

from .checks import check_one_of, existing, names_in
from .lists import by_state, pager, pager_under

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import AsyncPager, ListOptions, ModelVersion, RegisteredModel
    from model_registry.types.rows import Column


def find_model(
    core: ModelRegistryAPIClient,
    name: str | None = None,
    *,
    id: str | None = None,
    external_id: str | None = None,
) -> Awaitable[RegisteredModel | None]:
    """Find a model by its name, id or external id.

    Raises:
        InvalidArgumentError: Not exactly one of them is given.
    """
    check_one_of(name=name, id=id, external_id=external_id)
    if id is not None:
        return core.get_registered_model_by_id(id)
    if external_id is not None:
        return core.get_registered_model_by_params(external_id=external_id)
    return core.get_registered_model_by_params(name or "")


async def get_model(
    core: ModelRegistryAPIClient,
    name: str | None = None,
    *,
    id: str | None = None,
    external_id: str | None = None,
) -> RegisteredModel:
    """Return a model by its name, id or external id.

    Raises:
        NotFoundError: There is none.
        InvalidArgumentError: Not exactly one of them is given.
    """
    found = await find_model(core, name, id=id, external_id=external_id)
    if found is None and name is not None:
        names = await names_in(core.get_registered_models)
        raise NotFoundError(f"this registry has no model {name!r}{did_you_mean(name, names)}", status=404)
    return existing(found, "model", id=id, external_id=external_id)


async def find_version(
    core: ModelRegistryAPIClient,
    model: str | RegisteredModel | None = None,
    version: str | int | None = None,
    *,
    id: str | None = None,
    external_id: str | None = None,
) -> ModelVersion | None:
    """Find a version by its model and name, by id or by external id.

    Raises:
        InvalidArgumentError: The arguments are none of these forms.
    """
    name = None if version is None else version_name(version)
    if isinstance(model, str) and name is id is external_id is None:
        raise InvalidArgumentError(
            f"the version of {model!r} is missing: pass it as the next argument, or use"
            f" resolve({model!r}) if the text is a reference such as 'fraud/1.0' or 'fraud@latest'"
        )
    check_one_of(version=name, id=id, external_id=external_id)
    if id is not None:
        return await core.get_model_version_by_id(id)
    if external_id is not None:
        return await core.get_model_version_by_params(external_id=external_id)
    if model is None:
        raise InvalidArgumentError(f"version {version!r} needs its model as well")
    parent = await find_model(core, model) if isinstance(model, str) else model
    if parent is None:
        return None
    return await core.get_model_version_by_params(id_of(parent), name or "")


async def get_version(
    core: ModelRegistryAPIClient,
    model: str | RegisteredModel | None = None,
    version: str | int | None = None,
    *,
    id: str | None = None,
    external_id: str | None = None,
) -> ModelVersion:
    """Return a version by its model and name, by id or by external id.

    Raises:
        NotFoundError: There is no such model, or it has no such version.
        InvalidArgumentError: The arguments are none of these forms.
    """
    found = await find_version(core, model, version, id=id, external_id=external_id)
    if found is None and version is not None and model is not None:
        parent = await get_model(core, model) if isinstance(model, str) else model
        names = await names_in(lambda options: core.get_model_versions(id_of(parent), options))
        listed = f"; its latest versions are {', '.join(map(repr, names[:5]))}" if names else ""
        raise NotFoundError(f"model {parent.name!r} has no version {str(version)!r}{listed}", status=404)
    shown = model.name if isinstance(model, types.RegisteredModel) else model
    name = None if version is None else str(version)
    return existing(found, "version", model=shown, version=name, id=id, external_id=external_id)


def versions_pager(
    core: ModelRegistryAPIClient,
    model: str | RegisteredModel | None,
    options: ListOptions,
    *,
    archived: bool | None = None,
) -> AsyncPager[ModelVersion]:
    """Return a pager of the versions of a model, or of all models; of archived ones, others or both."""

    async def rows(items: list[ModelVersion], columns: Sequence[Column]) -> list[dict[str, object]]:
        from .columns import rows_of_versions

        return await rows_of_versions(core, items, columns)

    if model is None:
        fetch = by_state(core, lambda options: core.get_model_versions(None, options), archived)
        return pager(fetch, options, row_fn=rows)
    parent = (lambda: get_model(core, model)) if isinstance(model, str) else id_of(model)

    async def page(id_: str, options: ListOptions) -> list[ModelVersion]:
        return await by_state(core, lambda each: core.get_model_versions(id_, each), archived)(options)

    return pager_under(parent, page, options, row_fn=rows)
