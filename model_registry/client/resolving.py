"""From what names a version to the version: references, and the latest of a model."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError

from .finding import Finding
from .lists import list_options, pager

if TYPE_CHECKING:
    from model_registry.types import AsyncPager, ListOptions, ModelVersion, Reference, RegisteredModel

    from .lists import LatestBy


class Resolving(Finding):
    """From what names a version to the version."""

    async def latest(
        self, model: str | RegisteredModel, *, by: LatestBy = "created", archived: bool = False
    ) -> ModelVersion:
        """Get the latest version of a model.

        Args:
            model: The model, or its name.
            by: `created` for the one that was registered last; `semver` for the one with the greatest
                number, in the order of semver.org: `1.10.0` after `1.9.0`, and after its pre-release
                `1.10.0-rc.1`. `v1.2` means `1.2.0`; versions whose names are no such numbers are left out.
            archived: Whether archived versions count, too.

        Returns:
            The version. Of several that are equal in this, it is the one with the greatest id.

        Raises:
            NotFoundError: There is no such model, or it has no such version.
            InvalidArgumentError: An argument cannot be right.
            StoreError: The registry could not be asked.

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
        found = await self._latest(
            await self.get_model(model) if isinstance(model, str) else model, by, archived
        )
        if found is None:
            which = "with a semantic version for a name" if by == "semver" else "at all"
            hint = "" if archived else "; archived ones do not count unless archived=True"
            name = model if isinstance(model, str) else model.name
            raise NotFoundError(f"model {name!r} has no version {which}{hint}", status=404)
        return found

    async def find_latest(
        self, model: str | RegisteredModel, *, by: LatestBy = "created", archived: bool = False
    ) -> ModelVersion | None:
        """Find the latest version of a model: as `latest`, but `None` where there is none.

        Args:
            model: The model, or its name.
            by: `created` or `semver`, as of `latest`.
            archived: Whether archived versions count, too.

        Returns:
            The version, or `None` when there is no such model, or no such version of it.

        Raises:
            InvalidArgumentError: An argument cannot be right.
            StoreError: The registry could not be asked.

        Example:
            >>> print(await registry.find_latest("nobody"))
            None
        """
        found = await self.find_model(model) if isinstance(model, str) else model
        return None if found is None else await self._latest(found, by, archived)

    async def resolve(self, reference: str | Reference | ModelVersion) -> ModelVersion:
        """Get the version that a reference names.

        Args:
            reference: `fraud/1.0`, `fraud@champion`, `fraud@latest`, `fraud` (which means the latest), an
                id, each also after `model-registry://`; or a `Reference`; or a version itself, which is
                given back as it is.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, version or alias.
            InvalidArgumentError: It names no version, or one of another registry.
            StoreError: The registry could not be asked.

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
        if isinstance(reference, types.ModelVersion):
            id_of(reference)
            return reference
        named = reference if isinstance(reference, types.Reference) else types.Reference.parse(reference)
        self._check_registry(named)
        if named.id is not None:
            return await self.get_version(id=named.id)
        if named.version is not None:
            return await self.get_version(named.model, named.version)
        if named.alias == "latest":
            return await self.latest(named.model or "")
        return await self._with_alias(named.model or "", named.alias or "")

    async def _with_alias(self, model: str, alias: str) -> ModelVersion:
        """Get the version that has an alias, for a group of verbs that knows how aliases are kept."""
        raise InvalidArgumentError(f"{model}@{alias}: this client knows no alias but `latest`")

    def _check_registry(self, reference: Reference) -> None:
        """Refuse a reference to another registry."""
        if reference.registry is None:
            return
        wanted, here = urlsplit(f"//{reference.registry}"), urlsplit(self.connection.url)
        if wanted.hostname != here.hostname or wanted.port not in (None, here.port):
            raise InvalidArgumentError(
                f"{reference} names the registry {reference.registry}, and this client uses "
                f"{self.connection.url}: use a client of that one, or leave the registry out"
            )

    async def _latest(self, model: RegisteredModel, by: LatestBy, archived: bool) -> ModelVersion | None:
        if by not in ("created", "semver"):
            raise InvalidArgumentError(f"by must be 'created' or 'semver', got {by!r}")
        if not isinstance(archived, bool):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"archived must be True or False, got {archived!r}")
        parent = id_of(model)
        counts = None if archived else False

        def versions(options: ListOptions) -> AsyncPager[ModelVersion]:
            return pager(lambda options: self.core.get_model_versions(parent, options), options)

        if by == "semver":
            return await _greatest(versions(list_options(page_size=_MANY, archived=counts)))
        return await _newest(versions(list_options(None, "created", _FEW, archived=counts, descending=True)))


_MANY = 500
_FEW = 10  # and not one, since registries may order those of the same millisecond in any way


async def _newest(versions: AsyncPager[ModelVersion]) -> ModelVersion | None:
    """Find the one with the greatest id among the first, which are of the same time."""
    newest: ModelVersion | None = None
    while page := await versions.next_page():
        for version in page:
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
