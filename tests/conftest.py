"""Fixtures that several folders of tests use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.postgres"]


@pytest.fixture(params=["sqlite", "postgresql"])
def any_db(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, of each sort that a registry can use."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    db: str = request.getfixturevalue("postgresql_db")
    return db
