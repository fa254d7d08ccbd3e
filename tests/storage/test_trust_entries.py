"""What an entry of a registry may name. A stranger may have written it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import InvalidArgumentError, StorageAccessError
from model_registry.storage import Allow
from model_registry.storage.allow import is_local, store_for_entry
from model_registry.storage.oci import OCIStore
from tests.support.backends import Server
from tests.support.listener import Listener
from tests.support.range_server import RangeServer, Served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.oci_registry import Registry


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A stranger's server, which asks for a password."""
    with Listener() as server:
        yield server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry in another process."""
    server = Server(str(tmp_path_factory.mktemp("registry") / "registry.db"))
    yield server.url
    server.stop()


@pytest.fixture
def registry(url: str) -> Iterator[ModelRegistry]:
    """A client of a registry in another process."""
    with ModelRegistry(url, author="ann") as client:
        yield client


@pytest.fixture
def unique() -> str:
    """A new name."""
    return uuid.uuid4().hex


def _list(uri: str, allow: Allow | None = None) -> None:
    storage.list_files(uri, store=store_for_entry(uri, None, allow or Allow()))


def entry(registry: ModelRegistry, name: str, uri: str) -> str:
    registry.register_model(name, uri, version="1", model_format_name="a", model_format_version="1")
    return f"{name}/1"


def test_2_a_token_without_host_is_not_for_an_entry(listener: Listener, tmp_path: Path) -> None:
    with ModelRegistry.local(author="ann") as registry:
        web = entry(registry, "web", f"{listener.url}/w.bin")
        image = entry(registry, "image", f"oci://127.0.0.1:{listener.port}/x/y:1")
        with pytest.raises(StorageAccessError, match=r"HTTPStore\(host="):
            registry.download(web, tmp_path, store=storage.HTTPStore(token="CORP"))
        with pytest.raises(StorageAccessError, match=r"HTTPStore\(host="):
            registry.open(web, store=storage.HTTPStore(headers={"X-Key": "CORP"}))
        with pytest.raises(StorageAccessError, match=r"OCIStore\(registry="):
            registry.download(image, tmp_path, store=OCIStore(username="corp", password="CORP"))
    assert not listener.requests


@pytest.mark.parametrize("host", ["models.example.org", "127.0.0.1:1", "https://127.0.0.1:{port}"])
def test_2_a_token_is_for_its_host_alone(listener: Listener, host: str) -> None:
    store = storage.HTTPStore(token="CORP", headers={"X-Key": "CORP"}, host=host.format(port=listener.port))
    with pytest.raises(StorageAccessError):
        storage.list_files(f"{listener.url}/w.bin", store=store)
    assert len(listener.requests) == 1
    assert "CORP" not in listener.text


def test_2_a_store_is_bound_to_its_first_host(listener: Listener, tmp_path: Path) -> None:
    with RangeServer() as web:
        web.files["w.bin"] = b"weights"
        store = storage.HTTPStore(token="CORP")
        storage.download(f"{web.url}/w.bin", tmp_path, store=store)
        assert {request.headers["authorization"] for request in web.requests} == {"Bearer CORP"}
        with pytest.raises(StorageAccessError):
            storage.list_files(f"{listener.url}/w.bin", store=store)
        with ModelRegistry.local(author="ann") as registry:
            name = entry(registry, "web", f"{web.url}/w.bin")
            assert registry.open(name, store=store).read() == b"weights"
    assert "CORP" not in listener.text


def test_2_a_password_is_for_its_registry_alone(listener: Listener) -> None:
    store = OCIStore(username="corp", password="CORP", registry="quay.example")
    with pytest.raises(StorageAccessError):
        storage.list_files(f"oci://127.0.0.1:{listener.port}/x/y:1", store=store)
    assert listener.requests
    assert all("authorization" not in request.headers for request in listener.requests)


def test_2_a_host_that_is_redirected_to_gets_no_password(listener: Listener) -> None:
    challenge = 'WWW-Authenticate: Basic realm="corp"'
    with RangeServer() as web:
        web.instead = [
            Served("401 Unauthorized", (challenge,)),
            Served("302 Found", (f"Location: {listener.url}/x",)),
        ]
        store = OCIStore(username="corp", password="CORP", registry=f"127.0.0.1:{web.port}")
        with pytest.raises(StorageAccessError):
            storage.list_files(f"oci://127.0.0.1:{web.port}/x/y:1", store=store)
    assert listener.requests
    assert all("authorization" not in request.headers for request in listener.requests)


@pytest.mark.parametrize(
    "uri", ["file:///etc/shadow", "../../../../etc/passwd", "/etc/hostname", "FILE:/etc/hostname"]
)
def test_3_paths_of_this_machine_are_refused(registry: ModelRegistry, unique: str, uri: str) -> None:
    version = entry(registry, f"{unique}m", uri)
    for attempt in (lambda: registry.open(version), lambda: registry.download(version, "out")):
        with pytest.raises(StorageAccessError, match=r"allow=storage.Allow\(folders="):
            attempt()


def test_3_a_folder_can_be_allowed(registry: ModelRegistry, unique: str, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "w.bin").write_bytes(b"weights")
    (tmp_path / "secret").write_bytes(b"secret")
    (models / "link").symlink_to(tmp_path / "secret")
    allow = Allow(folders=[models])
    version = entry(registry, f"{unique}m", str(models / "w.bin"))
    assert registry.open(version, allow=allow).read() == b"weights"
    for number, outside in enumerate(["../secret", "link"]):
        version = entry(registry, f"{unique}{number}", f"{models}/{outside}")
        with pytest.raises(StorageAccessError, match="Nothing was read"):
            registry.open(version, allow=allow)


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f.1",
        "0.0.0.0",
        "[::ffff:127.0.0.1]",
        "LOCALHOST.",
    ],
)
def test_3_this_machine_is_refused_by_address(
    registry: ModelRegistry, listener: Listener, unique: str, tmp_path: Path, host: str
) -> None:
    for scheme, path in {"http": "w.bin", "oci": "x/y:1"}.items():
        if scheme == "oci" and ("[::ffff" in host or host.endswith(".")):
            continue
        version = entry(registry, f"{unique}{scheme}", f"{scheme}://{host}:{listener.port}/{path}")
        with pytest.raises(StorageAccessError, match=r"allow=storage.Allow\(hosts="):
            registry.download(version, tmp_path)
    assert not listener.requests


@pytest.mark.parametrize(
    "host",
    [
        "0177.0.0.1",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
        "\uff4cocalhost",
        "LocalHost.",
        "[::ffff:7f00:1]",
        "[::ffff:127.0.0.1%25eth0]",
        "[64:ff9b::7f00:1]",
        "0x7f000001",
        "017700000001",
    ],
)
@pytest.mark.parametrize("proxy", [False, True])
def test_3_this_machine_is_refused_before_connecting(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, host: str, *, proxy: bool
) -> None:
    """A proxy would resolve the name itself."""
    if proxy:
        monkeypatch.setenv("HTTP_PROXY", listener.url)
    with pytest.raises(StorageAccessError, match="Nothing was sent"):
        _list(f"http://{host}:{listener.port}/w.bin")
    assert not listener.requests


@pytest.mark.parametrize(
    "uri",
    [
        "http://h:99999/x",
        "http://h:abc/x",
        "http://h:\uff11\uff12/x",
        "http://good.example\\@127.0.0.1/x",
        "http://%31%32%37.0.0.1/x",
        "http://h\t/x",
        "http:///x",
        "https://[::g]/x",
        "oci://quay.example:99999/a/b:1",
        "hf://..%2F..%2Fx@main/y",
        "hf://a/..@main/y",
        "hf://a%2Fb%2Fc/d@main/y",
        "hf://-a/b",
        "gs://bucket/../x",
        "gs://bucket/%2e%2e/x",
        "az://models/x?account=%D9%A1%D9%A2%D9%A3",
        "s3://bucket/x?endpoint=https://h:99999",
    ],
)
def test_3_odd_addresses_are_not_valid(uri: str) -> None:
    with pytest.raises(InvalidArgumentError):
        _list(uri)


def test_3_a_redirect_cannot_hide_its_host(listener: Listener) -> None:
    for target in (f"http://127.0.0.1:{listener.port}\\@good.example/x", "http://good.example:99999/x"):
        with RangeServer() as web:
            web.instead = [Served("302 Found", (f"Location: {target}",))]
            host = web.url.removeprefix("http://")
            with pytest.raises(InvalidArgumentError):
                _list(f"{web.url}/w.bin", Allow(hosts=[host, "good.example"]))
    assert not listener.requests


def test_3_hosts_may_be_written_in_other_letters() -> None:
    Allow().check_host("https://models.example?signature=x")
    allow = Allow(hosts=["modèles.example", "[2001:db8::1]:5000"])
    allow.check_host("https://[2001:db8::1]:5000/x")
    allow.check_host("https://xn--modles-5ua.example/x")
    allow.check_host("https://MODÈLES.example./x")


def test_3_names_are_checked_by_the_connected_address(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: real("127.0.0.1", *rest, **more))
    uri = f"http://models.example.org:{listener.port}/w.bin"
    with pytest.raises(StorageAccessError, match=r"models.example.org at the address 127.0.0.1"):
        storage.list_files(uri, store=store_for_entry(uri, None, Allow()))
    assert not listener.requests
    with pytest.raises(StorageAccessError, match="401"):
        storage.list_files(uri, store=store_for_entry(uri, None, Allow(hosts=["models.example.org"])))


def test_3_redirects_are_checked(listener: Listener) -> None:
    with RangeServer() as web:
        web.instead = [Served("302 Found", (f"Location: http://localhost:{listener.port}/x",))]
        uri = f"{web.url}/w.bin"
        with pytest.raises(StorageAccessError, match="Nothing was sent"):
            storage.list_files(uri, store=store_for_entry(uri, None, Allow(hosts=["127.0.0.1"])))
    assert not listener.requests


def test_3_a_host_can_be_allowed(
    registry: ModelRegistry, unique: str, tmp_path: Path, oci_registry: Registry, folder: Path
) -> None:
    uri = storage.upload(folder, f"oci://{oci_registry.host}/{unique}:1").uri
    version = entry(registry, f"{unique}m", uri)
    with pytest.raises(StorageAccessError):
        registry.download(version, tmp_path / "1")
    registry.download(version, tmp_path / "2", allow=Allow(hosts=[oci_registry.host]))
    named = OCIStore(username="ann", password="secret", registry=oci_registry.host)
    registry.download(version, tmp_path / "3", store=named)


def test_3_schemes_can_be_limited(registry: ModelRegistry, unique: str) -> None:
    version = entry(registry, f"{unique}m", "https://models.example.org/w.bin")
    with pytest.raises(StorageAccessError, match="does not list the scheme 'https'"):
        registry.open(version, allow=Allow(schemes=["s3", "oci"]))


def test_3_an_anonymous_store_reaches_no_endpoint_that_is_not_listed(listener: Listener) -> None:
    uri = f"s3://models/w.bin?endpoint={listener.url}"
    store = store_for_entry(uri, storage.S3Store(anonymous=True), Allow())
    with pytest.raises(StorageAccessError, match="Nothing was sent"):
        storage.list_files(uri, store=store)
    assert not listener.requests


def test_3_a_text_is_no_list() -> None:
    with pytest.raises(InvalidArgumentError, match="folders must be a list"):
        Allow(folders="/srv/models")
    for host in ("http://localhost", 1):
        with pytest.raises(InvalidArgumentError, match="hosts must be names"):
            Allow(hosts=[host])  # type: ignore[list-item]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.2",
        "::1",
        "169.254.169.254",
        "fe80::1%eth0",
        "::",
        "0.1.2.3",
        "fd00:ec2::254",
        "64:ff9b::7f00:1",
        "::127.0.0.1",
        "127.1",
        "0177.0.0.1",
        "2130706433",
    ],
)
def test_3_local_addresses(address: str) -> None:
    assert is_local(address)
