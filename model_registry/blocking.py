"""Running coroutines from code that blocks: scripts, notebooks, threads, forked workers."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # pyright: ignore[reportUnusedImport]  # too late when the interpreter ends
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from model_registry._forks import call_in_child
from model_registry.exceptions import InvalidArgumentError, StoreError

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

_PATIENCE = 5.0  # seconds that the end of a process may wait for connections to close


class AsyncRunner(Protocol):
    """Anything that runs a coroutine and returns what it returned, such as `asyncio.run`."""

    def __call__(self, coroutine: Coroutine[Any, Any, T], /) -> T:
        """Run a coroutine to its end."""
        ...


class BlockingRunner:
    """Runs coroutines on a private event loop in a thread of its own, while the caller waits.

    The thread starts with the first call. Any number of threads may call at the same time, from inside a
    running event loop too, which then waits; no loop or policy of the caller's is used or changed. After a
    fork the child gets a thread of its own. Interrupting the caller cancels what it waits for.

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
            StoreError: It was called by a coroutine that this runner runs, which would wait for itself, or
                the runner was closed meanwhile.
        """
        return self.start(coroutine).result()

    def start(self, coroutine: Coroutine[Any, Any, T], /) -> BackgroundCall[T]:
        """Start a coroutine, which runs while the caller does something else.

        Args:
            coroutine: What to run. It ends when the runner is closed, too.

        Returns:
            What waits for its end.

        Raises:
            StoreError: It was called by a coroutine that this runner runs.

        Example:
            >>> import asyncio
            >>> from model_registry.blocking import BlockingRunner
            >>> run = BlockingRunner()
            >>> call = run.start(asyncio.sleep(0, "done"))
            >>> call.result()
            'done'
            >>> run.close()
        """
        if self._home.is_here:
            coroutine.close()
            raise StoreError(
                "A blocking call was made by code that the client itself runs, such as a token function, and "
                "would wait for itself forever: use another client there."
            )
        future = self._submit(coroutine)
        if future is None:
            future = concurrent.futures.Future()
            future.set_result(_run_here(coroutine))
        return BackgroundCall(future)

    def close(self) -> None:
        """End the thread, and what runs on it. A later call starts another."""
        with self._lock:
            self._home.leave()

    def _submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T] | None:
        """Hand a coroutine to the thread; `None` when there can be no thread as the interpreter ends."""
        with self._lock:
            thread = self._home.enter()
            return None if thread is None else thread.submit(coroutine)

    def _begin(self) -> None:
        """Begin without a thread; after a fork, that of before and the holder of its lock are elsewhere."""
        self._lock = threading.RLock()  # a signal handler may call while this thread holds it
        self._home = _Home()
        # Called when nobody holds the runner any more, or the interpreter ends.
        weakref.finalize(self, self._home.abandon)


class BackgroundCall(Generic[T]):
    """A coroutine that a `BlockingRunner` runs."""

    def __init__(self, future: concurrent.futures.Future[T]) -> None:
        self._future = future

    def result(self) -> T:
        """Wait until it has ended.

        Returns:
            What it returned, each time it is asked.

        Raises:
            StoreError: The runner was closed meanwhile, or the call was cancelled.
        """
        try:
            return self._future.result()
        except concurrent.futures.CancelledError:
            raise StoreError("The client was closed during a call.") from None
        except BaseException:
            self._future.cancel()  # an interrupt of this thread; a call that has ended does not mind
            raise

    def cancel(self) -> None:
        """End it, without waiting for that. A call that has ended stays as it is."""
        self._future.cancel()


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


class _Home:
    """Where a runner's thread lives. It does not know the runner, and so does not keep it alive."""

    def __init__(self) -> None:
        self._thread: _LoopThread | None = None
        self._is_abandoned = False

    @property
    def is_here(self) -> bool:
        return self._thread is not None and self._thread.is_current

    def enter(self) -> _LoopThread | None:
        """Give the thread, started when there is none; `None` when the interpreter is ending."""
        if self._is_abandoned:
            return None
        if self._thread is None or not self._thread.is_alive:
            try:
                self._thread = _LoopThread()
            except RuntimeError:  # can't start new thread at interpreter shutdown
                return None
        return self._thread

    def leave(self) -> None:
        """End the thread, if there is one."""
        if self._thread is not None:
            self._thread.end()
            self._thread = None

    def abandon(self) -> None:
        """End the thread, and start none any more."""
        self._is_abandoned = True
        self.leave()


class _LoopThread:
    """An event loop that runs in a daemon thread until it is ended."""

    def __init__(self) -> None:
        self._process = os.getpid()
        # Not `new_event_loop`, which asks the policy: that is the caller's.
        self._loop = asyncio.SelectorEventLoop()
        self._thread = threading.Thread(target=_serve, args=(self._loop,), name="model-registry", daemon=True)
        try:
            self._thread.start()
        except RuntimeError:
            self._loop.close()
            raise

    @property
    def is_alive(self) -> bool:
        return self._thread.is_alive()

    @property
    def is_current(self) -> bool:
        return self._thread is threading.current_thread()

    def submit(self, coroutine: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def end(self) -> None:
        """Stop the loop and wait until its connections are closed."""
        if self._process != os.getpid() or not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        if not self.is_current:  # garbage is collected in any thread
            self._thread.join(_PATIENCE)


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    try:
        loop.run_forever()
    finally:
        _finish(loop)


def _run_here(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in this thread, as the interpreter ends."""
    loop = asyncio.SelectorEventLoop()
    try:
        return loop.run_until_complete(coroutine)
    finally:
        _finish(loop)


def _finish(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel what still runs on a loop, release what it holds, and close it."""
    loop.run_until_complete(_cancel_others())
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


async def _cancel_others() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
