"""A registry for the pages that connect to one."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """Run `model-registry serve` on an empty registry; give its URL."""
    program = "import sys; from model_registry.cli import main; sys.exit(main())"
    options = ["serve", "--port", "0", "--db", str(tmp_path / "served.db")]
    command = [sys.executable, "-c", program, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        assert "http://" in ready, f"the registry did not start: {ready!r}"
        try:
            yield next(word for word in ready.split() if word.startswith("http://"))
        finally:
            process.terminate()
    assert process.returncode == 0
