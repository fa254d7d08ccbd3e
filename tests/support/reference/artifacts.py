"""Operations on artifacts, and the history of the metrics of experiment runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.reference.bodies import read_body, read_union, unknown_artifact_type
from tests.support.reference.contexts import with_name
from tests.support.reference.errors import RefusedError, bad_request, not_found
from tests.support.reference.filter_rows import ANY_ARTIFACT, like
from tests.support.reference.golang import parse_int
from tests.support.reference.lists import Listing, read_page, shown
from tests.support.reference.properties import HIDDEN
from tests.support.reference.registry import artifact_rows, changed, created, number
from tests.support.reference.schemas import ARTIFACTS, HISTORY, RUN, VERSION
from tests.support.reference.store import DuplicateError, Row, new_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.reference.registry import Core
    from tests.support.reference.schemas import Kind

MODEL_TAG = "model-artifact"
_TAGS = {kind.label: tag for tag, kind in ARTIFACTS.items()}
_UPDATED_BY_NAME = ("metric", "parameter")


class Artifacts:
    """The operations, on one registry."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def get(self, text: str) -> dict[str, Any]:
        return shown(self._core.artifact(text))

    def get_model_artifact(self, text: str) -> dict[str, Any]:
        row = self._core.artifact(text)
        found = shown(row)
        _check_model(row, text)
        return found

    def create(self, raw: bytes) -> dict[str, Any]:
        tag, body = read_union("Create", raw)
        return shown(self._insert(_known(tag, body), body, None))

    def create_model_artifact(self, raw: bytes) -> dict[str, Any]:
        body = {"state": "UNKNOWN", **read_body(ARTIFACTS[MODEL_TAG], "Create", raw)}
        return shown(self._insert(MODEL_TAG, body, None))

    def change(self, text: str, raw: bytes) -> dict[str, Any]:
        """Change by PATCH: the body must have the type, and nothing gets a default."""
        tag, body = read_union("Update", raw)
        row = self._core.artifact(text)
        before = shown(row)
        if tag != _TAGS[row.kind.label]:
            kinds = f"'{_TAGS[row.kind.label]}' to '{tag or 'unknown'}'"
            raise bad_request(
                f"cannot change artifact type from {kinds}: artifact type is immutable"
            ) from None
        return self._save_changed(row, before, body)

    def change_model_artifact(self, text: str, raw: bytes) -> dict[str, Any]:
        body = {"state": "UNKNOWN", **read_body(ARTIFACTS[MODEL_TAG], "Update", raw)}
        row = self._core.artifact(text)
        before = shown(row)
        _check_model(row, text)
        return self._save_changed(row, before, body)

    def _save_changed(self, row: Row, before: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
        own = [name for name in row.kind.own if name != "artifactType"]
        return shown(self._core.save(changed(row, before, body, own), row.shown_name))

    def list(
        self, query: Mapping[str, str], parent: str | None = None, owner: Kind = VERSION
    ) -> dict[str, Any]:
        """List artifacts of all kinds, those below a version or run, or those of a type."""
        page = read_page(query)
        below = None if parent is None else number(parent, "parent resource")
        tag = _read_type(query.get("artifactType", ""))
        rows = artifact_rows(self._core, below, tag)
        listing = self._core.listing("artifacts", rows, raw=True)
        text = with_name(query) if parent is not None and owner is VERSION else query.get("filterQuery", "")
        listing.filtered(text, ARTIFACTS[tag] if tag else ANY_ARTIFACT, 1 if below is None else 2)
        return listing.page(page, shown)

    def list_model_artifacts(self, query: Mapping[str, str]) -> dict[str, Any]:
        page = read_page(query)
        rows = artifact_rows(self._core, None, MODEL_TAG)
        return self._core.listing("model artifacts", rows).page(page, shown)

    def upsert(self, parent: str, owner: Kind, raw: bytes) -> tuple[int, dict[str, Any]]:
        """Create below a version or run, or change what the body means. Return the status, too."""
        tag, body = read_union("", raw)
        row = self._core.get(owner, parent)
        shown(row)
        tag = _known(tag, body)
        if owner is RUN:
            body["customProperties"] = self._with_run(body, row)
        status = 201 if body.get("id") is None and tag in (MODEL_TAG, "doc-artifact") else 200
        saved = self._upserted(tag, body, parent)
        found = shown(saved)
        if owner is RUN and tag == "metric":
            self._add_history(saved, row)
            found["customProperties"] |= {
                key: {"metadataType": "MetadataIntValue", "int_value": str(saved.custom[key].value)}
                for key in HIDDEN
            }
        return status, found

    def _with_run(self, body: Mapping[str, Any], run: Row) -> dict[str, tuple[str, Any]]:
        ids = {"experiment_id": run.fields["experimentId"], "experiment_run_id": str(run.id)}
        return {
            **(body.get("customProperties") or {}),
            **{key: ("MetadataIntValue", ids[key]) for key in HIDDEN},
        }

    def _upserted(self, tag: str, body: dict[str, Any], parent: str) -> Row:
        kind = ARTIFACTS[tag]
        row: Row | None = None
        if body.get("id") is not None:
            row = self._by_id(kind, body["id"])
        elif tag in _UPDATED_BY_NAME and body.get("name") is not None:
            row = self._by_name(kind, body["name"], parse_int(parent))
        if row is None:
            return self._insert(tag, body, parent)
        own = [name for name in kind.own if name != "artifactType"]
        new = changed(row, shown(row), body, own)
        new.links.add(parse_int(parent))
        return self._core.save(new, row.shown_name)

    def _by_id(self, kind: Kind, text: str) -> Row:
        try:
            row = self._core.artifact(text)
            shown(row)
        except RefusedError:
            raise bad_request(f"mismatched types, artifact with id {text} is not a {kind.label}") from None
        if row.kind is not kind:
            raise bad_request(f"artifact with id {text} is not a {kind.label}")
        return row

    def _by_name(self, kind: Kind, name: str, parent: int) -> Row | None:
        """Return the one artifact that fits the name as a pattern after any colon, if it is of the kind."""
        matching = (row for row in artifact_rows(self._core, parent, None) if like(f"%:{name}", row.name))
        rows = self._core.listing("artifacts", matching, raw=True).all()
        return rows[0] if len(rows) == 1 and rows[0].kind is kind else None

    def _insert(self, tag: str, body: dict[str, Any], parent: str | None) -> Row:
        sent = body.get("name")
        prefix = new_name() if parent is None or tag == "dataset-artifact" else parent
        name = new_name() if sent is None else sent
        fields = {**body, "artifactType": tag}
        row = created(ARTIFACTS[tag], f"{prefix}:{name}" if name else prefix, fields)
        if parent is not None:
            row.links = {parse_int(parent)}
        return self._core.save(row, sent or "")

    def _add_history(self, metric: Row, run: Row) -> None:
        row = Row(HISTORY, f"{run.id}:{metric.shown_name}__{metric.updated}", None, dict(metric.fields))
        row.custom, row.links = dict(metric.custom), {run.id}
        try:
            self._core.store.save(row)
        except DuplicateError:
            failed = "failed to insert metric history"
            cause = "error saving metric history: duplicated key not allowed"
            raise RefusedError(500, f"{failed} for metric {metric.shown_name}: {failed}: {cause}") from None

    def history(self, query: Mapping[str, str], run: str | None = None) -> dict[str, Any]:
        """List what was posted to runs: the name is searched in the stored name."""
        page = read_page(query)
        steps = _read_steps(query.get("stepIds", ""))
        if run is not None:
            self._check_run(run)
        rows = [
            row
            for row in self._core.store.of(HISTORY)
            if (run is None or int(run) in row.links)
            and like(f"%{query.get('name', '')}%", row.name)
            and (not steps or row.fields.get("step") in steps)
        ]
        listing: Listing = self._core.listing(HISTORY.list_label, rows)
        listing.filtered(query.get("filterQuery", ""), HISTORY, 1)
        return listing.page(page, _shown_history)

    def _check_run(self, text: str) -> None:
        try:
            self._core.get(RUN, text)
        except RefusedError as error:
            raise RefusedError(error.status, f"experiment run not found: {error.message}") from None


def _shown_history(row: Row) -> dict[str, Any]:
    found = shown(row)
    return {**found, "name": found["name"].rpartition("__")[0]}


def _known(tag: str | None, body: Mapping[str, Any]) -> str:
    if tag is None:
        raise unknown_artifact_type()
    if tag == "metric" and body.get("value") is None:
        raise bad_request("metric value is required")
    return tag


def _check_model(row: Row, text: str) -> None:
    if row.kind is not ARTIFACTS[MODEL_TAG]:
        raise not_found(f"artifact with id {text} is not a model artifact")


def _read_type(text: str) -> str | None:
    if text == "null":
        raise bad_request("invalid artifact type: empty or null value provided")
    if text and text not in ARTIFACTS:
        raise bad_request(f"invalid artifact type {text}")
    return text or None


def _read_steps(text: str) -> set[int]:
    return {_read_step(one) for one in (part.strip() for part in text.split(",")) if one}


def _read_step(text: str) -> int:
    try:
        return parse_int(text)
    except ValueError:
        raise bad_request(f"invalid step ID '{text}': must be a valid integer") from None
