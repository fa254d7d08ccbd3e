"""The pages in a real browser: the whole story, accessibility, and texts of strangers."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from model_registry import ModelRegistry
from model_registry.signing import ModelSigner, create_key_pair
from model_registry.types import DocArtifact
from tests.support.backends import Server
from tests.web.conftest import fill_registry
from tests.web.ui import open_ui

pytest.importorskip("playwright", reason="playwright is not installed")
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.web.conftest import Site

CHROMIUM = shutil.which("chromium")
PICTURES = os.environ.get("MODEL_REGISTRY_SCREENSHOTS")
"""Folder for screenshots; none are kept without it."""

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="the program chromium is missing"),
    # Chromium ends its own processes; their sockets are closed with them.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()


@contextmanager
def page_of(browser: Browser, url: str, **options: Any) -> Iterator[Page]:
    """Open a page. Errors in its console, dialogs of scripts and requests to other sites are failures."""
    origin, _, key = url.partition("/?")
    context: BrowserContext = browser.new_context(base_url=origin, **options)
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("dialog", lambda dialog: problems.append(f"a script ran: {dialog.message}"))
    page.on("request", lambda sent: None if sent.url.startswith(origin) else problems.append(sent.url))
    page.set_default_timeout(15_000)
    if key:
        page.goto(f"/?{key}")
        assert key not in page.url
    yield page
    context.close()
    # Chromium reports a response with an error status as a message of the console.
    assert [each for each in problems if "Failed to load resource" not in each] == []


def keep(page: Page, name: str) -> None:
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


@pytest.mark.slow
@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no-javascript"])
def test_the_whole_story(browser: Browser, empty_site: Site, scripts: bool) -> None:
    registry = empty_site.registry
    with page_of(browser, empty_site.url, java_script_enabled=scripts) as page:
        page.goto("/")
        expect(page.get_by_text("This registry has no models yet")).to_be_visible()
        fill_registry(registry)

        page.goto("/")
        page.get_by_label("Search in name").fill("payments")
        if not scripts:
            page.get_by_role("button", name="Search").click()
        expect(page.get_by_role("link", name="churn")).to_have_count(0)
        assert "q=payments" in page.url
        keep(page, f"search-{scripts}")
        page.get_by_role("link", name="fraud").click()

        expect(page.get_by_role("heading", name="fraud", level=1)).to_be_visible()
        page.get_by_label("Metric or property").select_option("loss")
        page.get_by_role("button", name="Draw").click()
        expect(page.locator("svg.chart > title").first).to_have_text("loss over versions")
        expect(page.locator("svg.chart a")).to_have_count(4)
        keep(page, f"model-{scripts}")

        page.get_by_label("Compare 1.3").check()
        page.get_by_label("Compare 1.2").check()
        page.get_by_label("Compare 1.0").check()
        page.get_by_role("button", name="Compare the chosen versions").click()
        expect(page.get_by_role("heading", name="Compare 3 versions")).to_be_visible()
        keep(page, f"compare-{scripts}")

        page.get_by_role("link", name="fraud/1.3").first.click()
        page.get_by_role("button", name="Move champion here from 1.2").click()
        expect(page.locator("h1")).to_contain_text("champion")
        assert registry.list_aliases("fraud") == {"champion": "1.3"}

        page.goto(f"/versions/{registry.get_version('fraud', '1.0').id}")
        registry.set_alias("fraud", "champion", "1.1")
        page.get_by_role("button", name="Move champion here from 1.3").click()
        expect(page.get_by_text("Nothing was moved.")).to_be_visible()
        expect(page.get_by_text("moved by ann")).to_be_visible()
        keep(page, f"conflict-{scripts}")
        page.get_by_role("button", name="Move it to 1.0 all the same").click()
        assert registry.list_aliases("fraud") == {"champion": "1.0"}

        page.get_by_role("button", name="Archive").click()
        expect(page.get_by_role("button", name="Restore")).to_be_visible()
        assert registry.get_model("fraud").state == "ARCHIVED"

        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Description").fill("New text")
        page.get_by_label("Name of property 1").fill("area")
        page.get_by_label("Value of property 1").fill("risk")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("New text")).to_be_visible()
        assert registry.get_model("fraud").custom_properties["area"] == "risk"


def test_search_as_one_types_shows_errors_of_the_filter(browser: Browser, site: Site) -> None:
    with page_of(browser, site.url) as page:
        page.goto("/")
        page.get_by_text("More conditions").click()
        page.get_by_label("Filter, such as").press_sequentially("name LIKEE 'x'")
        expect(page.get_by_text("The filter is wrong.")).to_be_visible()
        expect(page.get_by_label("Filter, such as")).to_have_value("name LIKEE 'x'")
        page.get_by_label("Filter, such as").fill("name = 'churn'")
        expect(page.get_by_role("link", name="churn")).to_be_visible()
        expect(page.get_by_role("link", name="fraud")).to_have_count(0)
        expect(page.get_by_text("--filter")).to_be_visible()
        assert "churn" in page.url
        page.goto(f"/models/{site.registry.get_model('fraud').id}")
        page.go_back()
        expect(page.get_by_role("link", name="churn")).to_be_visible()
        expect(page.get_by_role("link", name="fraud")).to_have_count(0)


def test_sign_in_with_a_wrong_and_a_right_token(browser: Browser, closed_site: Site) -> None:
    with page_of(browser, closed_site.url) as page:
        page.goto("/models?q=fraud")
        page.get_by_label("Token").fill("wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("does not accept this token")
        page.get_by_label("Token").fill("right-token")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("link", name="fraud")).to_be_visible()
        assert "q=fraud" in page.url
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_label("Token")).to_be_visible()


SCHEMES = ("light", "dark")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
def test_axe_finds_nothing_on_any_page(browser: Browser, site: Site, scheme: str) -> None:
    version = site.registry.get_version("fraud", "1.2").id
    other = site.registry.get_version("fraud", "1.0").id
    model = site.registry.get_model("fraud").id
    targets = {
        "models": "/",
        "filter": "/?filter=x",
        "model": f"/models/{model}",
        "aliases": f"/models/{model}/aliases",
        "lineage": f"/models/{model}/lineage",
        "version": f"/versions/{version}",
        "manifest": f"/versions/{version}/manifest",
        "edit": f"/versions/{version}/edit",
        "compare": f"/compare?v={version}&v={other}",
        "serving": "/serving",
        "missing": "/models/999",
    }
    with page_of(browser, site.url, color_scheme=scheme) as page:
        for name, target in targets.items():
            page.goto(target)
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
            keep(page, f"{name}-{scheme}")


@pytest.mark.slow
def test_signatures_and_documents_in_the_browser(browser: Browser, tmp_path: Path) -> None:
    create_key_pair(tmp_path / "ours.key", tmp_path / "ours.pub")
    (tmp_path / "model.onnx").write_bytes(b"weights")
    (tmp_path / "card.md").write_text("---\nlicense: mit\n---\n# Card\n\n" + "\n\n".join(MARKUP))
    db = str(tmp_path / "registry.db")
    with ModelRegistry.local(db) as registry:
        made = registry.register(
            "fraud",
            "1.0",
            files=tmp_path / "model.onnx",
            to=str(tmp_path / "stored"),
            signer=ModelSigner.with_key(tmp_path / "ours.key", tmp_path / "ours.pub"),
            artifacts=[DocArtifact(name="card", uri=str(tmp_path / "card.md"))],
        )
    arguments = ("--registry", db, "--public-key", str(tmp_path / "ours.pub"))
    with open_ui(*arguments, folder=tmp_path) as url:
        for scheme in SCHEMES:
            with page_of(browser, url, color_scheme=scheme, viewport={"width": 360, "height": 800}) as page:
                for button, expected in (("Verify", "The signature is valid"), ("Read card", "card")):
                    page.goto(f"/versions/{made.version.id}")
                    page.get_by_role("button", name=button).click()
                    expect(page.get_by_role("heading", level=1)).to_have_text(expected)
                    assert page.evaluate("document.documentElement.scrollWidth") <= 360
                    found = Axe().run(page)
                    assert found.violations_count == 0, found.generate_report()
                    keep(page, f"{button}-{scheme}")
                assert page.locator("[onload], [onerror], main script, main img").count() == 0
                assert page.locator('[href^="javascript:"]').count() == 0


def test_pages_fit_narrow_windows(browser: Browser, site: Site) -> None:
    """640 is 1280 at 200 %."""
    site.registry.register("x" * 200, "y" * 200, "s3://b/" + "z" * 300, properties={"p" * 200: "q" * 400})
    site.registry.register("مودل", "نسخة", "s3://b/m", metrics={"دقة": 0.9}, properties={"مفتاح": "قيمة"})
    for width in (360, 390, 640):
        with page_of(browser, site.url, viewport={"width": width, "height": 800}) as page:
            for name, version in (("fraud", "1.2"), ("x" * 200, "y" * 200), ("مودل", "نسخة")):
                found = site.registry.get_version(name, version)
                model = f"/models/{found.registered_model_id}"
                pages = ("/", model, f"{model}/edit", f"{model}/lineage", f"/versions/{found.id}", "/serving")
                for target in pages:
                    page.goto(target)
                    assert page.evaluate("document.documentElement.scrollWidth") <= width, target


def test_everything_can_be_reached_with_the_keyboard(browser: Browser, site: Site) -> None:
    with page_of(browser, site.url) as page:
        page.goto(f"/models/{site.registry.get_model('fraud').id}")
        reachable = page.locator("a, button, select, summary, input:not([type=hidden])")
        expected = sum(each.is_visible() for each in reachable.all())
        reached: set[str] = set()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        for _ in range(expected + 10):
            reached.add(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))
            page.keyboard.press("Tab")
        assert any("Compare the chosen" in each for each in reached)
        assert any("<circle" in each for each in reached)
        assert len(reached) >= expected


def test_a_registry_that_is_away_gets_a_page(browser: Browser, tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'registry.db'}")
    with open_ui("--registry", server.url, folder=tmp_path) as url, page_of(browser, url) as page:
        page.goto("/")
        expect(page.get_by_text("This registry has no models yet")).to_be_visible()
        server.stop()
        response = page.goto("/")
        assert response is not None
        assert response.status == 502
        expect(page.get_by_role("heading", name="The registry cannot be reached")).to_be_visible()
        keep(page, "away")


MARKUP = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg onload=alert(1)>',
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% raw %}",
    "</textarea><script>alert(1)</script>",
    "\u202e\u2066txet",
    "[a](javascript:alert(1)) <javascript:alert(1)> ![x](javascript:alert(1))",
    "<a href='javascript:alert(1)'>b</a>",
)


@pytest.mark.slow
def test_no_script_of_the_registry_runs(browser: Browser, site: Site) -> None:
    """`page_of` fails if a script opens a dialog, or if anything else is loaded."""
    registry = site.registry
    for number, text in enumerate(MARKUP):
        registry.register(
            f"{text} {number}",
            text,
            "s3://b/m",
            author=text,
            description=text,
            metrics={text: 0.5},
            params={text: text},
            properties={text: text, "number": number, "nested": {text: [text]}},
            model_format_name=text,
        )
        model = registry.get_model(f"{text} {number}")
        model.readme, model.description, model.owner, model.license = text, text, text, text
        registry.update(model)
        environment = registry.register_environment(f"{text} {number}", description=text)
        registry.register_service(f"{text}", environment=environment, model=model, runtime=text)
    with page_of(browser, site.url) as page:
        for number, text in enumerate(MARKUP):
            version = registry.get_version(f"{text} {number}", text)
            path = f"/versions/{version.id}"
            for target in (
                "/?q=" + quote(text),
                "/?filter=" + quote(text),
                f"/models/{version.registered_model_id}",
                f"/models/{version.registered_model_id}/edit",
                f"/models/{version.registered_model_id}/lineage",
                path,
                f"{path}/edit",
                "/serving",
                f"/compare?v={version.id}&v={registry.get_version('fraud', '1.0').id}",
            ):
                page.goto(target)
                page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
                assert page.locator("[onload], [onerror], main script, main img").count() == 0
                assert page.locator('[href^="javascript:"], [src^="javascript:"]').count() == 0
                assert "\u202e" not in page.locator("main").inner_text()
        page.goto(f"/models/{registry.get_model(f'{MARKUP[0]} 0').id}")
        expect(page.locator("h1")).to_contain_text("<script>alert(1)</script> 0")


@pytest.mark.slow
def test_a_model_with_a_thousand_versions(browser: Browser, empty_site: Site) -> None:
    registry = empty_site.registry
    registry.register_many(
        {"name": "long", "version": str(number), "uri": "s3://b/m", "metrics": {"auc": number / 1000}}
        for number in range(1000)
    )
    with page_of(browser, empty_site.url) as page:
        page.goto("/")
        expect(page.get_by_role("cell", name="1000", exact=True)).to_be_visible()
        page.get_by_role("link", name="long").click()
        expect(page.locator("svg.chart a")).to_have_count(25)
        page.get_by_role("link", name="Next page").click()
        expect(page.locator("svg.chart a")).to_have_count(25)
