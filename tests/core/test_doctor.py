"""The doctor, on a healthy registry and with each thing that can be wrong."""

from __future__ import annotations

import base64
import datetime
import email.utils
import json
import os
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
import trustme

from model_registry.doctor import CHECKS, Finding, Report, examine
from tests.support.servers import CannedServer, Received, Reply, unused_port

if TYPE_CHECKING:
    from pathlib import Path

NOTHING = {"items": [], "size": 0, "pageSize": 1, "nextPageToken": ""}
TEXT = {"Content-Type": "text/plain"}


def found(report: Report, check: str) -> Finding:
    """Give what came of one check; every check is there once, in order."""
    assert tuple(finding.check for finding in report.findings) == CHECKS
    return report.findings[CHECKS.index(check)]


def verdicts(report: Report) -> list[str]:
    assert tuple(finding.check for finding in report.findings) == CHECKS
    return [finding.verdict for finding in report.findings]


def jwt(**claims: Any) -> str:
    def part(value: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2lnbmF0dXJl"


def test_a_healthy_registry(served: str):
    report = examine(served)
    assert report.is_healthy
    assert verdicts(report) == ["ok", "ok", "ok", "skipped", "skipped", "ok", "ok", "ok", "ok"]
    assert found(report, "api").says == "served: v1, v1alpha3; used: v1"
    assert "argument" in found(report, "address").says


def test_it_works_inside_a_running_loop(served: str):
    import asyncio

    async def main() -> Report:
        return examine(served)

    assert asyncio.run(main()).is_healthy


def test_no_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("MODEL_REGISTRY_CONFIG", str(tmp_path / "none.ini"))
    monkeypatch.delenv("MODEL_REGISTRY_URL", raising=False)
    report = examine()
    assert report.url is None
    assert verdicts(report) == ["failed"] + ["skipped"] * 8
    assert "MODEL_REGISTRY_URL" in found(report, "address").says


def test_an_unknown_name():
    report = examine("http://registry.invalid")
    assert verdicts(report) == ["ok", "failed"] + ["skipped"] * 7
    assert "registry.invalid is not known" in found(report, "dns").says
    assert ".svc" in (found(report, "dns").fix or "")


def test_a_closed_port():
    report = examine(f"http://127.0.0.1:{unused_port()}")
    assert verdicts(report) == ["ok", "ok", "failed"] + ["skipped"] * 6
    assert found(report, "tcp").says.endswith("takes no connection: Connection refused")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


class TestTLS:
    def examined(self, authority: trustme.CA, *, ends: datetime.datetime | None = None, **options: Any):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", not_after=ends).configure_cert(context)
        with CannedServer(context) as server:
            server.reply = Reply(NOTHING)
            return examine(server.url, **options)

    def test_a_trusted_certificate(self, authority: trustme.CA):
        report = self.examined(authority, ca=authority.cert_pem.bytes().decode())
        assert report.is_healthy
        assert "TLSv1.3; the certificate is trusted and ends in" in found(report, "tls").says

    def test_an_unknown_authority(self, authority: trustme.CA):
        report = self.examined(authority)
        assert verdicts(report) == ["ok", "ok", "ok", "failed"] + ["skipped"] * 5
        assert "local issuer" in found(report, "tls").says
        assert "ca=" in (found(report, "tls").fix or "")

    def test_an_expired_certificate(self, authority: trustme.CA):
        past = datetime.datetime(2020, 1, 1, tzinfo=datetime.timezone.utc)
        report = self.examined(authority, ends=past, ca=authority.cert_pem.bytes().decode())
        assert "expired" in found(report, "tls").says
        assert "renewed" in (found(report, "tls").fix or "")

    def test_a_certificate_that_ends_soon(self, authority: trustme.CA):
        soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=3)
        report = self.examined(authority, ends=soon, ca=authority.cert_pem.bytes().decode())
        assert report.is_healthy
        assert found(report, "tls").verdict == "warning"

    @pytest.mark.filterwarnings("ignore:The certificate of")
    def test_no_check_at_all(self, authority: trustme.CA):
        report = self.examined(authority, verify=False)
        assert found(report, "tls").verdict == "warning"
        assert found(report, "answer").verdict == "ok"

    def test_a_port_without_tls(self, served: str):
        report = examine(served.replace("http:", "https:"))
        assert found(report, "tls").verdict == "failed"
        assert "http://" in (found(report, "tls").fix or "")

    def test_a_port_with_tls(self, authority: trustme.CA):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1").configure_cert(context)
        with CannedServer(context) as server:
            report = examine(server.url.replace("https:", "http:"))
        assert found(report, "answer").verdict == "failed"
        assert "https://" in f"{found(report, 'answer').says} {found(report, 'answer').fix}"


class TestToken:
    @pytest.mark.parametrize(
        ("claims", "verdict", "says"),
        [
            ({"exp": -60}, "failed", "expired 6"),
            ({"exp": 8000, "aud": ["registry"]}, "ok", "a JWT for registry, valid for another 2 hours"),
            ({"exp": 60}, "warning", "valid for another"),
            ({"nbf": 3600}, "failed", "valid only in"),
            ({"sub": "ann"}, "ok", "for anybody, without an end"),
        ],
        ids=["expired", "valid", "soon", "not yet", "endless"],
    )
    def test_a_jwt(self, served: str, claims: dict[str, Any], verdict: str, says: str):
        now = int(time.time())
        token = jwt(
            **{name: value + now if isinstance(value, int) else value for name, value in claims.items()}
        )
        finding = found(examine(served, token=token), "token")
        assert finding.verdict == verdict
        assert says in finding.says
        assert token not in str(finding)

    @pytest.mark.parametrize("token", ["opaque", "a.b.c", "e30.W10.e30"])
    def test_what_is_no_jwt(self, served: str, token: str):
        finding = found(examine(served, token=token), "token")
        assert finding.verdict == "ok"
        assert "not a JWT" in finding.says

    def test_a_file_has_an_age(self, served: str, tmp_path: Path):
        path = tmp_path / "token"
        path.write_text(jwt(exp=time.time() + 60))
        an_hour_ago = time.time() - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
        finding = found(examine(served, token=path), "token")
        assert finding.verdict == "ok"  # somebody replaces it
        assert f"{str(path)!r} (argument), written 60 minutes ago" in finding.says

    def test_an_empty_file(self, served: str, tmp_path: Path):
        (tmp_path / "token").write_text("\n")
        finding = found(examine(served, token=tmp_path / "token"), "token")
        assert finding.verdict == "failed"
        assert "it is empty" in finding.says

    def test_a_function_that_fails(self, served: str):
        def fetch() -> str:
            raise OSError("secret")

        report = examine(served, token=fetch)
        assert "function fetch (argument) raised OSError" in found(report, "token").says
        assert "secret" not in str(report)

    def test_its_origin_is_told(self, served: str, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("MODEL_REGISTRY_TOKEN", "opaque")
        assert "(MODEL_REGISTRY_TOKEN)" in found(examine(served), "token").says


LOGIN = b"<html><title>Sign in</title><form>password</form></html>"
REFUSALS = {
    "login page": (Reply(body=LOGIN, headers={"Content-Type": "text/html"}), "login page"),
    "redirect to a login": (
        Reply(status=302, body=b"", headers={"Location": "https://sso.example.org/dex/auth?x=secret"}),
        "sso.example.org/dex/auth",
    ),
    "mesh denial": (Reply(status=403, body=b"RBAC: access denied", headers=TEXT), "service mesh"),
    "no upstream": (Reply(status=503, body=b"no healthy upstream", headers=TEXT), "no registry to send to"),
    "no token": (Reply({"code": "Unauthorized", "message": "who are you?"}, 401), "user_token"),
    "another service": (Reply({"hello": "world"}, 404), "base path"),
}


@pytest.mark.parametrize(("reply", "words"), REFUSALS.values(), ids=REFUSALS.keys())
def test_who_else_may_answer(canned: CannedServer, reply: Reply, words: str):
    canned.reply = reply
    report = examine(canned.url)
    assert not report.is_healthy
    assert verdicts(report)[5:] == ["failed", "failed", "skipped", "skipped"]
    finding = found(report, "answer")
    assert words in f"{finding.says} {finding.fix}"
    assert "secret" not in str(report)


def only(api_version: str):
    def reply(request: Received) -> Reply:
        if f"/{api_version}/" in request.target:
            return Reply(NOTHING)
        return Reply(status=404, body=b"404 page not found\n", headers=TEXT)

    return reply


def test_an_older_server(canned: CannedServer):
    canned.reply = only("v1alpha3")
    assert found(examine(canned.url), "api").says == "served: v1alpha3; used: v1alpha3"


def test_an_api_version_that_is_not_served(canned: CannedServer):
    canned.reply = only("v1alpha3")
    finding = found(examine(canned.url, api="v1"), "api")
    assert (finding.verdict, finding.fix) == ("failed", "Leave api out.")


@pytest.mark.parametrize(
    ("offset", "verdict", "says"),
    [(0, "ok", "agree"), (-3600, "warning", "ahead of"), (3600, "warning", "behind"), (None, "skipped", "")],
)
def test_clocks(canned: CannedServer, offset: int | None, verdict: str, says: str):
    date = {} if offset is None else {"Date": email.utils.formatdate(time.time() + offset, usegmt=True)}
    canned.reply = Reply(NOTHING, headers=date)
    finding = found(examine(canned.url), "clock")
    assert finding.verdict == verdict
    assert says in finding.says


def test_a_proxy_is_named(canned: CannedServer, monkeypatch: pytest.MonkeyPatch):
    canned.reply = Reply(NOTHING)
    monkeypatch.setenv("HTTP_PROXY", canned.url.replace("//", "//ann:secret@"))
    report = examine("http://registry.invalid")
    assert report.is_healthy
    assert f"the proxy {canned.url} is used" in found(report, "dns").says
    assert "secret" not in str(report)


def test_nothing_is_changed(canned: CannedServer):
    canned.reply = Reply(NOTHING)
    examine(canned.url)
    assert {request.method for request in canned.requests} == {"GET"}
    assert len(canned.requests) == 5


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "model_registry.cli", "doctor", *arguments], capture_output=True, text=True
    )


def test_the_command_prints_a_report_for_people(served: str):
    ended = command(served)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [line.split()[0] for line in ended.stdout.splitlines()] == verdicts(examine(served))


def test_the_command_prints_json_for_scripts(tmp_path: Path):
    (tmp_path / "token").write_text("secret")
    port = unused_port()
    ended = command(f"http://127.0.0.1:{port}", "--json", "--token-file", str(tmp_path / "token"))
    assert ended.returncode == 1
    report = json.loads(ended.stdout)
    assert report["url"] == f"http://127.0.0.1:{port}"
    assert report["healthy"] is False
    assert report["findings"][2]["verdict"] == "failed"
    assert "secret" not in ended.stdout
