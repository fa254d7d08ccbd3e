"""How aliases are stored: a log of moves, and a view of where they are.

The log is the truth. Each move of a model's aliases has a number, and is a stand-alone document artifact
whose external id is made of the model's name and that number. External ids are unique, so of two writers that
claim the same number one is refused: it sees the other's move before it makes its own. The move has happened
when its claim is written.

The view is for people and other tools: custom properties of the model, one per alias with the name of the
version, and one with the number of the last move that they contain. It may lag behind for a moment, or after
a writer died: a reader looks for claims with higher numbers, and a writer updates the view.

Models and versions are stored by name, so that a copy in another registry keeps its aliases.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from model_registry import types
from model_registry.exceptions import ConflictError, InvalidArgumentError
from model_registry.types.alias_names import ACTOR, ALIAS, MOVES, claim_number, claim_prefix

if TYPE_CHECKING:
    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import AliasMove, Artifact, DocArtifact, Page, RegisteredModel

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class View:
    """Where a model's aliases are.

    Attributes:
        moves: Number of the last move that is contained.
        aliases: Names of versions by alias.
    """

    moves: int = 0
    aliases: dict[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, model: RegisteredModel) -> View:
        """Read it from a model's custom properties."""
        properties = model.custom_properties
        moves = properties.get(MOVES)
        aliases = {
            key.removeprefix(ALIAS): value
            for key, value in properties.items()
            if key.startswith(ALIAS) and isinstance(value, str)
        }
        return cls(moves, aliases) if type(moves) is int and moves > 0 else cls()

    def after(self, moves: list[AliasMove]) -> View:
        """Apply moves."""
        aliases = dict(self.aliases)
        for move in moves:
            if move.version is None:
                aliases.pop(move.alias, None)
            else:
                aliases[move.alias] = move.version
        return View(moves[-1].number or 0, aliases) if moves else self

    def write(self, model: RegisteredModel) -> None:
        """Put it into the custom properties of a model that was just read."""
        others = {
            key: value
            for key, value in model.custom_properties.items()
            if key != MOVES and not key.startswith(ALIAS)
        }
        aliases = {ALIAS + alias: version for alias, version in self.aliases.items()}
        model.custom_properties = {**others, **aliases, MOVES: self.moves}


class AliasLog:
    """The moves of one model's aliases.

    Args:
        core: Where the registry is.
        model: Name of the model.
    """

    def __init__(self, core: ModelRegistryAPIClient, model: str) -> None:
        self._core = core
        self._model = model
        self._prefix = claim_prefix(model)
        self._query = f"externalId LIKE '{self._prefix}%'"

    async def since(self, view: View) -> list[AliasMove]:
        """Read the moves that a view does not contain, in order."""
        if view.moves == 0:  # there are no aliases, or a program wiped the properties
            return await self.all()
        moves: list[AliasMove] = []
        number = view.moves + 1
        while (found := await self._find(number)) is not None:
            moves += self._read(found)
            number += 1
        return moves

    async def all(self) -> list[AliasMove]:
        """Read all moves, in order."""
        pager = types.Pager(lambda options: self._core.get_artifacts(self._query, None, options))
        moves = [move async for each in pager.page_size(1000) for move in self._read(each)]
        return sorted(moves, key=lambda move: move.number or 0)

    async def latest(self, count: int, token: str | None = None) -> Page[AliasMove]:
        """Read a page of moves, the latest first.

        Args:
            count: Moves on the page.
            token: Where to continue.
        """
        options = types.ListOptions(limit=count, is_asc=False, next_page_token=token)
        listed = await self._core.get_artifacts(self._query, None, options)
        moves = (move for each in listed for move in self._read(each))
        return types.Page(moves, listed.next_page_token)

    async def claim(self, move: AliasMove) -> AliasMove | None:
        """Write a move under its number; `None` if another move has that number."""
        try:
            made = await self._core.upsert_artifact(self._artifact(move))
        except ConflictError:
            return None
        return replace(move, at=_original_time(made), actor=_text(made.custom_properties.get(ACTOR)))

    async def is_taken(self, number: int) -> bool:
        """Return whether an artifact has the external id of a move."""
        return await self._find(number) is not None

    async def _find(self, number: int) -> Artifact | None:
        return await self._core.get_artifact_by_params(external_id=f"{self._prefix}{number}")

    def _artifact(self, move: AliasMove) -> DocArtifact:
        record = {
            "model": move.model,
            "alias": move.alias,
            "previous": move.previous,
            "version": move.version,
            "version_id": move.version_id,
            "by": move.by,
            # Distinguishes a move from an equal one of another client, if a response was lost. Equal dry runs
            # have equal plans.
            "token": None if self._core.is_dry_run else str(uuid.uuid4()),
        }
        return types.DocArtifact(
            name=f"{self._prefix}{move.number}",
            external_id=f"{self._prefix}{move.number}",
            description=str(move),
            custom_properties={name: value for name, value in record.items() if value is not None},
        )

    def _read(self, artifact: Artifact) -> list[AliasMove]:
        """Return the move that an artifact records; none if it only has the external id of one."""
        record = artifact.custom_properties
        number = claim_number(artifact.external_id, self._model)
        alias = record.get("alias")
        is_move = isinstance(artifact, types.DocArtifact) and record.get("model") == self._model
        if not is_move or number is None or not isinstance(alias, str) or not alias:
            return []
        move = types.AliasMove(
            model=self._model,
            alias=alias,
            previous=_text(record.get("previous")),
            version=_text(record.get("version")),
            by=str(record.get("by")),
            at=_original_time(artifact),
            number=number,
            version_id=_text(record.get("version_id")),
            actor=_text(record.get(ACTOR)),
        )
        return [move]


def checked_alias(alias: object) -> str:
    """Check an alias.

    Raises:
        InvalidArgumentError: It is not a valid alias.
    """
    if not isinstance(alias, str) or not _NAME.fullmatch(alias):
        raise InvalidArgumentError(
            "an alias begins with a letter and has at most 64 letters, digits, '.', '_' and '-', "
            f"such as 'champion'; got {alias!r}"
        )
    if alias.lower() == "latest":
        raise InvalidArgumentError("the alias 'latest' cannot be set: it is always the newest version")
    return alias


def check_spelling(alias: str, view: View) -> None:
    """Check that an alias is no other spelling of an existing one.

    Raises:
        InvalidArgumentError: It is.
    """
    for other in view.aliases:
        if other != alias and other.lower() == alias.lower():
            raise InvalidArgumentError(f"the model has an alias {other!r}: {alias!r} is the same alias")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _original_time(artifact: Artifact) -> datetime | None:
    """Return the time of a move; if it was copied, its time in the original registry."""
    origin = artifact.custom_properties.get("origin.create_time")
    if isinstance(origin, str) and origin.isdigit():
        return datetime.fromtimestamp(int(origin) / 1000, timezone.utc)
    return artifact.create_time
