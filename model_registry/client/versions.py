"""Get, find, list and resolve versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.lookup import best, latest, models
from model_registry.lookup.lists import PAGE_SIZE, list_options
from model_registry.lookup.references import Resolver

from .base import Base

if TYPE_CHECKING:
    from model_registry.lookup.best import BestBy
    from model_registry.lookup.lists import LatestBy, VersionOrder
    from model_registry.types import AsyncPager, Filter, ModelVersion, Reference, RegisteredModel


class Versions(Base):
    """Get, find, list and resolve versions."""

    async def get_version(
        self,
        model: str | RegisteredModel | None = None,
        version: str | int | None = None,
        *,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ModelVersion:
        """Return a version by its model and name, by id or by external id.

        Args:
            model: The model, or its name.
            version: Name of the version.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, or no such version of it.
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0", "s3://models/fraud.onnx")
            >>> (await registry.get_version("fraud", "1.0")).author
            'ann'
        """
        return await models.get_version(self.core, model, version, id=id, external_id=external_id)

    async def find_version(
        self,
        model: str | RegisteredModel | None = None,
        version: str | int | None = None,
        *,
        id: str | None = None,
        external_id: str | None = None,
    ) -> ModelVersion | None:
        """Find a version: as `get_version`, but `None` if there is no such model or version.

        Args:
            model: The model, or its name.
            version: Name of the version.
            id: The registry's id.
            external_id: Your own id.

        Returns:
            The version, or `None` when there is no such model or version.

        Raises:
            InvalidArgumentError: The arguments are none of these forms.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0")
            >>> print(await registry.find_version("fraud", "2.0"))
            None
        """
        return await models.find_version(self.core, model, version, id=id, external_id=external_id)

    def list_versions(
        self,
        model: str | RegisteredModel | None = None,
        *,
        filter: str | Filter | None = None,
        archived: bool | None = None,
        order_by: VersionOrder = "id",
        descending: bool = False,
        page_size: int = PAGE_SIZE,
        token: str | None = None,
    ) -> AsyncPager[ModelVersion]:
        """List the versions of a model, or of all models.

        Args:
            model: The model, or its name; versions of all models if not given.
            filter: Condition, as text or built with `F`.
            archived: `False` leaves archived ones out, `True` lists only these.
            order_by: `id`, which is the order of registration, `created`, `updated`, `name`,
                `F.property("accuracy")` or `F.metric("accuracy")`. By a property, numbers come before texts,
                and versions without a value at the end. On the Go server, the client reads the whole list for
                the last three: at most 10,000 versions, and 1,000 for a metric.
            descending: Largest or latest first.
            page_size: Versions to fetch at a time.
            token: Where to continue: `next_page_token` of a page or pager of the same list.

        Returns:
            A pager. Iterating over it raises `NotFoundError` if there is no such model.

        Raises:
            InvalidArgumentError: An argument has an invalid value.

        Example:
            >>> from model_registry import F
            >>> good = registry.list_versions(filter=F.property("accuracy") > 0.9)
            >>> [version.name async for version in good]
            []
        """
        options = list_options(
            self.core,
            filter,
            order_by,
            page_size,
            token,
            archived=archived,
            descending=descending,
            has_metrics=True,
        )
        return models.versions_pager(self.core, model, options, archived=archived)

    async def latest(
        self, model: str | RegisteredModel, *, by: LatestBy = "created", archived: bool = False
    ) -> ModelVersion:
        """Return the latest version of a model.

        Args:
            model: The model, or its name.
            by: `created` for the one that was registered last; `semver` for the one with the greatest
                number, in the order of semver.org: `1.10.0` after `1.9.0`, and after its pre-release
                `1.10.0-rc.1`. `v1.2` means `1.2.0`; versions with other names are left out.
            archived: Whether to include archived versions.

        Returns:
            The version. If several are equal, the one with the greatest id.

        Raises:
            NotFoundError: There is no such model, or it has no such version.
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> for number in ("1.9", "1.10", "1.8.1"):
            ...     _ = await registry.register_model(
            ...         "fraud", "s3://models/fraud.onnx", version=number,
            ...         model_format_name="onnx", model_format_version="1",
            ...     )
            >>> (await registry.latest("fraud")).name
            '1.8.1'
            >>> (await registry.latest("fraud", by="semver")).name
            '1.10'
        """
        found = await models.get_model(self.core, model) if isinstance(model, str) else model
        return await latest.get_latest(self.core, found, by, archived=archived)

    async def find_latest(
        self, model: str | RegisteredModel, *, by: LatestBy = "created", archived: bool = False
    ) -> ModelVersion | None:
        """Find the latest version of a model: as `latest`, but `None` if there is none.

        Args:
            model: The model, or its name.
            by: `created` or `semver`, as for `latest`.
            archived: Whether to include archived versions.

        Returns:
            The version, or `None` when there is no such model, or no such version of it.

        Raises:
            InvalidArgumentError: An argument has an invalid value.
            StoreError: The request failed.

        Example:
            >>> print(await registry.find_latest("nobody"))
            None
        """
        found = await models.find_model(self.core, model) if isinstance(model, str) else model
        return None if found is None else await latest.find_latest(self.core, found, by, archived=archived)

    async def best(
        self, model: str | RegisteredModel, by: BestBy, *, lowest: bool = False, archived: bool = False
    ) -> ModelVersion:
        """Return the version of a model with the greatest metric or property.

        Args:
            model: The model, or its name.
            by: Name of a metric, such as `accuracy`; of versions that do not have it, the custom property of
                this name counts. `F.metric("accuracy")` or `F.property("accuracy")` for only one of them.
            lowest: Whether the least number is the best, such as of a loss.
            archived: Whether to include archived versions.

        Returns:
            The version. If several are equal, the one with the greatest id. Versions without a number do not
            count.

        Raises:
            NotFoundError: There is no such model, or no version of it has such a number.
            InvalidArgumentError: An argument has an invalid value, or the model has more than 1,000 versions,
                10,000 for a property, on the Go server, of which the client reads all.
            StoreError: The request failed.

        Example:
            >>> for number, accuracy in (("1.0", 0.91), ("1.1", 0.94), ("1.2", 0.89)):
            ...     _ = await registry.register("fraud", number, metrics={"accuracy": accuracy})
            >>> (await registry.best("fraud", "accuracy")).name
            '1.1'
        """
        found = await models.get_model(self.core, model) if isinstance(model, str) else model
        return await best.get_best(self.core, found, by, lowest=lowest, archived=archived)

    async def find_best(
        self, model: str | RegisteredModel, by: BestBy, *, lowest: bool = False, archived: bool = False
    ) -> ModelVersion | None:
        """Find the best version of a model: as `best`, but `None` if there is none.

        Args:
            model: The model, or its name.
            by: The metric or property, as for `best`.
            lowest: Whether the least number is the best.
            archived: Whether to include archived versions.

        Returns:
            The version, or `None` when there is no such model, or no version of it has such a number.

        Raises:
            InvalidArgumentError: As for `best`.
            StoreError: The request failed.

        Example:
            >>> print(await registry.find_best("nobody", "accuracy"))
            None
        """
        found = await models.find_model(self.core, model) if isinstance(model, str) else model
        if found is None:
            return None
        return await best.find_best(self.core, found, by, lowest=lowest, archived=archived)

    async def resolve(self, reference: str | Reference | ModelVersion) -> ModelVersion:
        """Return the version that a reference names.

        Args:
            reference: `fraud/1.0`, `fraud@champion`, `fraud@latest`, `fraud` (which means the latest), an
                id, each also after `model-registry://`; or a `Reference`; or a version, which is
                returned unchanged.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, version or alias.
            InvalidArgumentError: It names no version, or a version of another registry.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.resolve("fraud/1.0")).name
            '1.0'
            >>> (await registry.resolve("model-registry://fraud")).name
            '1.0'
        """
        return await Resolver(self.core).version(reference)
