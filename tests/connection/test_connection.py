"""Where a client connects to, from the pieces that users give."""

import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import mr_openapi
from model_registry import ModelRegistry, ModelRegistryAPIClient
from model_registry.connection import Connection, Local
from model_registry.connection import address as address_module
from model_registry.connection.address import base_url
from model_registry.exceptions import InvalidArgumentError

insecure = ModelRegistryAPIClient.insecure_connection
secure = ModelRegistryAPIClient.secure_connection


@pytest.mark.parametrize(
    ("address", "port", "url"),
    [
        ("localhost", 8080, "http://localhost:8080"),
        ("localhost", "8080", "http://localhost:8080"),
        (" localhost ", " 8080 ", "http://localhost:8080"),
        ("registry.example.org", 80, "http://registry.example.org:80"),
        ("registry", 8080, "http://registry:8080"),
        ("my_registry.ns.svc.cluster.local", 8080, "http://my_registry.ns.svc.cluster.local:8080"),
        ("http://localhost", 8080, "http://localhost:8080"),
        ("http://localhost/", 8080, "http://localhost:8080"),
        ("HTTP://LocalHost", 8080, "http://localhost:8080"),
        ("http://localhost:8080", 8080, "http://localhost:8080"),
        ("localhost:8080", 8080, "http://localhost:8080"),
        ("http://localhost/models", 8080, "http://localhost:8080/models"),
        ("http://localhost/models/", 8080, "http://localhost:8080/models"),
        ("localhost/a/b/", 8080, "http://localhost:8080/a/b"),
        ("https://localhost", 8443, "https://localhost:8443"),
        ("127.0.0.1", 8080, "http://127.0.0.1:8080"),
        ("::1", 8080, "http://[::1]:8080"),
        ("[::1]", 8080, "http://[::1]:8080"),
        ("[::1]:8080", 8080, "http://[::1]:8080"),
        ("http://[2001:db8::1]/models", 8080, "http://[2001:db8::1]:8080/models"),
    ],
)
def test_insecure_addresses(address, port, url):
    assert insecure(address, port).connection.url == url


@pytest.mark.parametrize(
    ("address", "port", "url"),
    [
        ("localhost", None, "https://localhost:443"),
        ("localhost", 8443, "https://localhost:8443"),
        ("localhost", "8443", "https://localhost:8443"),
        ("https://localhost", None, "https://localhost:443"),
        ("https://localhost:8443", None, "https://localhost:8443"),
        ("https://localhost:8443", 443, "https://localhost:8443"),
        ("https://localhost:8443/models/", 8443, "https://localhost:8443/models"),
        ("::1", None, "https://[::1]:443"),
        ("https://[::1]:8443", None, "https://[::1]:8443"),
    ],
)
def test_secure_addresses(address, port, url):
    given = {} if port is None else {"port": port}
    assert secure(address, user_token="t", **given).connection.url == url


@pytest.mark.parametrize(
    ("build", "said"),
    [
        (lambda: insecure("http://localhost:8080", 9090), "port 8080.*port=9090"),
        (lambda: secure("https://localhost:8443", 9443, user_token="t"), "port 8443.*port=9443"),
        (lambda: secure("http://localhost", user_token="t"), "needs https"),
        (lambda: secure("localhost", user_token=""), "needs a token"),
        (lambda: secure("localhost", user_token=" \n"), "needs a token"),
        (lambda: secure("localhost", user_token=None), "needs a token"),
        (lambda: secure("localhost", user_token="t", custom_ca="/no/such/file.pem"), "/no/such/file.pem"),
        (lambda: secure("localhost", user_token="t", custom_ca=5), "PEM file"),
        (lambda: insecure("localhost", 0), "1 to 65535"),
        (lambda: insecure("localhost", 65536), "1 to 65535"),
        (lambda: insecure("localhost", "http"), "1 to 65535"),
        (lambda: insecure("localhost", True), "1 to 65535"),
        (lambda: insecure("localhost", 80.5), "1 to 65535"),
        (lambda: insecure("http://localhost:0", 80), "port"),
        (lambda: insecure("", 8080), "server_address"),
        (lambda: insecure("  ", 8080), "server_address"),
        (lambda: insecure(None, 8080), "server_address"),
        (lambda: insecure(5, 8080), "server_address"),
        (lambda: insecure("ftp://localhost", 8080), "http or https"),
        (lambda: insecure("http://", 8080), "server_address"),
        (lambda: insecure("a b", 8080), "server_address"),
        (lambda: insecure("http://localhost:99999", 8080), "server_address"),
        (lambda: insecure("http://localhost?a=b", 8080), "query"),
        (lambda: insecure("http://localhost#a", 8080), "fragment"),
        (lambda: insecure("http://ann:secret@localhost", 8080), "password"),
        (lambda: insecure("localhost", 8080, "two words"), "bearer token"),
        (lambda: insecure("localhost", 8080, "line\nbreak"), "bearer token"),
        (lambda: insecure("localhost", 8080, "ü"), "bearer token"),
        (lambda: insecure("localhost", 8080, 5), "user_token"),
        (lambda: ModelRegistryAPIClient.local(5), "db must be"),
        (lambda: ModelRegistryAPIClient.local(None), "db must be"),
    ],
)
def test_what_cannot_be_right_is_refused(build, said):
    with pytest.raises(InvalidArgumentError, match=said) as raised:
        build()
    assert "secret" not in str(raised.value)


def test_a_token_loses_the_white_space_of_its_file():
    assert insecure("localhost", 8080, " token\n").connection.token == "token"
    assert insecure("localhost", 8080, "").connection.token is None


def test_a_configuration_of_the_generated_client():
    configuration = mr_openapi.Configuration(
        host="https://registry.example.org/models", access_token="secret"
    )
    connection = ModelRegistryAPIClient(configuration).connection
    assert connection == Connection("https://registry.example.org:443/models", "secret")
    configuration.verify_ssl = False
    assert ModelRegistryAPIClient(configuration).connection.verify is False
    plain = SimpleNamespace(host="localhost:1", access_token=None, ssl_ca_cert=None, verify_ssl=True)
    assert ModelRegistryAPIClient(plain).connection.url == "https://localhost:1"


@pytest.mark.parametrize(
    "host", ["registry", "registry:9000", "localhost", "127.0.0.1", "::1", "registry/base"]
)
def test_15_13_one_rule_for_hosts_without_a_scheme(host, monkeypatch):
    urls = {
        Connection(host).url,
        Connection.to(host).url,
        ModelRegistryAPIClient.connect(host).connection.url,
        ModelRegistryAPIClient.secure_connection(host, user_token="secret").connection.url,
        ModelRegistry(host, author="ann").connection.url,
        ModelRegistry(host, author="ann", is_secure=True).connection.url,
    }
    monkeypatch.setenv("MODEL_REGISTRY_URL", host)
    urls.add(ModelRegistry(author="ann").connection.url)
    assert len(urls) == 1
    assert urls.pop().startswith("https://")
    plain = ModelRegistry(host, author="ann", is_secure=False).connection.url
    assert plain.startswith("http://")


def test_connections_and_local_registries_can_be_given(tmp_path):
    connection = Connection.to("localhost", 8080)
    assert ModelRegistryAPIClient(connection).connection is connection
    assert ModelRegistryAPIClient(Local("registry.db")).connection == Local("registry.db")
    assert ModelRegistryAPIClient.local().connection == Local(":memory:")
    assert ModelRegistryAPIClient.local(tmp_path / "r.db").connection == Local(str(tmp_path / "r.db"))


@given(
    scheme=st.sampled_from(["http://", "https://", ""]),
    rest=st.text(alphabet="ab0x9-.:/_127[]%~ZA", min_size=1, max_size=16),
)
def test_16_plain_addresses_are_read_as_the_parser_reads_them(scheme, rest):
    """Addresses that need no parser mean the same with one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(address_module, "_PLAIN", re.compile("(?!)"))
        parsed = read(base_url, scheme + rest)
    assert read(base_url, scheme + rest) == parsed


def read(function, address):
    try:
        return function(address)
    except InvalidArgumentError as error:
        return str(error)
