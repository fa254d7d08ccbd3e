"""Who may push and pull: passwords, token services, certificates, and where credentials are found."""

from __future__ import annotations

import base64
import json
import os
from typing import TYPE_CHECKING

import pytest
import trustme

from model_registry import storage
from model_registry.exceptions import (
    InsecureConnectionWarning,
    InvalidArgumentError,
    StorageAccessError,
    StorageError,
)
from model_registry.storage.http.redirects import is_loopback
from model_registry.storage.oci import OCIStore, credentials
from model_registry.storage.oci.credentials import Keychain
from model_registry.storage.oci.docker_config import OCICredentials
from model_registry.storage.oci.image_reference import ImageReference
from model_registry.storage.oci.registry_client import RegistryClient
from model_registry.utils import save_to_oci_registry
from tests.support.folders import FILES, read_files, write_files
from tests.support.oci_registry import Faults, Registry, TokenService, basic, needs_skopeo, reply
from tests.support.servers import CannedServer, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

USER, PASSWORD = "ann", "hunter2 secret"
HASHED = "ann:$2y$05$ig28toomNskZnK5zz6ULmuavB6n4ouINy0w.Aq.emh/kx3tc88sKi"  # the registry takes bcrypt alone
AUTHS = '{{"auths": {{"{}": {{"auth": "{}"}}}}}}'


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory, oci_registry: Registry) -> Iterator[Registry]:
    """A registry that knows one user by password."""
    del oci_registry  # skips without the program
    root = tmp_path_factory.mktemp("locked")
    (root / "htpasswd").write_text(HASHED + "\n")
    with Registry(root, {"htpasswd": {"realm": "tests", "path": str(root / "htpasswd")}}) as registry:
        yield registry


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder without credentials."""
    for name in (
        "DOCKER_CONFIG",
        "REGISTRY_AUTH_FILE",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        ".dockerconfigjson",
        "DOCKER_AUTH_CONFIG",
    ):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


def there_and_back(store: OCIStore, uri: str, folder: Path, tmp_path: Path) -> None:
    uploaded = storage.upload(folder, uri, store=store)
    back = storage.download(uploaded.uri, tmp_path / "back", store=store, expected=uploaded.digest)
    assert read_files(back) == FILES


def config(host: str) -> str:
    return AUTHS.format(host, basic(USER, PASSWORD))


def test_user_and_password(locked: Registry, folder: Path, tmp_path: Path) -> None:
    store = OCIStore(username=USER, password=PASSWORD)
    there_and_back(store, f"oci://{locked.host}/args:1", folder, tmp_path)
    assert PASSWORD not in repr(store) + repr(vars(store)["_login"][:1])
    assert PASSWORD not in repr(OCICredentials(USER, PASSWORD))


@pytest.mark.parametrize(
    ("variable", "file"),
    [
        ("DOCKER_CONFIG", "config.json"),
        ("DOCKER_CONFIG", ".dockerconfigjson"),
        ("XDG_RUNTIME_DIR", "containers/auth.json"),
        ("XDG_CONFIG_HOME", "containers/auth.json"),
        ("HOME", ".docker/config.json"),
        ("HOME", ".config/containers/auth.json"),
        ("HOME", ".dockercfg"),
        ("DOCKER_CONFIG", ".dockercfg"),
    ],
)
def test_files_of_container_tools(
    variable: str,
    file: str,
    locked: Registry,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_files(tmp_path / "credentials", {file: config(locked.host).encode()})
    monkeypatch.setenv(variable, str(tmp_path / "credentials"))
    there_and_back(OCIStore(), f"oci://{locked.host}/files:1", folder, tmp_path)


def test_the_file_that_is_named(
    locked: Registry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my.json").write_text(config(locked.host))
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "my.json"))
    there_and_back(OCIStore(), f"oci://{locked.host}/file:1", folder, tmp_path)


def test_texts(locked: Registry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    there_and_back(OCIStore(auth=config(locked.host)), f"oci://{locked.host}/text:1", folder, tmp_path / "1")
    for variable in (".dockerconfigjson", "DOCKER_AUTH_CONFIG"):
        with monkeypatch.context() as changed:
            changed.setenv(variable, config(locked.host))
            there_and_back(OCIStore(), f"oci://{locked.host}/text:1", folder, tmp_path / variable)


def test_11_the_file_of_podman_without_a_session(
    locked: Registry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "_RUN", str(tmp_path / "run"))
    write_files(tmp_path / "run" / str(os.getuid()), {"auth.json": config(locked.host).encode()})
    there_and_back(OCIStore(), f"oci://{locked.host}/run:1", folder, tmp_path)


def wrapped(text: str) -> str:
    """Base64 as the program of this name prints it: in lines."""
    return base64.encodebytes(text.encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        json.dumps({"auths": {"quay.io": {"auth": wrapped("ann:" + "x" * 100)}}}),
        json.dumps({"auths": {"quay.io": {"auth": wrapped("ann:" + "x" * 100)}}}).replace("\\n", "\n"),
        wrapped(json.dumps({"auths": {"quay.io": {"auth": basic("ann", "x" * 100)}}})),
        json.dumps({"https://quay.io": {"auth": basic("ann", "x" * 100), "email": "a@example.org"}}),
        json.dumps({"auths": {"quay.io": {"username": "ann", "password": "x" * 100}}}),
        "\ufeff" + json.dumps({"auths": {"quay.io": {"auth": basic("ann", "x" * 100)}}}),
    ],
    ids=["wrapped", "wrapped, raw", "all of it", "dockercfg", "no auth", "byte order mark"],
)
def test_11_forms_of_a_config(text: str) -> None:
    found = Keychain(auth=text).find(ImageReference.parse("quay.io/bank/fraud"))
    assert found == OCICredentials("ann", "x" * 100)


@pytest.mark.parametrize(
    ("keys", "name", "expected"),
    [
        (["*.azurecr.io"], "bank.azurecr.io/fraud", "*.azurecr.io"),
        (["*.azurecr.io"], "azurecr.io/fraud", None),
        (["*.azurecr.io"], "a.b.azurecr.io/fraud", None),
        (["*.azurecr.io"], "bank.azurecr.io:444/fraud", None),
        (["*.azurecr.io:444"], "bank.azurecr.io:444/fraud", "*.azurecr.io:444"),
        (
            ["https://*.dkr.ecr.*.amazonaws.com"],
            "1.dkr.ecr.eu-west-1.amazonaws.com/a/b",
            "https://*.dkr.ecr.*.amazonaws.com",
        ),
        (["b?nk.example.org"], "bank.example.org/fraud", "b?nk.example.org"),
        (["bank*.example.org"], "bank-1.example.org/fraud", "bank*.example.org"),
        (["*.example.org/bank"], "a.example.org/bank/fraud", "*.example.org/bank"),
        (["*.example.org/bank"], "a.example.org/banks/fraud", None),
        (["*.example.org", "*.example.org/bank"], "a.example.org/bank/fraud", "*.example.org/bank"),
        (["*.example.org/bank", "a.example.org"], "a.example.org/bank/fraud", "a.example.org"),
        (["*"], "a.example.org/bank/fraud", None),
    ],
)
def test_11_patterns_of_the_kubelet(keys: list[str], name: str, expected: str | None) -> None:
    text = json.dumps({"auths": {key: {"auth": basic(USER, key)} for key in keys}})
    found = Keychain(auth=text).find(ImageReference.parse(name))
    assert found == (None if expected is None else OCICredentials(USER, expected))


HELPERS = {
    "expired": ("echo 'the login has expired, run cloud auth login' >&2; exit 1", "the login has expired"),
    "stdout": ("echo 'the vault is sealed'; exit 3", "the vault is sealed"),
    "silent": ("exit 3", "it ended with status 3"),
    "talkative": ('echo \'{"Secret": "s3cret"}\'; exit 3', "it ended with status 3 although"),
    "garbled": ("echo hello", "not a JSON object"),
    "missing": (None, "it is not installed"),
}


@pytest.mark.parametrize("name", HELPERS)
@pytest.mark.parametrize("section", ["credHelpers", "credsStore"])
def test_11_helpers_that_fail_are_named(
    section: str, name: str, locked: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script, said = HELPERS[name]
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    if script is not None:
        write_files(tmp_path, {f"docker-credential-{name}": f"#!/bin/sh\n{script}\n".encode()})
        (tmp_path / f"docker-credential-{name}").chmod(0o755)
    auth = json.dumps({section: name if section == "credsStore" else {locked.host: name}})
    with pytest.raises(StorageAccessError, match=f"docker-credential-{name} for .*{said}") as caught:
        storage.list_files(f"oci://{locked.host}/x:1", store=OCIStore(auth=auth))
    assert "s3cret" not in str(caught.value)


def test_11_a_helper_that_fails_hinders_no_other_source(
    oci_registry: Registry, locked: Registry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = OCIStore(auth='{"credsStore": "missing"}')
    there_and_back(store, f"oci://{oci_registry.host}/public:1", folder, tmp_path / "1")
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", config(locked.host))
    there_and_back(store, f"oci://{locked.host}/x:1", folder, tmp_path / "2")


def test_11_a_helper_without_credentials_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    script = b"#!/bin/sh\necho 'credentials not found in native keychain'; exit 1\n"
    write_files(tmp_path, {"docker-credential-empty": script})
    (tmp_path / "docker-credential-empty").chmod(0o755)
    keychain = Keychain(auth='{"credsStore": "empty"}')
    assert keychain.find(ImageReference.parse("quay.io/bank/fraud")) is None
    assert keychain.problem == ""


def test_credential_helpers(
    locked: Registry, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-tests"
    answer = json.dumps({"Username": USER, "Secret": PASSWORD})
    helper.write_text(f"#!/bin/sh\ngrep -qx '{locked.host}' && echo '{answer}' || exit 1\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    for text in (f'{{"credHelpers": {{"{locked.host}": "tests"}}}}', '{"credsStore": "tests"}'):
        there_and_back(OCIStore(auth=text), f"oci://{locked.host}/helped:1", folder, tmp_path / text[2:8])
    keychain = Keychain(auth='{"credsStore": "tests"}')
    assert keychain.find(ImageReference.parse("quay.io/elsewhere/x")) is None
    keychain = Keychain(auth='{"credsStore": "not-installed"}')
    assert keychain.find(ImageReference.parse("quay.io/elsewhere/x")) is None


@pytest.mark.parametrize(
    ("key", "name", "found"),
    [
        ("quay.io", "quay.io/bank/fraud", True),
        ("https://quay.io/v2/", "quay.io/bank/fraud", True),
        ("quay.io/bank", "quay.io/bank/fraud", True),
        ("quay.io/bank/fraud", "quay.io/bank/fraud:1", True),
        ("quay.io/other", "quay.io/bank/fraud", False),
        ("quay.io/ba", "quay.io/bank/fraud", False),
        ("quay.io:444", "quay.io/bank/fraud", False),
        ("https://index.docker.io/v1/", "busybox", True),
        ("docker.io", "ann/fraud", True),
    ],
)
def test_which_entry_counts(key: str, name: str, *, found: bool) -> None:
    entry = Keychain(auth=config(key)).find(ImageReference.parse(name))
    assert entry == (OCICredentials(USER, PASSWORD) if found else None)


def test_the_most_special_entry_counts() -> None:
    auths = {"quay.io": "general", "quay.io/bank/fraud": "special", "quay.io/bank": "between"}
    text = json.dumps({"auths": {key: {"auth": basic(USER, password)} for key, password in auths.items()}})
    found = Keychain(auth=text).find(ImageReference.parse("quay.io/bank/fraud:1"))
    assert found == OCICredentials(USER, "special")


@pytest.mark.parametrize("text", ["hunter2", "[]", '{"auths": {"quay.io": {"auth": "hunter2!"}}}'])
def test_bad_credentials_are_refused_and_not_shown(text: str, folder: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Keychain(auth=text).find(ImageReference.parse("quay.io/bank/fraud"))
    assert "hunter2" not in str(caught.value)


def test_no_credentials(locked: Registry, folder: Path) -> None:
    with pytest.raises(StorageAccessError, match="no credentials for it were found"):
        storage.upload(folder, f"oci://{locked.host}/x:1")
    with pytest.raises(StorageAccessError, match="docker login"):
        storage.list_files(f"oci://{locked.host}/x:1")


def test_wrong_password(locked: Registry, folder: Path) -> None:
    with pytest.raises(StorageAccessError, match="user 'ann' is unknown to the registry") as caught:
        storage.upload(folder, f"oci://{locked.host}/x:1", store=OCIStore(username=USER, password="hunter3"))
    assert "hunter3" not in str(caught.value)
    assert basic(USER, "hunter3") not in str(caught.value)


@pytest.mark.parametrize("backend", [pytest.param("skopeo", marks=needs_skopeo), "builtin"])
def test_save_to_oci_registry(
    backend: str, locked: Registry, oci_registry: Registry, folder: Path, tmp_path: Path
) -> None:
    base = storage.upload(folder / "empty", f"oci://{oci_registry.host}/access/base:1").uri
    args = (base.removeprefix("oci://"), f"{locked.host}/saved:1", folder)
    with pytest.raises(StorageAccessError) as caught:
        save_to_oci_registry(*args, backend=backend, oci_username=USER, oci_password="hunter3")
    assert "hunter3" not in str(caught.value)
    uri = save_to_oci_registry(*args, backend=backend, oci_username=USER, oci_password=PASSWORD)
    store = OCIStore(username=USER, password=PASSWORD)
    assert read_files(storage.download(uri, tmp_path / "back", store=store)) == FILES


def test_a_password_goes_to_its_registry_alone(locked: Registry, folder: Path) -> None:
    with CannedServer() as other:
        other.reply = Reply({}, 401, {"WWW-Authenticate": 'Basic realm="other"'})
        host = other.url.removeprefix("http://")
        store = OCIStore(base_image=f"{host}/base:1", username=USER, password=PASSWORD)
        with pytest.raises(StorageAccessError):
            storage.upload(folder, f"oci://{locked.host}/x:1", store=store)
        assert other.requests
        assert not any("authorization" in request.headers for request in other.requests)


def test_token_service(oci_registry: Registry, folder: Path, tmp_path: Path) -> None:
    del oci_registry
    with (
        TokenService(tmp_path, USER, PASSWORD) as tokens,
        Registry(tmp_path / "registry", tokens.auth()) as registry,
        Faults(registry) as proxy,
    ):
        store = OCIStore(username=USER, password=PASSWORD)
        uri = f"oci://{proxy.host}/bank/fraud:1"
        there_and_back(store, uri, folder, tmp_path / "1")
        assert len(tokens.requests) == 2, "one to push and one to pull, for all requests"
        proxy.instead = [("PUT", _expired(tokens))]
        storage.upload(write_files(tmp_path / "more", {"new": b"new"}), uri, store=store)
        assert proxy.instead == []
        with pytest.raises(StorageAccessError, match=r"refuses a token .* user 'ann'") as caught:
            storage.list_files(uri, store=OCIStore(username=USER, password="hunter3"))
        assert "hunter3" not in str(caught.value)
        base = OCIStore(username=USER, password=PASSWORD, base_image=f"{proxy.host}/bank/fraud:1")
        there_and_back(base, f"oci://{proxy.host}/bank/other:1", folder, tmp_path / "2")


def _expired(tokens: TokenService) -> Reply:
    scope = "repository:bank/fraud:pull,push"
    challenge = f'Bearer realm="{tokens.url}/token",service="tests",scope="{scope}",error="invalid_token"'
    return Reply({}, 401, {"WWW-Authenticate": challenge})


def test_identity_tokens() -> None:
    with CannedServer() as tokens, CannedServer() as registry:
        tokens.reply = Reply({"access_token": "fresh"})
        challenge = f'Bearer realm="{tokens.url}/token",service="s",scope="repository:x:pull"'
        registry.reply = lambda request: (
            reply(404, "MANIFEST_UNKNOWN")
            if request.headers.get("authorization") == "Bearer fresh"
            else Reply({}, 401, {"WWW-Authenticate": challenge})
        )
        host = registry.url.removeprefix("http://")
        auth = json.dumps({"auths": {host: {"identitytoken": "stale"}}})
        with pytest.raises(StorageError, match="MANIFEST_UNKNOWN"):
            storage.list_files(f"oci://{host}/x:1", store=OCIStore(auth=auth))
        (asked,) = tokens.requests
        assert (asked.method, b"refresh_token=stale" in asked.body) == ("POST", True)


@pytest.mark.parametrize("helper", [False, True])
def test_11_identity_tokens_with_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, helper: bool
) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    answer = json.dumps({"Username": "<token>", "Secret": "stale"})
    write_files(tmp_path, {"docker-credential-tokens": f"#!/bin/sh\necho '{answer}'\n".encode()})
    (tmp_path / "docker-credential-tokens").chmod(0o755)
    entry = {"auth": basic("00000000-0000-0000-0000-000000000000", ""), "identitytoken": "stale"}
    config = {"credsStore": "tokens"} if helper else {"auths": {"quay.io": entry}}
    found = Keychain(auth=json.dumps(config)).find(ImageReference.parse("quay.io/bank/fraud"))
    assert found is not None
    assert (found.identity_token, found.password) == ("stale", "")


def test_11_registry_tokens_are_sent_as_they_are() -> None:
    with CannedServer() as registry:
        registry.reply = lambda request: (
            reply(404, "MANIFEST_UNKNOWN")
            if request.headers.get("authorization") == "Bearer mine"
            else Reply({}, 401, {"WWW-Authenticate": 'Bearer realm="http://127.0.0.1:1/token"'})
        )
        host = registry.url.removeprefix("http://")
        auth = json.dumps({"auths": {host: {"registrytoken": "mine"}}})
        with pytest.raises(StorageError, match="MANIFEST_UNKNOWN"):
            storage.list_files(f"oci://{host}/x:1", store=OCIStore(auth=auth))


@pytest.mark.parametrize("status", [401, 403])
def test_refusals(status: int, folder: Path) -> None:
    with CannedServer() as registry:
        registry.reply = reply(status, "DENIED")
        host = registry.url.removeprefix("http://")
        with pytest.raises(StorageAccessError, match=rf"refuses to push .*\({status}\)"):
            storage.upload(folder, f"oci://{host}/x:1")


def test_passwords_are_not_sent_in_the_clear(folder: Path) -> None:
    with CannedServer() as registry:
        host = registry.url.removeprefix("http://")
        realm = 'Bearer realm="http://tokens.example.org/token",service="s"'
        registry.reply = Reply({}, 401, {"WWW-Authenticate": realm})
        with pytest.raises(
            StorageAccessError, match=r"over plain HTTP, to http://tokens\.example\.org/token"
        ):
            storage.list_files(f"oci://{host}/x:1", store=OCIStore(username=USER, password=PASSWORD))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost:5000", True),
        ("127.0.0.1", True),
        ("[::1]:5000", True),
        ("quay.io", False),
        ("10.0.0.1:5000", False),
    ],
)
def test_plain_http_is_for_this_machine(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback
    assert RegistryClient().base_url(host) == f"{'http' if loopback else 'https'}://{host}"
    assert RegistryClient(insecure=True).base_url(host) == f"http://{host}"
    assert RegistryClient(insecure=False).base_url(host) == f"https://{host}"


def test_certificates(oci_registry: Registry, folder: Path, tmp_path: Path) -> None:
    del oci_registry
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    issued.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    issued.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    tls = {"certificate": str(tmp_path / "cert.pem"), "key": str(tmp_path / "key.pem")}
    with Registry(tmp_path / "registry", tls=tls) as registry:
        uri = f"oci://{registry.host}/x:1"
        ca = authority.cert_pem.bytes().decode()
        there_and_back(OCIStore(insecure=False, ca=ca), uri, folder, tmp_path)
        with pytest.raises(StorageError, match="ca="):
            storage.list_files(uri, store=OCIStore(insecure=False))
        with pytest.warns(InsecureConnectionWarning, match="verify=False"):
            storage.list_files(uri, store=OCIStore(insecure=False, verify=False))
