"""The routes of the server, from a request to a response."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.reference.artifacts import Artifacts
from tests.support.reference.contexts import Contexts
from tests.support.reference.errors import RefusedError
from tests.support.reference.finds import Finds
from tests.support.reference.golang import encode
from tests.support.reference.lists import shown
from tests.support.reference.registry import Core
from tests.support.reference.schemas import ENVIRONMENT, EXPERIMENT, MODEL, RUN, SERVE, SERVICE, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX = "/api/model_registry/"
_ONLY_ALPHA = re.compile("/experiment")
_NUL = "invalid {0} parameter: contains null bytes which are not allowed"


class Request(NamedTuple):
    """A request, split: `ids` are the variable parts of the path."""

    ids: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes


class Reply(NamedTuple):
    """A response, without the headers of the connection."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


JSON = [("Content-Type", "application/json; charset=UTF-8")]
TEXT = [("Content-Type", "text/plain; charset=utf-8")]


class Application:
    """The server without sockets.

    Args:
        sunset: The date of the header `Sunset` on v1alpha3, None for no such headers.

    Attributes:
        core: The state, and the switch of the database.
    """

    def __init__(self, sunset: str | None = None) -> None:
        self.core = Core()
        self._sunset = sunset
        self._routes = _routes(self.core)

    def reply(self, method: str, target: str, body: bytes) -> Reply:
        path, _, query = target.partition("?")
        if path.endswith(("/readyz/isDirty", "/readyz/health")):
            return self._ready(method)
        if not path.startswith((f"{PREFIX}v1/", f"{PREFIX}v1alpha3/")):
            return Reply(404, TEXT, b"404 page not found\n")
        version, _, rest = path.removeprefix(PREFIX).partition("/")
        reply = self._routed(method, version, f"/{rest}", query, body)
        if version == "v1alpha3" and self._sunset is not None:
            link = f'<{PREFIX}v1/>; rel="successor-version"'
            reply.headers.extend([("Deprecation", "true"), ("Sunset", self._sunset), ("Link", link)])
        return reply

    def _ready(self, method: str) -> Reply:
        if method != "GET":
            return Reply(405, list(TEXT), b"method not allowed\n")
        if self.core.away:
            return Reply(503, list(TEXT), f"schema_migrations query error: {self.core.away}\n".encode())
        return Reply(200, list(TEXT), b"OK")

    def _routed(self, method: str, version: str, path: str, query: str, body: bytes) -> Reply:
        hidden = version == "v1" and _ONLY_ALPHA.match(path)
        for pattern, methods in self._routes:
            found = None if hidden else pattern.fullmatch(path)
            if found is None:
                continue
            if method not in methods:
                return Reply(405, [("Allow", one) for one in methods], b"")
            return self._called(methods[method], found.groups(), query, body)
        return Reply(404, list(TEXT), b"404 page not found\n")

    def _called(self, operation: Callable[[Request], Any], ids: Any, query: str, body: bytes) -> Reply:
        try:
            with self.core.store.lock:
                status, content = operation(Request(ids, _read_query(query), body))
        except RefusedError as error:
            status, content = error.status, error.body
        return Reply(status, list(JSON), (encode(content) + "\n").encode())


def _read_query(text: str) -> dict[str, str]:
    """Return the first value of each parameter."""
    values: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        if ";" in pair:
            raise RefusedError(400, "invalid semicolon separator in query")
        key, _, value = pair.partition("=")
        name, content = _unescaped(key), _unescaped(value)
        if "\0" in content:
            raise RefusedError(400, f"Invalid {name} query parameter: {_NUL.format(name)}")
        values.setdefault(name, content)
    return values


def _unescaped(text: str) -> str:
    bad = re.search("%(?![0-9a-fA-F]{2})", text)
    if bad:
        raise RefusedError(400, f'invalid URL escape "{text[bad.start() : bad.start() + 3]}"')
    raw = re.sub(b"%([0-9a-fA-F]{2})", lambda one: bytes([int(one[1], 16)]), text.replace("+", " ").encode())
    return raw.decode("utf-8", "replace")


def _routes(core: Core) -> list[tuple[re.Pattern[str], dict[str, Callable[[Request], tuple[int, Any]]]]]:
    contexts, artifacts, finds = Contexts(core), Artifacts(core), Finds(core)
    routes: dict[str, dict[str, Callable[[Request], tuple[int, Any]]]] = {
        "/artifact": {"GET": lambda r: (200, shown(finds.artifact(r.query)))},
        "/artifacts": {
            "GET": lambda r: (200, artifacts.list(r.query)),
            "POST": lambda r: (201, artifacts.create(r.body)),
        },
        "/artifacts/{}": {
            "GET": lambda r: (200, artifacts.get(r.ids[0])),
            "PATCH": lambda r: (200, artifacts.change(r.ids[0], r.body)),
        },
        "/model_artifact": {"GET": lambda r: (200, finds.model_artifact(r.query))},
        "/model_artifacts": {
            "GET": lambda r: (200, artifacts.list_model_artifacts(r.query)),
            "POST": lambda r: (201, artifacts.create_model_artifact(r.body)),
        },
        "/model_artifacts/{}": {
            "GET": lambda r: (200, artifacts.get_model_artifact(r.ids[0])),
            "PATCH": lambda r: (200, artifacts.change_model_artifact(r.ids[0], r.body)),
        },
        "/experiment_runs/metric_history": {"GET": lambda r: (200, artifacts.history(r.query))},
        "/experiment_runs/{}/metric_history": {"GET": lambda r: (200, artifacts.history(r.query, r.ids[0]))},
        "/inference_services/{}/model": {"GET": lambda r: (200, contexts.served(r.ids[0], "model"))},
        "/inference_services/{}/version": {"GET": lambda r: (200, contexts.served(r.ids[0], "version"))},
        "/inference_services/{}/serves": {
            "GET": lambda r: (200, contexts.list_below(SERVE, SERVICE, r.ids[0], r.query)),
            "POST": lambda r: (201, contexts.create_serve(r.ids[0], r.body)),
        },
    }
    for path, kind, find in (
        ("registered_model", MODEL, finds.named),
        ("serving_environment", ENVIRONMENT, finds.named),
        ("experiment", EXPERIMENT, finds.named),
        ("model_version", VERSION, finds.owned),
        ("inference_service", SERVICE, finds.owned),
        ("experiment_run", RUN, finds.owned),
    ):
        routes[f"/{path}"] = {"GET": lambda r, kind=kind, find=find: (200, find(kind, r.query))}
        routes[f"/{path}s"] = {
            "GET": lambda r, kind=kind: (200, contexts.list(kind, r.query)),
            "POST": lambda r, kind=kind: (201, contexts.create(kind, r.body)),
        }
        routes[f"/{path}s/{{}}"] = {
            "GET": lambda r, kind=kind: (200, contexts.get(kind, r.ids[0])),
            "PATCH": lambda r, kind=kind: (200, contexts.change(kind, r.ids[0], r.body)),
        }
    for path, kind, parent in (
        ("registered_models/{}/versions", VERSION, MODEL),
        ("serving_environments/{}/inference_services", SERVICE, ENVIRONMENT),
        ("experiments/{}/experiment_runs", RUN, EXPERIMENT),
    ):
        routes[f"/{path}"] = {
            "GET": lambda r, kind=kind, parent=parent: (
                200,
                contexts.list_below(kind, parent, r.ids[0], r.query),
            ),
            "POST": lambda r, kind=kind: (201, contexts.create_below(kind, r.ids[0], r.body)),
        }
    for path, owner in (("model_versions", VERSION), ("experiment_runs", RUN)):
        routes[f"/{path}/{{}}/artifacts"] = {
            "GET": lambda r, owner=owner: (200, artifacts.list(r.query, r.ids[0], owner)),
            "POST": lambda r, owner=owner: artifacts.upsert(r.ids[0], owner, r.body),
        }
    return [(re.compile(path.replace("{}", "([^/]+)")), methods) for path, methods in routes.items()]
