"""MLflow's entities of which one attribute is read from the registry when it is used.

A search returns these. Its page costs the same number of requests, whatever the registry stores elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mlflow.entities.model_registry import ModelVersion, RegisteredModel

from .errors import mlflow_errors

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
V = TypeVar("V")


class LazyValues(Generic[T, V]):
    """A value for each of several items. The first use of one reads it together with those that follow.

    Args:
        items: The items.
        read: Returns the values of some of them.
        at_once: How many values are read at once.
    """

    def __init__(self, items: Sequence[T], read: Callable[[list[T]], list[V]], at_once: int) -> None:
        self._items = items
        self._read = read
        self._at_once = at_once
        self._values: dict[int, V] = {}

    def get(self, place: int) -> V:
        """Return the value of the item at a place.

        Raises:
            MlflowException: The registry cannot be read.
        """
        if place not in self._values:
            unread = (each for each in range(place, len(self._items)) if each not in self._values)
            places = [each for each, _ in zip(unread, range(self._at_once), strict=False)]
            with mlflow_errors():
                values = self._read([self._items[each] for each in places])
            self._values.update(zip(places, values, strict=True))
        return self._values[place]


class _Lazy:
    """What lazy entities have in common."""

    def _complete(self) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        self._complete()
        return repr(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        self._complete()
        return self.__reduce_ex__(protocol)


class LazyVersion(_Lazy, ModelVersion):
    """A version whose source is read when it is used. From then on it is an ordinary `ModelVersion`.

    Args:
        read: Returns the source.
        fields: The other attributes.
    """

    def __init__(self, read: Callable[[], str | None], **fields: Any) -> None:
        super().__init__(**fields)
        self._read = read

    @property
    def source(self) -> str | None:
        """The source of the version."""
        self._complete()
        return self._source

    def _complete(self) -> None:
        _complete(self, ModelVersion, "_source")

    @classmethod
    def _properties(cls) -> list[str]:
        return ModelVersion._properties()  # noqa: SLF001  # the names that MLflow compares and prints


class LazyModel(_Lazy, RegisteredModel):
    """A model whose latest versions are read when they are used. From then on it is an ordinary model.

    Args:
        read: Returns the latest versions.
        fields: The other attributes.
    """

    def __init__(self, read: Callable[[], list[ModelVersion]], **fields: Any) -> None:
        super().__init__(**fields)
        self._read = read

    @property
    def latest_versions(self) -> list[ModelVersion]:
        """The latest version of each stage."""
        self._complete()
        latest: list[ModelVersion] = self._latest_version
        return latest

    @latest_versions.setter
    def latest_versions(self, latest_versions: list[ModelVersion]) -> None:
        vars(self).pop("_read", None)
        self._complete()
        self._latest_version = latest_versions

    def _complete(self) -> None:
        _complete(self, RegisteredModel, "_latest_version")

    @classmethod
    def _properties(cls) -> list[str]:
        names: list[str] = RegisteredModel._properties()  # noqa: SLF001
        return names


def _complete(entity: Any, ordinary: type, attribute: str) -> None:
    """Read an attribute of a lazy entity, and turn the entity into an ordinary one."""
    if (read := vars(entity).get("_read")) is not None:
        setattr(entity, attribute, read())
    entity.__class__ = ordinary
    vars(entity).pop("_read", None)
