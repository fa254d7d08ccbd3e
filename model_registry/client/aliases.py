"""Names that move from version to version, such as `champion`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import aliases
from model_registry.lookup.models import find_model
from model_registry.lookup.references import Resolver

from .base import Base

if TYPE_CHECKING:
    from model_registry.types import AliasMove, ModelVersion, RegisteredModel


class Aliases(Base):
    """Names that move from version to version, such as `champion`."""

    async def set_alias(
        self,
        model: str | RegisteredModel,
        alias: str,
        version: str | ModelVersion,
        *,
        force: bool = False,
    ) -> AliasMove:
        """Set an alias of a model on one of its versions, or move it there.

        A version may have any number of aliases. The move is recorded with who made it, when, and from where.

        Args:
            model: The model, or its name.
            alias: The alias: letters, digits, `.`, `_` and `-`, beginning with a letter.
            version: The version, or its name.
            force: Move it even if somebody else moves it at the same time.

        Returns:
            The move. Its `changed` is false when the version had the alias already and nothing was written.

        Raises:
            AliasConflictError: Somebody else moved the same alias at the same time; the error shows both
                moves, and theirs is valid.
            NotFoundError: There is no such model or version.
            InvalidArgumentError: It is not a valid alias, or the version is of another model.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> move = await registry.set_alias("fraud", "champion", "1.0")
            >>> (move.previous, move.version, move.by)
            (None, '1.0', 'ann')
        """
        aliases.checked_alias(alias)
        resolver = Resolver(self.core)
        found = await resolver.model(model)
        target = await resolver.version_of(found, version)
        return await aliases.AliasBook(self.core, found).move(alias, target, by=self.author, force=force)

    async def remove_alias(
        self,
        model: str | RegisteredModel,
        alias: str,
        *,
        force: bool = False,
    ) -> AliasMove:
        """Remove an alias; the version stays. A missing alias is no error.

        Args:
            model: The model, or its name.
            alias: The alias.
            force: Remove it even if somebody else moves it at the same time.

        Returns:
            The move to no version. Its `changed` is false when there was no such alias.

        Raises:
            AliasConflictError: Somebody else moved the same alias at the same time; their move is valid.
            NotFoundError: There is no such model.
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.remove_alias("fraud", "champion")).changed
            False
        """
        aliases.checked_alias(alias)
        found = await Resolver(self.core).model(model)
        return await aliases.AliasBook(self.core, found).move(alias, None, by=self.author, force=force)

    async def list_aliases(self, model: str | RegisteredModel) -> dict[str, str]:
        """List the aliases of a model.

        Args:
            model: The model, or its name.

        Returns:
            Names of versions by alias, in the order of the aliases.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.set_alias("fraud", "champion", "1.0")
            >>> await registry.list_aliases("fraud")
            {'champion': '1.0'}
        """
        return await aliases.AliasBook(self.core, await Resolver(self.core).model(model)).versions()

    async def get_alias(self, model: str | RegisteredModel, alias: str) -> ModelVersion:
        """Return the version that has an alias.

        Args:
            model: The model, or its name.
            alias: The alias.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, or the model has no such alias.
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.set_alias("fraud", "champion", "1.0")
            >>> (await registry.get_alias("fraud", "champion")).name
            '1.0'
        """
        aliases.checked_alias(alias)
        resolver = Resolver(self.core)
        return await resolver.version_with_alias(await resolver.model(model), alias)

    async def find_alias(self, model: str | RegisteredModel, alias: str) -> ModelVersion | None:
        """Return the version that has an alias, as `get_alias`; `None` if there is none.

        Args:
            model: The model, or its name.
            alias: The alias.

        Returns:
            The version, or `None` when there is no such model or alias.

        Raises:
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register("fraud", "1.0")
            >>> print(await registry.find_alias("fraud", "champion"))
            None
        """
        aliases.checked_alias(alias)
        resolver = Resolver(self.core)
        found = await find_model(self.core, model) if isinstance(model, str) else await resolver.model(model)
        return None if found is None else await resolver.find_version_with_alias(found, alias)

    async def alias_history(self, model: str | RegisteredModel, alias: str | None = None) -> list[AliasMove]:
        """List the moves of an alias, or of all aliases of a model.

        Args:
            model: The model, or its name.
            alias: The alias; all of them if not given.

        Returns:
            The moves, the oldest first.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: It is not a valid alias.
            StoreError: The request failed.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.set_alias("fraud", "champion", "1.0")
            >>> _ = await registry.remove_alias("fraud", "champion")
            >>> [(move.previous, move.version) for move in await registry.alias_history("fraud")]
            [(None, '1.0'), ('1.0', None)]
        """
        if alias is not None:
            aliases.checked_alias(alias)
        return await aliases.AliasBook(self.core, await Resolver(self.core).model(model)).history(alias)
