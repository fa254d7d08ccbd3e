"""A registry of another make: ours, with peculiarities of the reference server that clients must survive."""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

from model_registry.server.inprocess import InProcessRegistry
from tests.support.servers import LoopbackServer, Received, Reply, receive

if TYPE_CHECKING:
    import asyncio

API = "/api/model_registry/v1/"
_FINDS = {
    "registered_model": "registered_models",
    "model_version": "model_versions",
    "serving_environment": "serving_environments",
    "inference_service": "inference_services",
    "artifact": "artifacts",
    "model_artifact": "model_artifacts",
}
_PARENTS = {"model_version": "registeredModelId", "inference_service": "servingEnvironmentId"}
_IGNORES_FILTER = re.compile(r"(serving_environments|.*inference_services|model_artifacts|.*/serves)$")
_AWAY = {
    "code": "Bad Request",
    "message": "invalid filter query, type mismatch or invalid value in comparison: bad request",
}


class ForeignServer(LoopbackServer):
    """Serves a registry with the peculiarities.

    Attributes:
        is_away: Whether its database is away.
        comes_back: Whether it comes back once the server said that it is away.
        headers: Further headers of its responses.
        without_state: Names of resources that have no state.
        ignores_states: Whether filters by state match everything.
        repeats_rows: Whether pages hold each row twice.
        paths: Methods and paths that came, below the API.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_away = False
        self.comes_back = False
        self.headers: dict[str, str] = {}
        self.without_state: set[str] = set()
        self.ignores_states = False
        self.repeats_rows = False
        self._registry = InProcessRegistry()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._registry.close()

    @property
    def paths(self) -> list[str]:
        """Methods and paths that came, below the API, without queries."""
        return [f"{each.method} {urlsplit(each.target).path.removeprefix(API)}" for each in self.requests]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await receive(reader)) is not None:
            self.requests.append(request)
            status, value = await self._respond(request)
            body = value if isinstance(value, bytes) else json.dumps(value).encode()
            writer.write(_encoded(status, body, self.headers))
            await writer.drain()

    async def _respond(self, request: Received) -> tuple[int, Any]:
        parts = urlsplit(request.target)
        route = parts.path.removeprefix(API)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        if self.is_away:
            return self._respond_away(request.method, route)
        if request.method == "GET":
            return await self._read(route, query)
        return await self._write(request.method, route, request.json)

    def _respond_away(self, method: str, route: str) -> tuple[int, Any]:
        if route.endswith("readyz/isDirty"):
            self.is_away = not self.comes_back
            return 503, b"schema_migrations query error: failed to connect: FATAL (SQLSTATE 55000)"
        if re.search(r"/\d+(/|$)", route) or method != "GET":
            return 404, {"code": "Not Found", "message": "no such thing found for id 7: not found"}
        return 400, _AWAY

    async def call(self, method: str, route: str, body: Any = None, **query: str) -> tuple[int, Any]:
        """Call the registry behind, without peculiarities."""
        target = f"{API}{route}?{urlencode(query)}" if query else API + route
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        status, _, response = await self._registry.request(method, target, headers, data)
        return status, json.loads(response) if response.startswith(b"{") else response

    async def _read(self, route: str, query: dict[str, str]) -> tuple[int, Any]:
        if route in _FINDS and "name" in query:
            return await self._find(route, query)
        if _IGNORES_FILTER.match(route):
            query.pop("filterQuery", None)
        by_state = "state" in query.get("filterQuery", "")
        if by_state and self.ignores_states:
            del query["filterQuery"]
        if "versions" in route and query.get("filterQuery") == "name = 'b'":
            query["filterQuery"] = "name LIKE '%b'"  # compares the end of an internal name
        status, value = await self.call("GET", route, **query)
        for item in list(value.get("items", []) if isinstance(value, dict) else []):
            if item["name"] in self.without_state:
                del item["state"]
                if by_state:
                    value["items"].remove(item)
        if self.repeats_rows and "items" in value:
            value["items"] = [item for item in value["items"] for _ in range(2)]
        if "TIME" in query.get("orderBy", "") and query.get("nextPageToken") and value.get("items"):
            del value["items"][0]  # ties get lost between pages
        return status, _stored(value)

    async def _find(self, route: str, query: dict[str, str]) -> tuple[int, Any]:
        """Find by a pattern, also what ends in `:` and the name."""
        collection, parent = _FINDS[route], query.get("parentResourceId")
        if "artifact" in route and re.search(r"[\\'\"]", query["name"]):
            return 404, {"code": "Not Found", "message": f"no {route}s found: not found"}
        listed = f"model_versions/{parent}/artifacts" if "artifact" in route and parent else collection
        _, page = await self.call("GET", listed, pageSize="1000")
        field = _PARENTS.get(route)
        has_suffix = route not in ("registered_model", "model_version", "serving_environment")
        found = [
            each
            for each in page["items"]
            if like(query["name"], each["name"], has_suffix=has_suffix)
            and (field is None or each[field] == parent)
        ]
        if len(found) == 1:
            return 200, _stored(found[0])
        count = "multiple" if found else "no"
        return 404, {
            "code": "Not Found",
            "message": f"{count} {route}s found for name={query['name']}: not found",
        }

    async def _write(self, method: str, route: str, body: dict[str, Any]) -> tuple[int, Any]:
        if refused := _refusal(body):
            return refused
        _forget(body)
        if method == "PATCH" and "customProperties" not in body:
            _, existing = await self.call("GET", route)
            if any("struct_value" in each for each in existing.get("customProperties", {}).values()):
                return 400, {
                    "code": "Bad Request",
                    "message": "illegal base64 data at input byte 0: bad request",
                }
        if body.get("artifactType") in ("metric", "parameter") and "id" not in body and "/" in route:
            _, page = await self.call("GET", route, pageSize="1000")
            found = [each for each in page["items"] if like(body["name"], each["name"], has_suffix=True)]
            kinds = {each["artifactType"] for each in found}
            if len(found) == 1 and kinds == {body["artifactType"]}:
                body = {**body, "id": found[0]["id"]}
                body.pop("name")
            elif body["name"] in [each["name"] for each in found]:
                return 409, {
                    "code": "Conflict",
                    "message": f"artifact with name {body['name']} already exists",
                }
        status, value = await self.call(method, route, body)
        if status == 409 and body.get("artifactType") == "dataset-artifact":
            return await self._twin(route, body)
        return status, _stored(value)

    async def _twin(self, route: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Take a data set of a name that exists: behind, it has another name."""
        hidden = {**body, "name": body["name"] + "\N{ZERO WIDTH SPACE}" * len(self.requests)}
        status, value = await self.call("POST", route, hidden)
        return status, _stored(value)


def _encoded(status: int, body: bytes, headers: dict[str, str]) -> bytes:
    """Encode a response as the server does: in chunks if it is long."""
    plain = Reply(status=status, body=body, headers=headers).encode()
    if len(body) <= 2048:
        return plain
    head = plain.partition(b"\r\n\r\n")[0].replace(
        f"Content-Length: {len(body)}".encode(), b"Transfer-Encoding: chunked"
    )
    chunks = [body[start : start + 2048] for start in range(0, len(body), 2048)]
    encoded = b"".join(f"{len(each):x}\r\n".encode() + each + b"\r\n" for each in chunks)
    return head + b"\r\n\r\n" + encoded + b"0\r\n\r\n"


def like(pattern: str, text: str, *, has_suffix: bool) -> bool:
    """Return whether a text matches an SQL pattern, or what follows a `:` in it does."""
    escaped = re.sub(r"\\(.)|(_)|(%)|(.)", _as_regex, pattern, flags=re.DOTALL)
    return re.fullmatch(f"(.*:)?{escaped}" if has_suffix else escaped, text, re.DOTALL) is not None


def _as_regex(match: re.Match[str]) -> str:
    literal, one, many, sign = match.groups()
    if one:
        return "."
    return ".*" if many else re.escape(literal or sign)


def _refusal(body: dict[str, Any]) -> tuple[int, Any] | None:
    for value in (body.get("customProperties") or {}).values():
        if abs(int(value.get("int_value", 0))) >= 2**31:
            return 400, {"code": "Bad Request", "message": "int_value out of range: bad request"}
        if value.get("string_value", "").startswith("mlmd-struct::"):
            return 500, {"code": "Internal Server Error", "message": "illegal struct"}
    return None


def _forget(body: dict[str, Any]) -> None:
    """Change a body as the server stores it."""
    if "step" in body:
        body["step"] = (int(body["step"]) + 2**31) % 2**32 - 2**31
    for name in ("experiment_id", "experiment_run_id"):
        (body.get("customProperties") or {}).pop(name, None)


def _stored(value: Any) -> Any:
    """Show structs as JSON text, in which whole numbers have lost their type."""
    if not isinstance(value, dict):
        return value
    for item in value.get("items", [value]):
        if isinstance(item.get("name"), str):
            item["name"] = item["name"].rstrip("\N{ZERO WIDTH SPACE}")
        for each in (item.get("customProperties") or {}).values():
            if "struct_value" in each:
                struct = json.loads(base64.b64decode(each["struct_value"]), parse_float=_number)
                each["struct_value"] = json.dumps(struct)
    return value


def _number(text: str) -> float | int:
    number = float(text)
    return int(number) if number.is_integer() else number
