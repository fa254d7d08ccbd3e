"""What the blocking client has of its own: the way that coroutines run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from model_registry import types
from model_registry.blocking import BlockingRunner, runner_for
from model_registry.exceptions import InvalidArgumentError

from . import AsyncModelRegistry
from .feeding import fed

if TYPE_CHECKING:
    import os
    from collections.abc import AsyncIterable, Callable, Coroutine, Iterable

    from typing_extensions import Self

    from model_registry.blocking import AsyncRunner
    from model_registry.types import AsyncPager, ListOptions, Pager
    from model_registry.types.pages import Coming

ItemT = TypeVar("ItemT")
T = TypeVar("T")


class BlockingBase:
    """Runs the asynchronous client's coroutines while the caller waits."""

    def _begin(self, client: AsyncModelRegistry, async_runner: AsyncRunner | None) -> None:
        self._async = client
        self._run = runner_for(async_runner)

    @classmethod
    def local(
        cls,
        path_or_url: str | os.PathLike[str] = ":memory:",
        *,
        author: str | None = None,
        async_runner: AsyncRunner | None = None,
    ) -> Self:
        """Use a registry in this process, without a server. Needs the extra `server`.

        Args:
            path_or_url: Path of an SQLite file, which is made when it is not there; a database URL; or
                `:memory:` for a registry that ends with this client.
            author: Who registers; `MODEL_REGISTRY_AUTHOR` or the user of this machine when not given.
            async_runner: What runs coroutines, instead of a thread of the client's own.

        Returns:
            The client. The database is opened by its first call.

        Raises:
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> from model_registry import ModelRegistry
            >>> with ModelRegistry.local() as registry:
            ...     print(registry)
            ModelRegistry(':memory:')
        """
        self = cls.__new__(cls)
        self._begin(AsyncModelRegistry.local(path_or_url, author=author), async_runner)
        return self

    def async_runner(self, coro: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine as the client runs its own.

        Args:
            coro: What to run.

        Returns:
            What it returned.
        """
        return self._run(coro)

    def close(self) -> None:
        """Release connections, files and the client's thread.

        Closing twice is fine; calls afterwards are refused.
        """
        self._run(self._async.close())
        if isinstance(self._run, BlockingRunner):
            self._run.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._async.connection.url!r})"

    def _beneath(self, other: BlockingBase) -> AsyncModelRegistry:
        """Give the asynchronous client beneath another blocking one."""
        if isinstance(other, BlockingBase):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            return other._async
        raise InvalidArgumentError(f"a ModelRegistry is needed here, got {other!r}")

    def _fed(
        self,
        items: Iterable[ItemT],
        call: Callable[[Iterable[ItemT] | AsyncIterable[ItemT]], Coroutine[Any, Any, T]],
    ) -> T:
        """Run what reads items that this thread iterates."""
        if isinstance(self._run, BlockingRunner):
            return fed(self._run, items, call)
        return self._run(call(items))

    def _walk(self, pager: AsyncPager[T]) -> Pager[T]:
        """Make a blocking pager of an asynchronous one, which looks ahead where the runner can."""
        run, fetch = self._run, pager.page_fn
        ahead = _starting(run, fetch) if isinstance(run, BlockingRunner) else None
        return types.Pager(lambda options: run(fetch(options)), pager.options, ahead=ahead)


def _starting(
    run: BlockingRunner, fetch: Callable[[ListOptions], Coroutine[Any, Any, list[T]]]
) -> Callable[[ListOptions], Coming]:
    return lambda options: run.start(fetch(options))
