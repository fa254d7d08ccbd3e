"""Readiness, health and liveness checks, for load balancers and for people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from model_registry.server.errors import ApiError
from model_registry.server.http.asgi import JSON
from model_registry.server.identity.operations import PREFIX as IDENTITY_PREFIX
from model_registry.server.kinds import KINDS
from model_registry.server.queries.listing import BodyPart, list_page
from model_registry.server.queries.paging import read_page
from model_registry.server.queries.selection import Selection

if TYPE_CHECKING:
    from model_registry.server.database.protocol import Database, Session

READY_PATHS: Final = ("/readyz/isDirty", "/readyz/health")
"""Endings of the paths of the checks; any prefix is accepted."""

LIVE_PATH: Final = "/livez"
"""Ending of the path that responds as long as the process does, without using the database."""

PROBE_PATHS: Final = (*READY_PATHS, LIVE_PATH)
"""Endings of the paths that need no token."""

_PLAIN: Final = b"text/plain; charset=utf-8"


def is_probe(path: str) -> bool:
    """Return whether a path is one of a check, which needs no token."""
    # The name of a token may end like a check.
    return path.endswith(PROBE_PATHS) and not path.startswith(IDENTITY_PREFIX)


def check_liveness() -> tuple[int, BodyPart, bytes]:
    """Return the response of a process that responds."""
    return 200, BodyPart(b"OK"), _PLAIN


def refuse_readiness() -> tuple[int, BodyPart, bytes]:
    """Return the response of a server that is about to stop."""
    return 503, BodyPart(b"the registry is stopping"), _PLAIN


async def check_health(database: Database, *, thorough: bool, as_json: bool) -> tuple[int, BodyPart, bytes]:
    """Check the registry and return the response.

    Args:
        database: The registry's database.
        thorough: Whether to read every kind of resource, rather than only one.
        as_json: Whether to return details instead of a word.

    Returns:
        Status (200, or 503 when a check failed), body, and content type.
    """
    started = time.perf_counter()
    checks: dict[str, Any] = {"database": _passed("database is open and its schema is current")}
    failure = ""
    try:
        await database.check(_read_every_kind if thorough else _read_one_kind)
    except Exception as error:  # noqa: BLE001  # whatever failed, the registry is not ready
        failure = error.message if isinstance(error, ApiError) else str(error)
        checks["database"] = {"Name": "database", "Status": "fail", "Message": failure}
    if thorough and not failure:
        checks["model-registry"] = _passed(f"{len(KINDS)} kinds of resources can be read")
    status = 503 if failure else 200
    if not as_json:
        return status, BodyPart((failure or "OK").encode()), _PLAIN
    checks["meta"] = {
        "check_duration_ms": round((time.perf_counter() - started) * 1000, 3),
        "timestamp": int(time.time()),
    }
    body = {"status": "fail" if failure else "pass", "checks": checks}
    return status, BodyPart(msgspec.json.encode(body) + b"\n"), JSON


def _passed(message: str) -> dict[str, str]:
    return {"Status": "pass", "Message": message}


def _read_one_kind(session: Session) -> None:
    list_page(session, Selection(KINDS[:1]), read_page("", {"pageSize": "1"}))


def _read_every_kind(session: Session) -> None:
    for kind in KINDS:
        list_page(session, Selection((kind,)), read_page("", {"pageSize": "1"}))
