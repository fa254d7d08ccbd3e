"""Rules of the operations that create and change resources."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from model_registry.server.database.schema import NO_PARENT
from model_registry.server.errors import ApiError, UniqueViolation, bad_request, conflict
from model_registry.server.kinds import (
    ARTIFACT_KINDS,
    DATA_SET,
    KIND_BY_ARTIFACT_TYPE,
    KIND_BY_SCHEMA,
    METRIC,
    MODEL_VERSION,
    SERVE_MODEL,
    Kind,
)
from model_registry.server.queries.selection import Selection, find_first
from model_registry.server.rows import StoredResource, insert_row, link_artifact, update_row
from model_registry.server.rules.references import (
    load_artifact,
    load_resource,
    resolve_references,
    use_path_parent,
)
from model_registry.server.rules.rule import Rule, respond

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.server.database.protocol import Document, Session
    from model_registry.server.rules.rule import Body, OperationRequest, OperationResponse


def create_rule(kind: Kind, *, below: bool = False, defaults: Mapping[str, str] | None = None) -> Rule:
    """Return the rule that creates a resource.

    Args:
        kind: Its kind.
        below: Whether the path names its parent.
        defaults: Values of fields that are not sent, instead of those of the kind.
    """

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        if request.body.get("id") is not None:
            raise bad_request(f"the registry assigns the id of a new {kind.noun}: leave out id")
        body = dict(request.body)
        if below and kind.parent_field:
            use_path_parent(session, body, kind.parent_field, request.id)
        document = _new_document(session, kind, body, kind.defaults if defaults is None else defaults)
        if kind is SERVE_MODEL:
            _refuse_gated(session, document)
        parent_id = NO_PARENT if kind.parent is None else None
        if kind.parent_field:
            parent_id = int(document[kind.parent_field])
        elif below and kind.parent:
            parent_id = load_resource(session, (KIND_BY_SCHEMA[kind.parent],), request.id).id
        _name_after_parent(kind, body, document, parent_id)
        return respond(_insert(session, kind, document, parent_id), 201)

    return Rule(run, writes=True)


def create_artifact_rule() -> Rule:
    """Return the rule that creates an artifact without a parent, of the kind that the body names."""
    rules = {kind: create_rule(kind) for kind in ARTIFACT_KINDS}

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        return rules[_kind_of(request.body)].run(session, request)

    return Rule(run, writes=True)


def upsert_artifact_rule() -> Rule:
    """Return the rule that creates or changes an artifact of the version in the path.

    With an id, the artifact is changed and also linked to this version. Without one, a metric or parameter
    is changed when the version has one of that name. Otherwise the artifact is created.
    """

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        version_id = load_resource(session, (MODEL_VERSION,), request.id).id
        kind = _kind_of(request.body)
        _check_value(kind, request.body)
        existing: StoredResource | None = None
        if request.body.get("id") is not None:
            existing = load_artifact(session, kind, str(request.body["id"]))
        elif kind.updated_by_name and request.body.get("name"):
            by_name = Selection((kind,), version_id=version_id, name=str(request.body["name"]))
            existing = find_first(session, by_name)
        if existing is None:
            document = _new_document(session, kind, request.body, kind.defaults)
            _name_after_parent(kind, request.body, document, version_id)
            return respond(_insert(session, kind, document, version_id, version_id), 201)
        body = _update(session, existing, request.body)
        link_artifact(session, version_id, existing.id, existing.document()["name"])
        return respond(body)

    return Rule(run, writes=True)


def update_rule(*kinds: Kind) -> Rule:
    """Return the rule that changes the fields of a body that are not null.

    Custom properties are replaced as a whole.
    """

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        stored = load_resource(session, kinds, request.id)
        artifact_type = request.body.get("artifactType") or "unknown"
        if len(kinds) > 1 and artifact_type != stored.kind.artifact_type:
            raise ApiError(
                400,
                f"cannot change artifact type from '{stored.kind.artifact_type}' to '{artifact_type}':"
                " artifact type is immutable",
            )
        return respond(_update(session, stored, request.body))

    return Rule(run, writes=True)


_IMMUTABLE: Final = frozenset({"id", "name", "artifactType"})  # an update ignores these fields
_TRUE: Final = "true"


def _kind_of(body: Body) -> Kind:
    """Return the kind of artifact that a body describes."""
    kind = KIND_BY_ARTIFACT_TYPE.get(str(body.get("artifactType")))
    if kind is None:
        raise bad_request(
            "invalid artifact type, must be either ModelArtifact, DocArtifact, DataSet, Metric, or Parameter"
            f" (artifactType: {', '.join(KIND_BY_ARTIFACT_TYPE)})"
        )
    return kind


def _check_value(kind: Kind, body: Body) -> None:
    if kind is METRIC and body.get("value") is None:
        raise bad_request("metric value is required")


def _new_document(session: Session, kind: Kind, body: Body, defaults: Mapping[str, str]) -> Document:
    _check_value(kind, body)
    document: Document = {"customProperties": {}}
    document |= {key: value for key, value in defaults.items() if key not in body}
    document |= {key: value for key, value in body.items() if value is not None and key != "id"}
    if kind.generates_name and not document.get("name"):
        document["name"] = str(uuid.uuid4())
    if kind.artifact_type:
        document["artifactType"] = kind.artifact_type
    resolve_references(session, document)
    return document


def _name_after_parent(kind: Kind, body: Body, document: Document, parent_id: int | None) -> None:
    """Replace an empty name by the parent's id, as the reference server does except for data sets."""
    if kind.generates_name and body.get("name") == "" and parent_id is not None and kind is not DATA_SET:
        document["name"] = str(parent_id)


def _update(session: Session, stored: StoredResource, body: Body) -> str:
    before = stored.document()
    changes = {key: value for key, value in body.items() if value is not None and key not in _IMMUTABLE}
    resolve_references(session, changes)
    after = before | changes
    try:
        return update_row(session, stored.kind, before, after)
    except UniqueViolation as violation:
        raise _already_exists(stored.kind, after, violation) from None


def _insert(
    session: Session, kind: Kind, document: Document, parent_id: int | None, version_id: int | None = None
) -> str:
    try:
        return insert_row(session, kind, document, parent_id, version_id)
    except UniqueViolation as violation:
        raise _already_exists(kind, document, violation) from None


def _already_exists(kind: Kind, document: Document, violation: UniqueViolation) -> ApiError:
    field = {"name": "name", "external_id": "externalId"}[violation.column]
    return conflict(f"{kind.noun} with {field} {document[field]} already exists")


def _refuse_gated(session: Session, serve_model: Document) -> None:
    """Refuse to deploy a gated or private model: the registry has no credentials of model hubs."""
    version = load_resource(session, (MODEL_VERSION,), serve_model["modelVersionId"]).document()
    properties: Mapping[str, Any] = version["customProperties"]
    if properties.get("hf_gated", {}).get("string_value", "") not in {"", "false"}:
        raise bad_request(
            "cannot deploy gated HuggingFace model: authentication not yet supported"
            " (model requires approval or authentication)"
        )
    if properties.get("hf_private", {}).get("string_value") == _TRUE:
        raise bad_request("cannot deploy private HuggingFace model: authentication not yet supported")
