"""Names below the surface that public programs for release 0.3 use, and texts that they compare."""

from __future__ import annotations

import asyncio
import inspect
import logging
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

import mr_openapi
from model_registry import ModelRegistry, exceptions, utils
from model_registry.core import ModelRegistryAPIClient
from model_registry.types import ModelVersion, RegisteredModel
from mr_openapi.models import Artifact, MetadataStringValue, MetadataValue
from tests.support.certificates import Authority


@pytest.fixture
def registry():
    with ModelRegistry.local(author="ann") as client:
        yield client


FORMAT = {"model_format_name": "onnx", "model_format_version": "1"}


def test_row_1_registering_a_version_twice(registry, tmp_path):
    registry.register_model("fraud", "s3://models/fraud", version="1.0", **FORMAT)
    (tmp_path / "m.onnx").write_bytes(b"m")
    target = utils.S3Params("bucket", "fraud", endpoint_url="http://127.0.0.1:9")
    for again in (
        lambda: registry.register_model("fraud", "s3://models/fraud", version="1.0", **FORMAT),
        lambda: registry.register("fraud", "1.0", "s3://models/fraud"),
        lambda: registry.register("fraud", "1.0", files=tmp_path, to=tmp_path / "stored"),
        lambda: registry.upload_artifact_and_register_model(
            "fraud", str(tmp_path), upload_params=target, version="1.0", **FORMAT
        ),
        lambda: registry.async_runner(
            registry._register_new_version(registry.get_registered_model("fraud"), "1.0", "ann")
        ),
        lambda: registry.async_runner(registry._api.upsert_registered_model(RegisteredModel("fraud"))),
    ):
        with pytest.raises(exceptions.StoreError) as raised:
            again()
        assert "already exists" in str(raised.value)
        assert isinstance(raised.value, exceptions.DuplicateError)


def test_row_1_what_else_is_a_duplicate(registry):
    registry.register("fraud", "1.0", "s3://models/fraud", model_external_id="m", external_id="v")
    registry.register_environment("prod", external_id="e")
    trial = registry.dry_run()
    for again in (
        lambda: registry.register("spam", "1.0", "s3://models/spam", model_external_id="m"),
        lambda: registry.register("fraud", "2.0", "s3://models/fraud", external_id="v"),
        lambda: registry.register_environment("prod", if_exists="error"),
        lambda: registry.register_environment("test", external_id="e"),
        lambda: trial.register("fraud", "1.0", "s3://models/fraud"),
        lambda: trial.register("fraud", "2.0", "s3://models/fraud", external_id="v"),
    ):
        with pytest.raises(exceptions.StoreError, match="already exists"):
            again()


def test_row_3_modules_of_signing():
    from model_registry.signing import exceptions as of_signing
    from model_registry.signing import token, trust_manager

    for name in ("BaseSigningError", "InitializationError", "SigningError", "VerificationError"):
        assert getattr(of_signing, name) is getattr(exceptions, name)
    assert trust_manager.TrustManager(logger_adapter=logging.LoggerAdapter(logging.getLogger("t"), {}))
    assert token.decode_jwt_payload("e30.eyJhdWQiOiAic2lnc3RvcmUifQ.c2ln") == {"aud": "sigstore"}
    assert token.extract_client_id({"aud": ["sigstore"]}) == "sigstore"
    identity = token.k8s_sub_to_certificate_identity("system:serviceaccount:fraud:trainer")
    assert identity == "https://kubernetes.io/namespaces/fraud/serviceaccounts/trainer"
    assert token.k8s_sub_to_certificate_identity("ann@example.org") == "ann@example.org"


def test_row_3_the_configuration_of_the_core_client(tmp_path):
    ca = str(Authority(tmp_path / "ca").root)
    client = ModelRegistryAPIClient.secure_connection("https://h", 443, user_token="t", custom_ca=ca)
    assert isinstance(client.config, mr_openapi.Configuration)
    assert (client.config.host, client.config.access_token) == ("https://h:443", "t")
    assert (client.config.ssl_ca_cert, client.config.verify_ssl) == (ca, True)
    given = ModelRegistryAPIClient(mr_openapi.Configuration(host="http://h:8080", access_token="u"))
    assert (given.config.host, given.config.access_token) == ("http://h:8080", "u")
    assert ModelRegistryAPIClient.local("registry.db").config.host == "registry.db"


def test_row_4_coroutines_below_register_model(url, unique):
    with ModelRegistry(url, author="ann") as registry:
        assert registry._author == "ann"
        assert isinstance(registry._api, ModelRegistryAPIClient)
        assert inspect.iscoroutinefunction(registry._register_model)

        async def register():
            model = await registry._register_model(f"{unique}fraud", owner="bob", description="Finds fraud")
            same = await registry._register_model(f"{unique}fraud", owner="carol")
            version = await registry._register_new_version(
                model, "1.0", "ann", description="First", custom_properties={"accuracy": 0.9}
            )
            artifact = await registry._register_model_artifact(
                version, f"{unique}fraud", "s3://models/fraud", model_format_name="onnx"
            )
            found = await registry._api.get_model_version_by_params(model.id, "1.0")
            return model, same, version, artifact, found

        model, same, version, artifact, found = asyncio.run(register())
        assert same == model
        assert found == version
        assert (model.owner, version.author, artifact.uri) == ("bob", "ann", "s3://models/fraud")
        assert registry.get_model_artifact(f"{unique}fraud", "1.0") == artifact


def test_row_4_arguments_for_skopeo(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    program = tmp_path / "skopeo"
    program.write_text(f'#!/bin/sh\necho "$@" >> {ran}\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    backend = utils._get_skopeo_backend(pull_args=["--src-no-creds"], push_args=["--dest-tls-verify=false"])
    assert backend.is_available()
    backend.pull("quay.io/a/base:1", tmp_path / "image", authfile="/auth.json")
    backend.push(tmp_path / "image", "quay.io/a/model:1")
    pulled, pushed = ran.read_text().splitlines()
    assert "--src-authfile /auth.json --src-no-creds" in pulled
    assert "--dest-tls-verify=false" in pushed
    params = utils.OCIParams("base", "quay.io/a/model:1", custom_oci_backend=utils._get_skopeo_backend())
    assert params.custom_oci_backend.is_available()


def test_row_3_backends_of_a_program(tmp_path, monkeypatch):
    assert set(utils.DEFAULT_BACKENDS) == {"skopeo", "oras"}
    assert utils.DEFAULT_BACKENDS["skopeo"]().is_available() is (shutil.which("skopeo") is not None)
    called = []

    def pull(base, dest, **_):
        called.append(base)
        raise RuntimeError("that is enough")

    own = utils.BackendDefinition(lambda: True, pull, pull)
    monkeypatch.setitem(utils.DEFAULT_BACKENDS, "mine", lambda: own)
    (tmp_path / "m.onnx").write_bytes(b"m")
    with pytest.raises(RuntimeError, match="enough"):
        utils.save_to_oci_registry("base:1", "quay.io/a/b:1", tmp_path, backend="mine")
    assert called == ["base:1"]
    with pytest.raises(ValueError, match="skopeo, oras, mine, builtin"):
        utils.save_to_oci_registry("base:1", "quay.io/a/b:1", tmp_path, backend="other")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("get_artifacts", "filter_query"),
        ("get_model_version_artifacts", "model_version_id, filter_query"),
        ("get_environment_inference_services", "serving_environment_id, filter_query"),
        ("get_inference_service_serves", "inference_service_id, filter_query"),
    ],
)
def test_row_5_order_of_generated_arguments(name, first):
    parameters = inspect.signature(getattr(mr_openapi.ModelRegistryServiceApi, name)).parameters
    assert ", ".join(list(parameters)[1:]).startswith(first)


def test_row_6_files_that_do_not_exist(registry, tmp_path):
    missing = str(tmp_path / "missing")
    s3 = utils.S3Params("bucket", "p", "http://127.0.0.1:9", "key", "secret", "eu-1")
    oci = utils.OCIParams("busybox", "localhost:9/a/b:1")
    trial = registry.dry_run()
    for call in (
        lambda: registry.save_to_s3(missing, "bucket", "p", endpoint_url="http://127.0.0.1:9"),
        lambda: utils.save_to_s3(missing, "bucket", "p", endpoint_url="http://127.0.0.1:9"),
        lambda: utils.upload_to_s3(s3, missing),
        lambda: utils.upload_to_s3(s3, missing, s3_client=object()),
        lambda: utils.save_to_oci_registry("busybox", "localhost:9/a/b:1", missing),
        *(
            lambda client=client, params=params: client.upload_artifact_and_register_model(
                "fraud", missing, upload_params=params, version="1", **FORMAT
            )
            for client in (registry, trial)
            for params in (s3, oci)
        ),
    ):
        with pytest.raises(ValueError, match="missing"):
            call()
    assert registry.get_registered_model("fraud") is None


def test_row_7_uris_are_written_plainly():
    uri = utils.s3_uri_from("run=1/m@v1 (a).onnx", "b", endpoint="http://h:9000", region="eu-1")
    assert uri == "s3://b/run=1/m@v1%20(a).onnx?endpoint=http://h:9000&defaultRegion=eu-1"
    assert parse_qs(urlsplit(uri).query) == {"endpoint": ["http://h:9000"], "defaultRegion": ["eu-1"]}
    assert uri.split("?endpoint=")[1].split("&")[0] == "http://h:9000"
    hard = utils.s3_uri_from("a?b#c%d", "b", endpoint="http://h/a&b=c+d", region="r")
    assert urlsplit(hard).path == "/a%3Fb%23c%25d"
    assert parse_qs(urlsplit(hard).query)["endpoint"] == ["http://h/a&b=c+d"]


def test_row_9_unions_by_keyword():
    value = MetadataStringValue(string_value="x", metadataType="MetadataStringValue")
    assert MetadataValue(actual_instance=value).actual_instance == value
    artifact = mr_openapi.ModelArtifact(name="m", artifactType="model-artifact")
    assert Artifact(actual_instance=artifact).actual_instance == artifact


def test_row_8_where_a_pager_is(registry):
    for number in range(5):
        registry.register("fraud", str(number), "s3://models/fraud")
    pager = registry.get_model_versions("fraud").page_size(2)
    assert isinstance(next(iter(pager)), ModelVersion)
    assert pager.options.limit == 2
