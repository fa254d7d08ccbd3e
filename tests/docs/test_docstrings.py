"""Every example in a docstring of the hand-written package runs and answers what it says."""

from __future__ import annotations

import doctest
import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

import model_registry

if TYPE_CHECKING:
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
    module = importlib.import_module(name)
    assert doctest.testmod(module, optionflags=doctest.ELLIPSIS).failed == 0
