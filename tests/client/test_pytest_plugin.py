"""The fixture that other projects' tests get, seen from such a project."""

from __future__ import annotations

import subprocess
import sys

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry, ModelRegistryAPIClient
from model_registry.exceptions import MissingExtraError

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

ASYNCHRONOUS = """
import asyncio
import pytest

async def use(registry):
    assert await registry.list_models().to_list() == []
    await registry.register("fraud", "1")
    assert [model.name async for model in registry.list_models()] == ["fraud"]
    assert registry.author == "pytest"

def test_with_asyncio_run(async_model_registry):
    asyncio.run(use(async_model_registry))

@pytest.mark.parametrize("number", range(5))
@pytest.mark.MARK
async def test_fresh(async_model_registry, number):
    await use(async_model_registry)

def test_unused(async_model_registry):
    pass
"""

CONFTEST = """
import pytest

@pytest.fixture
def anyio_backend():
    return "asyncio"
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


@pytest.mark.parametrize("mark", ["asyncio", "anyio"])
def test_15_17_the_asynchronous_fixture_in_a_project_of_its_own(tmp_path, mark):
    (tmp_path / "test_project.py").write_text(ASYNCHRONOUS.replace("MARK", mark))
    (tmp_path / "conftest.py").write_text(CONFTEST)
    without = ["-p", "no:schemathesis", "-p", "no:hypothesispytest"]
    without += (
        ["-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning"]
        if mark == "anyio"
        else ["--asyncio-mode=strict"]
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", *without, "test_project.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "7 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("kind", [ModelRegistry, AsyncModelRegistry, ModelRegistryAPIClient])
def test_15_17_local_raises_the_missing_extra_at_once(kind, monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(MissingExtraError, match=r"No module named 'sqlalchemy'.*model-registry\[server\]"):
        kind.local()
