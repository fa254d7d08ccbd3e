"""The package in a ZIP file, as some tools deploy programs: it finds its modules and data files there."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROGRAM = """
import sys

sys.meta_path = [each for each in sys.meta_path if "editable" not in repr(each).lower()]
sys.path.insert(0, sys.argv[1])

import model_registry
from model_registry import ModelRegistry

assert model_registry.__file__.startswith(sys.argv[1])
with ModelRegistry.local(sys.argv[2], author="ann") as registry:
    registry.register("fraud", "1", "oci://quay.io/models/fraud:1", model_format_name="onnx")
with ModelRegistry.local(sys.argv[2], author="ann") as registry:
    print(registry.manifest("fraud/1").to_dict()["spec"]["predictor"]["model"]["storageUri"])
"""


def test_15_21_a_registry_from_a_zip_file(tmp_path):
    archive = tmp_path / "packages.zip"
    with zipfile.ZipFile(archive, "w") as packages:
        for package in ("model_registry", "mr_openapi"):
            for path in (ROOT / package).rglob("*"):
                if path.is_file() and "__pycache__" not in path.parts:
                    packages.write(path, path.relative_to(ROOT))
    command = [sys.executable, "-c", PROGRAM, str(archive), str(tmp_path / "registry.db")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "oci://quay.io/models/fraud:1\n", done.stderr
