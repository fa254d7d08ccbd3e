"""Programs that were written for release 0.3 of this package, and Kubeflow's own SDK, run unchanged."""

from __future__ import annotations

import asyncio
import logging
import warnings

import pytest

from model_registry import ModelRegistry
from model_registry.exceptions import InvalidArgumentError, StoreError
from model_registry.types import ModelArtifact, ModelVersion, RegisteredModel


def test_a_program_for_release_0_3(url, unique):
    host, _, port = url.rpartition(":")
    registry = ModelRegistry(host, int(port), author="ann", is_secure=False)

    model = registry.register_model(
        f"{unique}fraud",
        "s3://models/fraud.onnx?endpoint=https://s3.example.org&defaultRegion=eu-1",
        model_format_name="onnx",
        model_format_version="1",
        storage_key="models",
        storage_path="fraud.onnx",
        version="1.0",
        description="Tells fraud",
        metadata={"accuracy": 0.93, "final": True, "epochs": 12, "split": "2026-10"},
    )
    assert isinstance(model, RegisteredModel)
    assert (model.name, model.owner) == (f"{unique}fraud", "ann")

    version = registry.get_model_version(f"{unique}fraud", "1.0")
    assert isinstance(version, ModelVersion)
    assert (version.author, version.description) == ("ann", "Tells fraud")
    assert version.custom_properties == {"accuracy": 0.93, "final": True, "epochs": 12, "split": "2026-10"}
    artifact = registry.get_model_artifact(f"{unique}fraud", "1.0")
    assert isinstance(artifact, ModelArtifact)
    assert (artifact.name, artifact.storage_key) == (f"{unique}fraud", "models")

    with pytest.raises(StoreError, match=r"1\.0"):
        registry.register_model(
            f"{unique}fraud", "s3://x", model_format_name="onnx", model_format_version="1", version="1.0"
        )

    model.description = "Fraud in card payments"
    assert registry.update(model).description == "Fraud in card payments"
    version.description = "Better"
    assert registry.update(version).description == "Better"
    artifact.uri = "s3://models/fraud-2.onnx"
    assert registry.update(artifact).uri == "s3://models/fraud-2.onnx"

    found = [each.name for each in registry.get_registered_models().order_by_id().descending().page_size(2)]
    assert f"{unique}fraud" in found
    assert [each.name for each in registry.get_model_versions(f"{unique}fraud")] == ["1.0"]
    assert registry.get_registered_model(f"{unique}nobody") is None
    with pytest.raises(StoreError):
        registry.get_model_versions(f"{unique}nobody")
    registry.close()


def test_an_async_runner_of_the_program(url, unique):
    ran = []

    def run(coroutine):
        ran.append(coroutine.__name__)
        return asyncio.run(coroutine)

    registry = ModelRegistry(url, author="ann", async_runner=run)
    assert registry.get_registered_model(f"{unique}nobody") is None
    assert list(registry.get_registered_models()) is not None
    assert ran[0] == "get_registered_model"
    assert registry.async_runner(asyncio.sleep(0, "done")) == "done"
    registry.close()
    with pytest.raises(InvalidArgumentError, match="async_runner"):
        ModelRegistry(url, author="ann", async_runner="asyncio.run")


def test_building_it_sends_nothing_and_leaves_the_program_alone():
    root = logging.getLogger()
    before = (root.handlers[:], root.level, logging.getLogger("model_registry").level)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        filters = warnings.filters[:]
        with ModelRegistry("https://registry.invalid", author="ann") as registry:
            assert repr(registry) == "ModelRegistry('https://registry.invalid:443')"
        assert warnings.filters == filters
    assert (root.handlers[:], root.level, logging.getLogger("model_registry").level) == before


@pytest.mark.parametrize(
    ("arguments", "url"),
    [
        ({"server_address": "registry.example.org"}, "https://registry.example.org:443"),
        ({"server_address": "registry.example.org", "port": 8443}, "https://registry.example.org:8443"),
        ({"server_address": "localhost", "port": 8080, "is_secure": False}, "http://localhost:8080"),
        ({"server_address": "http://localhost"}, "http://localhost:8080"),
        ({"server_address": "http://localhost:9000", "port": 8080}, "http://localhost:9000"),
        ({"server_address": "https://h/base/", "port": 443, "is_secure": True}, "https://h:443/base"),
        # It never switched TLS off, and no longer switches certificate checks off.
        ({"server_address": "https://h", "is_secure": False}, "https://h:443"),
    ],
)
def test_addresses(arguments, url):
    with ModelRegistry(**arguments, author="ann") as registry:
        assert registry.connection.url == url
        assert registry.connection.verify


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"server_address": "http://h", "is_secure": True}, "http"),
        ({"server_address": "https://h:8443", "port": 9443}, "8443.*9443"),
        ({"port": 8080}, "port=8080 needs a server_address"),
        ({"server_address": 5}, "server_address must be"),
        ({"server_address": "h", "timeout": 5}, "no argument 'timeout'; further ones are .*total_timeout"),
        ({"server_address": "h", "user_token_envvar": "NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE"),
    ],
)
def test_contradictions_are_told_at_once(arguments, said):
    with pytest.raises(InvalidArgumentError, match=said):
        ModelRegistry(**arguments, author="ann")


def test_tokens_and_authorities_from_variables(tmp_path, monkeypatch):
    (tmp_path / "token").write_text("secret\n")
    monkeypatch.setenv("MY_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("MY_CA", "")
    with ModelRegistry(
        "https://h", author="ann", user_token_envvar="MY_TOKEN_FILE", custom_ca_envvar="MY_CA"
    ) as registry:
        assert registry.connection.token == tmp_path / "token"
        assert registry.connection.ca is None
        assert "secret" not in str(registry.connection)


def test_who_registers(monkeypatch, url):
    monkeypatch.delenv("MODEL_REGISTRY_AUTHOR", raising=False)
    monkeypatch.setenv("LOGNAME", "bob")
    with ModelRegistry(url) as registry:
        assert registry.author == "bob"
    monkeypatch.setenv("MODEL_REGISTRY_AUTHOR", "carol")
    with ModelRegistry(url) as registry, ModelRegistry.local() as local:
        assert (registry.author, local.author) == ("carol", "carol")
    with ModelRegistry(url, author="ann") as registry:
        assert registry.author == "ann"


def test_hints_about_ports_are_logged(caplog):
    ModelRegistry.hint_server_address_port("https://registry.example.org", 8080)
    ModelRegistry.hint_server_address_port("https://registry.example.org", 8443)
    ModelRegistry.hint_server_address_port("http://registry.example.org", 8080)
    assert [record.message[:24] for record in caplog.records] == ["port 8080 is unusual for"]


def test_kubeflow_hub(url, unique):
    hub = pytest.importorskip("kubeflow.hub", reason="the package `kubeflow` is not installed")
    client = hub.ModelRegistryClient(url, author="ann")
    model = client.register_model(
        f"{unique}fraud",
        "s3://models/fraud.onnx",
        version="1.0",
        model_format_name="onnx",
        version_description="Tells fraud",
        metadata={"accuracy": 0.93},
        storage_config=hub.StorageConfig(storage_key="models", storage_path="fraud.onnx"),
    )
    assert client.get_model(f"{unique}fraud") == model
    version = client.get_model_version(f"{unique}fraud", "1.0")
    assert (version.author, version.description) == ("ann", "Tells fraud")
    artifact = client.get_model_artifact(f"{unique}fraud", "1.0")
    assert (artifact.uri, artifact.storage_key) == ("s3://models/fraud.onnx", "models")
    model.description = version.description = artifact.description = "changed"
    assert client.update_model(model).description == "changed"
    assert client.update_model_version(version).description == "changed"
    assert client.update_model_artifact(artifact).description == "changed"
    assert f"{unique}fraud" in [each.name for each in client.list_models()]
    assert [each.name for each in client.list_model_versions(f"{unique}fraud")] == ["1.0"]
    with pytest.raises(ValueError, match="not found"):
        client.get_model(f"{unique}nobody")
    with pytest.raises(StoreError):
        list(client.list_model_versions(f"{unique}nobody"))
    with pytest.raises(TypeError):
        client.update_model(version)
    client._registry.close()
