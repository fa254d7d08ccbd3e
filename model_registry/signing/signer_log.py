"""Log lines of signers: on the package's own logger, with a level per signer, and no handler of ours."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    # Generic for type checkers only; at run time it becomes so with Python 3.11.
    Adapter = logging.LoggerAdapter[logging.Logger]
else:
    Adapter = logging.LoggerAdapter

LOGGER = logging.getLogger("model_registry.signing")


class SignerLog(Adapter):
    """Lines of one signer, from its level on.

    Args:
        name: What stands before each line.
        level: The level; `WARNING` when not given.
    """

    def __init__(self, name: str, level: int | None = None) -> None:
        super().__init__(LOGGER, {"signer": name})
        self._name = name
        self._level = logging.WARNING if level is None else level

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802  # the name that logging calls
        """Whether lines of a level are wanted."""
        return level >= self._level and super().isEnabledFor(level)

    def set_log_level(self, level: int) -> None:
        """Set the level from which on lines are wanted."""
        self._level = level

    def process(
        self, msg: object, kwargs: MutableMapping[str, Any]
    ) -> tuple[object, MutableMapping[str, Any]]:
        """Put the signer's name before a line."""
        return f"[{self._name}] {msg}", kwargs
