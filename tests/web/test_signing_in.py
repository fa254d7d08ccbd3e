"""Signing in with a token, and sessions."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import re
import time
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from model_registry import ModelRegistry
from model_registry.server import create_app
from model_registry.server.database.upgrade import upgrade
from model_registry.server.http.asgi import call_application
from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import Role
from model_registry.server.identity.settings import Identity
from model_registry.server.middleware.access_log import LOGGER
from model_registry.web import PagesBesideAPI
from model_registry.web.sessions import SESSION, Sessions, new_key
from model_registry.web.views import CHANGES, FORMS, PAGES, READING
from tests.identity.conftest import Guarded
from tests.support.asgi import started
from tests.support.backends import API, Server
from tests.web.conftest import Site

if TYPE_CHECKING:
    from pathlib import Path

    from tests.web.conftest import Visitor


def sign_in(site: Site, token: str = "right-token", **fields: str) -> Visitor:
    visitor = site.visitor()
    visitor.post("/sign-in", visitor.get("/sign-in"), token=token, **fields)
    return visitor


def test_pages_lead_to_the_form_and_back(closed_site: Site) -> None:
    visitor = closed_site.visitor()
    sent_away = visitor.get("/models?q=fraud&state=all")
    assert sent_away.status == 303
    form = visitor.get(sent_away.headers["location"])
    assert 'type="password"' in form.text
    done = visitor.post("/sign-in", form, token="right-token", next=form.field("next"))
    assert (done.status, done.headers["location"]) == (303, "/models?q=fraud&state=all")
    assert "Flags card payments" in visitor.get(done.headers["location"]).text


def test_the_cookie_is_for_this_site_alone_and_hides_the_token(closed_site: Site) -> None:
    visitor = closed_site.visitor()
    done = visitor.post("/sign-in", visitor.get("/sign-in"), token="right-token")
    (cookie,) = (value for name, value in done.raw_headers if name == "set-cookie" and SESSION in value)
    for attribute in ("HttpOnly", "SameSite=strict", "Max-Age=43200", "Path=/"):
        assert attribute in cookie
    sealed = visitor.cookies[SESSION]
    assert "right-token" not in cookie
    assert b"right-token" not in base64.urlsafe_b64decode(sealed)


@pytest.mark.parametrize("token", ["wrong-token", "", "tökén", "two words\nmore"])
def test_a_wrong_token_is_refused(closed_site: Site, token: str) -> None:
    visitor = closed_site.visitor()
    refused = visitor.post("/sign-in", visitor.get("/sign-in"), token=token)
    assert refused.status in (400, 401)
    assert 'role="alert"' in refused.text
    assert SESSION not in visitor.cookies
    assert visitor.get("/").status == 303


def test_changed_and_foreign_cookies_are_no_session(closed_site: Site) -> None:
    visitor = sign_in(closed_site)
    assert visitor.get("/").status == 200
    good = visitor.cookies[SESSION]
    for bad in (good[:-4] + "AAA=", good[:20] + "x" + good[21:], "", "x" * 100):
        visitor.cookies[SESSION] = bad
        assert visitor.get("/").status == 303


def test_sign_out(closed_site: Site) -> None:
    visitor = sign_in(closed_site)
    page = visitor.get("/")
    assert "Sign out" in page.text
    assert visitor.post("/sign-out", page).headers["location"] == "/sign-in"
    assert visitor.get("/").status == 303


def test_changes_use_the_session(closed_site: Site) -> None:
    visitor = sign_in(closed_site)
    target = f"/versions/{closed_site.registry.get_version('fraud', '1.0').id}"
    assert visitor.post(target + "/state", visitor.get(target), state="ARCHIVED").status == 303
    assert closed_site.registry.get_version("fraud", "1.0").state == "ARCHIVED"


def test_json_takes_the_header_of_programs(closed_site: Site) -> None:
    visitor = closed_site.visitor()
    assert visitor.get("/models.json").status == 401
    assert visitor.get("/models.json", {"Authorization": "Bearer wrong"}).status == 401
    assert visitor.get("/models.json", {"Authorization": "Bearer right-token"}).status == 200


def test_the_session_opens_no_api(closed_site: Site) -> None:
    visitor = sign_in(closed_site)
    assert visitor.get("/api/model_registry/v1/registered_models").status == 401


def test_the_way_back_never_leaves_the_site(closed_site: Site) -> None:
    for target in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil",
    ):
        visitor = closed_site.visitor()
        done = visitor.post("/sign-in", visitor.get("/sign-in"), token="right-token", next=target)
        assert done.headers["location"] == "/"


def test_a_registry_without_tokens_has_no_sign_in(visitor: Visitor) -> None:
    assert visitor.get("/sign-in").status == 404


def test_sessions_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(new_key())
    response = Response()
    sessions.start(_request({}), response, "secret")
    sealed = response.headers["set-cookie"].split(";")[0].removeprefix(f"__Host-{SESSION}=")
    mine = _request({f"__Host-{SESSION}": sealed})
    assert sessions.token(mine) == "secret"
    assert Sessions(new_key()).token(mine) is None
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 12 * 3600 + 1)
    assert sessions.token(mine) is None


def test_17_with_tls_no_other_host_can_set_the_cookies() -> None:
    """A page of another host of the domain could otherwise make visitors work in a session of its own."""
    sessions, response = Sessions(new_key()), Response()
    sessions.start(_request({}), response, "secret")
    sessions.store_form_secret(_request({}), response, "x" * 43)
    sessions.end(_request({}), response)
    cookies = [value for name, value in response.headers.items() if name == "set-cookie"]
    assert len(cookies) == 3
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert {"Secure", "Path=/", "HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()
    sealed = cookies[0].split(";")[0].removeprefix(f"__Host-{SESSION}=")
    assert sessions.token(_request({SESSION: sealed})) is None
    assert sessions.form_secret(_request({"model_registry_forms": "x" * 43}))[1]
    plain = _request({SESSION: sealed}, scheme="http")
    assert sessions.token(plain) == "secret"


def _request(cookies: dict[str, str], scheme: str = "https") -> Request:
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items()).encode()
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": "/",
            "query_string": b"",
            "headers": [(b"cookie", cookie)],
            "scheme": scheme,
            "server": ("registry.example.org", 443),
        }
    )


def test_named_tokens_name_who_moved_an_alias(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'registry.db'}"
    upgrade(db)
    editor, viewer = create_token(db, "eva", Role.WRITER), create_token(db, "vic", Role.READER)
    server = Server(db, "--named-tokens")
    with ModelRegistry(server.url, user_token=editor) as registry:
        registry.register("fraud", "1.0", "s3://b/m")
        site = Site(server, registry)
        target = f"/versions/{registry.get_version('fraud', '1.0').id}"
        aliases = f"/models/{registry.get_model('fraud').id}/aliases"
        visitor = sign_in(site, editor)
        fields = {"alias": "champion", "version": "1.0", "seen": ""}
        assert visitor.post(aliases, visitor.get(target), **fields).status == 303
        (move,) = registry.alias_history("fraud")
        assert move.by == "eva"
        reader = sign_in(site, viewer)
        refused = reader.post(target + "/state", reader.get(target), state="ARCHIVED")
        assert refused.status == 403
        assert "Not allowed" in refused.text
    assert server.stop() == 0


def test_17_each_page_needs_a_session_and_each_change_a_writer(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'registry.db'}"
    upgrade(db)
    viewer, editor = create_token(db, "vic", Role.READER), create_token(db, "eva", Role.WRITER)
    server = Server(db, "--named-tokens", "--ui-files", str(tmp_path))
    with ModelRegistry(server.url, user_token=editor) as registry:
        made, other = (registry.register("fraud", each, "s3://b/m") for each in ("1", "2"))
        (artifact,) = made.artifacts
        ids = {"models": made.model.id, "versions": made.version.id, "artifacts": artifact.id}
        site = Site(server, registry)
        stranger, reader = site.visitor(), sign_in(site, viewer)

        def path_of(route: str) -> str:
            query = f"?v={made.version.id}&v={other.version.id}" if route == "/compare" else ""
            return re.sub(r"\{.*?\}", str(ids.get(route.split("/")[1])), route) + query

        for route in (PAGES.keys() | FORMS.keys()) - {"/sign-in"}:
            path = path_of(route)
            assert stranger.get(path).headers.get("location", "").startswith("/sign-in?"), route
            assert reader.get(path).status in {200, 400}, route
        for route in CHANGES.keys() | READING.keys():
            path, form = path_of(route), path_of(route if route in FORMS else "/models/{id:int}/edit")
            fields = {
                "alias": "champion",
                "version": "1",
                "seen": "",
                "state": "ARCHIVED",
                "description": "x",
            }
            sent = stranger.post(path, stranger.get("/sign-in"), **fields)
            assert (sent.status, sent.headers["location"]) == (303, "/sign-in?next=%2F"), route
            page = reader.get(form)
            refused = reader.post(path, page, read=page.field("read"), **fields).status
            assert refused in ({200, 400, 404} if route in READING else {403}), route
        found = registry.get_model("fraud"), registry.get_version("fraud", "1")
        assert found == (made.model, made.version)
    assert server.stop() == 0


def test_a_proxy_that_signs_people_in_needs_no_session(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'registry.db'}"
    upgrade(db)
    proxy = ("--trusted-header", "X-User", "--trusted-proxies", "127.0.0.1", "--grant", "ann=writer")
    server = Server(db, "--named-tokens", *proxy)
    with ModelRegistry(server.url, user_token=create_token(db, "eva", Role.WRITER)) as registry:
        registry.register("fraud", "1.0", "s3://b/m")
        visitor = Site(server, registry).visitor()
        assert visitor.get("/").status == 303
        ann = {"X-User": "ann"}
        assert "fraud" in visitor.get("/", ann).text
        assert visitor.get("/", {"X-User": "eve"}).status == 403
        page = visitor.get(f"/versions/{registry.get_version('fraud', '1.0').id}", ann)
        token = page.field("csrf_token")
        sent = {"Content-Type": "application/x-www-form-urlencoded", **ann}
        body = f"csrf_token={token}&alias=champion&version=1.0&seen="
        target = f"/models/{registry.get_model('fraud').id}/aliases"
        assert visitor.send("POST", target, body, sent).status == 303
        assert [move.by for move in registry.alias_history("fraud")] == ["ann"]
    assert server.stop() == 0


@pytest.mark.parametrize("path", ["/models", "/models.json", "/api/identity/whoami"])
def test_repeated_headers_of_identity_are_refused_by_pages_and_api(tmp_path: Path, path: str) -> None:
    db = f"sqlite:///{tmp_path / 'registry.db'}"
    upgrade(db)
    proxy = (
        "--trusted-header",
        "X-User",
        "--trusted-proxies",
        "127.0.0.1",
        "--grant",
        "ann=writer,bob=reader",
    )
    server = Server(db, *proxy, "--named-tokens")
    token = create_token(db, "eva", Role.WRITER)
    guarded = Guarded(server.url, db, {})
    html = ("Accept", "text/html")
    refused = {303} if path == "/models" else {401}
    bearer = ("Authorization", f"Bearer {token}")
    for one, other in (
        (("X-User", "bob"), ("X-User", "ann")),
        (("X-User", "ann"), ("x-user", "bob")),
        (bearer, ("Authorization", "Bearer mrt_unknown")),
        (("Authorization", "Bearer mrt_unknown"), bearer),
        (bearer, bearer),
    ):
        assert guarded.send("GET", path, headers=[html, one]).status in {200, 303, 401}
        assert guarded.send("GET", path, headers=[html, one, other]).status in refused
    assert guarded.send("GET", path, headers=[html, ("X-User", "ann")]).status == 200
    assert guarded.send("GET", path, headers=[html, bearer]).status == 200
    assert server.stop() == 0


def test_the_log_names_the_caller_of_pages(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    db = f"sqlite:///{tmp_path / 'registry.db'}"
    upgrade(db)
    token = create_token(db, "eva", Role.WRITER)
    identity = Identity(named_tokens=True)
    app = create_app(db, identity=identity, access_log=True, pages=PagesBesideAPI(signs_in=True))
    caplog.set_level(logging.INFO, LOGGER)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/html", "Host": "localhost"}
    model = {**headers, "Content-Type": "application/json"}

    async def use() -> None:
        async with started(app):
            status, _, data = await call_application(
                app, "POST", f"{API}/registered_models", model, b'{"name": "m"}'
            )
            assert status == 201, data
            target = f"/models/{json.loads(data)['id']}"
            _, received, page = await call_application(app, "GET", target, headers, None)
            field = page.partition(b'name="csrf_token" value="')[2].partition(b'"')[0]
            cookie = received["set-cookie"].partition(";")[0]
            form = {**headers, "Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            body = b"state=ARCHIVED&csrf_token=" + field
            status, _, page = await call_application(app, "POST", f"{target}/state", form, body)
            assert status == 303, page

    asyncio.run(use())
    logged = [
        (one.__dict__["method"], one.__dict__.get("actor")) for one in caplog.records if one.name == LOGGER
    ]
    assert logged == [("POST", "eva"), ("GET", "eva"), ("POST", "eva")]
