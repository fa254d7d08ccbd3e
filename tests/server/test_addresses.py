"""Addresses of databases: those that work, and those that are refused."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from model_registry import cli
from model_registry.exceptions import InvalidArgumentError
from model_registry.server.database.address import sqlite_address
from model_registry.server.database.opening import open_database
from model_registry.server.database.postgresql_address import read_postgresql_address
from tests.support.backends import Client, Server, SyncHTTPBackend, SyncInProcessBackend

if TYPE_CHECKING:
    from pathlib import Path

POSTGRESQL = "postgresql+psycopg://reg:S3CRET@127.0.0.1:1/registry"


@pytest.mark.parametrize(
    "address",
    [
        f"{POSTGRESQL}?pool_size=abc",
        f"{POSTGRESQL}?pool_size=0",
        f"{POSTGRESQL}?pool_size=-3",
        f"{POSTGRESQL}?pool_size=1.5",
        f"{POSTGRESQL}?pool_size=",
        f"{POSTGRESQL}?pool_size=²",
        f"{POSTGRESQL}?pool_timeout=-1",
        f"{POSTGRESQL}?pool_timeout=nan",
        f"{POSTGRESQL}?pool_timeout=inf",
        f"{POSTGRESQL}?pool_timeout=soon",
        f"{POSTGRESQL}?pool_size=2&pool_size=3",
        f"{POSTGRESQL}?prepare=maybe",
        f"{POSTGRESQL}?pool=3",
        f"{POSTGRESQL}?password=S3CRET&sslmode=require&unknown=S3CRET",
        "postgresql+psycopg://reg:S3CRET@127.0.0.1:port/registry",
        "postgresql+psycopg://reg:S3CRET@127.0.0.1:99999/registry",
        "postgresql+psycopg://reg:S3CRET@127.0.0.1:0/registry",
        "postgresql+psycopg://reg:S3CRET@h1:1:2/registry",
        "postgresql+psycopg://reg:S3CRET@h1:1,h2:x/registry",
        "postgresql+psycopg://reg:S3CRET@w@h/registry",
        "postgresql+psycopg://reg:S3CRET%zz@h/registry",
        "postgresql+psycopg:/reg:S3CRET@h/db",
        "postgresql+psycopg:reg:S3CRET@h/db",
        "postgresql:/reg:S3CRET@h/db",
        "postgres:reg:S3CRET@h/db",
        "POSTGRESQL://reg:S3CRET@h/db",
        "postgresql+asyncpg://reg:S3CRET@h/db",
        "postgresql+psycopg2://reg:S3CRET@h/db",
        "mysql://reg:S3CRET@h/db",
        "mysql:/reg:S3CRET@h/db",
        "reg:S3CRET@h/db",
        "//reg:S3CRET@h/db",
        "reg:S3C/RET@h/db",
        "postgresql+psycopg//reg:S3CRET@h/db",
        "jdbc:postgresql://reg:S3CRET@h/db",
        "DATABASE_URL=postgresql://reg:S3CRET@h/db",
        " postgresql://reg:S3CRET@h/db",
        "host=h user=reg password=S3CRET dbname=db",
        "sqlite://registry.db",
        "sqlite:/registry.db",
        "sqlite:registry.db",
        "SQLITE:///registry.db",
        "sqlite+aiosqlite:///registry.db",
        "file:registry.db?mode=ro",
        "sqlite:///registry.db?mode=read",
        "sqlite:///registry.db?mode=ro&cache=shared",
        "sqlite:///registry.db?uri=true",
        "sqlite:///registry.db?",
        "sqlite:///:memory:?mode=ro",
        "sqlite:///?mode=ro",
        "sqlite:///?mode=rw",
        "sqlite:///",
        "sqlite:/// ",
        "",
        " ",
        "registry.db?mode=ro",
        "./registry.db?mode=rw",
        "registry.db?cache=shared&mode=ro",
    ],
)
def test_13_08_one_line_says_what_is_wrong_and_never_the_password(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["serve", "--port", "0"], ["db", "upgrade"], ["db", "backup", "copy.db"]):
        status = cli.main([*command, "--db", address])
        out, err = capsys.readouterr()
        if command[:2] == ["db", "backup"] and address.startswith("postgresql+psycopg://"):
            continue  # it does not read the address: the registry is not in a file
        assert (status, out) == (2, ""), err
        (line,) = err.splitlines()
        assert line.startswith("model-registry: ")
        assert "S3C" not in line
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(InvalidArgumentError) as caught:
        open_database(address)
    assert caught.value.__cause__ is None  # it could show the password in a traceback


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (":memory:", ":memory:"),
        ("sqlite://", ":memory:"),
        ("sqlite:///:memory:", ":memory:"),
        ("registry.db", "registry.db"),
        ("what?.db", "what?.db"),
        ("C:/data/registry.db", "C:/data/registry.db"),
        ("/srv/a:b@c/registry.db", "/srv/a:b@c/registry.db"),
        ("sqlite:////srv/registry.db", "/srv/registry.db"),
        ("sqlite:///what?.db?mode=rw", "what?.db"),
    ],
)
def test_13_08_addresses_of_files(address: str, expected: str) -> None:
    found = sqlite_address(address)
    assert found is not None
    assert found.path == expected


@pytest.mark.parametrize(
    ("address", "conninfo", "name"),
    [
        (
            "postgresql+psycopg://ann:p%40ss%2F@db.example.org:5433/registry",
            "user=ann password=p@ss/ host=db.example.org port=5433 dbname=registry",
            "postgresql+psycopg://ann:***@db.example.org:5433/registry",
        ),
        ("postgres://db/registry?sslmode=require", "host=db dbname=registry sslmode=require", None),
        ("postgresql://ann@[::1]:5433/r", "user=ann host=::1 port=5433 dbname=r", None),
        ("postgresql:///r?host=/run/postgresql", "host=/run/postgresql dbname=r", None),
        ("postgresql://%2Frun%2Fpostgresql/r", "host=/run/postgresql dbname=r", None),
        ("postgresql://h1,h2:2/r", "host=h1,h2 port=,2 dbname=r target_session_attrs=read-write", None),
        (
            "postgresql://ann:s3cret@/r?host=h1:1&host=h2:2&target_session_attrs=any",
            "host=h1,h2 port=1,2 user=ann dbname=r password=s3cret target_session_attrs=any",
            "postgresql://ann:***@/r",
        ),
    ],
)
def test_13_08_addresses_of_postgresql(address: str, conninfo: str, name: str | None) -> None:
    found = read_postgresql_address(address)
    parts = set(found.conninfo.split()) - {"application_name=model-registry", "connect_timeout=5"}
    assert parts == set(conninfo.split())
    assert found.name == name or name is None


def test_13_08_a_file_that_is_only_read(tmp_path: Path) -> None:
    file = tmp_path / "registry.db"
    with contextlib.closing(SyncInProcessBackend(str(file))) as backend:
        Client(backend).make("/registered_models", name="m")
    before = file.read_bytes()
    server = Server(f"sqlite:///{file}?mode=ro", "--workers", "2")
    with contextlib.closing(SyncHTTPBackend(server.url)) as backend:
        client = Client(backend)
        assert client.get("/registered_model", name="m").status == 200
        assert client.post("/registered_models", {"name": "n"}).status == 503
        assert backend.send("GET", "/readyz/health").status == 200
    assert server.stop() == 0
    assert file.read_bytes() == before


@pytest.mark.parametrize("mode", ["ro", "rw"])
def test_13_08_a_file_that_is_not_created(
    tmp_path: Path, mode: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "registry.db"
    assert cli.main(["serve", "--port", "0", "--db", f"sqlite:///{file}?mode={mode}"]) == 1
    assert f"there is no registry at {file}" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
