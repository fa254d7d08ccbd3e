"""Progress bars, in terminals and notebooks."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .transfer import Progress

    Show = Callable[[Progress], object]


@contextmanager
def progress_bar(progress: bool | Show | None, name: str) -> Generator[Show | None]:
    """Provide the function to call with the progress.

    Args:
        progress: `True` for a bar of rich or tqdm, whichever is installed, if standard error is a terminal or
            this is a notebook. A function is used as it is.
        name: URI of the transferred file or folder.
    """
    if callable(progress):
        yield progress
    elif progress and (sys.stderr.isatty() or "ipykernel" in sys.modules):
        draw = _tqdm if find_spec("rich") is None else _rich
        with draw(name.rstrip("/").rpartition("/")[2]) as show:
            yield show
    else:
        yield None


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
def _tqdm(name: str) -> Generator[Show | None]:
    try:
        from tqdm.auto import tqdm
    except ImportError:
        yield None
        return
    with tqdm(desc=name, unit="B", unit_scale=True, unit_divisor=1024) as drawn:

        def show(now: Progress) -> None:
            if drawn.total != now.total:
                drawn.reset(now.total)
            drawn.update(now.done - drawn.n)

        yield show
