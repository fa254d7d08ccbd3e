"""The example notebook: run in a real kernel, and shown in a real browser."""

from __future__ import annotations

import importlib.util
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")
from playwright.sync_api import sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium")
PICTURES = os.environ.get("MODEL_REGISTRY_SCREENSHOTS")
"""Folder for screenshots; none are kept without it."""

pytestmark = [
    pytest.mark.slow,
    # The kernel and Chromium end their own processes; their sockets are closed with them.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(scope="module")
def script() -> Any:
    spec = importlib.util.spec_from_file_location("draw_pictures", ROOT / "scripts" / "draw_pictures.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def notebook(script: Any) -> Any:
    return script.run_notebook()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("the program chromium is missing")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


def outputs(notebook: Any, picture: str) -> list[Any]:
    [cell] = [cell for cell in notebook.cells if cell.metadata.get("picture") == picture]
    return cell.outputs


def test_15_14_each_result_is_a_table_or_a_message(notebook):
    shown = {cell.metadata.picture: cell.outputs for cell in notebook.cells if "picture" in cell.metadata}
    [error] = shown.pop("error")
    assert error["ename"] == "NotFoundError"
    traceback = "\n".join(error["traceback"])
    assert "get_model(\x1b" in traceback or 'get_model("fruad")' in traceback
    assert "did you mean 'fraud'?" in traceback
    assert "_client.py" not in traceback
    assert len(traceback.splitlines()) < 10
    for name, [output] in shown.items():
        assert "<table>" in output["data"]["text/html"], name
        assert len(output["data"]["text/plain"]) < 200, name


def test_15_14_each_picture_of_a_page_exists(notebook):
    pictures = {cell.metadata.picture for cell in notebook.cells if "picture" in cell.metadata}
    pages = "".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").rglob("*.md"))
    for name in pictures:
        assert f"images/{name}.png" in pages
        assert (ROOT / "docs" / "images" / f"{name}.png").is_file()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_15_14_tables_are_readable_in_a_browser(script, notebook, browser, tmp_path, theme):
    page: Page = browser.new_page(viewport={"width": 960, "height": 800})
    requests: list[str] = []
    page.on("request", lambda sent: requests.append(sent.url))
    page.goto(script.write_page(notebook, tmp_path, theme).as_uri())
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"notebook-{theme}.png", full_page=True)
    assert all(each.startswith(("file:", "data:")) for each in requests)
    assert page.locator("table").count() == 8
    for cell in page.locator("table th, table td").all():
        assert contrast(cell.evaluate(COLOURS)) >= 4.5, cell.inner_text()
    heads = page.locator("table").nth(3).locator("th").all_inner_texts()
    assert heads == ["name", "aliases", "accuracy", "f1", "rows", "author", "create_time"]
    assert page.get_by_text("just now").first.get_attribute("title", timeout=5000).endswith("UTC")
    page.close()


def test_15_14_wide_tables_scroll(script, notebook, browser, tmp_path):
    page: Page = browser.new_page(viewport={"width": 420, "height": 800})
    page.goto(script.write_page(notebook, tmp_path, "light").as_uri())
    table = page.locator("table").last
    width, visible = table.locator("..").evaluate("box => [box.scrollWidth, box.clientWidth]")
    assert width > visible
    assert visible <= 420
    page.close()


COLOURS = """cell => {
    let behind = cell
    while (behind && getComputedStyle(behind).backgroundColor.endsWith(", 0)")) behind = behind.parentElement
    const colour = behind ? getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)"
    return [getComputedStyle(cell).color, colour]
}"""


def contrast(colours: list[str]) -> float:
    """Return the contrast of two colours as WCAG defines it."""
    light, dark = sorted(map(luminance, colours), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [float(each) for each in colour.split("(")[1].rstrip(")").split(",")[:3]]
    linear = [each / 3294.6 if each <= 10 else ((each / 255 + 0.055) / 1.055) ** 2.4 for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
