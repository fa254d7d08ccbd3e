"""The runner of coroutines that the blocking clients use."""

from __future__ import annotations

import contextvars
import weakref
from concurrent.futures.thread import ThreadPoolExecutor  # a later import fails while the interpreter ends
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from model_registry._forks import call_in_child
from model_registry.exceptions import InvalidArgumentError, StoreError

from .call import Call
from .shared_loop import SharedLoop, run_once

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_IS_ASIDE: contextvars.ContextVar[bool] = contextvars.ContextVar("model_registry_is_aside", default=False)
_WAITS_FOR_ITSELF = (
    "Code that a blocking call runs, such as a token function, made a blocking call of the same client. "
    "It would wait for itself forever: use another client there."
)


class AsyncRunner(Protocol):
    """A function that runs a coroutine and returns its result, such as `asyncio.run`."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine and return its result."""
        ...


class BlockingRunner:
    """Runs coroutines on a private event loop while the caller waits.

    Any number of threads may call at the same time, also from inside a running event loop, which then waits.
    The runner neither uses nor changes an event loop or a policy of the program. A thread that calls alone
    runs the private loop itself; otherwise a helper thread does, which starts when it is first needed. After
    a fork the child process starts with a new loop. Interrupting the caller cancels the coroutine.

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
            coroutine: The coroutine to run.

        Returns:
            The result of the coroutine.

        Raises:
            StoreError: Code that a call of this runner waits for made the call, or the runner was closed
                meanwhile.
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
            coroutine: The coroutine to run. It is cancelled when the runner is closed.

        Returns:
            The running call, which gives the result.

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
        """Cancel the calls that run, and end the helper thread. A later call starts a new loop."""
        ended = self._shared
        self._finalizer.detach()
        self._begin()
        ended.end()

    def _begin(self) -> None:
        """Start with a new loop; in a forked child, the old loop and its lock belong to the parent."""
        self._shared = SharedLoop()
        # Called when the runner is deleted or the interpreter ends.
        self._finalizer = weakref.finalize(self, self._shared.abandon)


class BackgroundCall(Generic[T]):
    """A coroutine that a `BlockingRunner` runs."""

    def __init__(self, call: Call[T], shared: SharedLoop, runner: BlockingRunner) -> None:
        self._call = call
        self._shared = shared
        self._runner = runner  # a runner that is deleted ends its calls

    def result(self) -> T:
        """Wait until the coroutine has ended, and return its result.

        Returns:
            The result of the coroutine, the same each time.

        Raises:
            StoreError: The runner was closed meanwhile, or the call was cancelled.
        """
        if self._shared.is_here:
            raise StoreError(_WAITS_FOR_ITSELF)
        self._shared.wait(self._call)
        return self._call.result()

    def cancel(self) -> None:
        """Cancel the coroutine without waiting for its end. This does nothing when it has ended."""
        self._shared.cancel(self._call)


def runner_for(async_runner: AsyncRunner | None) -> AsyncRunner:
    """Return the function that runs the coroutines of a blocking client.

    Args:
        async_runner: A function of the caller that runs coroutines; `None` for a new `BlockingRunner`.

    Raises:
        InvalidArgumentError: `async_runner` is not callable.

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
    """Run a call within another call, for a signal handler or a function that the client calls.

    It gets a new loop and thread, because the outer call cannot go on before this one returns. Code within
    such a call gets none, or a token function that uses its own client would do so without end.
    """
    if _IS_ASIDE.get():
        call.give_up()
        raise StoreError(_WAITS_FOR_ITSELF)
    context = contextvars.copy_context()
    context.run(_IS_ASIDE.set, True)
    with ThreadPoolExecutor(1, thread_name_prefix="model-registry-aside") as thread:
        thread.submit(context.run, run_once, call).result()
