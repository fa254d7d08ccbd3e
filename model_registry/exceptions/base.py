"""The root of all exceptions, and those that are not about one request."""

from __future__ import annotations

import sys


class ModelRegistryError(Exception):
    """Root of all errors of this package."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython and Jupyter show: the lines of the user's code, and the message."""
        from .tracebacks import render

        return render(self, sys.modules["IPython"].get_ipython().InteractiveTB)


class MissingMetadata(ModelRegistryError):  # noqa: N818  # a name that programs already catch
    """A required argument or environment variable is missing."""


class MissingExtraError(ModelRegistryError, ImportError):
    """An optional dependency is not installed."""

    @classmethod
    def for_extra(cls, extra: str, purpose: str, cause: ImportError) -> MissingExtraError:
        """Return the error for an extra, with the command that installs it.

        Args:
            extra: Name of the extra in the package's metadata.
            purpose: The feature that needs it.
            cause: The import that failed.

        Returns:
            The error.

        Example:
            >>> from model_registry.exceptions import MissingExtraError
            >>> print(MissingExtraError.for_extra("server", "A local registry", ImportError("no sqlalchemy")))
            A local registry needs the extra 'server' (no sqlalchemy): pip install 'model-registry[server]'
        """
        return cls(f"{purpose} needs the extra {extra!r} ({cause}): pip install 'model-registry[{extra}]'")


class StoreError(ModelRegistryError):
    """Errors about a registry and its contents."""


class InvalidArgumentError(StoreError, ValueError):
    """An argument is invalid. Nothing was sent or stored."""


class UnsupportedType(StoreError):  # noqa: N818  # a name that programs already catch
    """The registry has no kind for the type of a value."""


class TypeNotFound(StoreError):  # noqa: N818  # a name that programs already catch
    """The registry returned a kind that this client does not know."""


class DatabaseError(StoreError):
    """The database of an embedded registry cannot be opened or used."""


class InsecureConnectionWarning(UserWarning):
    """A client does not check the certificate of the server."""


class IgnoredArgumentWarning(UserWarning):
    """An argument had no effect, because the existing resource has another value."""


class UnknownPropertyWarning(UserWarning):
    """A filter names a custom property that nothing in the list has."""


class ChangedValueWarning(UserWarning):
    """A value of somebody else, such as of a model card, was changed or left out, for it cannot be stored."""


def sentence(error: BaseException) -> str:
    """Return the message of an error with a full stop, so that another sentence can follow."""
    text = str(error)
    return text if text.endswith((".", "!", "?")) else f"{text}."
