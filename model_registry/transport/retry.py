"""When a request is worth repeating, and how long to wait before."""

from __future__ import annotations

from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import TYPE_CHECKING

from model_registry.exceptions import RegistryConnectionError, RegistryTimeoutError, RegistryTLSError
from model_registry.random_numbers import GENERATOR

if TYPE_CHECKING:
    from model_registry.exceptions import RequestError

FIRST_WAIT = 0.25
"""Seconds that the first wait is at most; each further one may be twice as long."""
LONGEST_WAIT = 10.0
"""Seconds that no wait of our own choosing exceeds."""

TRANSIENT_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

_NOT_PROCESSED = frozenset({408, 425, 429})  # statuses that a server gives before it acts


class Verdict(Enum):
    """What to do after a failure."""

    GIVE_UP = "the same request would fail again"
    REPEAT = "the request changed nothing, and may succeed next time"
    LOOK_UP = "the request may have been processed: check before you repeat it"


def verdict(method: str, error: RequestError) -> Verdict:
    """Judge a failure.

    Args:
        method: HTTP method of the request.
        error: What came of it.

    Returns:
        What to do.
    """
    if isinstance(error, RegistryTLSError):
        return Verdict.GIVE_UP  # certificates do not change between attempts
    lost = isinstance(error, (RegistryConnectionError, RegistryTimeoutError))
    if not lost and error.status not in TRANSIENT_STATUSES:
        return Verdict.GIVE_UP
    unprocessed = not error.sent or error.status in _NOT_PROCESSED
    return Verdict.REPEAT if method == "GET" or unprocessed else Verdict.LOOK_UP


def wait(attempt: int, retry_after: float | None) -> float:
    """Choose the seconds to wait before the next attempt.

    What the server asked for is obeyed; otherwise the wait is random between nothing and a bound that
    doubles with each attempt, so that clients do not come back together.

    Args:
        attempt: Attempts made so far, at least 1.
        retry_after: Seconds that the server asked for, or `None`.
    """
    if retry_after is not None:
        return retry_after
    bound = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (attempt - 1))
    return GENERATOR.uniform(0, bound)


def seconds_asked(retry_after: str | None) -> float | None:
    """Read a `Retry-After` header (RFC 9110, 10.2.3): seconds or a date."""
    value = retry_after
    if not value:
        return None
    if value.strip().isdigit():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
