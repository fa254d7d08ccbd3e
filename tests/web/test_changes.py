"""Changes by forms: what they write, conflicts, and requests of other sites."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.web.conftest import Response, Site, Visitor

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def model(site: Site, request: pytest.FixtureRequest) -> str:
    """A model of this test alone, with two versions."""
    name = re.sub(r"\W+", "-", request.node.name)
    for version in ("1.0", "2.0"):
        site.registry.register(name, version, "s3://b/m", properties={"stage": "new", "rows": 3, "ok": True})
    return name


def version_page(site: Site, model: str, version: str = "1.0") -> str:
    return f"/versions/{site.registry.get_version(model, version).id}"


def model_page(site: Site, model: str) -> str:
    return f"/models/{site.registry.get_model(model).id}"


def fields_of(form: Response) -> dict[str, str]:
    """Return the values that a browser sends for the form of a page, if nothing is changed."""
    found = {
        name: unescape(value)
        for name, value in re.findall(r'<input(?: type="hidden")? name="([\w-]+)" value="([^"]*)"', form.text)
    }
    for name, text in re.findall(r'<textarea name="([\w-]+)"[^>]*>\n?([^<]*)</textarea>', form.text):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select name="([\w-]+)"[^>]*>(.*?)</select>', form.text):
        chosen = re.search(r"<option selected>(\w+)", options)
        assert chosen
        found[name] = chosen[1]
    found.pop("csrf_token")
    return found


def test_set_move_and_remove_an_alias(site: Site, visitor: Visitor, model: str) -> None:
    target = model_page(site, model) + "/aliases"
    first = visitor.get(version_page(site, model))
    done = visitor.post(
        target, first, alias="champion", version="1.0", seen="", back=version_page(site, model)
    )
    assert (done.status, done.headers["location"]) == (303, version_page(site, model))
    assert site.registry.list_aliases(model) == {"champion": "1.0"}
    second = visitor.get(version_page(site, model, "2.0"))
    assert "Move <bdi>champion</bdi> here" in second.text
    visitor.post(target, second, alias="champion", version="2.0", seen="1.0")
    assert site.registry.list_aliases(model) == {"champion": "2.0"}
    visitor.post(target, visitor.get(model_page(site, model)), alias="champion", seen="2.0")
    assert site.registry.list_aliases(model) == {}


def test_an_alias_that_somebody_else_moved_shows_the_conflict(
    site: Site, visitor: Visitor, model: str
) -> None:
    site.registry.set_alias(model, "champion", "1.0")
    page = visitor.get(version_page(site, model, "2.0"))
    site.registry.remove_alias(model, "champion")
    target = model_page(site, model) + "/aliases"
    refused = visitor.post(target, page, alias="champion", version="2.0", seen="1.0")
    assert refused.status == 409
    assert "was removed" in refused.text
    assert "ann" in refused.text
    assert site.registry.list_aliases(model) == {}
    again = visitor.post(
        target, refused, alias="champion", version=refused.field("version"), seen=refused.field("seen")
    )
    assert again.status == 303
    assert site.registry.list_aliases(model) == {"champion": "2.0"}


@pytest.mark.parametrize("alias", ["latest", "1st", "", "a b"])
def test_wrong_aliases_are_explained(site: Site, visitor: Visitor, model: str, alias: str) -> None:
    page = visitor.get(version_page(site, model))
    refused = visitor.post(model_page(site, model) + "/aliases", page, alias=alias, version="1.0", seen="")
    assert refused.status == 400
    assert "alias" in refused.text


def test_archive_and_restore(site: Site, visitor: Visitor, model: str) -> None:
    for target in (model_page(site, model), version_page(site, model)):
        for state, shown in (("ARCHIVED", "archived"), ("LIVE", "Archive")):
            done = visitor.post(target + "/state", visitor.get(target), state=state)
            assert (done.status, done.headers["location"]) == (303, target)
            assert shown in visitor.get(target).text
    assert visitor.post(target + "/state", visitor.get(target), state="GONE").status == 400


def test_an_unchanged_form_writes_nothing(site: Site, visitor: Visitor, model: str) -> None:
    site.registry.set_properties(
        f"{model}/1.0",
        {"nested": {"a": [1, 2.5, None]}, "text": "a\r\nb\rc", " spaced\nname ": "x", "big": 1e30},
    )
    before = site.registry.get_version(model, "1.0")
    form = visitor.get(version_page(site, model) + "/edit")
    done = visitor.post(version_page(site, model) + "/edit", form, **fields_of(form))
    assert (done.status, done.headers["location"]) == (303, version_page(site, model))
    after = site.registry.get_version(model, "1.0")
    assert after == before
    assert after.last_update_time_since_epoch == before.last_update_time_since_epoch


def test_edit_fields_and_properties(site: Site, visitor: Visitor, model: str) -> None:
    form = visitor.get(version_page(site, model) + "/edit")
    fields = fields_of(form)
    assert re.findall(r'class="name"><bdi>(\w+)', form.text) == ["ok", "rows", "stage"]
    fields |= {"description": "Line 1\r\nLine 2 <b>", "value-1": "4.5", "remove-2": "yes"}
    fields |= {"name-3": "labelled", "name-4": "config", "type-4": "json", "value-4": '{"a": [1]}'}
    assert visitor.post(version_page(site, model) + "/edit", form, **fields).status == 303
    version = site.registry.get_version(model, "1.0")
    assert version.description == "Line 1\nLine 2 <b>"
    assert version.custom_properties == {"ok": True, "rows": 4.5, "labelled": "", "config": {"a": [1]}}


def test_editing_a_model_leaves_its_aliases_alone(site: Site, visitor: Visitor, model: str) -> None:
    site.registry.set_alias(model, "champion", "1.0")
    form = visitor.get(model_page(site, model) + "/edit")
    fields = fields_of(form) | {"owner": "team", "readme": "# Card", "name-0": "area", "value-0": "fraud"}
    site.registry.set_alias(model, "champion", "2.0")
    assert visitor.post(model_page(site, model) + "/edit", form, **fields).status == 303
    found = site.registry.get_model(model)
    assert (found.owner, found.readme) == ("team", "# Card")
    assert site.registry.list_aliases(model) == {"champion": "2.0"}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("number", "many"),
        ("number", "true"),
        ("boolean", "perhaps"),
        ("json", "3"),
        ("json", "{"),
        ("number", "NaN"),
    ],
)
def test_values_that_are_not_of_their_type_are_explained(
    site: Site, visitor: Visitor, model: str, kind: str, value: str
) -> None:
    form = visitor.get(version_page(site, model) + "/edit")
    fields = fields_of(form) | {"type-0": kind, "value-0": value}
    refused = visitor.post(version_page(site, model) + "/edit", form, **fields)
    assert refused.status == 400
    assert "&#39;ok&#39;" in refused.text


def test_a_stale_form_shows_both_sides_and_merges_the_rest(site: Site, visitor: Visitor, model: str) -> None:
    target = version_page(site, model) + "/edit"
    form = visitor.get(target)
    fields = fields_of(form) | {"description": "mine", "value-1": "7"}
    site.registry.set_properties(f"{model}/1.0", {"rows": 8, "other": "theirs"})
    refused = visitor.post(target, form, **fields)
    assert refused.status == 409
    assert "<bdi>7</bdi>" in refused.text
    assert "<bdi>8</bdi>" in refused.text
    assert site.registry.get_version(model, "1.0").description is None
    done = visitor.post(target, refused, **fields_of(refused), force="yes")
    assert done.status == 303
    version = site.registry.get_version(model, "1.0")
    assert version.description == "mine"
    assert version.custom_properties == {"ok": True, "rows": 7, "stage": "new", "other": "theirs"}


def test_changes_of_others_in_other_fields_stay(site: Site, visitor: Visitor, model: str) -> None:
    target = version_page(site, model) + "/edit"
    form = visitor.get(target)
    site.registry.set_properties(f"{model}/1.0", {"rows": 8})
    assert visitor.post(target, form, **fields_of(form) | {"author": "bob"}).status == 303
    version = site.registry.get_version(model, "1.0")
    assert (version.author, version.custom_properties["rows"]) == ("bob", 8)


def test_forms_without_the_secret_of_the_visitor_are_refused(
    site: Site, visitor: Visitor, model: str
) -> None:
    target = version_page(site, model) + "/state"
    form = visitor.get(version_page(site, model))
    other = site.visitor()
    for sender, page in ((other, form), (visitor, other.get("/serving"))):
        refused = sender.post(target, page, state="ARCHIVED")
        assert refused.status == 403
        assert "open it again" in refused.text
    assert site.registry.get_version(model, "1.0").state == "LIVE"


def test_forms_of_other_sites_are_refused(site: Site, visitor: Visitor, model: str) -> None:
    target = version_page(site, model) + "/state"
    visitor.get(version_page(site, model))
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Host": "evil.example"}):
        refused = visitor.send("POST", target, "state=ARCHIVED", {"Content-Type": FORM, **headers})
        assert refused.status in (403, 421)
    sent = visitor.send("POST", target, "{}", {"Content-Type": "application/json"})
    assert sent.status == 415
    assert site.registry.get_version(model, "1.0").state == "LIVE"


def test_the_api_takes_no_forms(site: Site, visitor: Visitor) -> None:
    body = json.dumps({"name": "by-form"})
    sent = visitor.send("POST", "/api/model_registry/v1/registered_models", body, {"Content-Type": FORM})
    assert sent.status == 415


def test_large_and_broken_forms_are_refused(site: Site, visitor: Visitor, model: str) -> None:
    target = version_page(site, model) + "/edit"
    page = visitor.get(target)
    assert visitor.post(target, page, description="x" * 1_000_001).status == 413
    assert visitor.post(target, page, read="{}").status == 400
    assert visitor.send("POST", target, "%ff=%ff", {"Content-Type": FORM}).status == 400


def test_a_redirect_never_leaves_the_site(site: Site, visitor: Visitor, model: str) -> None:
    page = visitor.get(version_page(site, model))
    for back in (
        "//evil.example",
        "https://evil.example/models/",
        "/models/\\evil",
        "/models/\nSet-Cookie: a=b",
    ):
        done = visitor.post(version_page(site, model) + "/state", page, state="LIVE", back=back)
        assert done.headers["location"] == version_page(site, model)


def test_read_only_pages_have_no_forms_and_take_none(read_only_site: Site) -> None:
    visitor = read_only_site.visitor()
    version = version_page(read_only_site, "fraud", "1.2")
    for target in (version, model_page(read_only_site, "fraud")):
        page = visitor.get(target)
        assert page.status == 200
        assert 'method="post"' not in page.text
        assert "/edit" not in page.text
    assert visitor.post(version + "/state", page, state="ARCHIVED").status in (404, 405)
    assert visitor.get(version + "/edit").status == 404
