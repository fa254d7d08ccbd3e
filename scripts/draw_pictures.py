"""Draw the pictures of docs/images: cells of the example notebook, and pages of a registry in the browser.

Run `python scripts/draw_pictures.py` after a change to these tables or pages; with the argument `cells` or
`pages` it draws these alone. It needs the program chromium.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import nbformat
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from traitlets.config import Config

from model_registry import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode

IMAGES = Path(__file__).parent.parent / "docs" / "images"

NOTEBOOK = Path(__file__).parent.parent / "examples" / "tour.ipynb"
_CELL_WIDTH = 960
_SECONDS = 120


def main() -> None:
    """Draw all pictures."""
    chosen = sys.argv[1:] or ["cells", "pages"]
    if "cells" in chosen:
        draw_cells()
    if "pages" in chosen:
        draw_pages()


def draw_cells() -> None:
    """Draw the cells of the example notebook that name a picture."""
    from playwright.sync_api import sync_playwright

    notebook = run_notebook()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": _CELL_WIDTH, "height": 800}, device_scale_factor=1.5)
        page.goto(write_page(notebook, Path(folder), "light").as_uri(), wait_until="domcontentloaded")
        for cell in notebook.cells:
            if name := cell.metadata.get("picture"):
                page.locator(f"#cell-id\\={cell.id}").screenshot(path=IMAGES / f"{name}.png")
        browser.close()


def run_notebook() -> NotebookNode:
    """Run the example notebook in a kernel of its own, and return it with what its cells show."""
    notebook = nbformat.read(NOTEBOOK, nbformat.NO_CONVERT)
    with tempfile.TemporaryDirectory() as folder:
        # Files instead of ports: whoever can connect to a kernel can run code in it.
        settings = Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})
        client = NotebookClient(notebook, kernel_name="python3", timeout=_SECONDS, config=settings)
        client.execute(env={**os.environ, "IPYTHONDIR": folder})
    return notebook


def write_page(notebook: NotebookNode, folder: Path, theme: Literal["light", "dark"]) -> Path:
    """Write a notebook as a page for browsers, which loads nothing, and return its path.

    Args:
        notebook: The notebook.
        folder: The folder to write to.
        theme: The colours.
    """
    exporter = HTMLExporter(theme=theme, mathjax_url="", require_js_url="", jquery_url="")
    page, _ = exporter.from_notebook_node(notebook)
    path = folder / f"{theme}.html"
    path.write_text(page, encoding="utf-8")
    return path


def draw_pages() -> None:
    """Draw pages of a registry that `model-registry serve` shows."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "registry.db")
        with ModelRegistry.local(path, author="ann") as registry:
            fill(registry)
            versions = [each.id for each in registry.list_versions("fraud")]
        with served(path) as url:
            take(url, "browser-models", 1180, 560)
            take(f"{url}/models/1", "browser-model", 1180, 1000)
            take(f"{url}/versions/{versions[-1]}", "browser-version", 1180, 900)
            chosen = "&".join(f"v={each}" for each in versions[-3:])
            take(f"{url}/compare?{chosen}", "browser-compare", 1180, 1300)


def fill(registry: ModelRegistry) -> None:
    """Register models that grow."""
    chance = random.Random(4)  # noqa: S311  # the same pictures each time
    for number in range(8):
        registry.register(
            "fraud",
            f"1.{number}",
            f"s3://models/fraud/1.{number}/model.onnx",
            author=("ann", "bob")[number % 2],
            metrics={
                "accuracy": round(0.86 + number * 0.012 - chance.random() * 0.02, 4),
                "f1": round(0.8 + number * 0.01 + chance.random() * 0.03, 4),
                "loss": round(0.5 - number * 0.04 + chance.random() * 0.05, 4),
            },
            params={
                "depth": 4 + number // 2,
                "eta": round(0.3 / (number + 1), 3),
                "booster": ("gbtree", "dart")[number % 2],
            },
            properties={"dataset": "payments-2026", "rows": 100_000 + number * 5_000},
            model_format_name="onnx",
        )
    owners = {"fraud": "payments", "churn": "growth", "credit-score": "risk", "search-ranking": "search"}
    texts = {"fraud": "Flags card payments that need a second look", "churn": "Finds customers who may leave"}
    for name, owner in owners.items():
        if name != "fraud":
            for number in range(chance.randint(1, 5)):
                registry.register(
                    name, f"{number + 1}.0", f"s3://models/{name}/{number}", model_format_name="onnx"
                )
            registry.set_alias(name, "champion", "1.0")
        model = registry.get_model(name)
        model.owner, model.description = owner, texts.get(name)
        registry.update(model)
    registry.set_alias("fraud", "champion", "1.6")
    registry.set_alias("fraud", "challenger", "1.7")


@contextmanager
def served(path: Path) -> Iterator[str]:
    """Serve a registry, and return its address."""
    command = [sys.executable, "-m", "model_registry", "serve", "--db", str(path), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None  # noqa: S101
        yield process.stdout.readline().strip()
        process.terminate()


def take(url: str, name: str, width: int, height: int) -> None:
    """Take a picture of a page."""
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        options += ["--hide-scrollbars", f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        command = ["chromium", *options, f"--screenshot={IMAGES / name}.png", url]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    main()
