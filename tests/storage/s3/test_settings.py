"""Where credentials, endpoints and regions for S3 come from, and where credentials go."""

from __future__ import annotations

import json
import os
import ssl
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from model_registry import storage
from model_registry.exceptions import (
    InsecureConnectionWarning,
    InvalidArgumentError,
    StorageAccessError,
    StorageError,
    StorageNotFoundError,
)
from model_registry.storage import S3Store
from model_registry.storage.objects.s3_settings import S3Settings
from tests.support.certificates import pem
from tests.support.folders import FILES, read_files
from tests.support.s3_faults import Fault, FaultyS3, faulty
from tests.support.s3_server import BUCKET, KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

URI = f"s3://{BUCKET}/settings"


class Keys:
    """A service that gives out temporary keys, as containers, instances and STS do."""

    def __init__(self) -> None:
        service = self
        self.asked: list[str] = []
        self.lifetime = timedelta(hours=1)

        class Handler(BaseHTTPRequestHandler):
            def do_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
                service.asked.append(f"{self.command} {self.path} {body}")
                answer = service.answer(self.path, body).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST = do_any  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def answer(self, path: str, body: str) -> str:
        until = (datetime.now(timezone.utc) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        if "AssumeRoleWithWebIdentity" in body:
            return (
                "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
                f"<AccessKeyId>{KEY}</AccessKeyId><SecretAccessKey>{SECRET}</SecretAccessKey>"
                f"<SessionToken></SessionToken><Expiration>{until}</Expiration></Credentials>"
                "</AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>"
            )
        if path == "/latest/api/token":
            return "a-token"
        if path == "/latest/meta-data/iam/security-credentials/":
            return "a-role"
        keys = {"AccessKeyId": KEY, "SecretAccessKey": SECRET, "Token": "", "Expiration": until}
        return json.dumps({**keys, "Code": "Success"})

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def keys() -> Iterator[Keys]:
    keys = Keys()
    yield keys
    keys.close()


def from_variables(_: Keys, set_variable: Callable[[str, str], None], tmp_path: Path) -> None:
    set_variable("AWS_ACCESS_KEY_ID", KEY)
    set_variable("AWS_SECRET_ACCESS_KEY", SECRET)


def from_profile(_: Keys, set_variable: Callable[[str, str], None], tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(f"[lab]\naws_access_key_id={KEY}\naws_secret_access_key={SECRET}\n")
    set_variable("AWS_SHARED_CREDENTIALS_FILE", str(path))
    set_variable("AWS_PROFILE", "lab")


def from_program(_: Keys, set_variable: Callable[[str, str], None], tmp_path: Path) -> None:
    said = json.dumps({"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET})
    (tmp_path / "said").write_text(said)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = cat {tmp_path}/said\n")
    set_variable("AWS_CONFIG_FILE", str(tmp_path / "config"))


def from_web_identity(keys: Keys, set_variable: Callable[[str, str], None], tmp_path: Path) -> None:
    (tmp_path / "token").write_text("token-of-the-pod")
    set_variable("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    set_variable("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/models")
    set_variable("AWS_ENDPOINT_URL_STS", keys.url)


def from_container(keys: Keys, set_variable: Callable[[str, str], None], tmp_path: Path) -> None:
    set_variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{keys.url}/keys")


def from_instance(keys: Keys, set_variable: Callable[[str, str], None], tmp_path: Path) -> None:
    set_variable("AWS_EC2_METADATA_DISABLED", "false")
    set_variable("AWS_EC2_METADATA_SERVICE_ENDPOINT", keys.url)


@pytest.mark.parametrize(
    "source",
    [from_variables, from_profile, from_program, from_web_identity, from_container, from_instance],
)
def test_credentials_are_found(
    source: Any, keys: Keys, folder: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source(keys, monkeypatch.setenv, tmp_path)
    monkeypatch.setenv("AWS_S3_ENDPOINT", s3)
    uploaded = storage.upload(folder, URI)
    assert read_files(storage.download(uploaded.uri, tmp_path / "back")) == FILES
    if source is from_web_identity:
        asked = parse_qs(keys.asked[0].rpartition(" ")[2])
        assert asked["WebIdentityToken"] == ["token-of-the-pod"]


def test_given_keys_win(folder: Path, proxy: FaultyS3, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "others")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "others")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-others")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    storage.upload(
        folder, URI, store=S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET)
    )
    assert not any("x-amz-security-token" in seen.headers for seen in proxy.seen)


def test_keys_that_end_are_renewed(keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys.lifetime = timedelta(minutes=5)
    from_container(keys, monkeypatch.setenv, tmp_path)
    credentials = S3Settings(None, None, None, None).credentials()
    before = len(keys.asked)
    until = credentials()["expires_at"]
    assert isinstance(until, datetime)
    assert until - datetime.now(timezone.utc) < timedelta(minutes=5)
    assert len(keys.asked) == before + 1
    keys.lifetime = timedelta(hours=1)
    credentials()
    credentials()
    assert len(keys.asked) == before + 2


def test_keys_that_cannot_be_renewed(
    keys: Keys, folder: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_container(keys, monkeypatch.setenv, tmp_path)
    keys.lifetime = timedelta(seconds=-1)
    with pytest.raises(StorageAccessError, match="cannot be loaded"):
        storage.upload(folder, URI, store=S3Store(endpoint=s3))


@pytest.mark.parametrize(
    "variable", ["AWS_S3_ENDPOINT", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "profile"]
)
def test_endpoint_of_the_environment(
    variable: str, folder: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_variables(None, monkeypatch.setenv, tmp_path)  # type: ignore[arg-type]
    if variable == "profile":
        text = f"[default]\nregion = eu-7\nservices = own\n[services own]\ns3 =\n  endpoint_url = {s3}\n"
        (tmp_path / "config").write_text(text)
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    else:
        monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-7")
        monkeypatch.setenv(variable, s3 + "/")
    uri = storage.upload(folder, URI).uri
    assert parse_qs(uri.partition("?")[2]) == {"endpoint": [s3], "defaultRegion": ["eu-7"]}


def test_endpoint_that_is_given_wins(folder: Path, s3: str, store: S3Store) -> None:
    uri = storage.upload(folder, f"{URI}?endpoint=http://127.0.0.1:9&defaultRegion=eu-7", store=store).uri
    assert parse_qs(uri.partition("?")[2]) == {"endpoint": [s3], "defaultRegion": ["eu-7"]}


@pytest.mark.parametrize("explicit", [True, False])
def test_credentials_do_not_go_where_a_uri_says(
    explicit: bool, folder: Path, proxy: FaultyS3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from_variables(None, monkeypatch.setenv, tmp_path)  # type: ignore[arg-type]
    store = S3Store(access_key_id=KEY, secret_access_key=SECRET) if explicit else S3Store()
    with pytest.raises(StorageAccessError, match=f"AWS_S3_ENDPOINT={proxy.url}"):
        storage.download(f"{URI}?endpoint={proxy.url}", tmp_path / "back", store=store)
    assert proxy.seen == []
    monkeypatch.setenv("AWS_S3_ENDPOINT", proxy.url)
    storage.upload(folder, f"{URI}?endpoint={proxy.url}", store=store)
    assert proxy.seen


def test_public_files_need_none(folder: Path, s3: str, client: Any, proxy: FaultyS3, tmp_path: Path) -> None:
    client.put_object(Bucket="public", Key="public/x", Body=b"x")
    uri = f"s3://public/public?endpoint={proxy.url}"
    assert read_files(storage.download(uri, tmp_path / "back", store=S3Store(anonymous=True))) == {"x": b"x"}
    assert not any("authorization" in seen.headers for seen in proxy.seen)


def test_authority_of_ones_own(
    folder: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    pem = tmp_path / "authorities" / "ca.pem"
    pem.parent.mkdir()
    authority.cert_pem.write_to_path(str(pem))
    with faulty(s3, context) as proxy:

        def upload(**options: Any) -> None:
            store = S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET, **options)
            storage.upload(folder, URI, store=store)

        with pytest.raises(StorageError, match="certificate is not trusted"):
            upload()
        upload(ca=str(pem))
        upload(ca=str(pem.parent))
        upload(ca=pem.read_text())
        with pytest.warns(InsecureConnectionWarning):
            upload(verify=False)
        monkeypatch.setenv("AWS_CA_BUNDLE", str(pem))
        upload()
        with pytest.raises(InvalidArgumentError, match="contains no certificate"):
            upload(ca=__file__)
        with pytest.raises(InvalidArgumentError, match="cannot be read"):
            upload(ca="/no/such/file")


@pytest.mark.parametrize(
    ("path_style", "host", "path"),
    [(None, "s3.example.org", f"/{BUCKET}/x"), (False, f"{BUCKET}.s3.example.org", "/x")],
)
def test_styles_of_addresses_and_proxies(
    path_style: bool | None, host: str, path: str, proxy: FaultyS3, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    proxy.choose = lambda _: Fault(answer=(404, "NoSuchKey"))
    store = S3Store(
        endpoint="http://s3.example.org", access_key_id=KEY, secret_access_key=SECRET, path_style=path_style
    )
    with pytest.raises(StorageNotFoundError):
        storage.list_files(f"s3://{BUCKET}/x", store=store)
    assert proxy.seen[0].target == f"http://{host}{path}"
    assert proxy.seen[0].headers["host"] == host


def test_amazon_has_the_bucket_in_the_host(proxy: FaultyS3) -> None:
    store = S3Store(access_key_id=KEY, secret_access_key=SECRET, region="eu-7")
    for bucket, virtual in ((BUCKET, True), ("with.dots", False)):
        config = store._locate(f"s3://{bucket}/x").client.config
        assert config["virtual_hosted_style_request"] == str(virtual).lower()
        assert config["region"] == "eu-7"


def test_profile_that_is_not_there(folder: Path) -> None:
    with pytest.raises(StorageAccessError, match="ProfileNotFound"):
        storage.upload(folder, URI, store=S3Store(profile="nobody"))


@pytest.mark.parametrize("source", ["variable", "profile"])
@pytest.mark.parametrize("explicit", [True, False])
def test_14_12_configured_endpoints_are_ignored_on_request(
    source: str, explicit: bool, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"[default]\nregion = eu-7\nendpoint_url = {s3}\n"
    if source == "profile":
        text += "ignore_configured_endpoint_urls = true\n"
    else:
        monkeypatch.setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
    (tmp_path / "config").write_text(text)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"):
        monkeypatch.setenv(name, s3)
    if explicit and source == "variable":
        store = S3Store(access_key_id=KEY, secret_access_key=SECRET, region="eu-7")
    else:
        from_variables(None, monkeypatch.setenv, tmp_path)  # type: ignore[arg-type]
        store = S3Store()
    location = store._locate(URI)
    assert "endpoint=" not in location.uri
    assert location.client.config["endpoint"] == f"https://{BUCKET}.s3.eu-7.amazonaws.com"
    monkeypatch.setenv("AWS_S3_ENDPOINT", s3)
    assert f"endpoint={s3}" in store._locate(f"s3://{BUCKET}/own").uri


def test_14_12_line_breaks_around_keys_are_removed(
    folder: Path, s3: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = S3Store(endpoint=f"{s3}\n", access_key_id=f"{KEY}\r\n", secret_access_key=f" {SECRET}\n")
    storage.upload(folder, URI, store=store)
    values = {"ACCESS_KEY_ID": KEY, "SECRET_ACCESS_KEY": SECRET, "REGION": "us-east-1"}
    for name, value in values.items():
        monkeypatch.setenv(f"AWS_{name}", f"{value}\n")
    assert read_files(storage.download(URI, tmp_path / "back", store=S3Store(endpoint=s3))) == FILES


def test_14_12_no_panic_of_the_library_gets_out(folder: Path, store: S3Store) -> None:
    class PanicException(BaseException):
        """Such as pyo3 raises."""

    def panic() -> None:
        raise PanicException("called `Result::unwrap()` on an `Err` value: secret")

    with pytest.raises(StorageError, match="obstore failed") as caught:
        store._call(panic, "s3://models/x", "uploaded")
    assert "secret" not in str(caught.value)
    with pytest.raises(KeyboardInterrupt):
        store._call(lambda: (_ for _ in ()).throw(KeyboardInterrupt), "s3://models/x", "uploaded")


@pytest.fixture
def self_signed(s3: str, tmp_path: Path) -> Iterator[tuple[FaultyS3, Path]]:
    """A server whose certificate is an authority and its own issuer, as `openssl req -x509` creates it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "minio")])
    now = datetime.now(timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    ca = tmp_path / "self-signed.pem"
    ca.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "server.pem").write_bytes(ca.read_bytes() + pem(key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "server.pem")
    with faulty(s3, context) as proxy:
        yield proxy, ca


@pytest.mark.parametrize("how", ["path", "text", "AWS_CA_BUNDLE"])
def test_14_12_self_signed_certificates(
    how: str,
    self_signed: tuple[FaultyS3, Path],
    folder: Path,
    client: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    proxy, ca = self_signed
    given = {"path": str(ca), "text": ca.read_text(), "AWS_CA_BUNDLE": None}[how]
    if how == "AWS_CA_BUNDLE":
        monkeypatch.setenv("AWS_CA_BUNDLE", str(ca))
    (folder / "big").write_bytes(os.urandom(1024 * 1024) * 18 + b"end")
    client.put_object(Bucket=BUCKET, Key=f"self-signed/{how}/marker/", Body=b"")
    store = S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET, ca=given)
    uploaded = storage.upload(folder, f"s3://{BUCKET}/self-signed/{how}", store=store)
    back = storage.download(uploaded.uri, tmp_path / "back", store=store, expected=uploaded.digest)
    assert read_files(back) == {**FILES, "big": (folder / "big").read_bytes()}
    file = storage.download(f"s3://{BUCKET}/self-signed/{how}/big", tmp_path / "one", store=store)
    assert file.read_bytes() == (folder / "big").read_bytes()
    assert storage.list_files(f"s3://{BUCKET}/self-signed/{how}/big", store=store)[0].single


def test_14_12_errors_with_self_signed_certificates(
    self_signed: tuple[FaultyS3, Path], folder: Path, tmp_path: Path
) -> None:
    proxy, ca = self_signed
    store = S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET, ca=str(ca))
    with pytest.raises(StorageNotFoundError):
        storage.list_files(f"s3://{BUCKET}/nothing", store=store)
    with pytest.raises(StorageNotFoundError, match="There is no bucket"):
        storage.upload(folder, "s3://no-such-bucket/x", store=store)
    wrong = S3Store(endpoint=proxy.url, access_key_id=KEY, secret_access_key="wrong-secret", ca=str(ca))
    with pytest.raises(StorageAccessError) as caught:
        storage.upload(folder, URI, store=wrong)
    assert "wrong-secret" not in str(caught.value)
    (folder / "big").write_bytes(os.urandom(1024 * 1024) * 18)
    proxy.choose = lambda seen: Fault(answer=(403, "AccessDenied")) if "partNumber=3" in seen.target else None
    with pytest.raises(StorageAccessError):
        storage.upload(folder, f"s3://{BUCKET}/refused", store=store)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "other.pem"))
    other = S3Store(
        endpoint=proxy.url, access_key_id=KEY, secret_access_key=SECRET, ca=str(tmp_path / "other.pem")
    )
    with pytest.raises(StorageError, match="certificate is not trusted"):
        storage.upload(folder, URI, store=other)
