"""Files to move, and a web server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.folders import FILES, write_files
from tests.support.oci_registry import oci_registry  # noqa: F401  # a fixture
from tests.support.range_server import RangeServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of all sorts of files."""
    return write_files(tmp_path / "source", FILES)


@pytest.fixture
def web() -> Iterator[RangeServer]:
    """A web server with no files yet."""
    with RangeServer() as server:
        yield server
