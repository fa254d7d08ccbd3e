"""Reading a registry, or one model of it, as records: what something belongs to comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.paging import all_items

from .file import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ModelVersion, RegisteredModel

PAGE_SIZE = 500

T = TypeVar("T")


async def records_of_model(
    core: ModelRegistryAPIClient, model: RegisteredModel, version: ModelVersion | None = None
) -> list[Record]:
    """Read a model with its versions and their artifacts, or with one version only."""
    records = [Record(model)]
    parent = id_of(model)
    if version is None:
        versions = await all_items(lambda options: core.get_model_versions(parent, options))
    else:
        versions = [version]
    for each in versions:
        records.append(Record(each, model=model.name))
        under = id_of(each)
        artifacts = await all_items(lambda options: core.get_model_version_artifacts(under, options))  # noqa: B023  # awaited here
        records += [Record(artifact, model=model.name, version=each.name) for artifact in artifacts]
    return records


async def records_of_registry(core: ModelRegistryAPIClient) -> AsyncIterator[list[Record]]:
    """Read everything, some records at a time."""
    names: dict[str, tuple[str, str]] = {}
    belonging: set[str | None] = set()
    async for model in types.Pager(core.get_registered_models, types.ListOptions(limit=PAGE_SIZE)):
        records = await records_of_model(core, model)
        for record in records:
            if isinstance(record.resource, types.ModelVersion):
                names[id_of(record.resource)] = (model.name, record.resource.name)
            elif isinstance(record.resource, types.Artifact):
                belonging.add(record.resource.id)
        names[f"model {model.id}"] = (model.name, "")
        yield records
    artifacts = await all_items(lambda options: core.get_artifacts(options=options))
    yield [Record(artifact) for artifact in artifacts if artifact.id not in belonging]
    async for environment in types.Pager(core.get_serving_environments, types.ListOptions(limit=PAGE_SIZE)):
        yield await _records_of_environment(core, environment, names)


async def _records_of_environment(
    core: ModelRegistryAPIClient, environment: types.ServingEnvironment, names: dict[str, tuple[str, str]]
) -> list[Record]:
    records = [Record(environment)]
    place = id_of(environment)
    for service in await all_items(lambda options: core.get_inference_services(place, options)):
        model, _ = names.get(f"model {service.registered_model_id}", _NAMELESS)
        _, version = names.get(service.model_version_id or "", _NAMELESS)
        records.append(Record(service, model=model, version=version, environment=environment.name))
        within = id_of(service)
        for serve in await all_items(lambda options: core.get_serve_models(within, options)):  # noqa: B023  # awaited here
            model, version = names.get(serve.model_version_id or "", _NAMELESS)
            records.append(
                Record(
                    serve, model=model, version=version, environment=environment.name, service=service.name
                )
            )
    return records


_NAMELESS = (None, None)
