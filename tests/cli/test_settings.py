"""Which registry is used, and the file of profiles."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from tests.support.backends import Server

if TYPE_CHECKING:
    from .conftest import Cli


def test_login_stores_a_checked_server_and_logout_removes_it(bare: Cli) -> None:
    (bare.folder / "tokens").write_text("s3cret\n")
    server = Server(":memory:", "--token-file", str(bare.folder / "tokens"))
    assert bare.fails(5, "login", server.url, "--no-token")
    assert not (bare.folder / "profiles.ini").exists()
    said = bare.ok("login", server.url, "--token-file", "-", stdin="s3cret\n")
    assert said.startswith(f"Stored {server.url} as profile default in ")
    assert stat.S_IMODE((bare.folder / "profiles.ini").stat().st_mode) == 0o600
    bare.ok("register", "fraud", "1.0", "--uri", "s3://m")
    assert bare.ok("models", "ls", "-o", "name") == "fraud\n"
    assert "token = '***'" in bare.ok("whoami")
    listed = bare.ok("config", "ls")
    assert f"default\turl\t{server.url}" in listed
    assert "s3cret" not in listed
    bare.ok("config", "set", "read_timeout", "90")
    assert "read_timeout\t90" in bare.ok("config", "ls")
    assert bare.ok("config", "path") == f"{bare.folder / 'profiles.ini'}\n"
    bare.ok("logout")
    assert bare.ok("config", "ls") == ""
    assert bare.fails(3, "logout") == "there is no profile 'default'"
    server.stop()


def test_the_file_in_this_folder_is_used_if_nothing_else_is_named(bare: Cli) -> None:
    assert bare.fails(2, "models", "ls") == (
        "no registry is named: use --registry URL|FILE, set MODEL_REGISTRY_URL, or store a server with"
        " `model-registry login URL` (without these, registry.db in this folder is used, if it exists)"
    )
    bare.ok("register", "fraud", "1.0", "--uri", "s3://m", "--registry", "registry.db")
    assert bare.ok("models", "ls", "-o", "name") == "fraud\n"
    assert bare.ok("--registry", "registry.db", "-o", "name", "models", "ls") == "fraud\n"
    bare.variables["MODEL_REGISTRY_OUTPUT"] = "name"
    assert bare.ok("models", "ls") == "fraud\n"
    bare.variables["MODEL_REGISTRY_MODELS_LS_LIMIT"] = "nonsense"
    assert "MODEL_REGISTRY_MODELS_LS_LIMIT: 'nonsense' is not" in bare.fails(2, "models", "ls")


def test_a_token_is_never_an_argument(bare: Cli) -> None:
    refused = bare.fails(2, "config", "set", "token", "s3cret")
    assert "other users can see the arguments" in refused
    assert "s3cret" not in refused
    assert "pass it in a file with --token-file" in bare.fails(2, "login", "http://localhost:1")
    assert "--token'" in bare.fails(2, "login", "http://localhost:1", "--token", "s3cret")


def test_a_registry_that_does_not_exist_is_created_by_writing_alone(bare: Cli) -> None:
    bare.variables["MODEL_REGISTRY_REGISTRY"] = "new.db"
    assert "there is no registry 'new.db'" in bare.fails(3, "models", "ls")
    bare.ok("register", "fraud", "1.0", "--uri", "s3://m", "--dry-run")
    assert [each.name for each in bare.folder.iterdir()] == []
    bare.ok("register", "fraud", "1.0", "--uri", "s3://m")
    assert bare.ok("models", "ls", "-o", "name") == "fraud\n"
