"""Any text in any field is shown as text: pages have no elements, attributes or links of it."""

from __future__ import annotations

import asyncio
import json
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from hypothesis import example, given, settings
from hypothesis import strategies as st

from model_registry.server.app import create_app
from model_registry.server.http.asgi import call_application
from model_registry.web import PagesBesideAPI
from tests.support.asgi import started

API = "/api/model_registry/v1"
PIECES = [
    *(
        "<",
        ">",
        '"',
        "'",
        "&",
        "`",
        "{{",
        "}}",
        "{%",
        "%}",
        "\\",
        "\n",
        "\r",
        "/",
        "=",
        " ",
        "](",
        "![",
        "[",
        "|",
    ),
    *(
        "<script>",
        "</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:",
        "data:text/html,",
        "</textarea>",
    ),
    *(
        "<!--",
        "-->",
        "]]>",
        "\u202e",
        "\u2066",
        "\ufeff",
        "&#106;",
        "http://e.example/",
        "---\n",
        "# ",
        "\t- ",
    ),
]
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), min_size=1, max_size=12).map(
    "".join
)
STORABLE = TEXTS.map(lambda text: text.replace("\0", "").encode("utf-8", "ignore").decode()).filter(str.strip)
NAMES = (
    "a bdi blockquote body br button caption circle code dd defs desc details div dl dt em figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 head header hr html input label li link main mark meta nav ol option p"
    " path pattern pre rect s script section select span strong summary svg table tbody td text textarea th"
    " thead time title tr ul"
)
ELEMENTS = frozenset(NAMES.split())
BIDI = ("\u202e", "\u2066", "\ufeff")


class Checked(HTMLParser):
    """Checks the elements, attributes and texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts: list[str | None] = []
        self.in_field = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ELEMENTS, tag
        self.in_field = tag == "textarea"
        values = dict(attrs)
        if tag == "script":
            self.scripts.append(values.get("src"))
        for name, value in values.items():
            assert not name.startswith("on"), name
            assert name != "style"
            if name in ("href", "src", "action"):
                assert value is not None
                assert value.startswith(("/", "#", "?", "http:", "https:", "mailto:")) or ":" not in value, (
                    value
                )
                assert tag == "a" or value.startswith(("/", "?")), value

    def handle_endtag(self, tag: str) -> None:
        self.in_field = False

    def handle_data(self, data: str) -> None:
        # What a field contains is sent back, so it must be the text as it is.
        assert self.in_field or not any(each in data for each in BIDI)


async def post(app: Any, path: str, body: dict[str, Any]) -> str:
    headers = {"Content-Type": "application/json"}
    status, _, data = await call_application(app, "POST", API + path, headers, json.dumps(body).encode())
    assert status == 201, data
    return str(json.loads(data)["id"])


def check_pages(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        card = Path(folder, "card.md")
        card.write_text(f"---\n{text}\n---\n{text}", encoding="utf-8")
        asyncio.run(check_pages_and_document(text, card))


async def check_pages_and_document(text: str, card: Path) -> None:
    app = create_app(":memory:", pages=PagesBesideAPI(files=(str(card.parent),)))
    async with started(app):
        await fill_and_check(app, text)
        await check_document(app, card, text)


async def check_document(app: Any, file: Path, text: str) -> None:
    """Check the page of a document that a visitor has the server read."""
    document = {"artifactType": "doc-artifact", "name": text, "uri": str(file)}
    version = await post(app, "/registered_models", {"name": f"{text}2"})
    version = await post(app, "/model_versions", {"name": "1", "registeredModelId": version})
    artifact = await post(app, f"/model_versions/{version}/artifacts", document)
    _, headers, data = await call_application(app, "GET", f"/versions/{version}", {}, None)
    token = re.search(r'name="csrf_token" value="(\w+)"', data.decode())
    assert token
    status, _, data = await call_application(
        app,
        "POST",
        f"/artifacts/{artifact}/document",
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": headers["set-cookie"].partition(";")[0],
        },
        urlencode({"csrf_token": token[1], "version": text}).encode(),
    )
    assert status == 200, data
    check(data)


def check(data: bytes) -> None:
    """Check the elements of a page."""
    page = Checked()
    page.feed(data.decode())
    page.close()
    assert len(page.scripts) == 1
    assert str(page.scripts[0]).startswith("/static/")


async def fill_and_check(app: Any, text: str) -> None:
    struct = {"metadataType": "MetadataStringValue", "string_value": text}
    nested = {"metadataType": "MetadataStructValue", "struct_value": json.dumps({text: [text, {text: 1}]})}
    common = {"name": text, "description": text, "customProperties": {text: struct, "nested": nested}}
    fields = dict.fromkeys(("owner", "readme", "license", "provider", "libraryName", "maturity"), text)
    model = await post(app, "/registered_models", common | fields | {"tasks": [text], "language": [text]})
    version = await post(app, "/model_versions", common | {"author": text, "registeredModelId": model})
    other = await post(app, "/model_versions", {"name": "other", "registeredModelId": model})
    files = {
        "metadataType": "MetadataStructValue",
        "struct_value": json.dumps({text: {"digest": text, "size": 1}}),
    }
    recorded = common | {"customProperties": {"storage.files": files, "signature_method": struct}}
    for body in (
        recorded | {"artifactType": "model-artifact", "uri": text, "modelFormatName": text},
        common | {"artifactType": "doc-artifact", "uri": text},
        common | {"artifactType": "dataset-artifact", "uri": text, "digest": text},
        common | {"artifactType": "metric", "value": 0.5},
        common | {"artifactType": "parameter", "value": text},
    ):
        await post(app, f"/model_versions/{version}/artifacts", body)
    environment = await post(app, "/serving_environments", common)
    service = {"registeredModelId": model, "servingEnvironmentId": environment, "runtime": text}
    await post(app, "/inference_services", common | service)
    paths = {
        *(
            "/",
            f"/?q={quote(text)}",
            f"/?filter={quote(text)}&owner={quote(text)}",
            f"/models/{model}",
            "/serving",
        ),
        *(f"/models/{model}?plot={quote(text)}&column={quote(text)}", f"/models/{model}/edit"),
        *(f"/versions/{version}", f"/versions/{version}/edit", f"/compare?v={version}&v={other}"),
        *(
            f"/{quote(text, safe='')}",
            f"/models/{model}/aliases",
            f"/models/{model}/lineage",
            f"/compare?v={quote(text)}",
        ),
    }
    for path in paths:
        status, headers, data = await call_application(app, "GET", path, {"Accept": "text/html"}, None)
        assert status in (200, 400, 404), (path, data)
        if headers["content-type"].startswith("text/html"):
            check(data)
        status, headers, _ = await call_application(app, "GET", f"/models/{model}.json", {}, None)
        assert (status, headers["content-type"]) == (200, "application/json")


@settings(max_examples=15, deadline=None)
@example("<script>alert(1)</script>")
@example("[x](javascript:alert(1)) ![y](data:text/html,<script>) <javascript:alert(1)>")
@example("\u202e\u2066</title><svg onload=alert(1)>")
@given(STORABLE)
def test_texts_of_strangers_stay_texts(text: str) -> None:
    check_pages(text)
