"""Failed transfers of files."""

from __future__ import annotations

from .base import StoreError


class StorageError(StoreError):
    """Files could not be transferred. The text says which, and what to do next."""

    def __str__(self) -> str:
        # The builtin parents that are OSErrors would print an errno here.
        return str(self.args[0])


class StorageNotFoundError(StorageError, FileNotFoundError):
    """There is nothing at this location."""


class StorageExistsError(StorageError, FileExistsError):
    """The location holds other files, which an upload would replace."""


class StorageAccessError(StorageError, PermissionError):
    """The store requires credentials, or refuses the given ones."""


class IntegrityError(StorageError):
    """The bytes differ from the registered ones, by their digest or signature."""
