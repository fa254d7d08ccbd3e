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

from model_registry.server.identity.administration import create_token
from model_registry.server.identity.roles import ROLES
from tests.identity.conftest import Guarded, start
from tests.support.backends import Server
from tests.support.certificates import Authority
from tests.support.servers import CannedServer, Reply, unused_port

from .conftest import Cli
from .test_wrong_uses import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator

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
