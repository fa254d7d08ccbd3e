"""Credentials go to the hosts that the user named, whatever a URI says, which a stranger may have written."""

from __future__ import annotations

import base64
import json
import ssl
from typing import TYPE_CHECKING

import huggingface_hub
import pytest
from cryptography import x509
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_registry import storage
from model_registry.exceptions import InvalidArgumentError, ModelRegistryError, StorageAccessError
from model_registry.storage.objects import object_store
from model_registry.storage.transfer import Transfer
from tests.support.certificates import Authority
from tests.support.listener import Listener

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRETS = ["AKIACORP", "CORPSECRET", "CORPSESSION", "CORPBEARER", "CORPHUB", "CORPSIG"]
_BASIC = base64.b64encode(b"corp:CORPSECRET").decode()

TEMPLATES = [
    "az://models/x?account={}",
    "az://{}/x?account=corp",
    "s3://bucket/k?defaultRegion={}",
    "s3://bucket/k?endpoint={}",
    "s3://bucket/k?endpoint=https://{}",
    "s3://bucket/k?endpoint=https://{}&defaultRegion={}",
    "s3://{}/k",
    "gs://{}/k",
    "oci://{}/team/fraud:1",
    "oci://quay.example/{}:1",
    "https://{}/fraud.onnx",
    "hf://{}/fraud",
    "hf://acme/fraud@{}/x",
]


@pytest.fixture(autouse=True)
def environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, listener: Listener, authority: Authority
) -> Iterator[None]:
    """Credentials of every kind. A connection to any other machine goes to the listener."""
    (tmp_path / "config.json").write_text(json.dumps({"auths": {"quay.example": {"auth": _BASIC}}}))
    for name, value in {
        "AWS_ACCESS_KEY_ID": "AKIACORP",
        "AWS_SECRET_ACCESS_KEY": "CORPSECRET",
        "AWS_SESSION_TOKEN": "CORPSESSION",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AZURE_STORAGE_TOKEN": "CORPBEARER",
        "DOCKER_CONFIG": str(tmp_path),
        "HF_TOKEN": "CORPHUB",
        "SSL_CERT_FILE": str(authority.root),
        "HTTPS_PROXY": f"http://127.0.0.1:{listener.port}",
        "HTTP_PROXY": f"http://127.0.0.1:{listener.port}",
        "NO_PROXY": "localhost",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(object_store.RETRIES, "max_retries", 0)
    monkeypatch.setattr(Transfer, "pause", lambda *_: None)
    yield
    close = getattr(huggingface_hub, "close_session", None)
    if close is not None:  # its session has these proxies
        close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that the client trusts, as public servers have one."""
    return Authority(tmp_path_factory.mktemp("trust") / "authority")


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """A stranger's server over plain HTTP."""
    with Listener() as server:
        yield server


@pytest.fixture(scope="module")
def tls_listener(authority: Authority) -> Iterator[Listener]:
    """A stranger's server with a valid certificate."""
    key, certificate = authority.certificate("localhost", names=[x509.DNSName("localhost")])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    chain = certificate.with_suffix(".chain")
    chain.write_bytes(certificate.read_bytes() + authority.intermediate.read_bytes())
    context.load_cert_chain(chain, key)
    with Listener(context, host="127.0.0.1") as server:
        yield server


def attempt(uri: str) -> ModelRegistryError | None:
    try:
        storage.list_files(uri)
    except ModelRegistryError as error:
        return error
    return None


HOSTS = st.sampled_from(["localhost:{port}", "corp@localhost:{port}", "localhost%3A{port}", "localhost", "x"])
PREFIXES = st.sampled_from(
    ["", "", "corp.", "s3.amazonaws.com@", "//", "%2F%2F", "a/../", "\\\\", "https://"]
)
SUFFIXES = st.sampled_from(["", "/x", "?x", "%3Fx", "#x", "%23x", "\\x", "%5Cx", "\n", "%0A", ".", ";x"])


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TEMPLATES), PREFIXES, HOSTS, SUFFIXES)
def test_1_no_uri_sends_credentials_to_a_stranger(
    listener: Listener, tls_listener: Listener, template: str, prefix: str, host: str, suffix: str
) -> None:
    part = prefix + host.format(port=tls_listener.port) + suffix
    attempt(template.replace("{}", part))
    received = listener.text + tls_listener.text
    assert not [secret for secret in [*SECRETS, _BASIC] if secret in received]


def test_1_the_listener_would_see_a_credential(tls_listener: Listener) -> None:
    before = len(tls_listener.requests)
    endpoint = f"https://localhost:{tls_listener.port}"
    with pytest.raises(StorageAccessError):
        storage.list_files("s3://bucket/k", store=storage.S3Store(endpoint=endpoint))
    assert any("AKIACORP" in str(request.headers) for request in tls_listener.requests[before:])
    del tls_listener.requests[before:]


@pytest.mark.parametrize(
    "uri",
    [
        "az://models/x?account=evil.example/x",
        "az://models/x?account=evil.example%23",
        "az://models/x?account=a.b",
        "az://models/x?account=UPPER",
        "s3://b1/k?defaultRegion=evil.example/x",
        "s3://b1/k?defaultRegion=a%0Ab",
        "s3://b1/k?defaultRegion=a.b",
        "s3://b..1/k",
    ],
)
def test_1_names_that_become_part_of_a_host_have_a_grammar(listener: Listener, uri: str) -> None:
    before = len(listener.requests)
    assert isinstance(attempt(uri), InvalidArgumentError)
    assert len(listener.requests) == before


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://abc.execute-api.eu-central-1.amazonaws.com",
        "https://ec2-1-2-3-4.compute-1.amazonaws.com",
        "https://s3.evil.amazonaws.com.example",
        "https://s3.eu-central-1.amazonaws.com:8443",
        "http://s3.eu-central-1.amazonaws.com",
    ],
)
def test_1_only_s3_of_amazon_gets_credentials(listener: Listener, endpoint: str) -> None:
    before = len(listener.requests)
    error = attempt(f"s3://b1/k?endpoint={endpoint}")
    assert isinstance(error, StorageAccessError)
    assert "Nothing was sent" in str(error)
    assert len(listener.requests) == before


def test_1_azure_keys_are_for_their_account(monkeypatch: pytest.MonkeyPatch, listener: Listener) -> None:
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT_NAME", "corp")
    monkeypatch.setenv("AZURE_STORAGE_SAS_KEY", "sv=2021&sig=CORPSIG")
    before = len(listener.requests)
    assert "AZURE_STORAGE_SAS_KEY is for the account 'corp'" in str(attempt("az://models/x?account=evil"))
    assert len(listener.requests) == before


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_1_keys_with_a_line_break_are_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "CO\nRP")
    error = attempt("s3://b1/k")
    assert isinstance(error, StorageAccessError)
    assert "line break" in str(error)
    assert "CORP" not in str(error)
