"""Many registrations, some of them at once."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import AsyncIterable, Iterable, Mapping
from typing import TYPE_CHECKING, Literal, TypeAlias, overload

from model_registry import types
from model_registry.exceptions import BatchError, InvalidArgumentError, ModelRegistryError

from .planning import plannable
from .registering import Registering

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from model_registry.types import FailedRegistration, Plan, Registration, RegistrationProgress

Items: TypeAlias = "Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]]"


class RegisteringMany(Registering):
    """Many registrations, some of them at once."""

    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise", "collect"] = ...,
        dry_run: Literal[True],
    ) -> Plan: ...
    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise"] = ...,
        dry_run: Literal[False] = ...,
    ) -> list[Registration]: ...
    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise", "collect"],
        dry_run: Literal[False] = ...,
    ) -> list[Registration | FailedRegistration]: ...
    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise", "collect"] = ...,
        dry_run: bool,
    ) -> list[Registration] | list[Registration | FailedRegistration] | Plan: ...
    @plannable
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = 8,
        progress: Callable[[RegistrationProgress], object] | None = None,
        on_error: Literal["raise", "collect"] = "raise",
        dry_run: bool = False,  # noqa: ARG002  # heeded by `plannable`
    ) -> list[Registration] | list[Registration | FailedRegistration]:
        """Register many versions, some of them at once.

        Items are read only as they are needed; of a generator few are held at a time.

        Args:
            items: For each version the arguments of `register`, as a dictionary. With `if_exists="resume"` in
                each, the whole can be repeated.
            concurrency: How many are registered at once.
            progress: What is called with the progress after each.
            on_error: `raise` stops at the first that fails, when those on their way are done. `collect` goes
                on, and gives a `FailedRegistration` in its place.
            dry_run: Give the plan of what would be written, and write nothing.

        Returns:
            The registrations in the order of the items; or the plan.

        Raises:
            BatchError: One failed, and `on_error` is `raise`. It says which, and holds those that were made.
            InvalidArgumentError: An argument cannot be right.

        Example:
            >>> items = [{"name": "forecast", "version": f"{number}.0"} for number in range(1, 4)]
            >>> for each in await registry.register_many(items):
            ...     print(each)
            Registration(forecast/1.0)
            Registration(forecast/2.0)
            Registration(forecast/3.0)
        """
        return await Many(self._register, concurrency, progress, on_error).run(items)


class Many:
    """Registrations of which some are made at once.

    Args:
        register: Makes one.
        concurrency: How many are made at once.
        progress: What is called with the progress after each.
        on_error: Whether to stop at the first that fails, or go on.
    """

    def __init__(
        self,
        register: Callable[[Mapping[str, object]], Awaitable[Registration]],
        concurrency: int,
        progress: Callable[[RegistrationProgress], object] | None,
        on_error: str,
    ) -> None:
        if not isinstance(concurrency, int) or isinstance(concurrency, bool) or concurrency < 1:  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"concurrency must be a whole number from 1 on, got {concurrency!r}")
        if on_error not in ("raise", "collect"):
            raise InvalidArgumentError(f"on_error must be one of raise, collect, got {on_error!r}")
        if progress is not None and not callable(progress):
            raise InvalidArgumentError(f"progress must be a function, got {progress!r}")
        self._register = register
        self._concurrency = concurrency
        self._progress = progress
        self._collects = on_error == "collect"
        self._total: int | None = None
        self._done: dict[int, Registration] = {}
        self._failed: dict[int, FailedRegistration] = {}
        self._stopped = False

    async def run(self, items: Items) -> list[Registration] | list[Registration | FailedRegistration]:
        """Make them all.

        Returns:
            What came of each, in order.

        Raises:
            BatchError: One failed, and that is to be raised.
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
            raise BatchError(
                f"Item {first.index} ({first.path}) could not be registered: {first.error} "
                f"{len(self._done)} were registered before it was given up.",
                index=first.index,
                done=self._done,
            ) from first.error
        results: dict[int, Registration | FailedRegistration] = {**self._done, **self._failed}
        return [results[index] for index in range(len(results))]

    async def _work(
        self, numbered: AsyncGenerator[tuple[int, Mapping[str, object]]], turn: asyncio.Lock
    ) -> None:
        """Take one item after the other."""
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
                self._done[index] = await self._register(item)
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
