"""Processes that cannot start."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from model_registry.exceptions import StoreError
from model_registry.server.process import workers

if TYPE_CHECKING:
    from collections.abc import Callable


def end_before_ready(_ready: Callable[[], None]) -> None:
    raise SystemExit(3)


def test_13_05_the_service_ends_when_no_process_could_start(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(workers, "_GIVE_UP_AFTER", 6)  # processes start slowly on a busy machine
    calls: list[str] = []
    group = workers.Workers(
        2,
        end_before_ready,
        on_ready=lambda: calls.append("ready"),
        on_stop=lambda: calls.append("stop"),
        kill_after=10,
    )
    with pytest.raises(StoreError, match="no process could start for 6 seconds"):
        group.run()
    assert calls == ["stop"]
    assert "ended with status 3 before it was ready: trying again in 0.5 seconds" in caplog.text
