"""Getting artifacts: by version and name, by id, by external id."""

from __future__ import annotations

from typing import TYPE_CHECKING, overload

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, NotFoundError

from .finding import one_of, there
from .listing import Listing
from .lists import artifact_class

if TYPE_CHECKING:
    from model_registry.types import Artifact, ArtifactT, ModelVersion, Reference

    from .lists import ArtifactKind


class FindingArtifacts(Listing):
    """Getting artifacts of any kind."""

    @overload
    async def get_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: type[ArtifactT],
        id: str | None = None,
        external_id: str | None = None,
    ) -> ArtifactT: ...
    @overload
    async def get_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: str | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> Artifact: ...
    async def get_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: ArtifactKind | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> Artifact:
        """Get an artifact by its version and name, by id or by external id.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`.
            name: Name of the artifact. Artifacts of different kinds may have the same.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; any kind when not given.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The artifact.

        Raises:
            NotFoundError: There is no such version, or no such artifact of it.
            InvalidArgumentError: The arguments are none of these forms, the artifact is of another kind, or
                several of different kinds have this name.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> from model_registry.types import ModelArtifact
            >>> (await registry.get_artifact("fraud/1.0", "fraud", kind=ModelArtifact)).uri
            's3://models/fraud.onnx'
        """
        found = await self._artifact(version, name, kind, id, external_id)
        shown = version.name if isinstance(version, types.ModelVersion) else version
        return there(
            found,
            "artifact",
            version=None if shown is None else str(shown),
            name=name,
            id=id,
            external_id=external_id,
        )

    @overload
    async def find_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: type[ArtifactT],
        id: str | None = None,
        external_id: str | None = None,
    ) -> ArtifactT | None: ...
    @overload
    async def find_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: str | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> Artifact | None: ...
    async def find_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: ArtifactKind | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> Artifact | None:
        """Find an artifact: as `get_artifact`, but `None` where there is no such version or artifact.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`.
            name: Name of the artifact.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; any kind when not given.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The artifact, or `None` when there is no such version or artifact.

        Raises:
            InvalidArgumentError: The arguments are none of these forms, or several kinds have this name.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.find_artifact("fraud/1.0", "fraud")).uri
            's3://models/fraud.onnx'
            >>> print(await registry.find_artifact("fraud/1.0", "card"))
            None
        """
        try:
            return await self._artifact(version, name, kind, id, external_id)
        except NotFoundError:
            return None

    async def _artifact(
        self,
        version: str | Reference | ModelVersion | None,
        name: str | None,
        kind: ArtifactKind | None,
        id: str | None,
        external_id: str | None,
    ) -> Artifact | None:
        one_of(name=name, id=id, external_id=external_id)
        wanted = artifact_class(kind)
        if name is not None:
            if version is None:
                raise InvalidArgumentError(f"artifact {name!r} needs its version beside it")
            if not name:
                raise InvalidArgumentError("name must be a text of at least one character")
            return await self._artifact_of_version(await self.resolve(version), name, kind)
        if version is not None:
            raise InvalidArgumentError("version is given beside the name of an artifact, not beside an id")
        if id is not None:
            found = await self.core.get_artifact_by_id(id)
        else:
            found = await self.core.get_artifact_by_params(external_id=external_id or "")
        if found is not None and not isinstance(found, wanted):
            raise InvalidArgumentError(
                f"artifact {found.id} is a {type(found).__name__}, no {wanted.__name__}"
            )
        return found

    async def _artifact_of_version(
        self, version: ModelVersion, name: str, kind: ArtifactKind | None
    ) -> Artifact | None:
        from model_registry.types import F

        # Some registries take the name for a pattern.
        listed = self.list_artifacts(version, kind=kind, filter=F.name == name)
        found = [each async for each in listed if each.name == name]
        if len(found) > 1:
            raise InvalidArgumentError(
                f"version {version.name!r} has several artifacts named {name!r}: "
                f"{', '.join(f'{type(each).__name__} {each.id}' for each in found)}. Say which with kind="
            )
        return found[0] if found else None
