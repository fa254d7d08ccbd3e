"""Get, find and list artifacts of any kind."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from model_registry.exceptions import NotFoundError
from model_registry.lookup import artifacts
from model_registry.lookup.lists import PAGE_SIZE, list_options

from .base import Base

if TYPE_CHECKING:
    from model_registry.lookup.lists import OrderBy
    from model_registry.types import ArtifactT, AsyncPager, Filter, ModelVersion, Reference


class Artifacts(Base):
    """Get, find and list artifacts of any kind."""

    async def get_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: type[ArtifactT] | str | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ArtifactT:
        """Return an artifact by its version and name, by id or by external id.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`.
            name: Name of the artifact. Artifacts of different kinds may have the same.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; any kind if not given.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The artifact.

        Raises:
            NotFoundError: There is no such version, or no such artifact of it.
            InvalidArgumentError: The arguments are none of these forms, the artifact is of another kind, or
                several of different kinds have this name.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> from model_registry.types import ModelArtifact
            >>> (await registry.get_artifact("fraud/1.0", "fraud", kind=ModelArtifact)).uri
            's3://models/fraud.onnx'
        """
        found = await artifacts.get_artifact(
            self.core, version, name, kind=kind, id=id, external_id=external_id
        )
        return cast("ArtifactT", found)

    async def find_artifact(
        self,
        version: str | Reference | ModelVersion | None = None,
        name: str | None = None,
        *,
        kind: type[ArtifactT] | str | None = None,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ArtifactT | None:
        """Find an artifact: as `get_artifact`, but `None` if there is no such version or artifact.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`.
            name: Name of the artifact.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; any kind if not given.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The artifact, or `None` when there is no such version or artifact.

        Raises:
            InvalidArgumentError: The arguments are none of these forms, or several kinds have this name.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.find_artifact("fraud/1.0", "fraud")).uri
            's3://models/fraud.onnx'
            >>> print(await registry.find_artifact("fraud/1.0", "card"))
            None
        """
        try:
            found = await artifacts.find_artifact(
                self.core, version, name, kind=kind, id=id, external_id=external_id
            )
        except NotFoundError:  # there is no such version
            return None
        return cast("ArtifactT | None", found)

    def list_artifacts(
        self,
        version: str | Reference | ModelVersion | None = None,
        *,
        kind: type[ArtifactT] | str | None = None,
        filter: str | Filter | None = None,
        order_by: OrderBy = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[ArtifactT]:
        """List the artifacts of a version, or of all versions and of none.

        Args:
            version: The version, or a reference to it such as `fraud/1.0`; all artifacts if not given.
            kind: Kind of artifact: a class, such as `Metric`, or `metric`; all kinds if not given.
            filter: Condition, as text or built with `F`.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name` or
                `F.property("accuracy")`. On the Go server, the client reads the whole list for the last
                two, of at most 10,000 artifacts.
            descending: Largest or latest first.
            page_size: Artifacts to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. Iterating over it raises `NotFoundError` if there is no such version.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> from model_registry.types import Metric
            >>> async for metric in registry.list_artifacts(kind=Metric):
            ...     print(metric.name, metric.value)
        """
        options = list_options(self.core, filter, order_by, page_size, token, descending=descending)
        pager = artifacts.artifacts_pager(self.core, version, kind, options)
        return cast("AsyncPager[ArtifactT]", pager)
