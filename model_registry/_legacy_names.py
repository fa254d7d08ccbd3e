"""Private names of release 0.3 that public programs use nevertheless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.blocking.client import BlockingClient
from model_registry.client import AsyncModelRegistry
from model_registry.core.base import id_of
from model_registry.exceptions import DuplicateError

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import ModelArtifact, ModelVersion, RegisteredModel


class LegacyNames(BlockingClient[AsyncModelRegistry]):
    """Private names of release 0.3. They may be removed with release 0.4."""

    @property
    def _api(self) -> ModelRegistryAPIClient:
        return self._async.core

    @property
    def _author(self) -> str:
        return self._async.author

    async def _register_model(self, name: str, **fields: Any) -> RegisteredModel:
        found = await self._api.get_registered_model_by_params(name)
        return found or await self._api.upsert_registered_model(types.RegisteredModel(name=name, **fields))

    async def _register_new_version(
        self,
        rm: RegisteredModel,
        version: str,
        author: str,
        /,
        **fields: Any,
    ) -> ModelVersion:
        if await self._api.get_model_version_by_params(id_of(rm), version):
            raise DuplicateError(
                f"version {version!r} of model {rm.name!r} already exists: choose another one", status=409
            )
        return await self._api.upsert_model_version(
            types.ModelVersion(name=version, author=author, **fields), id_of(rm)
        )

    async def _register_model_artifact(
        self,
        mv: ModelVersion,
        name: str,
        uri: str,
        /,
        **fields: Any,
    ) -> ModelArtifact:
        return await self._api.upsert_model_version_artifact(
            types.ModelArtifact(name=name, uri=uri, **fields), id_of(mv)
        )
