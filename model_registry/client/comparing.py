"""Comparing versions, and telling where they came from and went."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.changes.compare import compare_versions
from model_registry.core.base import id_of
from model_registry.core.paging import all_items

from .listing import Listing

if TYPE_CHECKING:
    from model_registry.types import (
        Artifact,
        Comparison,
        InferenceService,
        Lineage,
        ListOptions,
        ModelVersion,
        Page,
        Reference,
        RegisteredModel,
    )

CONCURRENCY = 8
"""Requests at a time."""


class Comparing(Listing):
    """Comparing versions, and telling where they came from and went."""

    async def compare(
        self, left: str | Reference | ModelVersion, right: str | Reference | ModelVersion
    ) -> Comparison:
        """Compare two versions: their fields, custom properties and artifacts.

        Args:
            left: One version, or a reference to it such as `fraud/1.0`.
            right: The other, of the same model or of another one.

        Returns:
            What differs. `print` shows it like a difference between two texts.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: An argument names no version.
            StoreError: The registry could not be asked.

        Example:
            >>> for number, accuracy in (("1.0", 0.9), ("2.0", 0.94)):
            ...     _ = await registry.register_model(
            ...         "fraud", f"s3://models/{number}", version=number, metadata={"accuracy": accuracy},
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
            >>> print(await registry.compare("fraud/1.0", "fraud/2.0"))
            --- fraud/1.0
            +++ fraud/2.0
            - custom_properties.accuracy: 0.9
            + custom_properties.accuracy: 0.94
              ModelArtifact fraud
            -     uri: 's3://models/1.0'
            +     uri: 's3://models/2.0'
        """
        one, other = await self.resolve(left), await self.resolve(right)
        names: dict[str | None, str] = {}
        for version in (one, other):
            if version.registered_model_id not in names:
                model = await self.get_model(id=version.registered_model_id)
                names[version.registered_model_id] = model.name
        return compare_versions(
            one,
            other,
            (
                f"{names[one.registered_model_id]}/{one.name}",
                f"{names[other.registered_model_id]}/{other.name}",
            ),
            await self._artifacts_of(one),
            await self._artifacts_of(other),
        )

    async def lineage(self, model: str | RegisteredModel) -> Lineage:
        """Tell what the registry knows of a model: its versions, what belongs to them and what serves them.

        It takes a request for each version, and few besides.

        Args:
            model: The model, or its name.

        Returns:
            The model, with its versions in the order of registration; each with its model files, data sets,
            metrics, parameters and documents, and with the services that serve it. A service without a
            version of its own serves the newest one.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> print(await registry.lineage("fraud"))
            fraud
              1.0
                ModelArtifact fraud: 's3://models/fraud.onnx'
        """
        found = await self.get_model(model) if isinstance(model, str) else model
        parent = id_of(found)
        versions = await all_items(lambda options: self.core.get_model_versions(parent, options))
        served = await self._services_of(parent)
        newest = versions[-1].id if versions else None
        environments = {each.serving_environment_id for each in served}
        names = {id_: await self._environment_name(id_) for id_ in sorted(filter(None, environments))}
        limit = asyncio.Semaphore(CONCURRENCY)

        async def artifacts(version: ModelVersion) -> list[Artifact]:
            async with limit:
                return await self._artifacts_of(version)

        return types.Lineage(
            found,
            tuple(
                types.VersionLineage(
                    version,
                    tuple(listed),
                    tuple(
                        types.ServedBy(each, names.get(each.serving_environment_id or "", ""))
                        for each in served
                        if (each.model_version_id or newest) == version.id
                    ),
                )
                for version, listed in zip(
                    versions, await asyncio.gather(*map(artifacts, versions)), strict=True
                )
            ),
        )

    async def _artifacts_of(self, version: ModelVersion) -> list[Artifact]:
        parent = id_of(version)
        return await all_items(lambda options: self.core.get_model_version_artifacts(parent, options))

    async def _services_of(self, model_id: str) -> list[InferenceService]:
        query = str(types.F.model_id == model_id)

        async def page(options: ListOptions) -> Page[InferenceService]:
            options.filter_query = query
            return await self.core.get_inference_services(options=options)

        # Some registries take no filter on this list.
        return [each for each in await all_items(page) if each.registered_model_id == model_id]

    async def _environment_name(self, id: str) -> str:
        found = await self.core.get_serving_environment_by_id(id)
        return "" if found is None else found.name
