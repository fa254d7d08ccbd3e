"""The variants in which the one suite of the SDK is run: client, backend, database and API version."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

from model_registry import AsyncModelRegistry, ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Callable

    from typing_extensions import Self


class Variant(NamedTuple):
    """How a test reaches a registry.

    Attributes:
        client: `async` or `blocking`.
        where: `memory`, the database of a server (`sqlite` or `postgresql`), or `reference`: the stand-in for
            the reference server.
        api: API version.
    """

    client: str
    where: str
    api: str = "v1"

    def __str__(self) -> str:
        return "-".join(self)


VARIANTS = [
    Variant("async", "memory"),
    Variant("blocking", "memory"),
    Variant("async", "sqlite"),
    Variant("blocking", "sqlite", "v1alpha3"),
    Variant("async", "postgresql"),
    Variant("async", "reference"),
    Variant("blocking", "reference", "v1alpha3"),
]


class Awaitable:
    """A blocking client that is called like the asynchronous one, so that one suite tests both."""

    def __init__(self, registry: ModelRegistry) -> None:
        self.blocking = registry

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.blocking, name)
        if not inspect.iscoroutinefunction(inspect.unwrap(getattr(AsyncModelRegistry, name, found))):
            return found
        return _later(found)

    def dry_run(self) -> Awaitable:
        return Awaitable(self.blocking.dry_run())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.blocking.close()

    @property
    def core(self) -> Any:
        return self.blocking._async.core


def _later(function: Callable[..., Any]) -> Callable[..., Any]:
    async def call(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return call
