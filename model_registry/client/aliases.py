"""Names that move from version to version: `champion`, `production`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.aliases.log import AliasLog, View, check_spelling, checked_alias
from model_registry.core.base import id_of
from model_registry.exceptions import AliasConflictError, InvalidArgumentError, NotFoundError

from .changing import Changing

if TYPE_CHECKING:
    from model_registry.types import AliasMove, ModelVersion, RegisteredModel


class Aliases(Changing):
    """Names that move from version to version; `model_registry.aliases.log` tells how they are kept."""

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
            force: Move it also where somebody else moves it at the same time.

        Returns:
            The move, whose `changed` is false when the alias was there already and nothing was written.

        Raises:
            AliasConflictError: Somebody else moved the same alias meanwhile; it shows both moves, and theirs
                stands.
            NotFoundError: There is no such model or version.
            InvalidArgumentError: That cannot be an alias, or the version is of another model.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> move = await registry.set_alias("fraud", "champion", "1.0")
            >>> (move.previous, move.version, move.by)
            (None, '1.0', 'ann')
        """
        checked_alias(alias)
        found = await self._given_model(model)
        target = await self._version_of(found, version)
        move = types.AliasMove(found.name, alias, None, target.name, self.author, version_id=target.id)
        return await self._move(found, move, force=force)

    async def remove_alias(
        self,
        model: str | RegisteredModel,
        alias: str,
        *,
        force: bool = False,
    ) -> AliasMove:
        """Remove an alias; the version stays. What is not there need not be removed.

        Args:
            model: The model, or its name.
            alias: The alias.
            force: Remove it also where somebody else moves it at the same time.

        Returns:
            The move to no version, whose `changed` is false when there was no such alias.

        Raises:
            AliasConflictError: Somebody else moved the same alias meanwhile; theirs stands.
            NotFoundError: There is no such model.
            InvalidArgumentError: That cannot be an alias.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> (await registry.remove_alias("fraud", "champion")).changed
            False
        """
        checked_alias(alias)
        found = await self._given_model(model)
        move = types.AliasMove(found.name, alias, None, None, self.author)
        return await self._move(found, move, force=force)

    async def list_aliases(self, model: str | RegisteredModel) -> dict[str, str]:
        """List the aliases of a model.

        Args:
            model: The model, or its name.

        Returns:
            Names of versions by alias, in the order of the aliases.

        Raises:
            NotFoundError: There is no such model.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.set_alias("fraud", "champion", "1.0")
            >>> await registry.list_aliases("fraud")
            {'champion': '1.0'}
        """
        return dict(sorted((await self._aliases(await self._given_model(model))).aliases.items()))

    async def get_alias(self, model: str | RegisteredModel, alias: str) -> ModelVersion:
        """Get the version that an alias is on.

        Args:
            model: The model, or its name.
            alias: The alias.

        Returns:
            The version.

        Raises:
            NotFoundError: There is no such model, or the model has no such alias.
            InvalidArgumentError: That cannot be an alias.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register_model(
            ...     "fraud", "s3://models/fraud.onnx", version="1.0",
            ...     model_format_name="onnx", model_format_version="1",
            ... )
            >>> _ = await registry.set_alias("fraud", "champion", "1.0")
            >>> (await registry.get_alias("fraud", "champion")).name
            '1.0'
        """
        checked_alias(alias)
        found = await self._given_model(model)
        version = await self._at_alias(found, alias)
        if version is None:
            raise NotFoundError(f"model {found.name!r} has no alias {alias!r}", status=404)
        return version

    async def find_alias(self, model: str | RegisteredModel, alias: str) -> ModelVersion | None:
        """Find the version that an alias is on: as `get_alias`, but `None` where there is none.

        Args:
            model: The model, or its name.
            alias: The alias.

        Returns:
            The version, or `None` when there is no such model or alias.

        Raises:
            InvalidArgumentError: That cannot be an alias.
            StoreError: The registry could not be asked.

        Example:
            >>> _ = await registry.register("fraud", "1.0")
            >>> print(await registry.find_alias("fraud", "champion"))
            None
        """
        checked_alias(alias)
        found = await self.find_model(model) if isinstance(model, str) else await self._given_model(model)
        return None if found is None else await self._at_alias(found, alias)

    async def alias_history(self, model: str | RegisteredModel, alias: str | None = None) -> list[AliasMove]:
        """List the moves of an alias, or of all aliases of a model.

        Args:
            model: The model, or its name.
            alias: The alias; all of them when not given.

        Returns:
            The moves, the oldest first.

        Raises:
            NotFoundError: There is no such model.
            InvalidArgumentError: That cannot be an alias.
            StoreError: The registry could not be asked.

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
            checked_alias(alias)
        moves = await AliasLog(self.core, (await self._given_model(model)).name).all()
        return [move for move in moves if alias in (None, move.alias)]

    async def _move(self, model: RegisteredModel, wanted: AliasMove, *, force: bool) -> AliasMove:
        """Record a move in the log, and bring the view up to it."""
        log = AliasLog(self.core, model.name)
        view = await self._aliases(model)
        while True:
            check_spelling(wanted.alias, view)
            move = replace(wanted, number=view.moves + 1, previous=view.aliases.get(wanted.alias))
            made = await log.claim(move) if move.changed else replace(move, number=None)
            if made is not None:
                break
            news = await log.since(view)
            if not news:
                raise AliasConflictError(
                    f"the number of the move {move} is taken, but by no move: try again", mine=move
                )
            view = view.after(news)
            theirs = next((each for each in reversed(news) if each.alias == move.alias), None)
            if theirs is not None and theirs.version != move.version and not force:
                raise AliasConflictError(
                    f"somebody else moved the alias at the same time ({theirs}), so this move was not made "
                    f"({move}). Look at it again, or say force=True",
                    mine=move,
                    theirs=theirs,
                )
        view = view.after([made]) if made.changed else view
        if view.moves > View.of(model).moves:
            await self._catch_up(id_of(model), log, view)
        return made

    async def _catch_up(self, model_id: str, log: AliasLog, view: View) -> None:
        """Bring the properties of a model up to a view, and to moves that were made meanwhile.

        Two writers may read the same properties and write one after the other, so that the second takes away
        what the first wrote. Each therefore looks, after it wrote, whether there are moves that it does not
        know, and writes again: the last one to write has seen all.
        """
        while True:
            current = await self.get_model(id=model_id)
            if View.of(current).moves >= view.moves:
                return
            view.write(current)
            await self._write(current)
            news = await log.since(view)
            if not news:
                return
            view = view.after(news)

    async def _aliases(self, model: RegisteredModel) -> View:
        """Tell where the aliases of a model that was just read are."""
        view = View.of(model)
        return view.after(await AliasLog(self.core, model.name).since(view))

    async def _at_alias(self, model: RegisteredModel, alias: str) -> ModelVersion | None:
        name = (await self._aliases(model)).aliases.get(alias)
        return None if name is None else await self.get_version(model, name)

    async def _given_model(self, model: str | RegisteredModel) -> RegisteredModel:
        if isinstance(model, str):
            return await self.get_model(model)
        if not isinstance(model, types.RegisteredModel):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"a model or its name is needed here, got {model!r}")
        return await self._current(model)

    async def _with_alias(self, model: str, alias: str) -> ModelVersion:
        return await self.get_alias(model, alias)

    async def _version_of(self, model: RegisteredModel, version: str | ModelVersion) -> ModelVersion:
        if isinstance(version, str):
            return await self.get_version(model, version)
        if not isinstance(version, types.ModelVersion):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"a version or its name is needed here, got {version!r}")
        current = await self._current(version)
        if current.registered_model_id != model.id:
            raise InvalidArgumentError(f"version {version.name!r} is not one of model {model.name!r}")
        return current
