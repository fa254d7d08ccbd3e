"""Running coroutines from code that blocks: scripts, notebooks, threads, forked workers."""

from __future__ import annotations

import contextvars
import weakref
from concurrent.futures.thread import ThreadPoolExecutor  # imported later, it fails as the interpreter ends
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from model_registry._forks import call_in_child
from model_registry._shared_loop import Call, SharedLoop, run_once
from model_registry.exceptions import InvalidArgumentError, StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_IS_ASIDE: contextvars.ContextVar[bool] = contextvars.ContextVar("model_registry_is_aside", default=False)
_WAITS_FOR_ITSELF = (
    "A blocking call was made by code that such a call itself runs, such as a token function that asks the "
    "same client, and would wait for itself forever: use another client there."
)


class AsyncRunner(Protocol):
    """Anything that runs a coroutine and returns what it returned, such as `asyncio.run`."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine to its end."""
        ...


class BlockingRunner:
    """Runs coroutines on a private event loop, while the caller waits.

    Any number of threads may call at the same time, from inside a running event loop too, which then waits;
    no loop or policy of the caller's is used or changed. A thread that calls alone runs the private loop
    itself; otherwise a thread of the runner's own does, which starts when it is first needed. After a fork
    the child begins anew. Interrupting the caller cancels what it waits for.

    Example:
        >>> from model_registry import ModelRegistryAPIClient
        >>> from model_registry.blocking import BlockingRunner
        >>> run = BlockingRunner()
        >>> client = ModelRegistryAPIClient.local()
        >>> len(run(client.get_registered_models()))
        0
        >>> run(client.close())
        >>> run.close()
    """

    def __init__(self) -> None:
        self._begin()
        call_in_child(self._begin)

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine to its end.

        Args:
            coroutine: What to run.

        Returns:
            What it returned.

        Raises:
            StoreError: It was called by what a call of its own waits for, or the runner was closed meanwhile.
        """
        call = Call(coroutine)
        if self._shared.is_here or _IS_ASIDE.get():
            _run_aside(call)
        else:
            while not (shared := self._shared).run(call):
                if shared is self._shared:  # the interpreter ends
                    run_once(call)
                    break
        return call.result()

    def start(self, coroutine: Coroutine[Any, Any, T], /) -> BackgroundCall[T]:
        """Start a coroutine, which runs while the caller does something else.

        Args:
            coroutine: What to run. It ends when the runner is closed, too.

        Returns:
            What waits for its end.

        Example:
            >>> import asyncio
            >>> from model_registry.blocking import BlockingRunner
            >>> run = BlockingRunner()
            >>> call = run.start(asyncio.sleep(0, "done"))
            >>> call.result()
            'done'
            >>> run.close()
        """
        call = Call(coroutine)
        while not (shared := self._shared).start(call):
            if shared is self._shared:  # the interpreter ends
                run_once(call)
                break
        return BackgroundCall(call, shared, self)

    def close(self) -> None:
        """End what runs, and the runner's thread. A later call begins anew."""
        ended = self._shared
        self._finalizer.detach()
        self._begin()
        ended.end()

    def _begin(self) -> None:
        """Begin with nothing; after a fork, the loop of before and who holds its lock are elsewhere."""
        self._shared = SharedLoop()
        # Called when nobody holds the runner any more, or the interpreter ends.
        self._finalizer = weakref.finalize(self, self._shared.abandon)


class BackgroundCall(Generic[T]):
    """A coroutine that a `BlockingRunner` runs."""

    def __init__(self, call: Call[T], shared: SharedLoop, runner: BlockingRunner) -> None:
        self._call = call
        self._shared = shared
        self._runner = runner  # which would end the call when nobody held it

    def result(self) -> T:
        """Wait until it has ended.

        Returns:
            What it returned, each time it is asked.

        Raises:
            StoreError: The runner was closed meanwhile, or the call was cancelled.
        """
        if self._shared.is_here:
            raise StoreError(_WAITS_FOR_ITSELF)
        self._shared.wait(self._call)
        return self._call.result()

    def cancel(self) -> None:
        """End it, without waiting for that. A call that has ended stays as it is."""
        self._shared.cancel(self._call)


def runner_for(async_runner: AsyncRunner | None) -> AsyncRunner:
    """Choose what runs the coroutines of a blocking client.

    Args:
        async_runner: The user's own way to run coroutines; `None` for a `BlockingRunner`.

    Raises:
        InvalidArgumentError: It cannot be called.

    Example:
        >>> import asyncio
        >>> from model_registry.blocking import runner_for
        >>> runner_for(asyncio.run) is asyncio.run
        True
    """
    if async_runner is None:
        return BlockingRunner()
    if not callable(async_runner):
        raise InvalidArgumentError(
            f"async_runner must be a function that runs a coroutine, not a {type(async_runner).__name__}"
        )
    return async_runner


def _run_aside(call: Call[Any]) -> None:
    """Run a call for code that runs within another: a signal handler, or a function that the client calls.

    It gets a loop and a thread of its own, as the other cannot go on before this one returns. Code within
    such a call gets none, or a token function that asks the registry would do so without end.
    """
    if _IS_ASIDE.get():
        call.give_up()
        raise StoreError(_WAITS_FOR_ITSELF)
    context = contextvars.copy_context()
    context.run(_IS_ASIDE.set, True)
    with ThreadPoolExecutor(1, thread_name_prefix="model-registry-aside") as thread:
        thread.submit(context.run, run_once, call).result()
