"""CI, pre-commit and the documents for contributors run sessions of nox that exist."""

import ast
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TREE = ast.parse((ROOT / "noxfile.py").read_text(encoding="utf-8"))
USERS = [
    ".ci/run",
    ".github/workflows/checks.yml",
    ".github/pull_request_template.md",
    ".pre-commit-config.yaml",
    "CONTRIBUTING.md",
    "tests/README.md",
]


def sessions():
    """Return the names that the noxfile gives to its sessions."""
    for node in TREE.body:
        for decorator in getattr(node, "decorator_list", []):
            keywords = {each.arg: each.value for each in getattr(decorator, "keywords", [])}
            yield ast.literal_eval(keywords["name"]) if "name" in keywords else node.name


@pytest.mark.parametrize("file", USERS)
def test_named_sessions_exist(file):
    text = (ROOT / file).read_text(encoding="utf-8")
    named = {
        name for names in re.findall(r"\bnox\b[^\n`]* -s ((?:[a-z_]+ ?)+)", text) for name in names.split()
    }
    assert named
    assert named <= set(sessions())


def test_workflow_may_only_read():
    workflow = yaml.safe_load((ROOT / ".github/workflows/checks.yml").read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for name, job in workflow["jobs"].items() if name != "pythons")
