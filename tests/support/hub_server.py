"""A Hugging Face Hub on loopback ports: its API, its files, and another host for the large ones."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from tests.support.range_server import RangeServer, Served
from tests.support.servers import LoopbackServer, Received, receive

if TYPE_CHECKING:
    import asyncio

LARGE = 1000
"""Bytes from which on a file is kept apart (LFS)."""

PAGE = 3
"""Entries of a page of a listing."""

API = re.compile(
    r"/api/(models|datasets)/([^/]+(?:/(?!revision|tree|paths-info)[^/]+)?)(?:/(revision|tree|paths-info)/([^/]+)(?:/(.*))?)?"
)
FILE = re.compile(r"/(datasets/)?([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)")


@dataclass
class Repository:
    """A repository.

    Attributes:
        commits: Files by commit.
        refs: Commit by branch or tag.
        token: What must be shown; nothing for a public one.
        gated: Whether its files are for those alone who show the token.
        card: Metadata of the model card.
        facts: What else the API tells.
    """

    commits: dict[str, dict[str, bytes]]
    refs: dict[str, str]
    token: str | None = None
    gated: bool = False
    card: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def find(self, revision: str) -> str | None:
        commit = self.refs.get(revision, revision)
        return commit if commit in self.commits else None


class HubServer(LoopbackServer):
    """The Hub.

    Attributes:
        repositories: By name, with `datasets/` before those.
        content: The other host.
        instead: What the next requests get instead of an answer.
    """

    def __init__(self) -> None:
        super().__init__()
        self.repositories: dict[str, Repository] = {}
        self.content = RangeServer()
        self.instead: list[Served] = []

    def __enter__(self):
        self.content.__enter__()
        return super().__enter__()

    def __exit__(self, *details: object) -> None:
        super().__exit__(*details)
        self.content.__exit__(*details)

    def paths(self, beginning: str = "") -> list[str]:
        """The paths that were asked for."""
        found = [urlsplit(request.target).path for request in self.requests]
        return [path for path in found if path.startswith(beginning)]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await receive(reader)) is not None:
            self.requests.append(request)
            served = self.instead.pop(0) if self.instead else self._answer(request)
            head = [f"HTTP/1.1 {served.status}", f"Content-Length: {len(served.body)}", *served.headers]
            writer.write("\r\n".join([*head, "", ""]).encode())
            if request.method != "HEAD":
                writer.write(served.body)
            await writer.drain()

    def _answer(self, request: Received) -> Served:
        parts = urlsplit(request.target)
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if token == "expired":
            headers = ("X-Error-Message: Invalid credentials in Authorization header",)
            return Served("401 Unauthorized", headers)
        if match := API.fullmatch(parts.path):
            kind, name, what, revision, path = match.groups()
            repository = self._find("" if kind == "models" else "datasets/", name, token)
            if repository is None:
                return error("401 Unauthorized", "RepoNotFound")
            commit = repository.find(unquote(revision or "main"))
            if commit is None:
                return error("404 Not Found", "RevisionNotFound")
            if what == "tree":
                return self._tree(repository.commits[commit], unquote(path or ""), request)
            if what == "paths-info":
                wanted = parse_qs(request.body.decode()).get("paths", [])
                return answer(entries(repository.commits[commit], lambda path: path in wanted))
            return answer(self._info(name, commit, repository))
        if match := FILE.fullmatch(parts.path):
            kind, name, revision, path = match.groups()
            repository = self._find(kind or "", name, token)
            commit = repository and repository.find(unquote(revision))
            if not repository or not commit:
                return error("401 Unauthorized", "RepoNotFound")
            if repository.gated and token != repository.token:
                return error("403 Forbidden", "GatedRepo")
            return self._file(repository.commits[commit], commit, unquote(path), request)
        return error("404 Not Found", "")

    def _find(self, kind: str, name: str, token: str) -> Repository | None:
        repository = self.repositories.get(kind + name)
        if repository and repository.token and not repository.gated and token != repository.token:
            return None
        return repository

    def _info(self, name: str, commit: str, repository: Repository) -> dict[str, Any]:
        siblings = []
        for entry in entries(repository.commits[commit]):
            if entry["type"] == "file":
                lfs = entry.get("lfs")
                large = lfs and {"size": lfs["size"], "sha256": lfs["oid"], "pointerSize": lfs["pointerSize"]}
                siblings.append(
                    {"rfilename": entry["path"], "size": entry["size"], "blobId": entry["oid"], "lfs": large}
                )
        author = {"author": name.split("/")[0]} if "/" in name else {}
        private = bool(repository.token and not repository.gated)
        return {
            "id": name,
            "_id": "1",
            "sha": commit,
            "private": private,
            "gated": "manual" if repository.gated else False,
            "siblings": siblings,
            "downloads": 0,
            "likes": 0,
            "tags": [],
            "disabled": False,
            "cardData": repository.card or None,
            **author,
            **repository.facts,
        }

    def _tree(self, files: dict[str, bytes], folder: str, request: Received) -> Served:
        found = entries(files, lambda path: path.startswith(f"{folder}/" if folder else ""))
        start = int(parse_qs(urlsplit(request.target).query).get("cursor", ["0"])[0])
        rest = start + PAGE
        path = urlsplit(request.target).path
        link = (
            (f'Link: <{self.url}{path}?recursive=True&cursor={rest}>; rel="next"',)
            if rest < len(found)
            else ()
        )
        return answer(found[start:rest], *link)

    def _file(self, files: dict[str, bytes], commit: str, path: str, request: Received) -> Served:
        content = files.get(path)
        if content is None:
            return error("404 Not Found", "EntryNotFound")
        headers = (f"X-Repo-Commit: {commit}", f'ETag: "{hashlib.sha256(content).hexdigest()}"')
        if len(content) >= LARGE:
            place = f"{hashlib.sha256(content).hexdigest()}/{path}"
            self.content.files[place] = content
            location = f"Location: {self.content.url}/{quote(place)}?signed=secret"
            linked = f'X-Linked-Etag: "{hashlib.sha256(content).hexdigest()}"'
            return Served("302 Found", (*headers, location, linked, f"X-Linked-Size: {len(content)}"))
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if wanted is None:
            return Served("200 OK", headers, content)
        start = int(wanted[1])
        part = f"Content-Range: bytes {start}-{len(content) - 1}/{len(content)}"
        return Served("206 Partial Content", (*headers, part), content[start:])


def entries(files: dict[str, bytes], wanted=lambda _: True) -> list[dict[str, Any]]:
    """Files and folders as listings have them."""
    folders = {path.rpartition("/")[0] for path in files if "/" in path}
    folders |= {folder[: folder.index("/", at + 1)] for folder in folders for at in [0] if "/" in folder}
    found: list[dict[str, Any]] = [
        {"type": "directory", "path": path, "oid": "1", "size": 0} for path in sorted(folders) if wanted(path)
    ]
    for path, content in sorted(files.items()):
        if not wanted(path):
            continue
        entry = {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
        if len(content) >= LARGE:
            digest = hashlib.sha256(content).hexdigest()
            entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 130}
        found.append(entry)
    return found


def answer(value: object, *headers: str) -> Served:
    return Served("200 OK", ("Content-Type: application/json", *headers), json.dumps(value).encode())


def error(status: str, code: str) -> Served:
    return Served(status, (f"X-Error-Code: {code}", "Content-Type: application/json"), b'{"error": "no"}')
