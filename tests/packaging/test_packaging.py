"""What stands around the code agrees with itself: metadata, lock, versions, README and example."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import model_registry
import mr_openapi
from tests.support.pages import blocks_of

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "register_and_find.py"
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PROJECT = PYPROJECT["project"]
DEPENDENCIES = [
    Requirement(text)
    for group in [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for text in group
]
PYTHONS = [each.rpartition(" :: ")[2] for each in PROJECT["classifiers"] if "Python :: 3." in each]
LOCK = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")
LOCKED = [Requirement(text) for text in re.findall(r"^(\w[^\\\n]*)", LOCK, re.MULTILINE)]


def test_readme_has_two_commands() -> None:
    commands = [block.text.strip() for block in blocks_of(ROOT / "README.md") if block.language == "bash"]
    assert len(commands) == 2
    assert commands[0].endswith("python examples/register_and_find.py")
    assert commands[1].endswith("python -m pytest -n auto")


def test_dependencies_have_a_lower_bound_and_no_other() -> None:
    bounds = {
        str(each): {bound.operator for bound in each.specifier}
        for each in DEPENDENCIES
        if each.name != PROJECT["name"]
    }
    assert {text: operators for text, operators in bounds.items() if operators != {">="}} == {}


def test_lock_holds_every_dependency() -> None:
    groups = PYPROJECT["dependency-groups"].values()
    development = [Requirement(text) for group in groups for text in group if isinstance(text, str)]
    for needed in [*DEPENDENCIES, *development]:
        name = canonicalize_name(needed.name)
        if name == PROJECT["name"]:
            continue
        pins = [each for each in LOCKED if canonicalize_name(each.name) == name and meet(each, needed)]
        assert pins, f"{needed} is not in requirements-dev.txt: run nox -s lock"
        for pin in pins:
            (version,) = (bound.version for bound in pin.specifier)
            assert needed.specifier.contains(version), f"{pin} is locked, but pyproject.toml wants {needed}"


def meet(one: Requirement, other: Requirement) -> bool:
    """Whether there is a Python on which both are asked for."""
    pythons = [{"python_version": python, "python_full_version": f"{python}.0"} for python in PYTHONS]
    return any(
        all(each.marker is None or each.marker.evaluate(python) for each in (one, other))
        for python in pythons
    )


def test_lock_names_no_place() -> None:
    # Options and addresses would tie the lock to one machine's index.
    assert re.findall(r"^\s*-.*", LOCK, re.MULTILINE) == []
    assert "://" not in LOCK
    assert " @ " not in LOCK


def test_versions_agree() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    (newest, *_) = re.findall(r"^## \[([^\]]+)\]", changelog, re.MULTILINE)
    assert model_registry.__version__ == mr_openapi.__version__ == newest


@pytest.mark.parametrize(
    ("hidden", "form"), [((), "safetensors"), (("safetensors",), "json")], ids=["library", "none"]
)
@pytest.mark.slow
def test_example(tmp_path: Path, hidden: tuple[str, ...], form: str) -> None:
    first = run_example(tmp_path, hidden=hidden)
    assert "model flat-prices  id 1" in first
    assert "version 1  id 2  properties {'mean_error': " in first
    assert "version 2  id 4  properties {'mean_error': " in first
    assert f"format {form} 1" in first
    assert (tmp_path / "models").as_uri() in first
    assert "found by name 'flat-prices': model id 1" in first
    assert re.search(r"found by external id sha256:\w+\.\.\.: version 1, id 2", first)
    assert run_example(tmp_path, hidden=hidden) == first


@pytest.mark.slow
def test_example_takes_files(tmp_path: Path) -> None:
    (tmp_path / "churn.onnx").write_bytes(b"one")
    (tmp_path / "better.onnx").write_bytes(b"two")
    assert "version 1" in run_example(tmp_path, "churn.onnx")
    printed = run_example(tmp_path, "better.onnx", "--name", "churn")
    assert "version 2" in printed
    assert "format onnx" in printed
    assert (tmp_path / "better.onnx").as_uri() in printed


def run_example(folder: Path, *arguments: str, hidden: tuple[str, ...] = ()) -> str:
    """Run the example with some libraries out of sight; give what it prints."""
    program = (
        "import runpy, sys\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"sys.modules.update(dict.fromkeys({hidden!r}))\n"
        f"runpy.run_path({str(EXAMPLE)!r}, run_name='__main__')\n"
    )
    command = [sys.executable, "-W", "error", "-c", program, *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
