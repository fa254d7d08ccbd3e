"""The rules of a registry: what each operation does, for whichever kind it is about.

A rule is made for its kinds by one of the public functions here; `operations` gives each operation of the
contract its rule. A rule gets a transaction and a call that was read already, and answers with bytes.
"""

from __future__ import annotations

import functools
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from model_registry.server.database.schema import NO_PARENT
from model_registry.server.errors import ApiError, UniqueViolation, bad_request, conflict, not_found
from model_registry.server.filters.plan import Plan, plan
from model_registry.server.filters.query import FilterError, parse
from model_registry.server.paging import read_page
from model_registry.server.references import (
    agree_on_parent,
    artifact_named,
    parse_id,
    resolve_references,
    resource_named,
    word_for,
)
from model_registry.server.resource_store import (
    Document,
    Stored,
    attribute,
    insert_resource,
    update_resource,
)
from model_registry.server.resources import (
    ARTIFACT_KINDS,
    BY_ARTIFACT_TYPE,
    BY_SCHEMA,
    DATA_SET,
    INFERENCE_SERVICE,
    METRIC,
    MODEL_VERSION,
    REGISTERED_MODEL,
    SERVE_MODEL,
    Kind,
)
from model_registry.server.selecting import Part, Selection, find, list_page, newest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from model_registry.server.bodies import Body
    from model_registry.server.database.store import Session


@dataclass(frozen=True)
class Call:
    """A request, read.

    Attributes:
        path: The path below the API's prefix.
        id: The path's parameter as it was sent, or an empty text.
        query: The query parameters that the operation knows.
        body: The fields of the body.
    """

    path: str
    id: str = ""
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Body = field(default_factory=dict[str, Any])


class Answer(NamedTuple):
    """What a request gets: a status, and the body or its first part."""

    status: int
    body: Part


class Rule(NamedTuple):
    """What an operation does.

    Attributes:
        run: The work, to be called in a transaction.
        writes: Whether it changes anything.
    """

    run: Callable[[Session, Call], Answer]
    writes: bool = False


def getting(*kinds: Kind) -> Rule:
    """Answer the resource that the path names."""

    def run(session: Session, call: Call) -> Answer:
        return _answer(resource_named(session, kinds, call.id).body)

    return Rule(run)


def finding(*kinds: Kind) -> Rule:
    """Answer the resource with a name, or an external id, or both."""
    owned = kinds[0].parent is not None
    keys = ("name", "parentResourceId", "externalId") if owned else ("name", "externalId")
    named = "artifactName" if kinds[0].is_artifact else "name"
    wanted = f"either ({named} and parentResourceId), or" if owned else "either name or"

    def run(session: Session, call: Call) -> Answer:
        name, parent, external_id = (call.query.get(key) or None for key in _FIND_KEYS)
        if external_id is None and (name is None or (owned and parent is None)):
            raise bad_request(f"invalid parameters call, supply {wanted} externalId")
        parent_id = parse_id("parent resource", parent) if owned and parent else None
        found = find(session, _selection(kinds, parent_id, name, external_id))
        if found is None:
            criteria = ", ".join(f"{key}={call.query.get(key, '')}" for key in keys)
            others = ARTIFACT_KINDS if kinds[0].is_artifact else kinds
            if others != kinds and find(session, _selection(others, parent_id, name, external_id)):
                raise not_found(f"artifact with {criteria} is not a {kinds[0].word}")
            raise not_found(f"no {_plural(kinds)} found for {criteria}")
        return _answer(found.body)

    return Rule(run)


def listing(*kinds: Kind, below: Kind | None = None) -> Rule:
    """Answer a page of resources: all of the kinds, or those below the one that the path names."""

    def run(session: Session, call: Call) -> Answer:
        query = call.query
        page = read_page(call.path, query)
        parent = resource_named(session, (below,), call.id) if below else None
        listed = _of_type(kinds, query.get("artifactType", ""))
        selection = _selection(
            listed,
            parent and parent.id,
            query.get("name") or None,
            query.get("externalId") or None,
            _plan_filter(query.get("filterQuery", ""), listed),
        )
        return Answer(200, list_page(session, selection, page))

    return Rule(run)


def creating(kind: Kind, *, below: bool = False, defaults: Mapping[str, str] | None = None) -> Rule:
    """Make a resource.

    Args:
        kind: What it is.
        below: Whether the path names its parent.
        defaults: What it gets for fields that are not sent, instead of what the kind says.
    """

    def run(session: Session, call: Call) -> Answer:
        if call.body.get("id") is not None:
            raise bad_request(f"the id of a new {kind.word} is given by the registry: leave out id")
        body = dict(call.body)
        if below and kind.parent_field:
            agree_on_parent(session, body, kind.parent_field, call.id)
        document = _new_document(session, kind, body, kind.defaults if defaults is None else defaults)
        if kind is SERVE_MODEL:
            _refuse_gated(session, document)
        parent_id = NO_PARENT if kind.parent is None else None
        if kind.parent_field:
            parent_id = int(document[kind.parent_field])
        elif below and kind.parent:
            parent_id = resource_named(session, (BY_SCHEMA[kind.parent],), call.id).id
        _name_after_parent(kind, body, document, parent_id)
        return _answer(_insert(session, kind, document, parent_id), 201)

    return Rule(run, writes=True)


def creating_artifact() -> Rule:
    """Make an artifact of the kind that the body tells, without a parent."""
    rules = {kind: creating(kind) for kind in ARTIFACT_KINDS}

    def run(session: Session, call: Call) -> Answer:
        return rules[_kind_of(call.body)].run(session, call)

    return Rule(run, writes=True)


def upserting_artifact() -> Rule:
    """Make or change an artifact of the version that the path names.

    With an id the artifact is changed and belongs to this version too; a metric or parameter is also changed
    when the version has one of its name; else the artifact is made.
    """

    def run(session: Session, call: Call) -> Answer:
        version_id = resource_named(session, (MODEL_VERSION,), call.id).id
        kind = _kind_of(call.body)
        _check_value(kind, call.body)
        there: Stored | None = None
        if call.body.get("id") is not None:
            there = artifact_named(session, kind, str(call.body["id"]))
        elif kind.renewed_by_name and call.body.get("name"):
            there = find(session, Selection((kind,), version_id=version_id, name=str(call.body["name"])))
        if there is None:
            document = _new_document(session, kind, call.body, kind.defaults)
            _name_after_parent(kind, call.body, document, version_id)
            return _answer(_insert(session, kind, document, version_id, version_id), 201)
        body = _change(session, there, call.body)
        attribute(session, version_id, there.id, there.document()["name"])
        return _answer(body)

    return Rule(run, writes=True)


def patching(*kinds: Kind) -> Rule:
    """Change the fields that are sent and not null; custom properties are replaced as a whole."""

    def run(session: Session, call: Call) -> Answer:
        stored = resource_named(session, kinds, call.id)
        wanted = call.body.get("artifactType") or "unknown"
        if len(kinds) > 1 and wanted != stored.kind.artifact_type:
            raise bad_request(
                f"cannot change artifact type from '{stored.kind.artifact_type}' to '{wanted}':"
                " artifact type is immutable"
            )
        return _answer(_change(session, stored, call.body))

    return Rule(run, writes=True)


def getting_service_model() -> Rule:
    """Answer the registered model that an inference service serves."""

    def run(session: Session, call: Call) -> Answer:
        service = resource_named(session, (INFERENCE_SERVICE,), call.id).document()
        return _answer(resource_named(session, (REGISTERED_MODEL,), service["registeredModelId"]).body)

    return Rule(run)


def getting_service_version() -> Rule:
    """Answer the version that an inference service serves: the one that it names, or its model's newest."""

    def run(session: Session, call: Call) -> Answer:
        service = resource_named(session, (INFERENCE_SERVICE,), call.id).document()
        if "modelVersionId" in service:
            return _answer(resource_named(session, (MODEL_VERSION,), service["modelVersionId"]).body)
        version = newest(session, Selection((MODEL_VERSION,), parent_id=int(service["registeredModelId"])))
        if version is None:
            raise not_found(f"no model versions found for id {service['id']}")
        return _answer(version.body)

    return Rule(run)


_FIND_KEYS: Final = ("name", "parentResourceId", "externalId")
_GIVEN: Final = frozenset({"id", "name", "artifactType"})  # never changed by an update
_ANSWERED_YES: Final = "true"


def _answer(body: str, status: int = 200) -> Answer:
    return Answer(status, Part(body.encode() + b"\n"))


def _plural(kinds: tuple[Kind, ...]) -> str:
    return kinds[0].plural if len(kinds) == 1 else "artifacts"


def _selection(
    kinds: tuple[Kind, ...],
    parent_id: int | None,
    name: str | None,
    external_id: str | None,
    filter: Plan | None = None,
) -> Selection:
    if kinds[0].is_artifact:
        return Selection(kinds, None, parent_id, name, external_id, filter)
    if kinds[0].parent is None and name is not None:
        parent_id = NO_PARENT
    return Selection(kinds, parent_id, None, name, external_id, filter)


def _of_type(kinds: tuple[Kind, ...], artifact_type: str) -> tuple[Kind, ...]:
    if not artifact_type:
        return kinds
    if artifact_type == "null":  # what a client without a value may write
        raise bad_request("invalid artifact type: empty or null value provided")
    kind = BY_ARTIFACT_TYPE.get(artifact_type)
    if kind is None:
        raise bad_request(f"invalid artifact type {artifact_type}")
    return (kind,)


@functools.lru_cache(maxsize=256)
def _plan_filter(text: str, kinds: tuple[Kind, ...]) -> Plan | None:
    try:
        expression = parse(text)
    except FilterError as error:
        raise bad_request(error.message) from None
    try:
        return None if expression is None else plan(expression, kinds)
    except FilterError as error:
        raise bad_request(f"error listing {word_for(kinds)}s: {error.message}") from None


def _kind_of(body: Body) -> Kind:
    """The kind of artifact that a body is about."""
    kind = BY_ARTIFACT_TYPE.get(str(body.get("artifactType")))
    if kind is None:
        raise bad_request(
            "invalid artifact type, must be either ModelArtifact, DocArtifact, DataSet, Metric, or Parameter"
            f" (artifactType: {', '.join(BY_ARTIFACT_TYPE)})"
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
    if kind.generated_name and not document.get("name"):
        document["name"] = str(uuid.uuid4())
    if kind.artifact_type:
        document["artifactType"] = kind.artifact_type
    resolve_references(session, document)
    return document


def _name_after_parent(kind: Kind, body: Body, document: Document, parent_id: int | None) -> None:
    """Name what was given an empty name as the reference server does; data sets alone keep a unique one."""
    if kind.generated_name and body.get("name") == "" and parent_id is not None and kind is not DATA_SET:
        document["name"] = str(parent_id)


def _change(session: Session, stored: Stored, body: Body) -> str:
    before = stored.document()
    changes = {key: value for key, value in body.items() if value is not None and key not in _GIVEN}
    resolve_references(session, changes)
    after = before | changes
    try:
        return update_resource(session, stored.kind, before, after)
    except UniqueViolation as violation:
        raise _taken(stored.kind, after, violation) from None


def _insert(
    session: Session, kind: Kind, document: Document, parent_id: int | None, version_id: int | None = None
) -> str:
    try:
        return insert_resource(session, kind, document, parent_id, version_id)
    except UniqueViolation as violation:
        raise _taken(kind, document, violation) from None


def _taken(kind: Kind, document: Document, violation: UniqueViolation) -> ApiError:
    field = {"name": "name", "external_id": "externalId"}[violation.column]
    return conflict(f"{kind.word} with {field} {document[field]} already exists")


def _refuse_gated(session: Session, serve_model: Document) -> None:
    """Models that a hub gives to some users only cannot be deployed: the registry holds no credentials."""
    version = resource_named(session, (MODEL_VERSION,), serve_model["modelVersionId"]).document()
    properties: Mapping[str, Any] = version["customProperties"]
    if properties.get("hf_gated", {}).get("string_value", "") not in {"", "false"}:
        raise bad_request(
            "cannot deploy gated HuggingFace model: authentication not yet supported"
            " (model requires approval or authentication)"
        )
    if properties.get("hf_private", {}).get("string_value") == _ANSWERED_YES:
        raise bad_request("cannot deploy private HuggingFace model: authentication not yet supported")
