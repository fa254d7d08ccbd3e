"""`model-registry ui` in a process."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECONDS = 30


@contextmanager
def open_ui(*arguments: str, folder: Path) -> Iterator[str]:
    """Run the command, and return the address that it prints, with its key."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_REGISTRY_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "model_registry", "ui", "--no-browser", *arguments],
        cwd=folder,
        env=own | {"MODEL_REGISTRY_CONFIG": str(folder / "profiles.ini"), "MODEL_REGISTRY_AUTHOR": "ann"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url, process.communicate()[1]
    try:
        yield url
    finally:
        process.terminate()
        process.communicate(timeout=SECONDS)
    assert process.returncode == 0
