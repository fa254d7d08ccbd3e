"""What it means when an HTTP request gets no answer, and what to do about it."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp

from model_registry.connection.tls import explained
from model_registry.exceptions import (
    RegistryConnectionError,
    RegistryTimeoutError,
    RegistryTLSError,
    RequestError,
    UnexpectedResponseError,
)
from model_registry.types.redaction import without_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

_TLS_IN_HTTP = ("\\x15\\x03", "\x15\x03")  # how a TLS alert begins, in messages about bad HTTP


def failure(
    error: Exception, method: str, url: str, *, sent: bool, proxy: str | None, has_ca: bool = False
) -> RequestError:
    """Build the error for a request that got no answer.

    Args:
        error: What the HTTP library raised.
        method: HTTP method.
        url: Address of the request.
        sent: Whether any of the request left.
        proxy: URL of the proxy that was used.
        has_ca: Whether authorities were given with `ca`.

    Returns:
        The error, to be raised. Its `sent` says whether the registry can have received the request.
    """
    host = urlsplit(url).hostname or ""
    kind: type[RequestError] = RegistryConnectionError
    tls = _tls_error(error)
    if tls is not None:
        kind, text, sent = RegistryTLSError, explained(tls, host, has_ca=has_ca), False
    elif isinstance(error, asyncio.TimeoutError):
        kind, text = RegistryTimeoutError, _timeout(error, url, sent=sent)
    elif isinstance(error, aiohttp.ClientResponseError):
        kind, text, sent = _not_http(error, host, proxy, sent=sent)
    else:
        text = _broken(error, url, proxy, sent=sent)
    return kind(f"No answer to {method} {url}: {text}", method=method, url=url, sent=sent)


def reason(error: Exception) -> str:
    """Say in few words why the network failed."""
    if isinstance(error, asyncio.TimeoutError):
        return "no answer in time"
    below = getattr(error, "os_error", error)
    number: object = getattr(below, "errno", None)  # whatever the HTTP library put there
    if isinstance(number, int) and number > 0 and not isinstance(below, socket.gaierror):
        return os.strerror(number)
    return str(getattr(below, "strerror", None) or below) or type(below).__name__


def _timeout(error: Exception, url: str, *, sent: bool) -> str:
    parts = urlsplit(url)
    host, scheme = parts.hostname, parts.scheme
    if not sent:
        return (
            f"{host} could not be reached in time. Is the address right, the port one for "
            f"{scheme}, and no firewall between? connect_timeout= and total_timeout= give it more."
        )
    limit = "read_timeout=" if isinstance(error, aiohttp.SocketTimeoutError) else "total_timeout="
    return f"{host} did not answer in time. Is the registry overloaded? {limit} gives it more."


def _not_http(
    error: aiohttp.ClientResponseError, host: str, proxy: str | None, *, sent: bool
) -> tuple[type[RequestError], str, bool]:
    if isinstance(error, aiohttp.ClientHttpProxyError) and proxy is not None:
        login = (
            "It requires a login: put it into its address, such as http://user:password@proxy.example.org. "
            if error.status == 407
            else ""
        )
        text = (
            f"the proxy {without_secrets(proxy)} returned {error.status} {error.message}. {login}"
            f"NO_PROXY={host} connects without it."
        )
        return RegistryConnectionError, text, False
    if any(mark in error.message for mark in _TLS_IN_HTTP):
        return RegistryTLSError, f"{host} speaks TLS on this port. Use https:// in the address.", False
    text = f"what {host} sent is not HTTP. Is this the port of a model registry?"
    return UnexpectedResponseError, text, sent


def _broken(error: Exception, url: str, proxy: str | None, *, sent: bool) -> str:
    parts = urlsplit(url)
    unreachable = (aiohttp.ClientProxyConnectionError, aiohttp.ClientConnectorDNSError)
    if isinstance(error, unreachable) and proxy is not None:  # only the proxy looks up the registry's name
        return (
            f"the proxy {without_secrets(proxy)} cannot be reached: {reason(error)}. "
            f"NO_PROXY={parts.hostname} connects without it."
        )
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return f"there is no host {parts.hostname}: {reason(error)}. Is the name right, and known from here?"
    if isinstance(error, aiohttp.ClientConnectorError):
        if parts.scheme == "https" and isinstance(error.os_error, ConnectionResetError):
            return (
                f"{parts.netloc} hung up instead of agreeing on TLS. Is this a TLS port, and does the server "
                "want a client certificate (client_cert=)?"
            )
        return f"{parts.netloc}: {reason(error)}. Is the registry running, and are address and port right?"
    text = "the connection broke before the answer was complete"
    if sent and parts.scheme == "http" and isinstance(error, aiohttp.ServerDisconnectedError):
        text += "; a port that speaks TLS would do this, then use https:// in the address"
    return f"{text} ({reason(error)})."


def _tls_error(error: Exception) -> ssl.SSLError | None:
    """Find the failure of TLS in or below an error."""
    causes = list(_with_causes(error))
    for each in causes:
        if isinstance(each, ssl.SSLError) and not isinstance(each, aiohttp.ClientError):
            return each
    copies = [str(each) for each in causes if isinstance(each, OSError)]  # made by the HTTP library
    return next((ssl.SSLError(1, text) for text in copies if "[SSL: " in text), None)


def _with_causes(error: BaseException) -> Iterator[BaseException]:
    pending: list[object] = [error]
    while pending:
        each = pending.pop()
        if isinstance(each, BaseException):
            yield each
            pending += [
                getattr(each, "certificate_error", None),
                getattr(each, "os_error", None),
                each.__cause__,
            ]
