"""Rules of the operations that read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from model_registry.server.cache import SizedCache
from model_registry.server.database.protocol import LongReadError, SlowReadError
from model_registry.server.database.schema import NO_PARENT
from model_registry.server.errors import bad_request, not_found
from model_registry.server.filters.plan import plan
from model_registry.server.filters.query import FilterError, parse
from model_registry.server.ids import parse_id
from model_registry.server.kinds import (
    ARTIFACT_KINDS,
    INFERENCE_SERVICE,
    KIND_BY_ARTIFACT_TYPE,
    MODEL_VERSION,
    REGISTERED_MODEL,
    Kind,
)
from model_registry.server.queries.listing import BodyPart, list_page
from model_registry.server.queries.paging import read_page
from model_registry.server.queries.paths import find_newest
from model_registry.server.queries.selection import Selection, count_below, find_first
from model_registry.server.rules.references import load_resource, noun_for
from model_registry.server.rules.rule import OperationResponse, Rule, respond

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Session
    from model_registry.server.filters.tree import FilterPlan
    from model_registry.server.rules.rule import OperationRequest


def get_rule(*kinds: Kind) -> Rule:
    """Return the rule that gets a resource by id."""

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        return respond(load_resource(session, kinds, request.id).body)

    return Rule(run)


def find_rule(*kinds: Kind) -> Rule:
    """Return the rule that finds a resource by name, external id, or both."""
    owned = kinds[0].parent is not None
    keys = ("name", "parentResourceId", "externalId") if owned else ("name", "externalId")
    named = "artifactName" if kinds[0].is_artifact else "name"
    required = f"either ({named} and parentResourceId), or" if owned else "either name or"

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        name, parent, external_id = (request.query.get(key) or None for key in _FIND_KEYS)
        if external_id is None and (name is None or (owned and parent is None)):
            raise bad_request(f"invalid parameters call, supply {required} externalId")
        parent_id = parse_id("parent resource", parent) if owned and parent else None
        found = find_first(session, _selection(kinds, parent_id, name, external_id))
        if found is None:
            criteria = ", ".join(f"{key}={request.query.get(key, '')}" for key in keys)
            others = ARTIFACT_KINDS if kinds[0].is_artifact else kinds
            if others != kinds and find_first(session, _selection(others, parent_id, name, external_id)):
                raise not_found(f"artifact with {criteria} is not a {kinds[0].noun}")
            raise not_found(f"no {_plural(kinds)} found for {criteria}")
        return respond(found.body)

    return Rule(run)


def list_rule(*kinds: Kind, below: Kind | None = None) -> Rule:
    """Return the rule that lists a page of resources.

    Args:
        kinds: The kinds to list.
        below: The kind of the parent that the path names; None to list all resources.
    """

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        query = request.query
        page = read_page(request.path, query, has_metrics=kinds == (MODEL_VERSION,))
        parent = load_resource(session, (below,), request.id) if below else None
        listed = _of_type(kinds, query.get("artifactType", ""))
        selection = _selection(
            listed,
            parent and parent.id,
            query.get("name") or None,
            query.get("externalId") or None,
            _plan_filter(session, query.get("filterQuery", ""), listed),
        )
        return OperationResponse(200, list_page(session, selection, page))

    return Rule(run)


def lists_rule(*kinds: Kind, below: Kind, path: str) -> Rule:
    """Return the rule that lists a page of the resources below each of several parents.

    Args:
        kinds: The kinds to list.
        below: The kind of the parents.
        path: Where the rest of each list is, with `{}` for the id of the parent.
    """

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        query = {**request.query, "pageSize": request.query.get("pageSize") or str(_PAGE_SIZE)}
        listed = _of_type(kinds, query.get("artifactType", ""))
        ids = _read_ids(query.get("ids", ""))
        if len(ids) > _FEW_LISTS and not session.allows_long_reads:
            raise LongReadError
        lists: list[bytes] = []
        for id_ in ids:
            page = read_page(path.format(id_), query)
            if page.size > _MAX_PAGE_SIZE:
                raise bad_request(f"pageSize {page.size} is too large: at most {_MAX_PAGE_SIZE} are allowed")
            parent = load_resource(session, (below,), id_)
            lists.append(list_page(session, _selection(listed, parent.id, None, None), page).data)
        return OperationResponse(200, BodyPart(b"[" + b",".join(lists) + b"]\n"))

    return Rule(run)


def counts_rule(kind: Kind, *, below: Kind) -> Rule:
    """Return the rule that counts the resources below each of several parents, up to a bound.

    Args:
        kind: The kind to count.
        below: The kind of the parents.
    """

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        parents = [load_resource(session, (below,), id_) for id_ in _read_ids(request.query.get("ids", ""))]
        counts = [count_below(session, kind, parent.id, _MAX_COUNT) for parent in parents]
        return respond(json.dumps(counts))

    return Rule(run)


def service_model_rule() -> Rule:
    """Return the rule that gets the registered model of an inference service."""

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        service = load_resource(session, (INFERENCE_SERVICE,), request.id).document()
        return respond(load_resource(session, (REGISTERED_MODEL,), service["registeredModelId"]).body)

    return Rule(run)


def service_version_rule() -> Rule:
    """Return the rule that gets the version of an inference service: the one it names, or the newest."""

    def run(session: Session, request: OperationRequest) -> OperationResponse:
        service = load_resource(session, (INFERENCE_SERVICE,), request.id).document()
        if "modelVersionId" in service:
            return respond(load_resource(session, (MODEL_VERSION,), service["modelVersionId"]).body)
        model_id = int(service["registeredModelId"])
        version = find_newest(session, Selection((MODEL_VERSION,), parent_id=model_id))
        if version is None:
            raise not_found(f"no model versions found for id {service['id']}")
        return respond(version.body)

    return Rule(run)


_MAX_LISTS: Final = 100
_FEW_LISTS: Final = 30
"""Lists that other requests may wait for."""
_PAGE_SIZE: Final = 10
_MAX_PAGE_SIZE: Final = 100
"""Maximum number of items of each of several lists."""
_MAX_COUNT: Final = 1001
_LONG_FILTER: Final = 500
"""Length of a filter, in characters, from which on other requests do not wait for it."""
_BYTES_PER_CHARACTER: Final = 250
"""Memory of the plan of a filter, for each character of the filter; at most."""
_PLANS_BYTES: Final = 8 * 2**20
_plans: Final[SizedCache[FilterPlan | None]] = SizedCache(_PLANS_BYTES)

_FIND_KEYS: Final = ("name", "parentResourceId", "externalId")


def _plural(kinds: tuple[Kind, ...]) -> str:
    return kinds[0].plural if len(kinds) == 1 else "artifacts"


def _selection(
    kinds: tuple[Kind, ...],
    parent_id: int | None,
    name: str | None,
    external_id: str | None,
    filter: FilterPlan | None = None,
) -> Selection:
    if kinds[0].is_artifact:
        return Selection(kinds, None, parent_id, name, external_id, filter)
    if kinds[0].parent is None and name is not None:
        parent_id = NO_PARENT
    return Selection(kinds, parent_id, None, name, external_id, filter)


def _of_type(kinds: tuple[Kind, ...], artifact_type: str) -> tuple[Kind, ...]:
    if not artifact_type:
        return kinds
    if artifact_type == "null":  # some clients send this when they have no value
        raise bad_request("invalid artifact type: empty or null value provided")
    kind = KIND_BY_ARTIFACT_TYPE.get(artifact_type)
    if kind is None:
        raise bad_request(f"invalid artifact type {artifact_type}")
    return (kind,)


def _read_ids(text: str) -> list[str]:
    """Return the ids of the parents of several lists."""
    ids = text.split(",")
    if not text or len(ids) > _MAX_LISTS:
        raise bad_request(f"ids must be 1 to {_MAX_LISTS} ids with commas between them")
    return ids


def _plan_filter(session: Session, text: str, kinds: tuple[Kind, ...]) -> FilterPlan | None:
    if not text:
        return None
    if len(text) > _LONG_FILTER and not session.allows_slow_reads:
        raise SlowReadError  # it takes long to compile, too
    return _plans.get((text, kinds), lambda: _parse_filter(text, kinds), _BYTES_PER_CHARACTER * len(text))


def _parse_filter(text: str, kinds: tuple[Kind, ...]) -> FilterPlan | None:
    try:
        expression = parse(text)
    except FilterError as error:
        raise bad_request(error.message) from None
    try:
        return None if expression is None else plan(expression, kinds)
    except FilterError as error:
        raise bad_request(f"error listing {noun_for(kinds)}s: {error.message}") from None
