"""The artifacts in which clients record moves of aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from model_registry.server.kinds import DOC_ARTIFACT, MODEL_VERSION, Kind

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Document
    from model_registry.server.identity.caller import Caller

CLAIM: Final = "model-registry.alias-move/"
"""Prefix of the external ids of moves."""

ACTOR: Final = "actor"
"""Custom property of a move with the caller that wrote it, as the server knows it."""

_BY: Final = "by"


def is_move(kind: Kind, document: Document) -> bool:
    """Return whether an artifact records a move."""
    return kind is DOC_ARTIFACT and (document.get("externalId") or "").startswith(CLAIM)


def stamp_actor(kind: Kind, document: Document, caller: Caller) -> None:
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
