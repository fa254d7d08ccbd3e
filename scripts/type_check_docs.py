"""Check the types of all Python blocks of the documentation with mypy and pyright, both strict.

Each page becomes a module with its blocks in order, in one coroutine, because `await` may stand alone in a
block. The lines keep their numbers, so that a message names the line of the page.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.pages import blocks_of  # noqa: E402  # found by the line above

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
SETTINGS = """
[tool.mypy]
strict = true
python_version = "3.10"
allow_redefinition_new = true
local_partial_types = true
disable_error_code = ["import-untyped"]

[tool.pyright]
typeCheckingMode = "strict"
pythonVersion = "3.10"
reportUnusedExpression = false
reportUnusedVariable = false
reportUnusedFunction = false
reportUnusedCoroutine = "error"
"""


def main() -> int:
    """Check all pages; the status is not 0 if a checker complains."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        modules = write_modules(Path(folder))
        (Path(folder) / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
        print(f"{len(modules)} pages", flush=True)
        commands = [
            ["mypy", "--no-error-summary", "--config-file", "pyproject.toml", *modules],
            ["pyright", "--project", "."],
        ]
        return max(
            [
                subprocess.run([sys.executable, "-m", *each], cwd=folder, check=False).returncode
                for each in commands
            ]
        )


def write_modules(folder: Path) -> list[str]:
    """Write a module for each page that has Python, and return their names."""
    modules: list[str] = []
    for page in PAGES:
        lines: list[str] = []
        for block in blocks_of(page):
            if block.language == "python":
                lines += [""] * (block.line - 1 - len(lines))
                lines += [f"    {line}" if line else "" for line in block.text.splitlines()]
        if lines:
            lines[0] = "async def page() -> None:"
            name = f"{'_'.join(page.relative_to(ROOT).with_suffix('').parts).replace('-', '_')}.py"
            (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
            modules.append(name)
    return modules


if __name__ == "__main__":
    sys.exit(main())
