"""Fixtures: registries, and agents that use the official client over each transport."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client

from model_registry import AsyncModelRegistry
from model_registry.mcp import create_server
from tests.support.backends import Server
from tests.support.reference.serving import ReferenceServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from mcp.types import CallToolResult

SECONDS = 60


@dataclass
class Agent:
    """Calls tools with the official client."""

    client: Client

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        result = await self.client.call_tool(tool, arguments)
        assert not hasattr(result, "task")
        return result

    async def ok(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, which must succeed, and return its result."""
        result = await self.call(tool, **arguments)
        assert not result.is_error, result.content
        data: dict[str, Any] = result.structured_content
        return data

    async def fails(self, tool: str, **arguments: Any) -> str:
        """Call a tool, which must fail, and return the message."""
        result = await self.call(tool, **arguments)
        assert result.is_error, result.content
        (content,) = result.content
        return content.text

    async def write(self, **change: Any) -> dict[str, Any]:
        """Plan a change and apply the plan."""
        plan = await self.ok("plan_change", **change)
        return await self.ok("apply_plan", digest=plan["digest"])


@dataclass
class Command:
    """`model-registry mcp` in a process, over one transport."""

    folder: Path
    transport: str
    arguments: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    url: str = ""

    @property
    def log(self) -> str:
        """What the process wrote to standard error."""
        return (self.folder / "log").read_text(encoding="utf-8")

    @contextlib.asynccontextmanager
    async def agent(self, token: str | None = None) -> AsyncIterator[Agent]:
        """An agent, with a token over HTTP."""
        if self.transport == "stdio":
            with (self.folder / "log").open("w") as log:
                own = StdioServerParameters(
                    command=sys.executable, args=list(self._command[1:]), env=self._environment
                )
                async with Client(stdio_client(own, errlog=log)) as client:
                    yield Agent(client)
            return
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with (
            self._serving(),
            httpx2.AsyncClient(headers=headers, timeout=SECONDS) as http,
            Client(streamable_http_client(self.url, http_client=http)) as client,
        ):
            yield Agent(client)

    @contextlib.asynccontextmanager
    async def _serving(self) -> AsyncIterator[None]:
        with self.serving():
            yield

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """Run the process over HTTP."""
        if self.url:  # it runs
            yield self.url
            return
        with (self.folder / "log").open("w") as log:
            process = subprocess.Popen(
                self._command, env=self._environment, stdout=subprocess.PIPE, stderr=log, text=True
            )
        assert process.stdout is not None
        try:
            self.url = process.stdout.readline().strip()
            assert self.url, self.log
            yield self.url
        finally:
            self.url = ""
            process.terminate()
            process.communicate(timeout=SECONDS)
            assert process.returncode == 0 or sys.platform == "win32"

    @property
    def _command(self) -> list[str]:
        http = ["--http"] if self.transport == "http" else []
        return [sys.executable, "-m", "model_registry", "mcp", *http, *self.arguments]

    @property
    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("MODEL_REGISTRY_")}
        fixed = {
            "MODEL_REGISTRY_CONFIG": str(self.folder / "profiles.ini"),
            "MODEL_REGISTRY_AUTHOR": "ann",
        }
        return {**own, **fixed, **self.variables}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """URL of an empty registry on SQLite."""
    server = Server(f"sqlite:///{tmp_path / 'served.db'}")
    yield server.url
    assert server.stop() == 0


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The registry: in memory, on SQLite over HTTP, and the stand-in for the reference server."""
    if request.param == "memory":
        yield ":memory:"
    elif request.param == "sqlite":
        server = Server(f"sqlite:///{tmp_path / 'served.db'}")
        yield server.url
        assert server.stop() == 0
    else:
        with ReferenceServer(0) as reference:
            yield reference.url


@pytest.fixture
async def registry() -> AsyncIterator[AsyncModelRegistry]:
    """A registry in memory."""
    async with AsyncModelRegistry.local(author="ann") as registry:
        yield registry


@contextlib.asynccontextmanager
async def agent_of(registry: AsyncModelRegistry, *, write: bool = False) -> AsyncIterator[Agent]:
    """An agent in the process of the server."""
    async with Client(create_server(registry, write=write)) as client:
        yield Agent(client)
