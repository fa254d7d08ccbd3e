"""Ids in paths and bodies, and the resources that they name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.server.errors import bad_request, not_found
from model_registry.server.integers import INT32, parse_integer
from model_registry.server.resource_store import Document, Stored, fetch
from model_registry.server.resources import (
    ARTIFACT_KINDS,
    MODEL_VERSION,
    REGISTERED_MODEL,
    SERVING_ENVIRONMENT,
    Kind,
)

if TYPE_CHECKING:
    from model_registry.server.bodies import Body
    from model_registry.server.database.store import Session

REFERENCES: Final = {
    "servingEnvironmentId": SERVING_ENVIRONMENT,
    "registeredModelId": REGISTERED_MODEL,
    "modelVersionId": MODEL_VERSION,
}
"""Fields that name another resource, which has to be there, in the order in which they are looked at."""


def word_for(kinds: tuple[Kind, ...]) -> str:
    """What messages call one of the kinds."""
    return "artifact" if kinds[0].is_artifact else kinds[0].word


def parse_id(word: str, text: str) -> int:
    """The number that an id is; `word` is what messages call what it is of."""
    number = parse_integer(text, INT32)
    if number is None:
        raise bad_request(f'invalid {word} ID: "{text}" is no whole number of 32 bits')
    return number


def resource_named(session: Session, kinds: tuple[Kind, ...], id: str) -> Stored:
    """The resource that an id of a path or body names."""
    word = word_for(kinds)
    found = fetch(session, parse_id(word, id))
    if found is None or found.kind.is_artifact != kinds[0].is_artifact:
        raise not_found(f"no {word} found for id {id}")
    if found.kind not in kinds:
        if found.kind.is_artifact:
            raise not_found(f"artifact with id {id} is not a {kinds[0].word}")
        raise not_found(f"no {word} found for id {id}")
    return found


def artifact_named(session: Session, kind: Kind, id: str) -> Stored:
    """The artifact that the body of an upsert names."""
    found = resource_named(session, ARTIFACT_KINDS, id)
    if found.kind is not kind:
        raise bad_request(f"artifact with id {id} is not a {kind.word}")
    return found


def agree_on_parent(session: Session, body: Body, parent_field: str, path_id: str) -> None:
    """Let the path name the parent; a body that names another one is a mistake."""
    given = body[parent_field]
    if parse_integer(str(given)) != parse_integer(path_id):
        _resolve(session, parent_field, path_id)  # a parent that is not there is the greater mistake
        raise bad_request(f"{parent_field} is {given} in the body but {path_id} in the path")
    body[parent_field] = path_id


def resolve_references(session: Session, fields: Document) -> None:
    """See that what the fields name is there, and write its id in the one way that is stored."""
    for name in REFERENCES:
        if fields.get(name) is not None:
            fields[name] = str(_resolve(session, name, fields[name]))


def _resolve(session: Session, field: str, text: str) -> int:
    """The id of the resource that a field names."""
    kind = REFERENCES[field]
    if kind is SERVING_ENVIRONMENT and parse_integer(text, INT32) is None:
        raise not_found(f"no {kind.word} found for id {text}")  # as the reference server has it
    return resource_named(session, (kind,), text).id
