"""Moves of aliases: the caller is written into each, and some aliases may be moved by few only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from model_registry.server.errors import ApiError
from model_registry.server.identity.roles import Role
from model_registry.server.kinds import ARTIFACT_KINDS, DOC_ARTIFACT, MODEL_VERSION, REGISTERED_MODEL, Kind
from model_registry.server.queries.selection import Selection, find_first
from model_registry.types.alias_names import ACTOR, ALIAS, CLAIM, MOVES, claim_number, claim_prefix

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from model_registry.server.database.protocol import Document, Session
    from model_registry.server.identity.caller import Actor
    from model_registry.server.rows import StoredResource

_ALIAS, _BY, _MODEL, _VERSION = "alias", "by", "model", "version"
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
            ApiError: 400 when it takes the external id of a move and records none. 403 when it moves a
                protected alias, or miscounts or renumbers moves, and the caller may not.
        """
        if _is_claim(kind, after) and not is_move(kind, after):
            raise ApiError(
                400,
                f"the external id {after['externalId']!r} is for a move of an alias: only a doc-artifact"
                " may have it, with the texts 'model' and 'alias', and of that model",
            )
        if not self._people or caller.role is Role.ADMIN:
            return
        if kind is REGISTERED_MODEL:
            old, new = self._aliases(before), self._aliases(after)
            changed = {alias for alias in old.keys() | new.keys() if old.get(alias) != new.get(alias)}
            changed |= _moved_between(session, before, after, caller)
            for alias in sorted(changed):
                if not _is_recorded(session, after, alias):
                    self._require(alias, caller)
        else:
            if before is not None and _is_claim(kind, before) and before["externalId"] != after["externalId"]:
                raise ApiError(  # a number without a move would hide later moves
                    403,
                    f"{caller.described} has the role {caller.role.word}: the external id"
                    f" {before['externalId']!r} is of a move of an alias: the role admin may change it",
                )
            for document in (before, after):
                if document is not None and is_move(kind, document):
                    self._require(text_of(document, _ALIAS), caller)

    def _aliases(self, model: Document | None) -> dict[str, object]:
        """Return the properties of a model that say where its protected aliases are, by alias."""
        properties: dict[str, object] = {} if model is None else model["customProperties"]
        return {
            name.removeprefix(ALIAS): value
            for name, value in properties.items()
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
    """Return whether an artifact records a move, as clients read it."""
    if not _is_claim(kind, document) or kind is not DOC_ARTIFACT or not text_of(document, _ALIAS):
        return False
    return claim_number(document["externalId"], text_of(document, _MODEL) or "") is not None


def _is_claim(kind: Kind, document: Document) -> bool:
    return kind.is_artifact and (document.get("externalId") or "").startswith(CLAIM)


def stamp_actor(kind: Kind, before: Document | None, after: Document, caller: Actor) -> None:
    """Write the caller into a new or changed record of a move, whatever the client sends."""
    if not is_move(kind, after):
        return
    record = {key: value for key, value in after["customProperties"].items() if key != ACTOR}
    stored: dict[str, Any] = {} if before is None else before["customProperties"]
    if ACTOR in stored and record == {key: value for key, value in stored.items() if key != ACTOR}:
        stamp = stored[ACTOR]
    else:
        stamp = {"metadataType": "MetadataStringValue", "string_value": caller.name}
    after["customProperties"] = {**record, ACTOR: stamp}


def author_of(kind: Kind, document: Document) -> str | None:
    """Return who the client says it is, in a version or a move."""
    if kind is MODEL_VERSION:
        return document.get("author") or None
    return text_of(document, _BY) if is_move(kind, document) else None


def text_of(document: Document, key: str) -> str | None:
    """Return a custom property that is a text, or None."""
    value: dict[str, Any] = document["customProperties"].get(key, {})
    return value.get("string_value")


def _moved_between(session: Session, before: Document | None, after: Document, caller: Actor) -> set[str]:
    """Return the aliases that were moved between the numbers of moves that a model contained and contains.

    Raises:
        ApiError: 403 when a number between them was never used. Clients read the moves up to the first such
            number, so that an older move would be the last one for them.
    """
    if before is None:
        return set()
    first, last = sorted((_count(before), _count(after)))
    moved: set[str] = set()
    for number in range(first + 1, last + 1):
        found = _find_claim(session, after, number) if number <= first + _MOST_MOVES else None
        if found is None:
            raise ApiError(
                403,
                f"{caller.described} has the role {caller.role.word}: the custom property {MOVES!r} of model"
                f" {after['name']!r} is the number of its last move of an alias: send it as it was read",
            )
        move = found.document()
        if is_move(found.kind, move):
            moved.add(text_of(move, _ALIAS) or "")
    return moved


def _count(model: Document) -> int:
    return int(model["customProperties"].get(MOVES, {}).get("int_value", "0"))


def _is_recorded(session: Session, model: Document, alias: str) -> bool:
    """Return whether an alias is where its last move led, so that anybody may write that down.

    A client that moves another alias also writes down moves whose client did not get that far.
    """
    properties = model["customProperties"]
    if ALIAS + alias in properties and text_of(model, ALIAS + alias) is None:
        return False  # no client writes that
    number = max(0, _count(model))
    following = _find_claim(session, model, number + 1)
    most = number + _MOST_MOVES
    while following is not None and number < most:  # the caller chose the number
        number += 1
        following = _find_claim(session, model, number + 1)
    if following is not None:
        return False
    for each in range(number, max(0, number - _MOST_MOVES), -1):
        found = _find_claim(session, model, each)
        if found is None:
            return False
        move = found.document()
        if is_move(found.kind, move) and text_of(move, _ALIAS) == alias:
            return text_of(move, _VERSION) == text_of(model, ALIAS + alias)
    return False


def _find_claim(session: Session, model: Document, number: int) -> StoredResource | None:
    """Return the artifact that has the external id of a move, whether it records one or not."""
    external_id = f"{claim_prefix(model['name'])}{number}"
    return find_first(session, Selection(ARTIFACT_KINDS, external_id=external_id))
