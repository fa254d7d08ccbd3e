"""The command over both transports, with the official client."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from model_registry import AsyncModelRegistry
from model_registry.exceptions import InvalidArgumentError
from model_registry.mcp import create_app
from tests.support.backends import Server

from .conftest import SECONDS, Command

if TYPE_CHECKING:
    from pathlib import Path

transports = pytest.mark.parametrize("transport", ["stdio", "http"])


@transports
@pytest.mark.parametrize("where", ["memory", "sqlite", "reference"], indirect=True)
async def test_a_model_is_registered_compared_and_promoted(
    where: str, transport: str, tmp_path: Path
) -> None:
    command = Command(tmp_path, transport, ("--registry", where, "--write"))
    async with command.agent() as agent:
        for version, accuracy in (("1.0", 0.91), ("1.1", 0.95), ("1.2", 0.93)):
            await agent.write(
                action="register",
                model="fraud",
                version=version,
                uri=f"s3://models/fraud/{version}",
                model_format="onnx",
                description=f"Trained for {version}",
                properties={"team": "risk", "rows": 1000},
                metrics={"accuracy": accuracy, "loss": 1 - accuracy},
            )
        found = await agent.ok("find_models", text="rau")
        assert [each["name"] for each in found["models"]] == ["fraud"]
        best = await agent.ok("list_versions", model="fraud", best_by="accuracy", metrics=["loss"], limit=2)
        assert [each["reference"] for each in best["versions"]] == ["fraud/1.1", "fraud/1.2"]
        assert best["versions"][0]["metrics"] == {"accuracy": 0.95, "loss": pytest.approx(0.05)}
        rest = await agent.ok(
            "list_versions", model="fraud", best_by="accuracy", limit=2, cursor=best["next_cursor"]
        )
        assert [each["reference"] for each in rest["versions"]] == ["fraud/1.0"]
        assert "next_cursor" not in rest
        await agent.write(action="alias", model="fraud", version="1.1", alias="champion")
        resolved = await agent.ok("resolve", reference="fraud@champion")
        assert (resolved["reference"], resolved["uri"]) == ("fraud/1.1", "s3://models/fraud/1.1")
        compared = await agent.ok("compare", left="fraud/1.0", right="fraud@champion")
        changed = compared["untrusted"]["artifacts"]["changed"]["Metric accuracy"]["changed"]
        assert changed["value"] == {"left": 0.91, "right": 0.95}
        edit = {"team": "fraud", "rows": None}
        await agent.write(action="edit", model="fraud", version="1.1", description="Best", properties=edit)
        shown = await agent.ok("get_version", reference="fraud/1.1")
        assert shown["version"]["untrusted"] == {"description": "Best", "properties": {"team": "fraud"}}
        assert shown["aliases"] == ["champion"]
        assert [each["untrusted"]["uri"] for each in shown["artifacts"]] == ["s3://models/fraud/1.1"]
        await agent.write(action="archive", model="fraud", version="1.2")
        model = await agent.ok("get_model", model="fraud")
        assert (model["latest"], model["aliases"]) == ("fraud/1.1", {"champion": "1.1"})
        assert (await agent.ok("lineage", reference="fraud@champion"))["served_by"] == []
        await agent.write(action="restore", model="fraud", version="1.2")
        assert (await agent.ok("resolve", reference="fraud@latest"))["reference"] == "fraud/1.2"
    lines = [json.loads(line) for line in command.log.splitlines() if line.startswith("{")]
    assert [each["outcome"] for each in lines if each["tool"] == "apply_plan"] == ["applied"] * 7
    assert {each["outcome"] for each in lines} == {"ok", "applied"}


@transports
async def test_servers_only_read_by_default(transport: str, tmp_path: Path) -> None:
    async with Command(tmp_path, transport, ("--registry", ":memory:")).agent() as agent:
        tools = (await agent.client.list_tools()).tools
        assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
        for tool in ("plan_change", "apply_plan"):
            assert "may start it with --write" in await agent.fails(tool, digest="x")


async def test_over_http_the_token_is_the_callers_and_never_the_servers(tmp_path: Path) -> None:
    (tmp_path / "tokens").write_text("s3cret-of-the-server\ns3cret-of-ann\n")
    server = Server(":memory:", "--token-file", str(tmp_path / "tokens"))
    own = {"MODEL_REGISTRY_URL": server.url, "MODEL_REGISTRY_TOKEN": "s3cret-of-the-server"}
    command = Command(tmp_path, "http", ("--write",), own)
    with command.serving():
        async with command.agent() as nobody:
            assert (await nobody.fails("find_models")).startswith("UnauthenticatedError")
        async with command.agent("s3cret-wrong") as stranger:
            message = await stranger.fails("find_models")
            assert message.startswith("UnauthenticatedError")
            assert "s3cret" not in message
        async with command.agent("s3cret-of-ann") as ann, command.agent("s3cret-of-the-server") as other:
            plan = await ann.ok("plan_change", action="register", model="fraud", version="1")
            # A plan is for the caller who got it.
            assert "returned no plan" in await other.fails("apply_plan", digest=plan["digest"])
            await ann.ok("apply_plan", digest=plan["digest"])
        log = command.log
    assert "s3cret" not in log
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [each["outcome"] for each in lines] == [
        "UnauthenticatedError",
        "UnauthenticatedError",
        "ok",
        "NotFoundError",
        "applied",
    ]
    assert lines[0]["caller"] == "anonymous"
    assert len({each.get("token") for each in lines}) == 4
    async with Command(tmp_path, "stdio", (), own).agent() as agent:  # the user's own process
        assert [each["name"] for each in (await agent.ok("find_models"))["models"]] == ["fraud"]
    server.stop()


def request(url: str, method: str = "POST", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=SECONDS)
    body = b'{"jsonrpc":"2.0","id":1,"method":"tools/list"}'
    given = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    connection.request(method, urlsplit(url).path, body, {**given, **headers})
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def test_only_programs_of_this_machine_reach_it_over_http(tmp_path: Path) -> None:
    with Command(tmp_path, "http", ("--registry", ":memory:")).serving() as url:
        port = urlsplit(url).port
        assert url == f"http://127.0.0.1:{port}/mcp"
        assert request(url)[0] == 200
        assert request(url, Host=f"localhost:{port}", Origin=f"http://localhost:{port}")[0] == 200
        for host in ("evil.example", f"evil.example:{port}", "localhost", f"localhost:{(port or 0) + 1}", ""):
            assert request(url, Host=host)[0] == 421, host
        foreign = ("https://evil.example", "null", f"https://localhost:{port}", "http://localhost:3000")
        for origin in (*foreign, f"http://localhost:{port}.evil.example"):
            assert request(url, Origin=origin)[0] == 403, origin
        for version in ("2025-11-25", "2026-07-28"):
            assert request(url, Host="evil.example", **{"MCP-Protocol-Version": version})[0] == 421
            assert request(url, Origin="null", **{"MCP-Protocol-Version": version})[0] == 403
        assert request(url, **{"Content-Type": "text/plain"})[0] == 400
        assert request(f"{url}/other")[0] == 404


def refused(*arguments: str, **variables: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "model_registry", "mcp", *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    return line


def test_wrong_options_are_one_line() -> None:
    assert "--port needs --http" in refused("--port", "1")
    assert "there is no registry 'missing.db'" in refused("--registry", "missing.db")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert f"cannot listen on 127.0.0.1 port {port}" in refused(
            "--registry", ":memory:", "--http", "--port", port
        )


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_ctrl_c_ends_it() -> None:
    command = [sys.executable, "-m", "model_registry", "mcp", "--registry", ":memory:"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdin is not None
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
    process.stdin.write(json.dumps(message).encode() + b"\n")
    process.stdin.flush()
    assert b"model-registry" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(SECONDS) == -signal.SIGINT
    process.stdin.close()
    process.stdout.close()


def test_a_client_certificate_is_not_shown_for_callers(tmp_path: Path) -> None:
    import trustme

    certificate = tmp_path / "client.pem"
    trustme.CA().issue_cert("agent.example.org").private_key_and_cert_chain_pem.write_to_path(certificate)
    registry = AsyncModelRegistry("https://registry.example.org", client_cert=certificate)
    with pytest.raises(InvalidArgumentError, match="client_cert"):
        create_app(registry, 8090)
