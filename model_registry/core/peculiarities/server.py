"""What the client knows of a server: who wrote it, and which filters it obeys."""

from __future__ import annotations

from typing import Protocol


class ServerFacts(Protocol):
    """What decides how lists are fetched; every `ModelRegistryAPIClient` has it.

    Attributes:
        lists_with_filters: Lists on which another server than ours was seen to obey filters.
        lists_without_filters: Lists on which it was seen to ignore them.
    """

    lists_with_filters: set[str]
    lists_without_filters: set[str]

    @property
    def is_foreign(self) -> bool | None:
        """Whether the server is not `model-registry serve`; `None` while that is unknown."""
        ...
