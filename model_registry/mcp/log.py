"""The log: a line for each call of a tool."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from .texts import MASK, Room, compact_json, safe, safe_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp.server import ServerRequestContext

    from .callers import ToolCaller

_ROOM: Final = 4000
"""Characters of the arguments of a call."""

_LOGGER: Final = logging.getLogger(__name__)


def log_call(
    ctx: ServerRequestContext[Any],
    caller: ToolCaller,
    tool: str,
    arguments: Mapping[str, object],
    outcome: str,
    seconds: float,
) -> None:
    """Write a call to the log, as JSON: who called, which tool, with what, and how it ended.

    Args:
        ctx: The request.
        caller: Who called.
        tool: The name of the tool.
        arguments: Its arguments, as they were sent.
        outcome: `ok`, `applied`, `refused`, `cancelled` or the name of an error.
        seconds: How long it took.
    """
    if not _LOGGER.isEnabledFor(logging.INFO):
        return
    client = ctx.session.client_params
    line = {
        "time": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
        "caller": caller.name,
        "token": f"sha256:{caller.key[:12]}" if caller.token else None,
        "client": safe(client.client_info.name) if client else None,
        "tool": safe(tool),
        "arguments": safe_value(arguments, room=Room(_ROOM)),
        "outcome": outcome,
        "ms": round(seconds * 1000),
    }
    text = compact_json({name: value for name, value in line.items() if value is not None})
    _LOGGER.info("%s", text.replace(caller.token, MASK) if caller.token else text)


def log_to_stderr() -> None:
    """Write the log to standard error, which is free over standard input and output, too."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)
    _LOGGER.propagate = False
