"""The registry answers as the reference server did when the scenarios were recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.backends import API
from tests.support.replay import Scenario

if TYPE_CHECKING:
    from tests.support.backends import SyncBackend

FILES = sorted((Path(__file__).parent / "scenarios").glob("*.json"))


@pytest.mark.parametrize("prefix", [API, f"{API}alpha3"], ids=["v1", "v1alpha3"])
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_scenario(registry: SyncBackend, file: Path, prefix: str) -> None:
    scenario = Scenario(file.read_text())
    for time in ("first", "second"):
        assert scenario.play(registry, prefix) == [], f"{time} time on this database"


def test_there_are_scenarios() -> None:
    assert FILES
