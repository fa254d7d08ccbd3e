"""The aliases of one model: where they are, and how they move."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.changes.write import ResourceWriter
from model_registry.core.base import id_of
from model_registry.exceptions import AliasConflictError, NotFoundError

from .log import AliasLog, View, check_spelling, checked_alias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import AliasMove, ModelVersion, RegisteredModel


class AliasBook:
    """The aliases of one model.

    Args:
        core: The registry.
        model: The model, as it was read just now.
    """

    def __init__(self, core: ModelRegistryAPIClient, model: RegisteredModel) -> None:
        self._core = core
        self._model = model
        self._log = AliasLog(core, model.name)

    async def versions(self) -> dict[str, str]:
        """Return the names of versions by alias, in the order of the aliases."""
        return dict(sorted((await self._view()).aliases.items()))

    async def version(self, alias: str) -> str | None:
        """Return the name of the version that has an alias; `None` if the model has no such alias.

        Raises:
            InvalidArgumentError: It cannot be an alias.
        """
        checked_alias(alias)
        return (await self._view()).aliases.get(alias)

    async def history(self, alias: str | None = None) -> list[AliasMove]:
        """Return the moves of an alias, or of all aliases, the oldest first.

        Raises:
            InvalidArgumentError: It cannot be an alias.
        """
        if alias is not None:
            checked_alias(alias)
        return [move for move in await self._log.all() if alias in (None, move.alias)]

    async def move(
        self,
        alias: str,
        version: ModelVersion | None,
        *,
        by: str,
        force: bool = False,
        seen: Mapping[str, str] | None = None,
    ) -> AliasMove:
        """Move an alias to a version, or remove it: record the move in the log, then update the view.

        Args:
            alias: The alias.
            version: A version of the model; `None` to remove the alias.
            by: Who moves it.
            force: Whether to move it where somebody else moves it at the same time.
            seen: What `versions` returned when the caller decided on the move. A move of the alias since then
                is a conflict, too.

        Returns:
            The move. Its `changed` is false when nothing was written.

        Raises:
            AliasConflictError: Somebody else moved the alias at the same time.
            InvalidArgumentError: It cannot be an alias.
        """
        checked_alias(alias)
        name, id_ = (None, None) if version is None else (version.name, version.id)
        asked = types.AliasMove(self._model.name, alias, None, name, by, version_id=id_)
        view = await self._view()
        while True:
            check_spelling(alias, view)
            move = replace(asked, number=view.moves + 1, previous=view.aliases.get(alias))
            if seen is not None and move.previous != seen.get(alias):
                raise AliasConflictError(
                    f"somebody else moved the alias since it was read, from {seen.get(alias)!r} to "
                    f"{move.previous!r}, so this move was not made ({move}). Check it again",
                    mine=move,
                )
            recorded = await self._log.claim(move) if move.changed else replace(move, number=None)
            if recorded is not None:
                break
            view = await self._after_others(view, move, force=force)
        if recorded.changed:
            view = view.after([recorded])
        if view.moves > View.of(self._model).moves:
            await self._store(view)
        return recorded

    async def _view(self) -> View:
        """Return where the aliases are: as the model's properties say, and after later moves."""
        view = View.of(self._model)
        return view.after(await self._log.since(view))

    async def _after_others(self, view: View, move: AliasMove, *, force: bool) -> View:
        """Return the view after the moves of others, which took the number of this one."""
        news = await self._log.since(view)
        if not news:
            if move.number is not None and await self._log.is_taken(move.number):  # by what is no move
                return replace(view, moves=move.number)
            raise AliasConflictError(f"the registry refused the move {move} as a conflict", mine=move)
        theirs = next((each for each in reversed(news) if each.alias == move.alias), None)
        if theirs is not None and theirs.version != move.version and not force:
            raise AliasConflictError(
                f"somebody else moved the alias at the same time ({theirs}), so this move was not made "
                f"({move}). Check it again, or pass force=True",
                mine=move,
                theirs=theirs,
            )
        return view.after(news)

    async def _store(self, view: View) -> None:
        """Store a view, and the moves made meanwhile, in the properties of the model.

        Two writers may read the same properties and write one after the other, so that the second removes
        what the first wrote. So each checks, after its write, whether there are moves that it does not know,
        and writes again: the last one to write has seen all.
        """
        while True:
            current = await self._core.get_registered_model_by_id(id_of(self._model))
            if current is None:
                raise NotFoundError(f"this registry has no model with id {self._model.id!r}", status=404)
            if View.of(current).moves >= view.moves:
                return
            view.write(current)
            await ResourceWriter(self._core).write(current)
            news = await self._log.since(view)
            if not news:
                return
            view = view.after(news)
