"""Progress bars, in terminals and notebooks."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .transfer import Progress

    Show = Callable[[Progress], object]

_GIB = 2**30


@contextmanager
def progress_bar(progress: bool | Show | None, name: str) -> Generator[Show | None]:
    """Provide the function to call with the progress.

    Args:
        progress: `True` for a bar of rich or tqdm, whichever is installed, or else for lines of text, if
            standard error is a terminal or this is a notebook. A function is used as it is.
        name: What is transferred, such as `fraud/1.0`.
    """
    if callable(progress):
        yield progress
        return
    is_notebook = _is_notebook()
    if not progress or not (is_notebook or sys.stderr.isatty()):
        yield None
        return
    if find_spec("rich") is not None and _can_draw():
        draw = _rich
    elif find_spec("tqdm") is not None:
        draw = _tqdm
    else:
        draw = _lines
        if is_notebook:
            sys.stderr.write("For progress bars: pip install 'model-registry[progress]'\n")
    with draw("".join(each if each.isprintable() else "?" for each in name)) as show:
        yield show


def _is_notebook() -> bool:
    return "ipykernel" in sys.modules


def _can_draw() -> bool:
    """Return whether rich and tqdm can draw here: in a notebook they need widgets, and warn without them."""
    return not _is_notebook() or find_spec("ipywidgets") is not None


def last_part(uri: str) -> str:
    """Return the last part of a URI, as the name of a bar."""
    return uri.rstrip("/").rpartition("/")[2]


@contextmanager
def _rich(name: str) -> Generator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(name, total=None)
        yield lambda now: bars.update(task, completed=now.done, total=now.total)


@contextmanager
def _tqdm(name: str) -> Generator[Show]:
    tqdm = import_module("tqdm.auto" if _can_draw() else "tqdm.std")
    with tqdm.tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024) as drawn:

        def show(now: Progress) -> None:
            if drawn.total != now.total:
                drawn.reset(now.total)
            drawn.update(now.done - drawn.n)

        yield show


@contextmanager
def _lines(name: str) -> Generator[Show]:
    """Write a line for each tenth of the bytes, or for each GiB if their number is not known."""
    written = -1

    def show(now: Progress) -> None:
        nonlocal written
        step = now.done * 10 // now.total if now.total else now.done // _GIB
        if step > written:
            written = step
            share = f" of {_size(now.total)}" if now.total else ""
            sys.stderr.write(
                f"{name}: {_size(now.done)}{share}, {now.files_done} of {now.files_total} files\n"
            )

    yield show


def _size(count: int) -> str:
    """Return a number of bytes in words."""
    size = float(count)
    for unit in ("bytes", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
