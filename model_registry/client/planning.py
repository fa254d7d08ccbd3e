"""Plans instead of writes: `dry_run=True` for every verb that writes."""

from __future__ import annotations

import functools
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from model_registry import types

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from model_registry.transport.rehearsal import Rehearsal
    from model_registry.types import Plan

P = ParamSpec("P")
T = TypeVar("T")


def plannable(
    verb: Callable[P, Coroutine[Any, Any, T]],
) -> Callable[P, Coroutine[Any, Any, T | Plan]]:
    """Let a verb with an argument `dry_run` give the plan of what it would write, instead of writing it.

    The verb needs no code for that. It runs as ever, on a client that reads from the registry and keeps what
    it writes to itself; so do other clients among its arguments.

    Args:
        verb: The verb. It has three overloads, for `dry_run: Literal[True]`, which gives a `Plan`, for
            `dry_run: Literal[False] = ...`, which gives its result, and for `dry_run: bool`.

    Returns:
        The verb.
    """
    run: Callable[..., Coroutine[Any, Any, T]] = verb

    @functools.wraps(verb)
    async def planned(*args: Any, dry_run: bool = False, **kwargs: Any) -> T | Plan:
        if not dry_run:
            return await run(*args, **kwargs)
        async with AsyncExitStack() as stack:
            beside: dict[int, Base] = {}
            rehearsals: list[Rehearsal] = []

            async def rehearsed(value: Any) -> Any:  # noqa: ANN401  # any argument
                if not isinstance(value, Base):
                    return value
                if id(value) not in beside:
                    core, rehearsal = value.core.rehearse()
                    rehearsals.append(rehearsal)
                    beside[id(value)] = value._beside(await stack.enter_async_context(core))  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # ours
                return beside[id(value)]

            await run(
                *[await rehearsed(each) for each in args],
                **{name: await rehearsed(value) for name, value in kwargs.items()},
            )
            return sum((rehearsal.plan() for rehearsal in rehearsals), types.Plan())

    return cast("Callable[P, Coroutine[Any, Any, T | Plan]]", planned)
