"""Registries that refuse, cannot be reached or are none: each error is one line with the next step."""

from __future__ import annotations

import re
import shlex
import shutil
import sqlite3
from contextlib import ExitStack, closing
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.x509 import IPAddress

from model_registry.cli import main
from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import ROLES
from tests.identity.conftest import Guarded, start
from tests.support.backends import Server
from tests.support.certificates import Authority
from tests.support.servers import CannedServer, Reply, unused_port

from .conftest import Cli
from .test_wrong_uses import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

TABLE = read_table((Path(__file__).parent / "wrong_uses_of_servers.txt").read_text())


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Cli, str]]:
    """The command, a profile for each wrong server, wrong files, and the URL of a server with tokens."""
    folder = tmp_path_factory.mktemp("wrong")
    cli = Cli(folder)
    with ExitStack() as stack:
        server, guarded = start(f"sqlite:///{folder / 'server.db'}", "--protected-aliases", "production")
        stack.callback(server.stop)
        expired = create_token(guarded.db, "old", ROLES["writer"], lifetime=0.001)
        key, certificate = Authority(folder / "ca").certificate(
            "server", names=[IPAddress(ip_address("127.0.0.1"))]
        )
        tls = Server(":memory:", "--tls-cert", str(certificate), "--tls-key", str(key))
        stack.callback(tls.stop)
        pages = stack.enter_context(CannedServer())
        pages.reply = Reply(body=b"<html>", headers={"Content-Type": "text/html"})
        other = stack.enter_context(CannedServer())
        other.reply = Reply({"detail": "Not Found"}, status=404)
        tokens = {**guarded.tokens, "expired": expired, "nobody": "", "stranger": "nonsense"}
        profiles = {name: f"url = {guarded.url}\ntoken = {token}" for name, token in tokens.items()}
        for name, url in {
            "closed": f"http://127.0.0.1:{unused_port()}",
            "tls": tls.url,
            "plain": guarded.url.replace("http:", "https:"),
            "pages": pages.url,
            "other": other.url,
        }.items():
            profiles[name] = f"url = {url}"
        text = "".join(f"[{name}]\n{settings}\n" for name, settings in profiles.items())
        (folder / "profiles.ini").write_text(text)
        cli.ok("register", "fraud", "1.0", "--uri", "s3://m", "--profile", "writer")
        _write_files(cli, guarded)
        yield cli, guarded.url


def _write_files(cli: Cli, guarded: Guarded) -> None:
    (cli.folder / "notes.txt").write_text("no registry")
    (cli.folder / "wrong.token").write_text("nonsense")
    with closing(sqlite3.connect(cli.folder / "foreign.db")) as database:
        database.execute("CREATE TABLE notes (text)")
    cli.ok("copy", "fraud", "--to", "newer.db", "--registry", guarded.db)
    shutil.copy(cli.folder / "newer.db", cli.folder / "broken.db")
    with closing(sqlite3.connect(cli.folder / "newer.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    with (cli.folder / "broken.db").open("r+b") as file:
        file.seek(200)
        file.write(b"x" * 20_000)


@pytest.mark.parametrize(("arguments", "status", "line"), TABLE, ids=[each[0] for each in TABLE])
def test_16_wrong_registry(wrong: tuple[Cli, str], arguments: str, status: int, line: str) -> None:
    cli, url = wrong
    printed = cli.fails(status, *shlex.split(arguments.replace("URL", url)))
    printed = printed.replace(str(cli.folder), "FOLDER")
    printed = re.sub(r"https?://127\.0\.0\.1:\d+", "URL", printed)
    printed = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "TIME", printed)
    assert re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1", printed) == line


TOKEN = {"name": "ci", "role": "reader", "state": "active", "created": 1, "expires": None, "revoked": None}
ENTRY: dict[str, object] = {
    "id": 1,
    "time": 1,
    "actor": "ann",
    "way": "token",
    "author": None,
    "operation": "x",
    "kind": None,
    "resource_id": None,
    "name": None,
    "request_id": None,
    "changes": {},
    "hash": None,
}


def page(**entry: object) -> Reply:
    return Reply({"items": [{**ENTRY, **entry}], "nextPageToken": ""})


OTHER_ANSWERS: Mapping[str, Reply] = {
    "page": Reply(body=b"<html>", headers={"Content-Type": "text/html"}),
    "array": Reply([]),
    "null": Reply(body=b"null"),
    "empty object": Reply({}),
    "nothing": Reply(body=b"", status=204),
    "no JSON": Reply(body=b"\xff{"),
    "deep": Reply(body=b"[" * 100_000),
    "other items": Reply({"items": [5], "token": 5, "nextPageToken": ""}),
    "an empty item": Reply({"items": [{}], "token": "a\nb", "nextPageToken": ""}),
    "no last_used": Reply({"items": [TOKEN], "token": "", "nextPageToken": ""}),
    "a time after 9999": Reply({"items": [{**TOKEN, "last_used": 1e15}]}),
    "endless": Reply({"items": {}, "nextPageToken": "again"}),
    "404 of the Go server": Reply(body=b"404 page not found\n", status=404),
    "404 of another one": Reply({"detail": "Not Found"}, status=404),
    "405": Reply({"detail": "Method Not Allowed"}, status=405),
}
ADMINISTRATION = (
    *("token create ci --role reader", "token create ci --role reader --dry-run"),
    *("token ls", "token revoke ci", "token revoke ci --dry-run"),
    *("audit ls", "audit export", "audit verify", "whoami"),
)


def refused(capsys: pytest.CaptureFixture[str], server: CannedServer, command: str) -> str:
    """Return the only line that a command prints, which must fail."""
    assert main([*command.split(), "--registry", server.url]) == 1
    printed = capsys.readouterr()
    assert (printed.out, len(printed.err.splitlines())) == ("", 1)
    return printed.err.removeprefix("model-registry: ").strip()


@pytest.mark.parametrize("answer", OTHER_ANSWERS)
def test_16_administration_of_a_server_that_answers_something_else(
    capsys: pytest.CaptureFixture[str], answer: str
) -> None:
    with CannedServer() as server:
        server.reply = OTHER_ANSWERS[answer]
        for command in ADMINISTRATION:
            advice = "Is this the address of" if command == "whoami" else "Name its database with --db"
            assert advice in refused(capsys, server, command)


def test_16_a_trail_that_does_not_end_or_has_unknown_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    with CannedServer() as server:
        server.reply = Reply({"items": [], "nextPageToken": "again"})
        for command in ("audit ls", "audit export", "audit verify"):
            assert "Name its database with --db" in refused(capsys, server, command)
        for entry in ({"resource_id": "x"}, {"kind": "Unknown"}):
            server.reply = page(**entry)
            assert "Name its database with --db" in refused(capsys, server, "audit verify")
        server.reply = page(kind="Unknown", new=1)
        assert main(["audit", "ls", "--registry", server.url]) == 0
        assert "Unknown" in capsys.readouterr().out


def test_16_whoami_of_a_registry_that_does_not_know_callers(filled: Cli) -> None:
    shown = filled.json("whoami")
    assert shown.keys() == {"registry", "author"}
