"""Name the extra that a command needs."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

from model_registry.exceptions import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def needs_extra(extra: str, purpose: str) -> Generator[None]:
    """Raise an error that names an extra where an import fails.

    Args:
        extra: The extra.
        purpose: What needs it.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingExtraError.for_extra(extra, purpose, error) from error


def needs_server(purpose: str) -> AbstractContextManager[None]:
    """Raise an error that names the extra `server` where an import fails.

    Args:
        purpose: What needs the extra.
    """
    return needs_extra("server", purpose)
