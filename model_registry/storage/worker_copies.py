"""Stores that are sent to other processes, such as workers of Ray, Dask, Spark and ProcessPoolExecutor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import Self


class SentBySettings:
    """A store that is pickled as the arguments that created it, without its connections and locks.

    A path of credentials is sent as the path, and those of the environment are read where the store arrives.
    Credentials that were given as text are sent.
    """

    _arguments: _Arguments | None = None

    def _remember(self, arguments: Mapping[str, object]) -> None:
        """Remember the arguments of a constructor, which are its `locals()`."""
        self._arguments = _Arguments(arguments)

    def __copy__(self) -> Self:
        """Return a store that shares everything with this one; it is internal and cannot be sent."""
        copied = object.__new__(type(self))
        vars(copied).update(vars(self), _arguments=None)
        return copied

    def __reduce__(self) -> tuple[Any, ...]:
        if self._arguments is None:
            raise InvalidArgumentError(
                f"this {type(self).__name__} is limited to one entry of a registry, and cannot be sent to "
                "another process: send the store that you created"
            )
        return _create, (type(self), self._arguments.values)


class _Arguments:
    """Arguments of a constructor, which may be secrets: nothing shows them."""

    def __init__(self, arguments: Mapping[str, object]) -> None:
        self.values = {name: value for name, value in arguments.items() if name not in ("self", "__class__")}


def _create(store: type[SentBySettings], arguments: Mapping[str, Any]) -> SentBySettings:
    return store(**arguments)
