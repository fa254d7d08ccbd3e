"""Many registrations, some of them at once."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from model_registry import types
from model_registry.exceptions import BatchError, InvalidArgumentError, ModelRegistryError
from model_registry.exceptions.base import sentence

from .registering import register
from .spec import RegistrationSpec

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import FailedRegistration, Registration, RegistrationProgress

Items: TypeAlias = "Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]]"


class RegistrationBatch:
    """Many registrations, some of them at once.

    Args:
        core: Where to register.
        registrar: Who registers, where an item does not name an author or owner.
        concurrency: How many to run at once.
        progress: Function that gets the progress after each.
        on_error: `raise` to stop at the first that fails, `collect` to go on.

    Raises:
        InvalidArgumentError: An argument has an invalid value.
    """

    def __init__(
        self,
        core: ModelRegistryAPIClient,
        registrar: str,
        *,
        concurrency: int = 8,
        progress: Callable[[RegistrationProgress], object] | None = None,
        on_error: str = "raise",
    ) -> None:
        if not isinstance(concurrency, int) or isinstance(concurrency, bool) or concurrency < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"concurrency must be a whole number from 1 on, got {concurrency!r}")
        if on_error not in ("raise", "collect"):
            raise InvalidArgumentError(f"on_error must be one of raise, collect, got {on_error!r}")
        if progress is not None and not callable(progress):
            raise InvalidArgumentError(f"progress must be a function, got {progress!r}")
        self._core = core
        self._registrar = registrar
        self._concurrency = concurrency
        self._progress = progress
        self._collects = on_error == "collect"
        self._total: int | None = None
        self._done: dict[int, Registration] = {}
        self._failed: dict[int, FailedRegistration] = {}
        self._stopped = False

    async def run(self, items: Items) -> list[Registration] | list[Registration | FailedRegistration]:
        """Register all items.

        Returns:
            The result of each, in order.

        Raises:
            BatchError: One failed, and `on_error` is `raise`.
        """
        if not isinstance(items, (AsyncIterable, Iterable)) or isinstance(items, (Mapping, str)):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"items must be a list of dictionaries or the like, got {items!r}")
        hint = operator.length_hint(items, -1)
        self._total = None if hint < 0 else hint
        numbered = _numbered(items)
        turn = asyncio.Lock()
        workers = [asyncio.create_task(self._work(numbered, turn)) for _ in range(self._concurrency)]
        try:
            await asyncio.gather(*workers)
        except BaseException:
            self._stopped = True
            await asyncio.gather(*workers, return_exceptions=True)
            raise
        finally:
            await numbered.aclose()
        if self._failed and not self._collects:
            first = next(iter(self._failed.values()))
            others = "1 other" if len(self._done) == 1 else f"{len(self._done)} others"
            raise BatchError(
                f"Item {first.index} ({first.path}) could not be registered: {sentence(first.error)} "
                f"The batch stopped; `done` of this error holds the results of {others}.",
                index=first.index,
                done=self._done,
            ) from first.error
        results: dict[int, Registration | FailedRegistration] = {**self._done, **self._failed}
        return [results[index] for index in range(len(results))]

    async def _work(
        self, numbered: AsyncGenerator[tuple[int, Mapping[str, object]]], turn: asyncio.Lock
    ) -> None:
        """Register one item after the other."""
        while True:
            async with turn:
                if self._stopped:
                    return
                try:
                    index, item = await anext(numbered)
                except StopAsyncIteration:
                    return
                except BaseException:
                    self._stopped = True
                    raise
            try:
                spec = RegistrationSpec.of_item(self._registrar, item)
                self._done[index] = await register(self._core, spec)
            except ModelRegistryError as error:
                self._failed[index] = types.FailedRegistration(index, item, error)
                self._stopped = self._stopped or not self._collects
            if self._progress is not None:
                self._progress(types.RegistrationProgress(len(self._done), len(self._failed), self._total))


async def _numbered(items: Items) -> AsyncGenerator[tuple[int, Mapping[str, object]]]:
    index = 0
    if isinstance(items, AsyncIterable):
        async for item in items:
            yield index, item
            index += 1
    else:
        for item in items:
            yield index, item
            index += 1
