"""Load the code of the first call in a thread, so that the caller's event loop does not wait for it."""

from __future__ import annotations

import asyncio
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from model_registry.blocking.private_loop import PrivateLoop
from model_registry.exceptions import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mr_openapi import ModelRegistryServiceApi


_RETURNED: Final = ("model_registry.types.artifacts", "model_registry.types.contexts")
"""What calls return; a loop that serves no others loads them when it needs them."""

Api = TypeVar("Api")


def check_loop(client: object) -> asyncio.AbstractEventLoop:
    """Return the running event loop.

    Args:
        client: The client that is called, for the message.

    Raises:
        StoreError: No event loop of asyncio runs in this thread.
    """
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        raise StoreError(
            f"{client!r} was called where no event loop of asyncio runs. Use ModelRegistry, which needs "
            "none; with trio, call it as in trio.to_thread.run_sync(registry.get_model, 'fraud')"
        ) from None


def only_async_with(client: object) -> StoreError:
    """Return the error of an asynchronous client in a `with` statement."""
    return StoreError(f"{client!r} is asynchronous: use `async with`; or ModelRegistry, with `with`")


def loading(open_api: Callable[[], ModelRegistryServiceApi], client: object) -> ModelRegistryServiceApi:
    """Return a stand-in for the generated client, which loads it with the first call.

    Args:
        open_api: Loads and returns it. It may be called in a thread.
        client: The client that is called, for messages.

    Raises:
        StoreError: No event loop of asyncio runs in this thread.
    """
    if isinstance(check_loop(client), PrivateLoop):  # which waits for nothing else
        return open_api()
    return cast("ModelRegistryServiceApi", _Loading(open_api))


async def load(open_api: Callable[[], object], client: object) -> None:
    """Load what a call needs, in a thread if others may use the event loop.

    Raises:
        StoreError: No event loop of asyncio runs in this thread.
    """
    if isinstance(check_loop(client), PrivateLoop):
        open_api()
    else:
        await asyncio.to_thread(_load_all, open_api)


def _load_all(open_api: Callable[[], Api]) -> Api:
    for module in _RETURNED:
        import_module(module)
    return open_api()


class _Loading:
    """Has the operations of the generated client. Each loads it first."""

    def __init__(self, open_api: Callable[[], ModelRegistryServiceApi]) -> None:
        self._open_api = open_api

    def __getattr__(self, operation: str) -> Any:  # noqa: ANN401  # any operation
        async def call(*args: Any, **options: Any) -> Any:  # noqa: ANN401
            api = await asyncio.to_thread(_load_all, self._open_api)
            return await getattr(api, operation)(*args, **options)

        return call
