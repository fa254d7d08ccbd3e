"""A transport for dry runs: it passes reads on, and records writes instead of sending them.

What it refuses is what the registry says when it is asked, such as that a name is taken, and the limits that
all registries have. It does not know the other rules of the registry.
"""

from __future__ import annotations

import itertools
import json
import threading
import time
import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote

from model_registry.exceptions import DuplicateError, InvalidRequestError
from model_registry.transport.backend import Request, Response
from model_registry.transport.calls import Transport
from model_registry.transport.dry_run_reads import REFERENCES, ROOT, DryRunReads
from model_registry.transport.recording import Key, RecordedResource, Recording
from model_registry.transport.resource_kinds import ARTIFACT_KINDS, COLLECTIONS, collection_name
from model_registry.types.limits import problem_of_body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from model_registry.transport.deadline import Deadline
    from model_registry.types import Plan

_FIRST_ID = 900_000_000
"""Ids of the registry go up from 1, and the contract has room for nine digits."""

_NEVER_CHANGED = frozenset({"id", "name", "artifactType"})


class DryRunTransport(Transport):
    """Reads what another transport reads, and records writes instead of sending them.

    Args:
        real: Returns the transport of the real client, or raises when that client is closed.
        outer: The dry run within which this one runs, if there is one.

    Attributes:
        ids: Ids for new resources.
    """

    def __init__(self, real: Callable[[], Transport], outer: DryRunTransport | None = None) -> None:
        super().__init__(_NoBackend())
        self._real = real
        self._recording = Recording()
        self._reads = DryRunReads(real, self._recording, self._headers)
        self._lock = threading.Lock()  # nothing is awaited while it is held
        self.ids: Iterator[int] = outer.ids if outer else itertools.count(_FIRST_ID)

    def plan(self) -> Plan:
        """Return the plan of what was recorded so far."""
        return self._recording.plan()

    @property
    def is_foreign(self) -> bool | None:
        """Whether the server is not our registry; `None` while no response showed it."""
        return self._real().is_foreign

    async def ask_foreign(self) -> bool:
        """Return whether the server is not our registry; ask it if no response has shown it yet."""
        return await self._real().ask_foreign()

    async def send(
        self,
        request: Request,
        deadline: Deadline | None = None,  # noqa: ARG002  # of the transport
        *,
        exactly: bool = True,  # noqa: ARG002  # of the transport
    ) -> Response:
        """Respond to a request as the registry would.

        Raises:
            RequestError: The registry would refuse it, or could not be asked.
        """
        route, _, query = request.target.removeprefix(ROOT).partition("?")
        parts = [unquote(part) for part in route.split("/")]
        if request.method == "GET":
            found = await self._reads.read(parts, dict(parse_qsl(query, keep_blank_values=True)))
            return _response(request, 200, found)
        _check_size(request)
        body: dict[str, Any] = json.loads(request.body or b"{}")
        fields = {name: value for name, value in body.items() if value is not None}
        if request.method == "PATCH":
            return _response(request, 200, await self._change(request, Key.of(*parts), fields, parts[0]))
        return _response(request, 201, await self._post(request, parts, fields))

    async def _post(self, request: Request, parts: list[str], fields: dict[str, Any]) -> dict[str, Any]:
        collection = collection_name(parts[-1])
        rule = COLLECTIONS[collection]
        if len(parts) == 3 and rule.parent_field:
            fields[rule.parent_field] = parts[1]
        for name in REFERENCES.keys() & fields.keys():
            await self._reads.get(Key(REFERENCES[name], fields[name]))
        parent = Key(parts[0], parts[1]) if len(parts) == 3 else _parent(collection, fields)
        if parent is not None:
            await self._reads.get(parent)
        if parent is not None and rule.is_artifact:
            existing = await self._existing_artifact(parent, fields)
            if existing is not None:
                return await self._change(request, existing, fields, collection, link=parent)
        return await self._create(request, collection, parent, fields)

    async def _existing_artifact(self, version: Key, fields: Mapping[str, Any]) -> Key | None:
        """Find the artifact that is sent to a version and that the registry would not create, but change."""
        if fields.get("id"):
            return Key("artifacts", fields["id"])
        if fields["artifactType"] in ("metric", "parameter"):
            for each in await self._reads.children(version, "artifacts"):
                if (each["artifactType"], each["name"]) == (fields["artifactType"], fields.get("name")):
                    return Key("artifacts", each["id"])
        return None

    async def _create(
        self, request: Request, collection: str, parent: Key | None, fields: dict[str, Any]
    ) -> dict[str, Any]:
        if collection == "model_artifacts":
            fields["artifactType"] = "model-artifact"
        fields.setdefault("name", str(uuid.uuid4()))
        kind = _kind(collection, fields)
        if await self._reads.has_named(collection, parent, fields):
            raise _taken(request, kind, "name", fields["name"])
        await self._check_external_id(request, kind, collection, fields)
        label = await self._reads.label(parent)
        with self._lock:
            key = Key.of(collection, str(next(self.ids)))
            times = dict.fromkeys(("createTimeSinceEpoch", "lastUpdateTimeSinceEpoch"), _now())
            created: dict[str, Any] = {"customProperties": {}, **fields, **times, "id": key.id}
            new = RecordedResource(key, kind, None, created, parent, label)
            self._refuse_taken(request, new)  # by what was recorded while the registry was asked
            self._recording.add(new)
        return created

    async def _change(
        self,
        request: Request,
        key: Key,
        fields: Mapping[str, Any],
        collection: str,
        *,
        link: Key | None = None,
    ) -> dict[str, Any]:
        """Record new values of a resource, and the version that a sent artifact then belongs to, too."""
        before = await self._reads.get(key, collection)
        changes = {name: value for name, value in fields.items() if name not in _NEVER_CHANGED}
        for name in REFERENCES.keys() & changes.keys():
            await self._reads.get(Key(REFERENCES[name], changes[name]))
        kind = _kind(collection, before)
        if changes.get("externalId") != before.get("externalId"):
            await self._check_external_id(request, kind, collection, changes)
        below = await self._reads.children(link, "artifacts") if link else []
        parent = _parent(collection, before)
        label = await self._reads.label(parent)
        with self._lock:
            known = self._recording.get(key) or RecordedResource(key, kind, before, before, parent, label)
            after = {**known.after, **changes, "lastUpdateTimeSinceEpoch": _now()}
            self._refuse_taken(request, known.with_values(after))
            known.after = after
            if link is not None and all(each["id"] != key.id for each in below):
                known.linked.append(link)
            self._recording.add(known)
        return after

    async def _check_external_id(
        self, request: Request, kind: str, collection: str, fields: Mapping[str, Any]
    ) -> None:
        value = fields.get("externalId")
        if value is not None and await self._reads.has_external_id(collection, value):
            raise _taken(request, kind, "externalId", value)

    def _refuse_taken(self, request: Request, resource: RecordedResource) -> None:
        name = self._recording.conflict(resource)
        if name is not None:
            raise _taken(request, resource.kind, name, resource.after[name])


class _NoBackend:
    """The backend of a transport that sends nothing."""

    async def send(self, request: Request) -> Response:
        raise NotImplementedError(f"{request.method} {request.target} is recorded, not sent")

    async def close(self) -> None:
        """Leave the backend of the real client open."""


def _parent(collection: str, fields: Mapping[str, Any]) -> Key | None:
    field = COLLECTIONS[collection].parent_field
    return Key(REFERENCES[field], fields[field]) if field else None


def _kind(collection: str, fields: Mapping[str, Any]) -> str:
    rule = COLLECTIONS[collection]
    return ARTIFACT_KINDS[fields["artifactType"]] if rule.is_artifact else rule.kind


def _now() -> str:
    return str(int(time.time() * 1000))


def _response(request: Request, status: int, value: Mapping[str, Any]) -> Response:
    headers = {"content-type": "application/json"}
    return Response(request, request.target, status, headers, json.dumps(value).encode())


def _check_size(request: Request) -> None:
    message = problem_of_body(len(request.body or b""))
    if message is not None:
        raise InvalidRequestError(
            f"{message}. Store large values as files.",
            method=request.method,
            url=request.target,
            status=413,
            server_message=message,
            sent=False,
        )


def _taken(request: Request, kind: str, field: str, value: str) -> DuplicateError:
    message = f"{kind} with {field} {value} already exists"
    return DuplicateError(
        f"The registry would refuse this write: {message}. Use another one, or get the existing resource.",
        method=request.method,
        url=request.target,
        status=409,
        server_message=message,
        sent=False,
    )
