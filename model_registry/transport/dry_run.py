"""A transport for dry runs: it passes reads on and records writes instead of sending them.

Reads that follow a recorded write find it. All other reads are the registry's own, so names and external ids
that are taken conflict here as they would there.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from model_registry.exceptions import NotFoundError
from model_registry.transport import diagnosis
from model_registry.transport.backend import Request, Response
from model_registry.transport.calls import Transport
from model_registry.transport.recorded import Key, Resource
from model_registry.transport.resource_kinds import ARTIFACT_KINDS, COLLECTIONS, collection_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from model_registry.transport.deadline import Deadline
    from model_registry.types import Plan

ROOT = "/api/model_registry/v1/"

_FIRST_ID = 900_000_000
"""Ids of the registry go up from 1, and the contract has room for nine digits."""

_NEVER_CHANGED = frozenset({"id", "name", "artifactType"})
_REFERENCES = {
    "registeredModelId": "registered_models",
    "modelVersionId": "model_versions",
    "servingEnvironmentId": "serving_environments",
}
_NEWEST = {"orderBy": "CREATE_TIME", "sortOrder": "DESC", "pageSize": "1"}
_FINDS = {each.find: name for name, each in COLLECTIONS.items() if each.find}


class DryRunTransport(Transport):
    """Reads what another transport reads, and records writes instead of sending them.

    Args:
        real: The transport of the real client. It stays open when this one is closed.

    Attributes:
        ids: Made-up ids for what is new, shared with dry runs within this one.
    """

    def __init__(self, real: Transport) -> None:
        super().__init__(_NoBackend())
        self._real = real
        self._touched: dict[Key, Resource] = {}
        self.ids: Iterator[int] = (
            real.ids if isinstance(real, DryRunTransport) else itertools.count(_FIRST_ID)
        )
        self._writing = asyncio.Lock()

    def plan(self) -> Plan:
        """Return the plan of what was recorded so far."""
        from model_registry.types import Plan

        changes = [each.change(self._touched) for each in self._touched.values()]
        return Plan([each for each in changes if each is not None])

    async def send(self, request: Request, deadline: Deadline | None = None) -> Response:  # noqa: ARG002  # of the transport
        """Answer a request as the registry would.

        Raises:
            RequestError: The registry would refuse it, or could not be asked.
        """
        method = request.method
        route, _, query = request.target.removeprefix(ROOT).partition("?")
        parts = [unquote(part) for part in route.split("/")]
        if method == "GET":
            found = await self._read(parts, dict(parse_qsl(query, keep_blank_values=True)))
            return _response(request, 200, found)
        async with self._writing:
            written: dict[str, Any] = json.loads(request.body or b"{}")
            if method == "PATCH":
                return _response(request, 200, await self._change(_key(*parts), written, parts[0]))
            return _response(request, 201, await self._post(request, parts, written))

    # Reading.

    async def _ask(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        """Read from the registry."""
        path = "/".join(quote(part, safe="") for part in parts)
        target = f"{ROOT}{path}{'?' if query else ''}{urlencode(query, quote_via=quote)}"
        response = await self._real.send(Request("GET", target, self._headers, None))
        found: dict[str, Any] = json.loads(response.data)
        return found

    async def _read(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        if parts[0] in _FINDS:
            return await self._found(parts, query)
        if len(parts) == 2:
            return await self._get(_key(*parts), parts[0])
        if parts[-1] in ("model", "version"):
            return await self._served(Key(parts[0], parts[1]), parts[-1])
        parent = Key(parts[0], parts[1]) if len(parts) == 3 else None
        return await self._page(parts, query, parent)

    async def _get(self, key: Key, collection: str | None = None) -> dict[str, Any]:
        touched = self._touched.get(key)
        if touched is None:
            return await self._ask([collection or key.collection, key.id], {})
        if collection == "model_artifacts" and touched.kind != "ModelArtifact":
            raise _not_found(f"artifact with id {key.id} is not a model artifact", key.path)
        return touched.after

    async def _found(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        """Find by name or external id: first among what was written, then in the registry."""
        collection = _FINDS[parts[0]]
        parent = query.get("parentResourceId")
        for key, each in self._touched.items():
            is_kind = collection != "model_artifacts" or each.kind == "ModelArtifact"
            if key.collection == _shared(collection) and is_kind and _matches(each, query, parent):
                return each.after
        if parent is None or not self._is_made_up(parent):
            real = self._current(await self._ask(parts, query), collection)
            if query.get("externalId") in (None, real.get("externalId")):
                return real
        wanted = ", ".join(f"{name}={value}" for name, value in query.items())
        raise _not_found(f"no {parts[0].replace('_', ' ')} found for {wanted}", "/".join(parts))

    async def _served(self, service: Key, what: str) -> dict[str, Any]:
        """Get the model of an inference service, or the version: its own, or the newest of its model."""
        found = await self._get(service)
        if what == "model":
            return await self._get(Key("registered_models", found["registeredModelId"]))
        if found.get("modelVersionId"):
            return await self._get(Key("model_versions", found["modelVersionId"]))
        model = Key("registered_models", found["registeredModelId"])
        for each in reversed(self._touched.values()):
            if each.is_new and each.parent == model and each.key.collection == "model_versions":
                return each.after
        if not self._is_made_up(model.id):
            page = await self._ask([*model, "versions"], _NEWEST)
            for item in page["items"]:
                return self._current(item, "model_versions")
        raise _not_found(f"no model versions found for id {service.id}", service.path)

    async def _page(self, parts: list[str], query: Mapping[str, str], parent: Key | None) -> dict[str, Any]:
        """List what the registry has, and what was written after it; below made-up ids, that alone."""
        collection = collection_name(parts[-1])
        if parent is None or not self._is_made_up(parent.id):
            page = await self._ask(parts, query)
            page["items"] = [self._current(item, collection) for item in page["items"]]
        else:
            await self._get(parent)
            page = dict[str, Any](items=[], nextPageToken="", pageSize=0)
        if not page.get("nextPageToken") and not query.get("filterQuery"):
            page["items"] += [
                each.after for each in self._touched.values() if _is_listed(each, collection, query, parent)
            ]
        return {**page, "size": len(page["items"])}

    async def _children(self, parent: Key, below: str) -> list[dict[str, Any]]:
        """List all that is below something."""
        items: list[dict[str, Any]] = []
        query = {"pageSize": "100"}
        while True:
            page = await self._page([*parent, below], query, parent)
            items += page["items"]
            if not page["nextPageToken"]:
                return items
            query["nextPageToken"] = page["nextPageToken"]

    def _current(self, item: dict[str, Any], collection: str) -> dict[str, Any]:
        """Give a resource of the registry as it is after what was written."""
        touched = self._touched.get(Key(_shared(collection), item["id"]))
        return item if touched is None else touched.after

    def _is_made_up(self, id: str) -> bool:
        return any(key.id == id and each.is_new for key, each in self._touched.items())

    # Writing.

    async def _post(self, request: Request, parts: list[str], body: dict[str, Any]) -> dict[str, Any]:
        collection = collection_name(parts[-1])
        parent = Key(parts[0], parts[1]) if len(parts) == 3 else None
        rule = COLLECTIONS[collection]
        if parent is None and rule.parent_field:
            parent = Key(_REFERENCES[rule.parent_field], body[rule.parent_field])
        if parent is not None:
            await self._get(parent)
        for name in _REFERENCES.keys() & body.keys():
            if body[name] is not None:
                await self._get(Key(_REFERENCES[name], body[name]))
        if parent is not None and rule.is_artifact:
            there = await self._there_already(parent, body)
            if there is not None:
                return there
        return await self._create(request, collection, parent, body)

    async def _there_already(self, version: Key, body: dict[str, Any]) -> dict[str, Any] | None:
        """Change the artifact that is sent to a version, when it is there; `None` when it is new."""
        below = await self._children(version, "artifacts")
        if body.get("id"):
            changed = await self._change(Key("artifacts", body["id"]), body, "artifacts")
            if all(each["id"] != body["id"] for each in below):
                self._touched[Key("artifacts", body["id"])].linked.append(version)
            return changed
        for each in below:
            if body["artifactType"] in ("metric", "parameter") and _is_named_like(each, body):
                return await self._change(Key("artifacts", each["id"]), body, "artifacts")
        return None

    async def _create(
        self, request: Request, collection: str, parent: Key | None, body: dict[str, Any]
    ) -> dict[str, Any]:
        rule = COLLECTIONS[collection]
        fields = {name: value for name, value in body.items() if value is not None}
        fields.setdefault("name", str(uuid.uuid4()))
        if collection == "model_artifacts":
            fields["artifactType"] = "model-artifact"
        kind = ARTIFACT_KINDS[fields["artifactType"]] if rule.is_artifact else rule.kind
        if parent is not None and rule.parent_field:
            fields[rule.parent_field] = parent.id
        if await self._is_name_taken(collection, parent, fields):
            raise _conflict(request, f"{kind} with name {fields['name']} already exists")
        await self._check_external_id(request, kind, collection, fields.get("externalId"))
        now = str(int(time.time() * 1000))
        times = {"createTimeSinceEpoch": now, "lastUpdateTimeSinceEpoch": now}
        key = Key(_shared(collection), str(next(self.ids)))
        created: dict[str, Any] = {"customProperties": {}, **fields, **times, "id": key.id}
        self._touched[key] = Resource(key, kind, None, created, parent, await self._label(parent))
        return created

    async def _change(self, key: Key, body: dict[str, Any], collection: str) -> dict[str, Any]:
        before = await self._get(key, collection)
        changes = {
            name: value
            for name, value in body.items()
            if value is not None and name not in _NEVER_CHANGED and value != before.get(name)
        }
        for name in _REFERENCES.keys() & changes.keys():
            await self._get(Key(_REFERENCES[name], changes[name]))
        request = Request("PATCH", ROOT + key.path, {}, None)
        rule = COLLECTIONS[collection]
        kind = ARTIFACT_KINDS[before["artifactType"]] if rule.is_artifact else rule.kind
        await self._check_external_id(request, kind, collection, changes.get("externalId"))
        if key not in self._touched:
            parent = rule.parent_field and Key(_REFERENCES[rule.parent_field], before[rule.parent_field])
            label = await self._label(parent or None)
            self._touched[key] = Resource(key, kind, before, before, parent or None, label)
        changed = self._touched[key]
        changed.after = {**changed.after, **changes, "lastUpdateTimeSinceEpoch": str(int(time.time() * 1000))}
        return changed.after

    async def _is_name_taken(self, collection: str, parent: Key | None, fields: dict[str, Any]) -> bool:
        rule = COLLECTIONS[collection]
        if rule.is_artifact or not rule.find:
            below = await self._children(parent, collection) if parent else []
            return any(_is_named_like(each, fields) for each in below)
        query = {"name": fields["name"], **({"parentResourceId": parent.id} if parent else {})}
        try:
            return bool((await self._found([rule.find], query))["name"] == fields["name"])
        except NotFoundError:
            return False

    async def _check_external_id(
        self, request: Request, kind: str, collection: str, external_id: str | None
    ) -> None:
        """Refuse an external id that something of the same family has."""
        if external_id is None:
            return
        family = COLLECTIONS[collection].is_artifact
        finds = [each.find for each in COLLECTIONS.values() if each.is_artifact == family and each.find]
        for find in ["artifact"] if family else finds:
            try:
                await self._found([find], {"externalId": external_id})
            except NotFoundError:
                continue
            raise _conflict(request, f"{kind} with externalId {external_id} already exists")

    async def _label(self, key: Key | None) -> str | None:
        """Say how something is called, behind what it belongs to."""
        if key is None:
            return None
        found = await self._get(key)
        parent_field = COLLECTIONS[key.collection].parent_field
        parent = (
            await self._label(Key(_REFERENCES[parent_field], found[parent_field])) if parent_field else None
        )
        return f"{parent}/{found['name']}" if parent else str(found["name"])


class _NoBackend:
    """Stands where the way to the wire would be."""

    async def send(self, request: Request) -> Response:
        raise NotImplementedError(f"{request.method} {request.target} is recorded, not sent")

    async def close(self) -> None:
        """Leave the registry's own backend open."""


def _shared(collection: str) -> str:
    return "artifacts" if collection == "model_artifacts" else collection


def _key(collection: str, id: str) -> Key:
    return Key(_shared(collection), id)


def _matches(each: Resource, query: Mapping[str, str], parent: str | None) -> bool:
    wanted = {name: query[name] for name in ("name", "externalId") if query.get(name)}
    is_below = parent is None or parent in (above.id for above in [each.parent, *each.linked] if above)
    # What a registry has is found there by name and parent; its external id may be another by now.
    is_known = each.is_new or "externalId" in wanted
    return is_known and is_below and all(each.after.get(name) == value for name, value in wanted.items())


def _is_listed(each: Resource, collection: str, query: Mapping[str, str], parent: Key | None) -> bool:
    """Tell whether something that was written belongs to a list, where the registry does not have it."""
    artifact_type = query.get("artifactType") or each.after.get("artifactType")
    if each.key.collection != _shared(collection) or artifact_type != each.after.get("artifactType"):
        return False
    if collection == "model_artifacts" and each.kind != "ModelArtifact":
        return False
    if any(query.get(name) not in (None, "", each.after.get(name)) for name in ("name", "externalId")):
        return False
    return each.is_new if parent is None else (each.is_new and each.parent == parent) or parent in each.linked


def _is_named_like(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return all(one.get(name) == other.get(name) for name in ("name", "artifactType"))


def _response(request: Request, status: int, value: Mapping[str, Any]) -> Response:
    headers = {"content-type": "application/json"}
    return Response(request, request.target, status, headers, json.dumps(value).encode())


def _conflict(request: Request, message: str) -> Exception:
    return _error(request, 409, {"code": "Conflict", "message": f"{message}: conflict"})


def _not_found(message: str, path: str) -> Exception:
    request = Request("GET", ROOT + path, {}, None)
    return _error(request, 404, {"code": "Not Found", "message": f"{message}: not found"})


def _error(request: Request, status: int, body: Mapping[str, str]) -> Exception:
    error = diagnosis.failure(_response(request, status, body))
    assert error is not None  # noqa: S101  # the status says so
    return error
