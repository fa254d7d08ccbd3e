"""Load the resources that ids in paths and bodies refer to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from model_registry.server.errors import bad_request, not_found
from model_registry.server.ids import INT32, parse_id, parse_integer
from model_registry.server.kinds import (
    ARTIFACT_KINDS,
    MODEL_VERSION,
    REGISTERED_MODEL,
    SERVING_ENVIRONMENT,
    Kind,
)
from model_registry.server.rows import StoredResource, get_row

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Document, Session
    from model_registry.server.rules.rule import Body

REFERENCES: Final = {
    "servingEnvironmentId": SERVING_ENVIRONMENT,
    "registeredModelId": REGISTERED_MODEL,
    "modelVersionId": MODEL_VERSION,
}
"""Fields with the id of another resource, which must exist, in the order in which they are checked."""


def noun_for(kinds: tuple[Kind, ...]) -> str:
    """Return what error messages call a resource of one of the kinds."""
    return "artifact" if kinds[0].is_artifact else kinds[0].noun


def load_resource(session: Session, kinds: tuple[Kind, ...], id: str) -> StoredResource:
    """Return the resource with an id from a path or body.

    Raises:
        ApiError: 400 when the id is not an integer, 404 when no resource of the kinds has it.
    """
    noun = noun_for(kinds)
    found = get_row(session, parse_id(noun, id))
    if found is None or found.kind.is_artifact != kinds[0].is_artifact:
        raise not_found(f"no {noun} found for id {id}")
    if found.kind not in kinds:
        if found.kind.is_artifact:
            raise not_found(f"artifact with id {id} is not a {kinds[0].noun}")
        raise not_found(f"no {noun} found for id {id}")
    return found


def load_artifact(session: Session, kind: Kind, id: str) -> StoredResource:
    """Return the artifact with the id from the body of an upsert.

    Raises:
        ApiError: 404 when no artifact has the id, 400 when the artifact is of another kind.
    """
    found = load_resource(session, ARTIFACT_KINDS, id)
    if found.kind is not kind:
        raise bad_request(f"artifact with id {id} is not a {kind.noun}")
    return found


def use_path_parent(session: Session, body: Body, parent_field: str, path_id: str) -> None:
    """Set the parent of a body to the one in the path.

    Raises:
        ApiError: 400 when the body names another parent, 404 when the parent in the path does not exist.
    """
    in_body = body[parent_field]
    if parse_integer(str(in_body)) != parse_integer(path_id):
        _resolve(session, parent_field, path_id)  # a missing parent is reported first
        raise bad_request(f"{parent_field} is {in_body} in the body but {path_id} in the path")
    body[parent_field] = path_id


def resolve_references(session: Session, fields: Document) -> None:
    """Check that the resources that fields refer to exist, and write their ids in the stored form.

    Raises:
        ApiError: 404 when one does not exist, 400 when an id is not an integer.
    """
    for name in REFERENCES:
        if fields.get(name) is not None:
            fields[name] = str(_resolve(session, name, fields[name]))


def _resolve(session: Session, field: str, text: str) -> int:
    """Return the id of the resource that a field refers to."""
    kind = REFERENCES[field]
    if kind is SERVING_ENVIRONMENT and parse_integer(text, INT32) is None:
        raise not_found(f"no {kind.noun} found for id {text}")  # as the reference server does
    return load_resource(session, (kind,), text).id
