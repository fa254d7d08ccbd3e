"""Every example in a docstring of the hand-written package runs and answers what it says."""

from __future__ import annotations
import __future__

import ast
import asyncio
import contextlib
import doctest
import importlib
import inspect
import io
import pkgutil
import re
from typing import TYPE_CHECKING

import pytest

import model_registry
from model_registry import AsyncModelRegistry, ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MODULES = [
    "model_registry",
    *(
        module.name
        for module in pkgutil.walk_packages(model_registry.__path__, "model_registry.")
        if ".migrations" not in module.name
    ),
]


@pytest.mark.parametrize("name", MODULES)
def test_docstrings(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_TOKEN", "")  # which an example sets: this puts it back
    module = importlib.import_module(name)
    for test in doctest.DocTestFinder(exclude_empty=True).find(module):
        if test.examples:
            # A loop that runs only while something is awaited: examples may call `asyncio.run`, too.
            loop = asyncio.new_event_loop()
            with contextlib.closing(loop), example_registry(name, loop) as names:
                run(test, {**test.globs, **names}, loop)


@contextlib.contextmanager
def example_registry(module: str, loop: asyncio.AbstractEventLoop) -> Iterator[dict[str, object]]:
    """What the examples of the two clients call `registry`."""
    if module.startswith("model_registry.client"):
        registry = AsyncModelRegistry.local(author="ann")
        yield {"registry": registry}
        loop.run_until_complete(registry.close())
    elif module == "model_registry._client":
        with ModelRegistry.local(author="ann") as blocking:
            yield {"registry": blocking}
    else:
        yield {}


def run(test: doctest.DocTest, session: dict[str, object], loop: asyncio.AbstractEventLoop) -> None:
    """Run the examples of one docstring as a reader would type them, top-level `await` included."""
    for example in test.examples:
        if example.options.get(doctest.SKIP):
            continue
        if example.exc_msg is not None:
            with pytest.raises(Exception, match=re.escape(example.exc_msg.partition(": ")[2].strip())):
                output_of(example, session, f"<{test.name}>", loop)
            continue
        got = output_of(example, session, f"<{test.name}>", loop)
        assert doctest.OutputChecker().check_output(example.want, got, doctest.ELLIPSIS), (
            f"{test.name}: {example.source}gave {got!r}, not {example.want!r}"
        )


def output_of(
    example: doctest.Example, session: dict[str, object], file: str, loop: asyncio.AbstractEventLoop
) -> str:
    """Run one example; what it prints, or its value as the prompt shows it."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | __future__.annotations.compiler_flag
    code = compile(example.source, file, "single", flags=flags, dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        result = eval(code, session)  # our own documentation
        if inspect.iscoroutine(result):
            loop.run_until_complete(result)
    return printed.getvalue()
