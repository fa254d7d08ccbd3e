"""Draw the pictures of docs/images: cells of a notebook with the tables that the package really returns.

Run `python scripts/draw_pictures.py` after a change to these tables. It needs the program chromium.
"""

from __future__ import annotations

import html
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from model_registry import ModelRegistry

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
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        options += ["--hide-scrollbars", "--force-device-scale-factor=1.5"]
        options += [f"--user-data-dir={folder}/profile", f"--window-size={width},{height}"]
        command = ["chromium", *options, f"--screenshot={IMAGES / name}.png", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=60)


if __name__ == "__main__":
    main()
