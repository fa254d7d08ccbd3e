"""Who calls a tool, and the client of the registry that works for this caller."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from model_registry import AsyncModelRegistry
from model_registry.connection import Connection
from model_registry.core import ModelRegistryAPIClient
from model_registry.doctor.token_facts import read_claims

from .texts import safe

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from starlette.requests import Request

_CLAIMS = ("preferred_username", "email", "sub")


class ToolCaller(NamedTuple):
    """Who calls a tool.

    Attributes:
        name: The user, as the token says it unverified, or the user of this process.
        key: Distinguishes callers, without showing their tokens.
        token: The caller's token; `None` for the user of this process.
    """

    name: str
    key: str
    token: str | None = None


def caller_of(registry: AsyncModelRegistry, request: Request | None) -> ToolCaller:
    """Return who calls.

    Args:
        registry: The registry that the user of this process opened.
        request: The HTTP request of the call; `None` over standard input and output.
    """
    if request is None:
        return ToolCaller(registry.author, "")
    scheme, _, text = request.headers.get("authorization", "").partition(" ")
    token = text.strip() if scheme.lower() == "bearer" else ""
    if not token:
        return ToolCaller("anonymous", "anonymous", "")
    claims = read_claims(token) or {}
    names = [cast("object", claims.get(claim)) for claim in _CLAIMS]
    name = next((each for each in names if isinstance(each, str) and each), "unknown")
    return ToolCaller(safe(name), hashlib.sha256(token.encode()).hexdigest(), token)


@asynccontextmanager
async def client_of(registry: AsyncModelRegistry, caller: ToolCaller) -> AsyncGenerator[AsyncModelRegistry]:
    """Open the registry for a caller.

    A registry on another server gets the token of the caller, and nothing else by which the user of this
    process shows who they are.

    Args:
        registry: The registry that the user of this process opened.
        caller: Who calls.
    """
    connection = registry.connection
    if caller.token is None or not isinstance(connection, Connection):
        yield registry
        return
    named = replace(connection, token=caller.token, headers={}, auth=None)
    async with AsyncModelRegistry.over(ModelRegistryAPIClient(named), author=caller.name) as client:
        yield client
