"""Moves of aliases: the caller is written into each, and some aliases may be moved by few only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from model_registry.server.errors import ApiError
from model_registry.server.identity.roles import Role
from model_registry.server.kinds import DOC_ARTIFACT, MODEL_VERSION, REGISTERED_MODEL, Kind
from model_registry.server.queries.selection import Selection, find_first
from model_registry.types.alias_names import ACTOR, ALIAS, CLAIM, MOVES, claim_prefix

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from model_registry.server.database.protocol import Document, Session
    from model_registry.server.identity.caller import Actor

_ALIAS, _BY, _VERSION = "alias", "by", "version"
_MOST_MOVES: Final = 1000


class ProtectedAliases:
    """Aliases that only admins, and people with certain names, may move.

    Args:
        people: The names for each alias, in lower case.
    """

    def __init__(self, people: Mapping[str, Collection[str]]) -> None:
        self._people = people

    def check(
        self, session: Session, kind: Kind, before: Document | None, after: Document, caller: Actor
    ) -> None:
        """Check that a caller may store a resource.

        Raises:
            ApiError: 403 when it moves a protected alias, and the caller may not.
        """
        if not self._people or caller.role is Role.ADMIN:
            return
        if kind is REGISTERED_MODEL:
            old, new = self._aliases(before), self._aliases(after)
            for alias in sorted(old.keys() | new.keys()):
                if old.get(alias) != new.get(alias) and not _is_recorded(
                    session, after, alias, new.get(alias)
                ):
                    self._require(alias, caller)
        elif is_move(kind, after):
            for document in (before, after):
                self._require(text_of(document, _ALIAS) if document else None, caller)

    def _aliases(self, model: Document | None) -> dict[str, str | None]:
        """Return where the protected aliases of a model are."""
        names = () if model is None else model["customProperties"]
        return {
            name.removeprefix(ALIAS): text_of(model or {}, name)
            for name in names
            if name.startswith(ALIAS) and name.removeprefix(ALIAS).lower() in self._people
        }

    def _require(self, alias: str | None, caller: Actor) -> None:
        people = self._people.get((alias or "").lower())
        if people is not None and caller.name not in people:
            allowed = " or ".join(["the role admin", *map(repr, sorted(people))])
            raise ApiError(
                403,
                f"{caller.described} has the role {caller.role.word}: the alias {alias!r} may be moved by"
                f" {allowed}",
            )


def is_move(kind: Kind, document: Document) -> bool:
    """Return whether an artifact records a move."""
    return kind is DOC_ARTIFACT and (document.get("externalId") or "").startswith(CLAIM)


def stamp_actor(kind: Kind, document: Document, caller: Actor) -> None:
    """Write the caller into a move, whatever the client sends."""
    if is_move(kind, document):
        stamp = {"metadataType": "MetadataStringValue", "string_value": caller.name}
        document["customProperties"] = {**document["customProperties"], ACTOR: stamp}


def author_of(kind: Kind, document: Document) -> str | None:
    """Return who the client says it is, in a version or a move."""
    if kind is MODEL_VERSION:
        return document.get("author") or None
    return text_of(document, _BY) if is_move(kind, document) else None


def text_of(document: Document, key: str) -> str | None:
    """Return a custom property that is a text, or None."""
    value: dict[str, Any] = document["customProperties"].get(key, {})
    return value.get("string_value")


def _is_recorded(session: Session, model: Document, alias: str, version: str | None) -> bool:
    """Return whether the last move of an alias led to a version, so that anybody may write that down.

    A client that moves another alias also writes down moves whose client did not get that far.
    """
    number = model["customProperties"].get(MOVES, {}).get("int_value", "0")
    for each in range(int(number), max(0, int(number) - _MOST_MOVES), -1):
        external_id = f"{claim_prefix(model['name'])}{each}"
        found = find_first(session, Selection((DOC_ARTIFACT,), external_id=external_id))
        if found is None:
            return False
        move = found.document()
        if text_of(move, _ALIAS) == alias:
            return text_of(move, _VERSION) == version
    return False
