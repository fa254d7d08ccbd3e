"""Name the extra that a command needs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def needs_server(purpose: str) -> Generator[None]:
    """Raise an error that names the extra `server` where an import fails.

    Args:
        purpose: What needs the extra.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError.for_extra("server", purpose, error) from error
