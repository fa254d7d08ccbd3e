"""Many registrations, some of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from model_registry.registration import RegistrationBatch

from .registering import Registering

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Mapping

    from model_registry.types import FailedRegistration, Registration, RegistrationProgress


class RegisteringMany(Registering):
    """Many registrations, some of them at once."""

    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise"] = ...,
    ) -> list[Registration]: ...
    @overload
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = ...,
        progress: Callable[[RegistrationProgress], object] | None = ...,
        on_error: Literal["raise", "collect"],
    ) -> list[Registration | FailedRegistration]: ...
    async def register_many(
        self,
        items: Iterable[Mapping[str, object]] | AsyncIterable[Mapping[str, object]],
        *,
        concurrency: int = 8,
        progress: Callable[[RegistrationProgress], object] | None = None,
        on_error: Literal["raise", "collect"] = "raise",
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

        Returns:
            The registrations in the order of the items.

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
        batch = RegistrationBatch(
            self.core, self.author, concurrency=concurrency, progress=progress, on_error=on_error
        )
        return await batch.run(items)
