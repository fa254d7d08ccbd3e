"""A model to sign, and keys and certificates to sign it with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.certificates import Authority

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("model_signing", reason="the extra 'signing' is not installed")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own, without settings of the machine."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    for name in ("TUF", "FULCIO", "REKOR", "TSA"):
        monkeypatch.delenv(f"SIGSTORE_{name}_URL", raising=False)
    return folder


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A folder with everything that names and sizes can be."""
    folder = tmp_path / "fraud model"
    (folder / "weights" / "deep").mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "weights" / "one.bin").write_bytes(b"1" * 3_000_000)
    (folder / "weights" / "deep" / "größe 模型.bin").write_bytes(b"2")
    (folder / "empty").write_bytes(b"")
    (folder / ".hidden").write_bytes(b"3")
    return folder


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """A certificate authority of one's own."""
    return Authority(tmp_path / "authority")
