"""Draw the pictures of docs/images: cells of a notebook, and pages in the browser, as the package shows them.

Run `python scripts/draw_pictures.py` after a change to these tables or pages; with the argument `pages` it
draws the pages alone. It needs the program chromium.
"""

from __future__ import annotations

import html
import random
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from model_registry import ModelRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

IMAGES = Path(__file__).parent.parent / "docs" / "images"

STYLE = """
body { margin: 0; padding: 14px; background: white; font-family: "DejaVu Sans", sans-serif; font-size: 13px; }
pre { margin: 0 0 10px; padding: 8px 10px; background: #f7f7f7; border: 1px solid #e0e0e0; border-radius: 3px;
      font-family: "DejaVu Sans Mono", monospace; font-size: 12px; }
table { border-collapse: collapse; margin-left: 10px; }
th, td { padding: 5px 10px; text-align: left; white-space: nowrap; }
thead { border-bottom: 1px solid #bdbdbd; }
tbody tr:nth-child(odd) { background: #f5f5f5; }
"""


def main() -> None:
    """Draw all pictures."""
    if "pages" not in sys.argv[1:]:
        draw_cells()
    draw_pages()


def draw_cells() -> None:
    """Draw the cells of notebooks."""
    with ModelRegistry.local(author="ann") as registry:
        draw(
            "registration",
            'registry.register("fraud", "1.0", "s3://models/fraud/1.0/model.onnx")',
            registry.register("fraud", "1.0", "s3://models/fraud/1.0/model.onnx"),
        )
        registry.set_properties("fraud/1.0", {"accuracy": 0.91})
        uri = "s3://models/fraud/1.1/model.onnx"
        registry.register("fraud", "1.1", uri, author="bob", properties={"accuracy": 0.94})
        registry.register("churn", "1.0", "s3://models/churn/1.0/model.onnx")
        registry.set_alias("fraud", "champion", "1.1")
        draw(
            "models", "next(iter(registry.list_models().pages()))", next(iter(registry.list_models().pages()))
        )
        draw(
            "comparison",
            'registry.compare("fraud/1.0", "fraud@champion")',
            registry.compare("fraud/1.0", "fraud@champion"),
        )
        draw("lineage", 'registry.lineage("fraud")', registry.lineage("fraud"), width=1000)


class Displayed(Protocol):
    """A result that notebooks display as a table."""

    def _repr_html_(self) -> str: ...


def draw(name: str, code: str, value: Displayed, *, width: int = 760) -> None:
    """Draw a cell of a notebook with its result."""
    table = value._repr_html_()
    page = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><pre>{html.escape(code)}</pre>{table}"
    height = 75 + 27 * max(table.count("<tr>"), 1)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "cell.html")
        source.write_text(page, encoding="utf-8")
        take(source.as_uri(), name, width, height, scale=1.5)


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


def take(url: str, name: str, width: int, height: int, *, scale: float = 1) -> None:
    """Take a picture of a page."""
    with tempfile.TemporaryDirectory() as profile:
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        options += ["--hide-scrollbars", f"--force-device-scale-factor={scale}"]
        options += [f"--user-data-dir={profile}", f"--window-size={width},{height}"]
        command = ["chromium", *options, f"--screenshot={IMAGES / name}.png", url]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    main()
