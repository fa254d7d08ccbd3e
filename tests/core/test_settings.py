"""Where a registry is, said by arguments, environment variables and profiles."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from model_registry import ModelRegistryAPIClient
from model_registry.connection import Connection, tokens
from model_registry.connection.settings import profiles_file, resolve
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def profiles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Write the file of profiles; there is none until then."""
    path = tmp_path / "profiles.ini"
    monkeypatch.setenv("MODEL_REGISTRY_CONFIG", str(path))

    def write(text: str) -> Path:
        path.write_text(text)
        return path

    return write


@pytest.fixture
def set_environment(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def set_all(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"MODEL_REGISTRY_{name}", value)

    return set_all


@pytest.mark.parametrize(
    ("address", "url"),
    [
        ("localhost", "https://localhost:443"),
        ("http://localhost", "http://localhost:8080"),
        ("https://registry.example.org", "https://registry.example.org:443"),
        ("HTTPS://Registry.Example.ORG:8443/base/", "https://registry.example.org:8443/base"),
        ("registry:9000/base", "https://registry:9000/base"),
        ("::1", "https://[::1]:443"),
        ("[::1]:9000", "https://[::1]:9000"),
        ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
        (" localhost ", "https://localhost:443"),
    ],
)
def test_one_address_is_enough(address, url):
    assert ModelRegistryAPIClient.connect(address).connection.url == url


@pytest.mark.parametrize(
    "address", ["", "ftp://localhost", "http://", "a b", "http://h:99999", "http://h:0", "http://h?x=1", 5]
)
def test_what_can_be_no_address_is_refused(address):
    with pytest.raises(InvalidArgumentError):
        ModelRegistryAPIClient.connect(address)


@pytest.mark.parametrize("address", ["http://ann:secret@registry", "http://ann:secret@registry:port/x"])
def test_a_password_in_an_address_is_refused_and_not_repeated(address):
    with pytest.raises(InvalidArgumentError) as caught:
        ModelRegistryAPIClient.connect(address)
    assert "secret" not in str(caught.value)


def test_without_any_address_the_error_says_where_one_may_stand(profiles):
    with pytest.raises(InvalidArgumentError, match=r"set MODEL_REGISTRY_URL.*profiles\.ini"):
        ModelRegistryAPIClient.connect()


def test_arguments_win_over_environment_over_profile(profiles, set_environment):
    path = profiles("[default]\nurl = http://profile\nauthor = pat\nread_timeout = 7\nconnect_timeout = 7\n")
    set_environment(AUTHOR="eve", CONNECT_TIMEOUT="8", TOTAL_TIMEOUT="8")
    settings = resolve(total_timeout=9)
    connection = settings.connection
    assert (settings.profile, settings.author) == ("default", "eve")
    assert connection.url == "http://profile:8080"
    assert (connection.read_timeout, connection.connect_timeout, connection.total_timeout) == (7, 8, 9)
    assert connection.origins == {
        "url": f"url of profile 'default' in {path}",
        "read_timeout": f"read_timeout of profile 'default' in {path}",
        "connect_timeout": "MODEL_REGISTRY_CONNECT_TIMEOUT",
        "total_timeout": "argument",
    }


def test_every_setting_may_come_from_the_environment(set_environment, tmp_path: Path):
    (tmp_path / "token").write_text("secret")
    set_environment(
        URL="https://registry.example.org",
        TOKEN_FILE=str(tmp_path / "token"),
        AUTHOR="ann",
        API="v1alpha3",
        CONNECT_TIMEOUT="1.5",
        READ_TIMEOUT="2",
        TOTAL_TIMEOUT="3",
        RETRIES="0",
    )
    settings = resolve()
    assert settings.author == "ann"
    assert settings.connection == Connection(
        "https://registry.example.org",
        tmp_path / "token",
        api="v1alpha3",
        connect_timeout=1.5,
        read_timeout=2,
        total_timeout=3,
        retries=0,
    )


def test_profiles_are_chosen_by_argument_or_environment(profiles, set_environment):
    profiles("[one]\nurl = http://one\n[two]\nurl = http://two\n[default]\nurl = http://other\n")
    assert resolve().connection.url == "http://other:8080"
    set_environment(PROFILE="one")
    assert resolve().connection.url == "http://one:8080"
    assert resolve(profile="two").connection.url == "http://two:8080"


def test_a_value_is_resolved_once(set_environment):
    set_environment(URL="http://first")
    client = ModelRegistryAPIClient.connect()
    set_environment(URL="http://second")
    assert client.connection.url == "http://first:8080"


def test_what_belongs_to_an_address_is_not_used_with_another(profiles, set_environment):
    profiles("[one]\nurl = https://one\ntoken = for-one\napi = v1\nauthor = ann\n")
    settings = resolve("https://other", profile="one")
    assert settings.connection.token is None
    assert settings.connection.api is None
    assert settings.author == "ann"
    assert resolve("https://one:443/", profile="one").connection.token == "for-one"
    set_environment(URL="https://one", TOKEN="of-environment")
    assert resolve("https://other").connection.token is None
    set_environment(URL="")
    assert resolve("https://other").connection.token == "of-environment"


def test_a_certificate_and_its_key_come_from_one_place(set_environment):
    set_environment(CLIENT_CERT="/env-cert.pem", CLIENT_KEY="/env-key.pem")
    with pytest.raises(InvalidArgumentError, match=r"client_cert must be .* '/cert\.pem'") as caught:
        resolve("https://localhost", client_cert="/cert.pem")
    assert "env-key" not in str(caught.value)


def test_certificates_of_the_environment_are_for_https_alone(set_environment):
    set_environment(CA="/ca.pem", CLIENT_CERT="/cert.pem")
    assert resolve("http://localhost").connection.ca is None
    with pytest.raises(InvalidArgumentError, match=r"'/ca\.pem'.*MODEL_REGISTRY_CA"):
        resolve("https://localhost")


def test_an_own_authorization_leaves_no_room_for_a_token(set_environment):
    set_environment(TOKEN="secret")
    own = resolve("localhost", headers={"Authorization": "Basic YTpi"}).connection
    assert own.token is None
    assert resolve("localhost", auth=lambda _method, _url: {}).connection.token is None
    with pytest.raises(InvalidArgumentError, match="leave one out"):
        resolve("localhost", headers={"authorization": "Basic YTpi"}, token="secret")


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"TOKEN": "a", "TOKEN_FILE": "/b"}, "MODEL_REGISTRY_TOKEN and MODEL_REGISTRY_TOKEN_FILE"),
        ({"READ_TIMEOUT": "soon"}, "MODEL_REGISTRY_READ_TIMEOUT must be a number, got 'soon'"),
        ({"RETRIES": "-1"}, "retries must be a whole number.*MODEL_REGISTRY_RETRIES"),
        ({"API": "v2"}, "api must be 'v1' or 'v1alpha3', got 'v2'.*MODEL_REGISTRY_API"),
        ({"TOKEN_FILE": "/no/such/file"}, "no token file '/no/such/file'.*MODEL_REGISTRY_TOKEN_FILE"),
        ({"PROFILE": "none"}, "no profile 'none'"),
    ],
)
def test_a_wrong_value_is_named_with_its_origin(set_environment, values, words):
    set_environment(**values)
    with pytest.raises(InvalidArgumentError, match=words):
        resolve("localhost")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[one]\nurll = x\n", "has urll; it may have: url, token"),
        ("[one]\nverify = false\n", "has verify"),
        ("token secret\n", "must be an INI file"),
        ("[one]\ntoken secret\n", "must be an INI file"),
        ("[one]\ntoken = a\ntoken = secret\n", "must be an INI file"),
        ("[two]\n", "no profile 'one' in .* there is: two"),
    ],
)
def test_a_wrong_file_is_refused_without_showing_what_it_holds(profiles, text, words):
    profiles(text)
    with pytest.raises(InvalidArgumentError, match=words) as caught:
        resolve("localhost", profile="one")
    assert "secret" not in str(caught.value)


def test_a_byte_order_mark_is_no_part_of_a_profile(profiles):
    profiles("\ufeff[default]\nurl = https://registry.example.org\n")
    assert resolve().connection.url == "https://registry.example.org:443"


def test_a_percent_sign_is_a_character(profiles):
    profiles("[default]\nurl = http://localhost\ntoken = a%b%%c\n")
    assert resolve().connection.token == "a%b%%c"


def test_profiles_are_kept_in_the_platforms_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("MODEL_REGISTRY_CONFIG")
    assert profiles_file().parts[-2:] == ("model-registry", "profiles.ini")


class TestTokenOfThePlatform:
    @pytest.fixture
    def mounted(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        path = tmp_path / "token"
        path.write_text("of-the-pod\n")
        monkeypatch.setattr("model_registry.connection.settings.SERVICE_ACCOUNT_FILE", path)
        return path

    def test_pipelines_name_a_file(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
        path = tmp_path / "kfp"
        path.write_text("of-the-step")
        monkeypatch.setenv(tokens.PIPELINES_VARIABLE, str(path))
        connection = resolve("https://registry.example.org").connection
        assert connection.token == path
        assert connection.origins["token"] == "KF_PIPELINES_SA_TOKEN_PATH"
        assert resolve("https://registry.example.org", token="own").connection.token == "own"

    @pytest.mark.parametrize("host", ["registry", "registry.ns.svc", "registry.ns.svc.cluster.local"])
    def test_a_service_account_is_for_the_cluster(self, mounted: Path, host: str):
        assert resolve(f"https://{host}").connection.token == mounted

    @pytest.mark.parametrize("host", ["registry.example.org", "localhost", "10.0.0.1", "[::1]"])
    def test_and_for_nobody_else(self, mounted: Path, host: str):
        assert resolve(f"https://{host}").connection.token is None

    def test_no_token_means_none(self, mounted: Path):
        assert resolve("https://registry", token="").connection.token is None

    @pytest.mark.parametrize(("value", "expected"), [("abc/def", "abc/def"), ("  ", None), (None, None)])
    def test_a_named_variable_may_hold_a_token(self, monkeypatch: pytest.MonkeyPatch, value, expected):
        if value is not None:
            monkeypatch.setenv("MY_TOKEN", value)
        assert tokens.token_from_variable("MY_TOKEN") == expected

    def test_or_the_path_of_one(self, mounted: Path, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setenv("MY_TOKEN", str(mounted))
        assert tokens.token_from_variable("MY_TOKEN") == mounted
        monkeypatch.setenv("MY_TOKEN", "/no/such/file")
        with pytest.raises(InvalidArgumentError, match="environment variable MY_TOKEN"):
            tokens.token_from_variable("MY_TOKEN")


def test_secrets_are_masked_wherever_a_connection_is_printed():
    connection = Connection(
        "https://registry.example.org", "secret", headers={"X-Key": "secret"}, auth=lambda _method, _url: {}
    )
    for text in (repr(connection), str(connection), f"{connection}"):
        assert "secret" not in text
        assert "'***'" in text


def test_a_connection_is_frozen_and_can_be_copied():
    headers = {"X-Key": "value"}
    connection = Connection("http://localhost", Path(__file__), headers=headers)
    headers["X-Key"] = "changed"
    assert connection.headers == {"X-Key": "value"}
    assert pickle.loads(pickle.dumps(connection)) == connection == copy.deepcopy(connection)
    with pytest.raises(AttributeError):
        connection.url = "http://other"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"read_timeout": 0}, "read_timeout must be a positive number"),
        ({"connect_timeout": float("inf")}, "connect_timeout must be"),
        ({"total_timeout": "5"}, "total_timeout must be"),
        ({"retries": 1.5}, "retries must be"),
        ({"retries": True}, "retries must be"),
        ({"headers": {"a b": "c"}}, "must not hold a header 'a b'"),
        ({"headers": {"Content-Length": "1"}}, "must not hold a header"),
        ({"headers": {"X-Key": "secret\nline"}}, "without line breaks"),
        ({"headers": ["X-Key"]}, "must map names to texts"),
        ({"auth": "token"}, "auth must be a function"),
        ({"api": "v1beta1"}, "api must be"),
        ({"ca": ""}, "ca must be the path"),
    ],
)
def test_wrong_options_are_refused_when_the_connection_is_made(options, words):
    with pytest.raises(InvalidArgumentError, match=words) as caught:
        ModelRegistryAPIClient.connect("https://localhost", **options)
    assert "secret" not in str(caught.value)
