"""What the pages show, and that their content is safe."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from model_registry.types import DataSet
from model_registry.web.charts import parallel_chart

if TYPE_CHECKING:
    from tests.web.conftest import Site, Visitor

HTML = "text/html; charset=utf-8"


def model_page(site: Site, name: str) -> str:
    return f"/models/{site.registry.get_model(name).id}"


def version_page(site: Site, model: str, version: str) -> str:
    return f"/versions/{site.registry.get_version(model, version).id}"


def test_the_address_shows_models_to_a_browser_and_links_to_programs(visitor: Visitor) -> None:
    page = visitor.get("/")
    assert (page.status, page.headers["content-type"]) == (200, HTML)
    assert "Flags card payments" in page.text
    assert "champion" in page.text
    links = visitor.get("/", {"Accept": "*/*"})
    assert json.loads(links.text)["links"]["v1"] == "/api/model_registry/v1"


def test_all_responses_forbid_content_from_elsewhere(site: Site, visitor: Visitor) -> None:
    style = re.search(r'href="(/static/[^"]+\.css)"', visitor.get("/").text)
    assert style
    for target in ("/", "/models/999", "/nothing", model_page(site, "fraud"), "/models.json", style[1]):
        headers = visitor.get(target).headers
        assert headers["content-security-policy"].startswith("default-src 'self';")
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"


def test_the_first_view_is_small(visitor: Visitor) -> None:
    page = visitor.get("/")
    total = len(page.text.encode())
    for asset in re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text):
        connection = visitor.send("HEAD", asset, headers={"Accept-Encoding": "gzip"})
        assert connection.headers["content-encoding"] == "gzip"
        total += int(connection.headers["content-length"])
    assert total < 50_000


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=FRA", ["fraud"]),
        ("q=card+payments", ["fraud"]),
        ("q=payments", ["fraud"]),
        ("q=100%25", []),
        ("filter=name+%3D+'churn'", ["churn"]),
        ("owner=payments", ["fraud"]),
        ("q=u&filter=name+LIKE+'c%25'+OR+name+LIKE+'x%25'", ["churn"]),
        ("q=fra&filter=--+all", ["fraud"]),
        ("q=fra&owner=payments&filter=name+%3D+'fraud'+--+ours", ["fraud"]),
        ("q=fra%00", ["fraud"]),
        ("state=archived", []),
        ("state=all&sort=oldest", ["fraud", "churn"]),
        ("sort=newest", ["churn", "fraud"]),
        ("sort=name", ["churn", "fraud"]),
    ],
)
def test_search(visitor: Visitor, query: str, found: list[str]) -> None:
    listed = json.loads(visitor.get(f"/models.json?{query}").text)
    assert [each["name"] for each in listed["models"]] == found
    assert visitor.get(f"/?{query}").text.count('class="name"><a') == len(found)


def test_a_wrong_filter_shows_the_error_of_the_parser(visitor: Visitor) -> None:
    page = visitor.get("/?filter=" + quote("name LIKEE 'x'"))
    assert page.status == 400
    assert "The filter is wrong" in page.text
    results = page.text.split('id="results"')[1]
    assert "1:6: unexpected token" in results
    assert "name <mark>LIKEE</mark> &#39;x&#39;" in results


def test_a_wrong_token_of_a_page_is_no_wrong_filter(visitor: Visitor) -> None:
    page = visitor.get("/?token=wrong")
    assert page.status == 400
    assert "invalid nextPageToken" in page.text
    assert "The filter is wrong" not in page.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("filter=a%3D1+AND&q=fraud&owner=x", "a=1 AND<mark>…</mark>"),
        ("filter=owner+%3D+5&state=all", "<code><mark>owner</mark> = 5</code>"),
        ("filter=owner+%3D+'a'+OR+name+%3E+5&q=x", "owner = &#39;a&#39; OR <mark>name</mark> &gt; 5"),
        ("filter=%3Cb%3E", "<code><mark>&lt;b&gt;</mark>"),
    ],
)
def test_a_wrong_filter_shows_what_the_visitor_wrote(visitor: Visitor, query: str, shown: str) -> None:
    page = visitor.get(f"/?{query}")
    assert page.status == 400
    results = page.text.split('id="results"')[1].split("<footer")[0]
    assert shown in results
    assert "ARCHIVED" not in results
    assert "ILIKE '%" not in results


def test_pages_follow_each_other_by_token(empty_site: Site) -> None:
    for number in range(30):
        empty_site.registry.register(f"m{number:02}", "1.0", "s3://b/m")
    visitor = empty_site.visitor()
    first = visitor.get("/?sort=name")
    assert "m24" in first.text
    assert "m25" not in first.text
    following = re.search(r'href="([^"]+)" rel="next"', first.text)
    assert following
    second = visitor.get(following[1].replace("&amp;", "&"))
    assert "m25" in second.text
    assert "m29" in second.text
    assert "m24" not in second.text
    assert 'rel="next"' not in second.text


def test_an_empty_registry_says_what_to_do_first(empty_site: Site) -> None:
    page = empty_site.visitor().get("/")
    assert "model-registry register fraud 1.0" in page.text
    assert f"model-registry demo --registry {empty_site.url}" in page.text
    assert f"ModelRegistry(&#39;{empty_site.url}&#39;)" in page.text
    assert "<table" not in page.text


def test_a_model_shows_versions_with_metrics_and_a_chart(site: Site, visitor: Visitor) -> None:
    page = visitor.get(model_page(site, "fraud"))
    assert "accuracy over versions" in page.text
    assert page.text.count('class="dot') == 4
    for text in ("0.93", "fraud-live", "champion", "A <em>card</em>", "&lt;b&gt;bold", "license: mit"):
        assert text in page.text
    other = visitor.get(model_page(site, "fraud") + "?plot=rows&column=depth&column=rows")
    assert "rows over versions" in other.text
    data = json.loads(visitor.get(model_page(site, "fraud") + ".json").text)
    assert [each["numbers"]["rows"] for each in data["versions"]] == [3000, 2000, 1000, 0]


def test_a_version_shows_what_belongs_to_it(site: Site, visitor: Visitor) -> None:
    page = visitor.get(version_page(site, "fraud", "1.2"))
    for text in ("s3://models/fraud/2/model.onnx", "gbtree", "0.92", "fraud-live", "registry.download("):
        assert text in page.text
    manifest = visitor.get(version_page(site, "fraud", "1.2") + "/manifest")
    assert "storageUri" in manifest.text


def test_secrets_of_locations_are_left_out(site: Site, visitor: Visitor) -> None:
    for target in (version_page(site, "churn", "1.0"), version_page(site, "churn", "1.0") + ".json"):
        page = visitor.get(target)
        assert "models.example.org/churn.onnx" in page.text
        assert "secret" not in page.text


def test_compare_shows_first_what_differs(site: Site, visitor: Visitor) -> None:
    ids = [site.registry.get_version("fraud", each).id for each in ("1.0", "1.1", "1.2")]
    page = visitor.get("/compare?" + "&".join(f"v={each}" for each in ids))
    before, same = page.text.split("values are the same")
    assert "accuracy" in before
    assert "fraud format" in same
    assert before.count("<rect") == 2 * 2 * 3  # two metrics of three versions, each with a pattern
    assert "Parameters and metrics of the versions" in before
    assert visitor.get(f"/compare?v={ids[0]}").status == 400
    assert visitor.get(f"/compare?v={ids[0]}&v=x").status == 400
    assert visitor.get(f"/compare?v={ids[0]}&v=9999").status == 404


def test_bars_of_one_model_have_the_names_of_its_versions(site: Site, visitor: Visitor) -> None:
    ids = [site.registry.get_version("fraud", each).id for each in ("1.0", "1.1")]
    page = visitor.get("/compare?" + "&".join(f"v={each}" for each in ids))
    assert 'text-anchor="end">1.0</text>' in page.text
    ids.append(site.registry.get_version("churn", "1.0").id)
    others = visitor.get("/compare?" + "&".join(f"v={each}" for each in ids))
    assert 'text-anchor="end">fraud/1.0</text>' in others.text


def test_lines_end_where_a_version_has_no_value() -> None:
    chart = parallel_chart({"a": [1, 2], "b": [None, 3], "c": [4, 5], "d": [6, 7]}, ["one", "two"])
    one, two = (each.split('"')[0] for each in chart.split(' d="M')[-2:])
    assert [part[0] for part in f"M{one}".split()[::2]] == ["M", "M", "L"]
    assert [part[0] for part in f"M{two}".split()[::2]] == ["M", "L", "L", "L"]
    assert chart.count("<circle") == 7


def test_serving_shows_what_serves_what(visitor: Visitor) -> None:
    page = visitor.get("/serving")
    for text in ("fraud-live", "production", "mlserver", ">1.2<"):
        assert text in page.text


def test_the_lineage_of_a_model(empty_site: Site) -> None:
    registry = empty_site.registry
    data = DataSet(name="payments-2024", uri="s3://data/payments?sig=secret", digest="1", source_type="s3")
    registry.register("fraud", "1.0", "s3://models/1", artifacts=[data], model_source_kind="notebook")
    registry.register("fraud", "1.1", "s3://models/2")
    registry.register_environment("production")
    registry.register_service("pinned", environment="production", model="fraud", version="1.0")
    registry.register_service("newest", environment="production", model="fraud")
    visitor = empty_site.visitor()
    page = visitor.get(model_page(empty_site, "fraud") + "/lineage")
    newer, older = page.text.split("What 1.0 was made from")
    for text in ("payments-2024", "s3://data/payments", "notebook", "s3://models/1", "pinned"):
        assert text in older
        assert text not in newer
    for text in ("newest", "s3://models/2", "production"):
        assert text in newer
    assert "secret" not in page.text
    data = json.loads(visitor.get(model_page(empty_site, "fraud") + "/lineage.json").text)
    assert [[one["name"] for one in each["services"]] for each in data["versions"]] == [
        ["newest"],
        ["pinned"],
    ]


def test_the_history_of_aliases(site: Site, visitor: Visitor) -> None:
    page = visitor.get(model_page(site, "fraud") + "/aliases")
    assert "champion" in page.text
    assert "ann" in page.text


def test_the_history_of_aliases_has_pages(empty_site: Site) -> None:
    registry = empty_site.registry
    for number in ("1", "2"):
        registry.register("fraud", number, "s3://b/m")
    for number in range(55):
        registry.set_alias("fraud", "champion", str(1 + number % 2))
    visitor = empty_site.visitor()
    page = visitor.get(model_page(empty_site, "fraud") + "/aliases")
    following = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert following
    rest = visitor.get(following[1].replace("&amp;", "&"))
    assert [each.text.count("<tr>") - 1 for each in (page, rest)] == [50, 5]
    assert "removed" not in rest.text
    assert '<span class="soft">none' in rest.text


@pytest.mark.parametrize("target", ["/models/999", "/versions/999", "/nothing/here", "/models/x"])
def test_what_does_not_exist_gets_a_page(visitor: Visitor, target: str) -> None:
    page = visitor.get(target)
    assert (page.status, page.headers["content-type"]) == (404, HTML)
    assert "Not found" in page.text
    assert "All models" in page.text


def test_the_api_stays_as_it_is(visitor: Visitor) -> None:
    browser = {"Accept": "text/html"}
    for target in ("/openapi.json", "/api/model_registry/v1/registered_models", "/livez", "/readyz/isDirty"):
        assert "text/html" not in visitor.get(target, browser).headers["content-type"]
    for target, accepted in (("/api/nothing", browser), ("/nothing", {"Accept": "*/*"})):
        assert "text/html" not in visitor.get(target, accepted).headers["content-type"]


def test_a_long_model_has_pages_of_versions(empty_site: Site) -> None:
    registry = empty_site.registry
    registry.register("long", "0", "s3://b/m", metrics={"auc": 0.5})
    for number in range(1, 40):
        registry.register("long", str(number), "s3://b/m", metrics={"auc": 0.5 + number / 100})
    visitor = empty_site.visitor()
    page = visitor.get(model_page(empty_site, "long"))
    assert page.text.count('name="v"') == 25
    following = re.search(r'href="([^"]+)" rel="next"', page.text)
    assert following
    assert visitor.get(following[1].replace("&amp;", "&")).text.count('name="v"') == 15
