"""Progress in a notebook that has no widgets."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import sys, types
sys.modules["ipykernel"] = types.ModuleType("ipykernel")
sys.modules.update(dict.fromkeys(MISSING))
from model_registry.storage.progress import progress_bar
from model_registry.storage.transfer import Progress

with progress_bar(True, "fraud/1.0") as show:
    show(Progress(5, 10, 0, 1))
    show(Progress(10, 10, 1, 1))
"""


@pytest.mark.parametrize(
    ("missing", "shown"),
    [
        (["ipywidgets"], "fraud/1.0: 100%"),
        (["ipywidgets", "rich"], "fraud/1.0: 100%"),
        (
            ["ipywidgets", "tqdm"],
            "pip install 'model-registry[progress]'\nfraud/1.0: 5 bytes",
        ),
    ],
)
def test_15_16_a_notebook_without_widgets_shows_text_and_no_warning(missing, shown):
    command = [sys.executable, "-W", "error", "-c", CODE.replace("MISSING", repr(missing))]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert shown in done.stderr
    assert "ipywidgets" not in done.stderr
