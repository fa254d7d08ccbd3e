"""Tracebacks that show the user's code, not the frames of this package and of the libraries below."""

from __future__ import annotations

from functools import cache
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_OURS = ("model_registry", "mr_openapi")
_INSTALLED = ("site-packages", "dist-packages")


def shorten(error: BaseException) -> None:
    """Keep only frames of the user's code in the traceback of an error, and in those of its causes."""
    for each in _chain(error):
        each.__traceback__ = frames_of_user(each.__traceback__)


def is_raised_by_user(error: BaseException) -> bool:
    """Return whether the user's code raised an error, such as a function that returns a token."""
    frames = list(_frames(error.__traceback__))
    return bool(frames) and _is_of_user(frames[-1])


def render(error: BaseException, formatter: Any) -> list[str]:  # noqa: ANN401  # a class of IPython
    """Return the traceback of an error for a notebook: frames of the user's code, and the message.

    Causes are shown if the user's code raised them.

    Args:
        error: The error.
        formatter: IPython's formatter of tracebacks.
    """
    causes = [each for each in _chain(error) if each is not error]
    shown, hidden = frames_of_user(error.__traceback__), (error.__cause__, error.__suppress_context__)
    if not any(frames_of_user(each.__traceback__) for each in causes):
        error.__cause__ = None  # hides the context, too
    try:
        lines: list[str] = formatter.structured_traceback(type(error), error, shown, tb_offset=0)
    finally:
        error.__cause__, error.__suppress_context__ = hidden
    return lines


def frames_of_user(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of this package, installed packages and Python."""
    frames = [each for each in _frames(traceback) if _is_of_user(each)]
    kept: TracebackType | None = None
    for each in reversed(frames):
        kept = TracebackType(kept, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return kept


def _is_of_user(traceback: TracebackType) -> bool:
    frame = traceback.tb_frame
    module: str = frame.f_globals.get("__name__", "")
    file = frame.f_code.co_filename
    is_installed = any(name in file for name in _INSTALLED) or file.startswith((_python(), "<frozen"))
    return module.partition(".")[0] not in _OURS and not is_installed


@cache
def _python() -> str:
    """Return the folder of Python's own modules."""
    import sysconfig  # slow, and needed only for errors

    return sysconfig.get_path("stdlib")


def _frames(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _chain(error: BaseException) -> list[BaseException]:
    """Return an error, and those that Python shows above it."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        context = None if following.__suppress_context__ else following.__context__
        following = following.__cause__ or context
    return chain
