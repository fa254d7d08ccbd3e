"""Which registry is used, and the file of profiles."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import trustme

from model_registry.connection.settings import profiles
from tests.support.backends import Server

if TYPE_CHECKING:
    import pytest

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


def test_16_the_profile_to_change_may_be_named_everywhere(bare: Cli) -> None:
    bare.ok("config", "set", "author", "ann")
    bare.ok("--profile", "team", "config", "set", "author", "bob")
    bare.ok("--profile", "default", "config", "set", "retries", "3", "--profile", "team")
    assert profiles_of(bare) == {"default": ["author"], "team": ["author", "retries"]}
    bare.variables["MODEL_REGISTRY_PROFILE"] = "ci"
    bare.ok("config", "set", "author", "eve")
    assert profiles_of(bare) == {"default": ["author"], "team": ["author", "retries"], "ci": ["author"]}
    server = Server(":memory:")
    plan = bare.ok("login", server.url, "--no-token", "--dry-run")
    assert plan.startswith("~ profile ci\n")
    plan = bare.ok("--profile", "new", "login", server.url, "--no-token", "--dry-run")
    server.stop()
    assert plan.startswith("+ profile new\n")
    bare.ok("logout")
    bare.ok("--profile", "team", "logout")
    assert profiles_of(bare) == {"default": ["author"]}


def profiles_of(cli: Cli) -> dict[str, list[str]]:
    """Return the names of the settings of each profile."""
    found: dict[str, list[str]] = {}
    for line in cli.ok("config", "ls").splitlines():
        profile, setting, _ = line.split("\t")
        found.setdefault(profile, []).append(setting)
    return found


def test_16_a_registry_before_a_command_of_a_database_is_refused(bare: Cli) -> None:
    for option, line in (
        ("--registry", "db upgrade"),
        ("--registry", "serve"),
        ("--profile", "db backup copy.db"),
    ):
        refused = bare.fails(2, option, "other.db", *line.split())
        assert f"takes no {option}: name the database with --db" in refused
    assert list(bare.folder.iterdir()) == []


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


def test_profiles_hold_absolute_paths(bare: Cli) -> None:
    server = Server(":memory:")
    (bare.folder / "cert.pem").touch()
    bare.ok("login", server.url, "--no-token", "--ca", "cert.pem")
    for setting in ("client_cert", "client_key", "token_file"):
        bare.ok("config", "set", setting, setting, "--profile", "other")
    listed = bare.ok("config", "ls")
    assert f"default\tca\t{bare.folder / 'cert.pem'}\n" in listed
    for setting in ("client_cert", "client_key", "token_file"):
        assert f"other\t{setting}\t{bare.folder / setting}\n" in listed
    server.stop()


def test_another_login_keeps_what_is_not_for_the_former_address(
    bare: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_REGISTRY_CONFIG", str(bare.folder / "profiles.ini"))
    (bare.folder / "token").write_text("first\n")
    first, second = Server(":memory:"), Server(":memory:")
    login = ("--token-file", "token", "--author", "bob")
    bare.ok("login", first.url, *login)
    for setting in ("read_timeout=90", "api=v1", "ca=authority.pem"):
        bare.ok("config", "set", *setting.split("="))
    (bare.folder / "token").write_text("second\n")
    bare.ok("login", first.url, "--token-file", "token")
    common = {"author": "bob", "read_timeout": "90"}
    own = {"api": "v1", "ca": str(bare.folder / "authority.pem")}
    assert profiles()["default"] == {"url": first.url, "token": "second", **common, **own}
    bare.ok("login", first.url, "--no-token")
    assert profiles()["default"] == {"url": first.url, **common, **own}
    bare.ok("login", second.url, "--no-token")
    assert profiles()["default"] == {"url": second.url, **common}
    first.stop()
    second.stop()


def test_login_checks_with_what_it_stores(bare: Cli) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(bare.folder / "cert.pem"))
    certificate.private_key_pem.write_to_path(str(bare.folder / "key.pem"))
    authority.cert_pem.write_to_path(str(bare.folder / "authority.pem"))
    files = ("--tls-cert", str(bare.folder / "cert.pem"), "--tls-key", str(bare.folder / "key.pem"))
    server = Server(":memory:", *files)
    bare.ok("config", "set", "ca", "authority.pem")
    refused = bare.fails(6, "login", server.url, "--no-token", "--profile", "fresh")
    assert "give its certificate: --ca FILE." in refused
    bare.ok("config", "set", "ca", "authority.pem", "--profile", "fresh")
    bare.ok("login", server.url, "--no-token", "--profile", "fresh")
    assert bare.ok("models", "ls", "--profile", "fresh") == ""
    bare.ok("login", server.url, "--no-token", "--profile", "given", "--ca", "authority.pem")
    assert bare.ok("models", "ls", "--profile", "given") == ""
    server.stop()
