"""What a dry run reads: the registry's resources, with what was recorded instead of written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from model_registry.exceptions import NotFoundError
from model_registry.transport.backend import Request
from model_registry.transport.recording import Key
from model_registry.transport.resource_kinds import COLLECTIONS, collection_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from model_registry.transport.calls import Transport
    from model_registry.transport.recording import Recording

ROOT = "/api/model_registry/v1/"

REFERENCES = {
    "registeredModelId": "registered_models",
    "modelVersionId": "model_versions",
    "servingEnvironmentId": "serving_environments",
}
"""Collections of the resources whose ids these fields hold."""

_FINDS = {each.find: name for name, each in COLLECTIONS.items() if each.find}


class DryRunReads:
    """Reads from the registry, and from what a dry run recorded.

    Args:
        real: Returns the transport of the real client, or raises when that client is closed.
        recording: What was recorded.
        headers: Headers of requests.
    """

    def __init__(
        self, real: Callable[[], Transport], recording: Recording, headers: Mapping[str, str]
    ) -> None:
        self._real = real
        self._recording = recording
        self._headers = headers

    async def read(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        """Return the body of the response to a GET.

        Args:
            parts: The path below that of the API.
            query: The query.

        Raises:
            RequestError: There is no such resource, or the registry could not be asked.
        """
        if parts[0] in _FINDS:
            return await self._find(parts, query)
        if len(parts) == 2:
            return await self.get(Key.of(*parts), parts[0])
        if parts[-1] in ("model", "version"):
            return await self._served(Key(parts[0], parts[1]), parts[-1])
        return await self._page(parts, query, Key(parts[0], parts[1]) if len(parts) == 3 else None)

    async def get(self, key: Key, collection: str | None = None) -> dict[str, Any]:
        """Return a resource.

        Args:
            key: Its address.
            collection: The collection in which it is expected, if that is not the one of the address.
        """
        recorded = self._recording.get(key)
        if recorded is None:
            return await self._ask([collection or key.collection, key.id], {})
        if collection == "model_artifacts" and recorded.kind != "ModelArtifact":
            raise _not_found(key.path, f"artifact {key.id} is not a model artifact")
        return recorded.after

    async def children(self, parent: Key, below: str) -> list[dict[str, Any]]:
        """Return all that belongs to a resource."""
        items: list[dict[str, Any]] = []
        query = {"pageSize": "100"}
        while True:
            page = await self._page([*parent, below], query, parent)
            items += page["items"]
            if not page["nextPageToken"]:
                return items
            query["nextPageToken"] = page["nextPageToken"]

    async def has_named(self, collection: str, parent: Key | None, fields: Mapping[str, Any]) -> bool:
        """Return whether the registry has a resource with the name of a new one, beside it."""
        rule = COLLECTIONS[collection]
        if rule.is_artifact or not rule.find:
            wanted = fields["name"], fields.get("artifactType")
            below = await self.children(parent, collection) if parent else []
            return any((each["name"], each.get("artifactType")) == wanted for each in below)
        query = {"name": fields["name"], **({"parentResourceId": parent.id} if parent else {})}
        return await self._has(rule.find, query)

    async def has_external_id(self, collection: str, value: str) -> bool:
        """Return whether the registry has a resource of the same family with an external id."""
        if COLLECTIONS[collection].is_artifact:
            return await self._has("artifact", {"externalId": value})
        finds = [each.find for each in COLLECTIONS.values() if each.find and not each.is_artifact]
        return any([await self._has(find, {"externalId": value}) for find in finds])

    async def label(self, key: Key | None) -> str | None:
        """Return the name of a resource after the names of what it belongs to."""
        if key is None:
            return None
        found = await self.get(key)
        field = COLLECTIONS[key.collection].parent_field
        parent = await self.label(Key(REFERENCES[field], found[field])) if field else None
        return f"{parent}/{found['name']}" if parent else str(found["name"])

    async def _ask(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        """Read from the registry alone."""
        path = "/".join(quote(part, safe="") for part in parts)
        target = f"{ROOT}{path}{'?' if query else ''}{urlencode(query, quote_via=quote)}"
        response = await self._real().send(Request("GET", target, self._headers, None))
        found: dict[str, Any] = json.loads(response.data)
        return found

    async def _has(self, find: str, query: Mapping[str, str]) -> bool:
        try:
            found = await self._find([find], query)
        except NotFoundError:
            return False
        return all(found.get(name) == value for name, value in query.items() if name != "parentResourceId")

    async def _find(self, parts: list[str], query: Mapping[str, str]) -> dict[str, Any]:
        """Find by name or external id: first what was recorded, then in the registry."""
        collection = _FINDS[parts[0]]
        recorded = self._recording.find(collection, query)
        if recorded is not None:
            return recorded.after
        if not self._recording.has_new(query.get("parentResourceId")):
            real = self._recording.current(await self._ask(parts, query), collection)
            if query.get("externalId") in (None, real.get("externalId")):
                return real
        given = ", ".join(f"{name}={value}" for name, value in query.items())
        raise _not_found("/".join(parts), f"there is no {parts[0].replace('_', ' ')} with {given}")

    async def _served(self, service: Key, what: str) -> dict[str, Any]:
        """Return the model of an inference service, or its version: the newest one if it names none."""
        found = await self.get(service)
        model = Key("registered_models", found["registeredModelId"])
        if what == "model":
            return await self.get(model)
        if found.get("modelVersionId"):
            return await self.get(Key("model_versions", found["modelVersionId"]))
        versions = await self.children(model, "versions")
        if not versions:
            raise _not_found(service.path, f"the model of inference service {service.id} has no version")
        return max(versions, key=lambda each: int(each["id"]))

    async def _page(self, parts: list[str], query: Mapping[str, str], parent: Key | None) -> dict[str, Any]:
        """List what the registry has, and then what was recorded."""
        collection = collection_name(parts[-1])
        if parent is None or not self._recording.has_new(parent.id):
            page = await self._ask(parts, query)
            page["items"] = [self._recording.current(item, collection) for item in page["items"]]
        else:
            await self.get(parent)
            page = dict[str, Any](items=[], nextPageToken="", pageSize=0)
        if not page.get("nextPageToken") and not query.get("filterQuery"):
            page["items"] += self._recording.listed(collection, query, parent)
        return {**page, "size": len(page["items"])}


def _not_found(path: str, message: str) -> NotFoundError:
    return NotFoundError(
        f"The registry would not find this: {message}. Check the id or name.",
        method="GET",
        url=ROOT + path,
        status=404,
        server_message=message,
        sent=False,
    )
