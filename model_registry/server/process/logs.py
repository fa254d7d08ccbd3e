"""Format the log of the server as text or JSON."""

from __future__ import annotations

import logging
from datetime import datetime, timezone
from typing import Any, Final, Literal, TypeAlias

import msgspec

from model_registry.server.middleware.request_id import request_id

LogFormat: TypeAlias = Literal["json", "text"]

_PARTS: Final = (
    *("client", "actor", "method", "path", "query", "status", "duration_ms", "operation"),
    *("database_wait_ms", "database_ms"),
)


def logging_config(form: LogFormat) -> dict[str, Any]:
    """Return settings for `logging.config.dictConfig` that log everything to standard error.

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
    """Format time, level, message and request id as one line."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        suffix = f" [{current_id}]" if (current_id := request_id.get()) else ""
        line = f"{_time(record)} {record.levelname} {_printable(record.getMessage())}{suffix}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class JsonFormatter(logging.Formatter):
    """Format a record as a JSON object in one line; the parts of a request are members."""

    def format(self, record: logging.LogRecord) -> str:
        """See `logging.Formatter`."""
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if current_id := request_id.get():
            line["request_id"] = current_id
        line.update((part, getattr(record, part)) for part in _PARTS if hasattr(record, part))
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


def _printable(text: str) -> str:
    """Escape what would begin another line or change a terminal: messages may quote clients and issuers."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def _time(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, tz=timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
