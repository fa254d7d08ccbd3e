"""A web server of files and parts of files, which breaks off when it is told to."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tests.support.servers import LoopbackServer, Received, receive

if TYPE_CHECKING:
    import asyncio
    import ssl


@dataclass
class Served:
    """What a request gets instead of the file.

    Attributes:
        status: HTTP status.
        headers: Header lines.
        body: The body.
    """

    status: str
    headers: tuple[str, ...] = ()
    body: bytes = b""


class RangeServer(LoopbackServer):
    """Serves files, and the parts of them that are asked for.

    Attributes:
        files: Content by path, without the slash at the beginning.
        cut_at: Places of files at which the next answers break off, one each.
        instead: What the next requests get instead of an answer.
        ranges: Whether it knows of ranges.
        tags: Whether it gives ETags.
        headers: Further header lines of every answer.
        sent: Bytes of bodies that were, or are being, sent.
    """

    def __init__(self, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        super().__init__(tls, host)
        self.files: dict[str, bytes] = {}
        self.cut_at: list[int] = []
        self.instead: list[Served] = []
        self.ranges = True
        self.tags = True
        self.headers: list[str] = []
        self.sent = 0

    @property
    def asked_for(self) -> list[str | None]:
        """The `Range` of each request for more than a byte."""
        found = [request.headers.get("range") for request in self.requests]
        return [each for each in found if each != "bytes=0-0"]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        while (request := await receive(reader)) is not None:
            self.requests.append(request)
            served, start = self._answer(request)
            body = served.body
            if self.cut_at and len(body) > 1:
                body = body[: max(0, self.cut_at.pop(0) - start)]
            head = [f"HTTP/1.1 {served.status}", f"Content-Length: {len(served.body)}", *served.headers]
            self.sent += len(body)  # before, so that who has it all knows of it
            writer.write("\r\n".join([*head, "", ""]).encode())
            writer.write(body)
            await writer.drain()
            if len(body) < len(served.body):
                writer.close()
                await writer.wait_closed()
                return

    def _answer(self, request: Received) -> tuple[Served, int]:
        if self.instead:
            return self.instead.pop(0), 0
        content = self.files.get(unquote(urlsplit(request.target).path.lstrip("/")))
        if content is None:
            return Served("404 Not Found"), 0
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        lines = [*self.headers, *([f"ETag: {tag}"] if self.tags else [])]
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if not self.ranges or wanted is None or request.headers.get("if-range", tag) != tag:
            return Served("200 OK", tuple(lines), content), 0
        start, end = int(wanted[1]), int(wanted[2] or len(content) - 1) + 1
        if start >= len(content):
            lines.append(f"Content-Range: bytes */{len(content)}")
            return Served("416 Range Not Satisfiable", tuple(lines)), 0
        lines.append(f"Content-Range: bytes {start}-{end - 1}/{len(content)}")
        return Served("206 Partial Content", tuple(lines), content[start:end]), start
