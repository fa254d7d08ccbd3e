"""What the head of a request of HTTP/1.1 says: for which host it is, and whether a body follows."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def host_problem(target: bytes, headers: Collection[tuple[bytes, bytes]], version: str) -> str | None:
    """Return what is wrong with the host of a request; None if all is right.

    Args:
        target: The target in the first line of the request.
        headers: The header fields, with names in lower case.
        version: The version of HTTP, such as `1.1`.

    Example:
        >>> host_problem(b"/", [(b"host", b"localhost")], "1.1")
        >>> host_problem(b"/", [], "1.1")
        'the request has no Host header: HTTP/1.1 requires one'
    """
    hosts = [value.strip().lower() for name, value in headers if name == b"host"]
    if not hosts and version != "1.0":
        return f"the request has no Host header: HTTP/{version} requires one"
    if len(hosts) > 1:
        return "the request has several Host headers: send one"
    if target.startswith(b"/") or not hosts:
        return None
    _, is_url, rest = target.partition(b"://")
    if is_url and rest.split(b"/", 1)[0].split(b"?", 1)[0].lower() != hosts[0]:
        return "the Host header differs from the host in the target of the request"
    return None


def framing(headers: Collection[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the header fields that say where the body ends; none if there is no body."""
    return [field for field in headers if field[0] in {b"content-length", b"transfer-encoding"}]


def framing_problem(headers: Collection[tuple[bytes, bytes]], version: str) -> str | None:
    """Return what is wrong with the encoding of a body; None if all is right.

    Others on the way of the request may find its end elsewhere.

    Args:
        headers: The header fields, with names in lower case.
        version: The version of HTTP, such as `1.1`.

    Example:
        >>> framing_problem([(b"transfer-encoding", b"chunked")], "1.1")
        >>> framing_problem([(b"transfer-encoding", b"gzip, chunked")], "1.1")
        "the Transfer-Encoding 'gzip, chunked' is not supported: send chunked"
    """
    for name, value in headers:
        if name == b"transfer-encoding":
            if version == "1.0":
                return "the request has a Transfer-Encoding: HTTP/1.0 has none"
            if value.strip().lower() != b"chunked":
                return f"the Transfer-Encoding {value.decode('latin-1')!r} is not supported: send chunked"
    return None
