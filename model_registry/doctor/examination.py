"""The checks that the doctor makes on a connection, in order."""

from __future__ import annotations

import asyncio
import socket
import ssl
import statistics
import time
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import SplitResult, urlsplit

from model_registry.connection.address import DEFAULT_PORTS
from model_registry.connection.tls import client_context, explained
from model_registry.doctor.report import CHECKS, Finding, Verdict, skipped
from model_registry.doctor.token_facts import token_finding
from model_registry.exceptions import InvalidArgumentError, ModelRegistryError
from model_registry.transport import database_away, diagnosis
from model_registry.transport.backend import Request, Response
from model_registry.transport.calls import API_VERSIONS
from model_registry.transport.http_backend import HTTPBackend
from model_registry.transport.http_failures import reason
from model_registry.transport.proxies import proxy_for
from model_registry.transport.server_notes import deprecation
from model_registry.types.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from model_registry.connection import Connection

_SKEW = 60.0
"""Seconds that clocks may differ; tokens are often refused from about there."""
_SOON = 14
"""Days before a certificate ends that are worth a warning."""
_SLOW = 1.0
"""Seconds of a round trip that are worth a warning."""
_DAY = 86400


async def examine_connection(connection: Connection) -> list[Finding]:
    """Make all checks on a connection.

    Returns:
        One finding for each of `CHECKS`, in order.
    """
    origin = connection.origins.get("url", "argument")
    findings = [Finding("address", "ok", f"{connection.url} ({origin})")]
    try:
        proxy = proxy_for(connection.url)
    except InvalidArgumentError as error:
        findings.append(Finding("dns", "failed", str(error), "Correct the proxy, or set NO_PROXY."))
        reached = False
    else:
        reached = await _reach(connection, proxy, findings)
    if not reached:
        findings += skipped(CHECKS[len(findings) : CHECKS.index("token")], "the registry was not reached")
    findings.append(await token_finding(connection))
    if reached:
        findings += await _ask(connection)
    return findings + skipped(CHECKS[len(findings) :], "the registry was not reached")


async def _reach(connection: Connection, proxy: str | None, findings: list[Finding]) -> bool:
    """Check name, port and encryption, one after the other, until one fails."""
    steps: tuple[Callable[[Connection, str | None], Awaitable[Finding]], ...] = (_dns, _tcp, _tls)
    for step in steps:
        findings.append(await step(connection, proxy))
        if findings[-1].verdict == "failed":
            return False
    return True


async def _dns(connection: Connection, proxy: str | None) -> Finding:
    first = _first_hop(connection, proxy)
    loop = asyncio.get_running_loop()
    try:
        found = await asyncio.wait_for(
            loop.getaddrinfo(first.hostname, first.port, type=socket.SOCK_STREAM), connection.connect_timeout
        )
    except (OSError, UnicodeError, asyncio.TimeoutError) as error:
        return Finding(
            "dns",
            "failed",
            f"{first.hostname} is not known: {reason(error)}",
            "Check the spelling. Names that end in .svc are known in their cluster alone: from outside, use "
            "the route's or ingress' name, or kubectl port-forward and localhost.",
        )
    addresses = sorted({str(entry[4][0]) for entry in found})
    via = "" if proxy is None else f"the proxy {without_secrets(proxy)} is used; "
    return Finding("dns", "ok", f"{via}{first.hostname} is {', '.join(addresses)}")


async def _tcp(connection: Connection, proxy: str | None) -> Finding:
    first = _first_hop(connection, proxy)
    began = time.perf_counter()
    try:
        await _connected(connection, first)
    except (OSError, asyncio.TimeoutError) as error:
        return Finding(
            "tcp",
            "failed",
            f"{first.netloc.rpartition('@')[2]} takes no connection: {reason(error)}",
            "Is the registry running, is the port right, and does no firewall stand between?",
        )
    milliseconds = (time.perf_counter() - began) * 1000
    return Finding("tcp", "ok", f"port {first.port} takes connections ({milliseconds:.1f} ms)")


async def _tls(connection: Connection, proxy: str | None) -> Finding:
    place = urlsplit(connection.url)
    if place.scheme == "http":
        return _without_tls(connection, place)
    if proxy is not None:
        return Finding("tls", "skipped", "the proxy passes it on; see `answer`")
    try:
        facts = await _connected(connection, place, await asyncio.to_thread(client_context, connection))
    except ssl.SSLError as error:
        problem, _, advice = explained(
            error, place.hostname or "", has_ca=connection.ca is not None
        ).partition(". ")
        return Finding("tls", "failed", problem, advice or None)
    except (OSError, asyncio.TimeoutError) as error:
        return Finding(
            "tls",
            "failed",
            f"no TLS was agreed on: {reason(error)}",
            "Is this a TLS port? See client_cert=.",
        )
    return _certificate(connection, facts)


def _without_tls(connection: Connection, place: SplitResult) -> Finding:
    host = place.hostname or ""
    is_near = host in ("localhost", "127.0.0.1", "::1") or host.endswith((".svc", ".cluster.local"))
    if connection.token is None or is_near:
        return Finding("tls", "skipped", "the address says http")
    return Finding(
        "tls", "warning", "the token travels unencrypted: the address says http", "Use https if there is one."
    )


class _Facts(NamedTuple):
    """What is known of a TLS connection."""

    version: str | None
    ends: str | None


def _certificate(connection: Connection, facts: _Facts) -> Finding:
    if not connection.verify or facts.ends is None:
        return Finding(
            "tls", "warning", f"{facts.version}; the certificate is not checked", "Give ca= for verify=False."
        )
    days = (ssl.cert_time_to_seconds(facts.ends) - time.time()) / _DAY
    says = f"{facts.version}; the certificate is trusted and ends in {days:.0f} days"
    if days < _SOON:
        return Finding("tls", "warning", says, "Have the server's certificate renewed.")
    return Finding("tls", "ok", says)


async def _ask(connection: Connection) -> list[Finding]:
    """Check what the registry answers."""
    backend = HTTPBackend(connection)
    try:
        began = time.time()
        responses = {
            api_version: await _response(backend, connection, api_version) for api_version in API_VERSIONS
        }
        served = [name for name, response in responses.items() if isinstance(response, Response)]
        findings = [_responder(responses), _api_versions(connection, served, responses)]
        for api_version, response in responses.items():
            if isinstance(response, Response):
                findings.append(_clock(response, began, time.time()))
                findings.append(await _round_trip(backend, connection, api_version))
                break
        return findings
    finally:
        await backend.close()


async def _response(
    backend: HTTPBackend, connection: Connection, api_version: str
) -> Response | ModelRegistryError:
    """Ask for one model; what is not the answer of a registry is an error."""
    target = f"/api/model_registry/{api_version}/registered_models?pageSize=1"
    request = Request("GET", target, {"Accept": "application/json"}, None, connection.total_timeout)
    try:
        response = await backend.send(request)
    except ModelRegistryError as error:
        return error
    except Exception as error:  # noqa: BLE001  # functions of the user's may raise anything
        return ModelRegistryError(
            f"The function for token or headers raised {type(error).__name__}. Mend it."
        )
    failure = diagnosis.failure(response)
    if failure is not None and failure.server_message is not None:  # the registry itself responded
        with suppress(ModelRegistryError):
            ready = await backend.send(database_away.readiness(request))
            failure = database_away.unavailable(failure, ready) or failure
    return failure or response


def _responder(responses: dict[str, Response | ModelRegistryError]) -> Finding:
    for response in responses.values():
        if isinstance(response, Response):
            server = response.headers.get("server")
            return Finding(
                "answer", "ok", "a model registry answers" + (f", behind {server}" if server else "")
            )
    # A missing route tells least.
    error = min(responses.values(), key=lambda error: getattr(error, "status", None) == 404)
    says, _, fix = str(error).rpartition(". ")
    return Finding("answer", "failed", says or fix, fix if says else None)


def _api_versions(
    connection: Connection, served: list[str], responses: dict[str, Response | ModelRegistryError]
) -> Finding:
    if not served:
        return Finding("api", "failed", f"neither {' nor '.join(API_VERSIONS)} was found", "See `answer`.")
    if connection.api is not None and connection.api not in served:
        return Finding(
            "api", "failed", f"api={connection.api!r}, but only {served[0]} is served", "Leave api out."
        )
    used = connection.api or served[0]
    says = f"served: {', '.join(served)}; used: {used}"
    response = responses[used]
    if isinstance(response, Response) and {"deprecation", "sunset"} & response.headers.keys():
        return Finding("api", "warning", f"{says}. {deprecation(response)}", "Leave api out.")
    return Finding("api", "ok", says)


def _clock(response: Response, began: float, ended: float) -> Finding:
    date: float | None = None
    with suppress(ValueError, TypeError):
        date = parsedate_to_datetime(response.headers.get("date", "")).timestamp()
    if date is None:
        return Finding("clock", "skipped", "the server does not say what time it is")
    # The server named a whole second, at some moment in between.
    skew = min(date + 1 - began, 0.0) + max(date - ended, 0.0)
    if abs(skew) > _SKEW:
        return Finding(
            "clock",
            "warning",
            f"this clock is {abs(skew):.0f} seconds {'ahead of' if skew < 0 else 'behind'} the server's",
            "Set the clocks: tokens and certificates may seem expired, or not yet valid.",
        )
    return Finding("clock", "ok", "the clocks agree")


async def _round_trip(backend: HTTPBackend, connection: Connection, api_version: str) -> Finding:
    times: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        response = await _response(backend, connection, api_version)
        times.append(time.perf_counter() - began)
        if not isinstance(response, Response):
            return Finding("round trip", "failed", f"one call in {len(times)} failed: {response}", None)
    seconds = statistics.median(times)
    verdict: Verdict = "warning" if seconds > _SLOW else "ok"
    return Finding("round trip", verdict, f"{seconds * 1000:.1f} ms (median of {len(times)} reads)")


def _first_hop(connection: Connection, proxy: str | None) -> SplitResult:
    parts = urlsplit(connection.url if proxy is None else proxy)
    if parts.port is None:
        default = {"http": 80, "https": 443}.get(parts.scheme, DEFAULT_PORTS["https"])
        parts = parts._replace(netloc=f"{parts.netloc}:{default}")
    return parts


async def _connected(connection: Connection, place: SplitResult, tls: ssl.SSLContext | None = None) -> _Facts:
    """Open a connection and close it again."""
    opening = asyncio.open_connection(
        place.hostname, place.port, ssl=tls, server_hostname=place.hostname if tls else None
    )
    _, writer = await asyncio.wait_for(opening, connection.connect_timeout)
    try:
        encryption: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        if encryption is None:
            return _Facts(None, None)
        certificate = encryption.getpeercert() or {}
        return _Facts(encryption.version(), str(certificate.get("notAfter") or "") or None)
    finally:
        writer.transport.abort()
