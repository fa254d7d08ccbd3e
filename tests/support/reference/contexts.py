"""Operations on all resources but artifacts: create, get, change, list below a parent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.reference.bodies import read_body
from tests.support.reference.errors import RefusedError, bad_request, not_found
from tests.support.reference.golang import parse_int
from tests.support.reference.lists import read_page, shown
from tests.support.reference.properties import UNREADABLE, UnreadableError
from tests.support.reference.registry import changed, created, number
from tests.support.reference.schemas import ENVIRONMENT, EXPERIMENT, MODEL, RUN, SERVE, SERVICE, VERSION
from tests.support.reference.store import new_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.reference.registry import Core
    from tests.support.reference.schemas import Kind
    from tests.support.reference.store import Row

FILTERED = (MODEL, VERSION, EXPERIMENT, RUN)
"""Lists that read `filterQuery`."""


class Contexts:
    """The operations, on one registry."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get(self, kind: Kind, text: str) -> dict[str, Any]:
        return _shown(self._core.get(kind, text, "InferenceService" if kind is SERVICE else ""))

    def list(self, kind: Kind, query: Mapping[str, str]) -> dict[str, Any]:
        return self._list(kind, query, None, query.get("filterQuery", ""))

    def list_below(self, kind: Kind, parent: Kind, text: str, query: Mapping[str, str]) -> dict[str, Any]:
        """List what a parent has. Only experiments must exist."""
        page_query = query.get("filterQuery", "")
        read_page(query)
        owner = number(text, parent.label)
        if parent is EXPERIMENT:
            self._core.get(EXPERIMENT, text)
        if kind is VERSION:
            page_query = with_name(query)
        return self._list(kind, query, owner, page_query)

    def _list(self, kind: Kind, query: Mapping[str, str], parent: int | None, text: str) -> dict[str, Any]:
        page = read_page(query)
        rows = [row for row in self._core.store.of(kind) if parent is None or parent in row.links]
        listing = self._core.listing(kind.list_label, rows)
        if kind in FILTERED:
            listing.filtered(text, kind, 1 if parent is None else 2)
        return listing.page(page, shown)

    def create(self, kind: Kind, raw: bytes) -> dict[str, Any]:
        body = read_body(kind, "Create", raw)
        return self._create(kind, body, body.get(kind.parent) if kind.parent else None)

    def create_below(self, kind: Kind, parent: str, raw: bytes) -> dict[str, Any]:
        """Create below the parent of the path. A version or run whose body has an id is changed instead."""
        body = read_body(kind, "Create" if kind is SERVICE else "", raw)
        body[kind.parent] = parent
        if body.get("id") is not None:
            return self._moved(kind, body)
        return self._create(kind, body, parent)

    def _create(self, kind: Kind, body: dict[str, Any], parent: str | None) -> dict[str, Any]:
        sent = body.get("name")
        body = {**kind.defaults, **body}
        name = new_name() if sent is None else sent
        if parent is not None:
            name = f"{parent}:{name}" if name else parent
        self._check_parents(kind, body)
        row = created(kind, name, body)
        if parent is not None:
            row.links = {parse_int(str(row.fields[kind.parent]))}
        if kind is RUN:
            _check_times(row)
        return _shown(self._core.save(row, sent))

    def _check_parents(self, kind: Kind, body: dict[str, Any]) -> None:
        if kind is SERVICE:
            text = body["servingEnvironmentId"]
            try:
                body["servingEnvironmentId"] = str(parse_int(text))
            except ValueError:
                raise not_found(f"no serving environment found for id {text}") from None
            self._core.get(ENVIRONMENT, text)
        if kind is RUN:
            self._get_experiment(body["experimentId"])
            body["experimentId"] = str(int(body["experimentId"]))

    def _get_experiment(self, text: str) -> None:
        try:
            self._core.get(EXPERIMENT, text)
        except RefusedError as error:
            raise RefusedError(error.status, f"experiment not found: {error.message}") from None

    def _moved(self, kind: Kind, body: dict[str, Any]) -> dict[str, Any]:
        row = self._core.get(kind, body["id"])
        if kind is RUN:
            self._get_experiment(body["experimentId"])
        own = [*kind.own, *kind.fixed]
        new = changed(row, shown(row), {**kind.defaults, **body}, own)
        new.links.add(parse_int(str(new.fields[kind.parent])))
        new.fields[kind.parent] = str(parse_int(str(new.fields[kind.parent])))
        if kind is RUN:
            _check_times(new)
        return _shown(self._core.save(new, row.shown_name))

    def change(self, kind: Kind, text: str, raw: bytes) -> dict[str, Any]:
        """Change by PATCH: a field with a default that is absent gets the default."""
        body = {**kind.defaults, **read_body(kind, "Update", raw)}
        row = self._core.get(kind, text, "InferenceService" if kind is SERVICE else "")
        new = changed(row, _shown(row), body, kind.own)
        if kind is RUN:
            _check_times(new)
        return _shown(self._core.save(new, row.shown_name))

    def create_serve(self, service: str, raw: bytes) -> dict[str, Any]:
        body = read_body(SERVE, "Create", raw)
        version = self._core.get(VERSION, body["modelVersionId"])
        _check_gates(shown(version)["customProperties"])
        owner = self._core.get(SERVICE, service, "InferenceService")
        shown(owner)
        sent = body.get("name")
        name = new_name() if sent is None else sent
        row = created(SERVE, f"{service}:{name}" if name else service, {**SERVE.defaults, **body})
        row.links = {owner.id}
        return shown(self._core.save(row, sent))

    def served(self, service: str, what: str) -> dict[str, Any]:
        """Return the model, or the version, of an inference service."""
        row = self._core.get(SERVICE, service)
        if what == "model":
            return self._served_model(row)
        pinned = row.fields.get("modelVersionId")
        if pinned is not None:
            return shown(self._core.get(VERSION, pinned))
        owner = int(row.fields["registeredModelId"])
        versions = [one for one in self._core.store.of(VERSION) if owner in one.links]
        if not versions:
            raise not_found(f"no model versions found for id {service}")
        return shown(max(versions, key=lambda one: one.created))

    def _served_model(self, row: Row) -> dict[str, Any]:
        model = self._core.store.get(MODEL, int(row.fields["registeredModelId"]))
        if model is None:
            raise RefusedError(500, "registered model by id not found: record not found")
        return _shown(model)


def with_name(query: Mapping[str, str]) -> str:
    """Return the filter of a list below a parent: its text in parentheses, and the name or external id."""
    text = query.get("filterQuery", "")
    parts = [f"({text})"] if text else []
    for name in ("name", "externalId"):
        if query.get(name):
            parts.append(f"{name} = '{query[name].replace(chr(39), chr(39) * 2)}'")
            break
    return " AND ".join(parts)


def _shown(row: Row) -> dict[str, Any]:
    """Return one resource: an unreadable model is 500, an unreadable other one 400."""
    if row.kind is not MODEL:
        return shown(row)
    try:
        return row.shown()
    except UnreadableError:
        raise RefusedError(500, UNREADABLE) from None


def _check_times(row: Row) -> None:
    start, end = row.fields.get("startTimeSinceEpoch"), row.fields.get("endTimeSinceEpoch")
    if start is None or end is None:
        return
    if _read_time("EndTimeSinceEpoch", end) < _read_time("StartTimeSinceEpoch", start):
        raise bad_request(f"EndTimeSinceEpoch ({end}) cannot be less than StartTimeSinceEpoch ({start})")


def _read_time(name: str, text: str) -> int:
    try:
        return parse_int(text, 64)
    except ValueError as error:
        raise bad_request(f"invalid {name} value: {error}") from None


def _check_gates(properties: Mapping[str, Any]) -> None:
    gated = properties.get("hf_gated", {}).get("string_value", "")
    private = properties.get("hf_private", {}).get("string_value", "")
    unsupported = "authentication not yet supported"
    if gated not in ("false", ""):
        needs = "model requires approval or authentication"
        raise bad_request(f"cannot deploy gated HuggingFace model: {unsupported} ({needs})")
    if private == "true":
        raise bad_request(f"cannot deploy private HuggingFace model: {unsupported}")
