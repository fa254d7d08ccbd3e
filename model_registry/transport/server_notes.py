"""What responses show of the server: whether it is our registry, and whether its API is deprecated."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from model_registry.transport.backend import Response

_LOG = logging.getLogger("model_registry")

IDENTITY_HEADER = "x-model-registry"
"""Header of our registry's responses. Any other server may have the reference server's peculiarities."""

_OF_REGISTRY = frozenset({200, 201, 400, 404, 409})
"""Statuses of responses that come from a registry, not from something before it."""


class ServerNotes:
    """What the responses of one server showed so far.

    Attributes:
        is_foreign: Whether it is not our registry; `None` while no response showed it.
        deprecation: Sentence about the deprecation of the API version; `None` if there is none.
    """

    is_foreign: bool | None = None
    deprecation: str | None = None

    def note(self, response: Response) -> None:
        """Note what a response shows."""
        headers = response.headers
        if IDENTITY_HEADER in headers:
            self.is_foreign = False
        elif self.is_foreign is None and response.status in _OF_REGISTRY:
            self.is_foreign = "json" in headers.get("content-type", "") or None
        if self.deprecation is None and ("deprecation" in headers or "sunset" in headers):
            self.deprecation = deprecation(response)
            _LOG.warning("%s", self.deprecation)


def deprecation(response: Response) -> str:
    """Return what the headers `Deprecation`, `Sunset` and `Link` of a response say."""
    path = response.request.target.split("/")
    version = f"version {path[3]} of its API" if len(path) > 3 else "this API"
    sunset = response.headers.get("sunset")
    when = f" and ends it on {sunset}" if sunset else ""
    link = response.headers.get("link", "")
    successor = ""
    if "successor-version" in link:
        successor = f" Its successor is {link.partition('<')[2].partition('>')[0]}."
    return f"The registry deprecates {version}{when}.{successor}"
