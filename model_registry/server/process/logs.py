"""How the server's log looks: lines for people, or JSON for programs."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import Any, Final, Literal, TypeAlias

import msgspec

from model_registry.server.middleware.access_log import request_id

LogFormat: TypeAlias = Literal["json", "text"]

_PARTS: Final = ("client", "method", "path", "query", "status", "duration_ms", "operation")


def logging_config(form: LogFormat) -> dict[str, Any]:
    """Settings for `logging.config.dictConfig`: everything that the server says, on standard error.

    Args:
        form: `json` or `text`.
    """
    logger = {"handlers": ["stderr"], "level": "INFO", "propagate": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": JsonFormatter if form == "json" else TextFormatter}},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "line"}
        },
        "loggers": {
            "model_registry.server": logger,
            "uvicorn": {**logger, "level": "WARNING"},
        },
    }


class TextFormatter(logging.Formatter):
    """Time, level, message and the id of the request, in one line."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        about = f" [{known_as}]" if (known_as := request_id.get()) else ""
        line = f"{_time(record)} {record.levelname} {record.getMessage()}{about}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """An object in one line; for requests with their parts as members."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if known_as := request_id.get():
            line["request_id"] = known_as
        line.update((part, getattr(record, part)) for part in _PARTS if hasattr(record, part))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
