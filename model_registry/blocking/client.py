"""The base of the blocking client, which runs the coroutines of the asynchronous one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Generic, NoReturn, Protocol, TypeVar

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, StoreError

from .items import run_with_items
from .runner import BlockingRunner, runner_for

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Coroutine

    from typing_extensions import Self

    from model_registry.connection import Connection, Local
    from model_registry.types import AsyncPager, ListOptions, Pager
    from model_registry.types.prefetch import PendingPage

    from .runner import AsyncRunner


class Core(Protocol):
    """What the base needs of the client below an asynchronous client."""

    shown_as: tuple[str, str]


class AsyncClient(Protocol):
    """What the base needs of an asynchronous client."""

    @property
    def core(self) -> Core:
        """The client below it."""
        ...

    @property
    def connection(self) -> Connection | Local:
        """The address of the registry."""
        ...

    async def close(self) -> None:
        """Release what the client holds."""
        ...


ClientT = TypeVar("ClientT", bound=AsyncClient)
ItemT = TypeVar("ItemT")
T = TypeVar("T")


class BlockingClient(Generic[ClientT]):
    """Runs the coroutines of an asynchronous client while the caller waits."""

    def _begin(self, client: ClientT, async_runner: AsyncRunner | None) -> None:
        self._async = client
        client.core.shown_as = (type(self).__name__, "with")
        self._run = runner_for(async_runner)
        self._shares_runner = False

    def _sharing_runner(self, client: ClientT) -> Self:
        """Return the same blocking client of another asynchronous one. Closing it leaves the runner open."""
        other = type(self).__new__(type(self))
        vars(other).update(vars(self), _async=client, _shares_runner=True)
        return other

    def __getstate__(self) -> dict[str, object]:
        """Return what another process needs for a client of its own, with a runner of its own."""
        runner = None if isinstance(self._run, BlockingRunner) else self._run
        return {"client": self._async, "async_runner": runner}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._begin(state["client"], state["async_runner"])

    def async_runner(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine as the client runs its own.

        Args:
            coro: The coroutine to run.

        Returns:
            The result of the coroutine.
        """
        return self._run(coro)

    def close(self) -> None:
        """Release connections, files and the client's thread.

        Closing twice is fine; calls afterwards are refused.
        """
        self._run(self._async.close())
        if isinstance(self._run, BlockingRunner) and not self._shares_runner:
            self._run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    if not TYPE_CHECKING:  # type checkers refuse it by themselves

        async def __aenter__(self) -> NoReturn:
            raise StoreError(f"{self!r} is blocking: use `with`; or AsyncModelRegistry, with `async with`")

        async def __aexit__(self, *_: object) -> None:
            pass

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._async.connection.url!r})"

    def _beneath(self, other: BlockingClient[ClientT]) -> ClientT:
        """Return the asynchronous client of another blocking one."""
        if isinstance(other, BlockingClient):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            return other._async
        raise InvalidArgumentError(f"a ModelRegistry is needed here, got {other!r}")

    def _run_with(
        self,
        items: Iterable[ItemT],
        call: Callable[[Iterable[ItemT] | AsyncIterable[ItemT]], Coroutine[Any, Any, T]],
    ) -> T:
        """Run a coroutine that reads items, which this thread iterates."""
        if isinstance(self._run, BlockingRunner) and _is_list(items):
            return run_with_items(self._run, items, call)
        return self._run(call(items))  # which refuses what is no list

    def _walk(self, pager: AsyncPager[T]) -> Pager[T]:
        """Return a blocking pager for an asynchronous one. It prefetches when the runner can."""
        run, fetch = self._run, pager.page_fn
        prefetch = _prefetching(run, fetch) if isinstance(run, BlockingRunner) else None
        rows = pager.row_fn
        return types.Pager(
            lambda options: run(fetch(options)),
            pager.options,
            prefetch=prefetch,
            row_fn=None if rows is None else lambda items, columns: run(rows(items, columns)),
        )


def _is_list(items: object) -> bool:
    return isinstance(items, Iterable) and not isinstance(items, (str, Mapping))


def _prefetching(
    run: BlockingRunner, fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]]
) -> Callable[[ListOptions], PendingPage]:
    return lambda options: run.start(fetch(options))
