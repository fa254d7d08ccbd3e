"""The fixture that other projects' tests get, seen from such a project."""

from __future__ import annotations

import subprocess
import sys

import pytest

A_REGISTRY_EACH = """
import pytest

@pytest.mark.parametrize("number", range(50))
def test_fresh(model_registry, number):
    assert list(model_registry.get_registered_models()) == []
    model_registry.register_model(
        "fraud", "s3://models/1", version="1", model_format_name="onnx", model_format_version="1"
    )
    assert [model.name for model in model_registry.get_registered_models()] == ["fraud"]
    assert model_registry.author == "pytest"
"""

NOTHING_HEAVY = """
import sys

def test_the_plugin_alone_loads_nothing_heavy():
    assert "model_registry.pytest_plugin" in sys.modules
    assert not {"aiohttp", "pydantic", "sqlalchemy", "model_registry.client"} & set(sys.modules)
"""


@pytest.mark.parametrize(("tests", "number"), [(A_REGISTRY_EACH, 50), (NOTHING_HEAVY, 1)])
def test_in_a_project_of_its_own(tmp_path, tests, number):
    (tmp_path / "test_project.py").write_text(tests)
    without = ["-p", "no:schemathesis", "-p", "no:asyncio", "-p", "no:hypothesispytest"]
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", *without, "test_project.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert f"{number} passed" in done.stdout, done.stdout + done.stderr
