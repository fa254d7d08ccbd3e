"""Manifests of KServe inference services from what is registered."""

from __future__ import annotations

import pytest
import yaml

from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import ModelArtifact, ModelVersion, Reference

IDS = "modelregistry.kubeflow.org/registered-model-id", "modelregistry.kubeflow.org/model-version-id"


async def test_a_manifest_with_all_that_it_can_say(registry, unique):
    done = await registry.register(
        f"{unique}Fraud Model",
        "1.0",
        "s3://bucket/models/fraud?endpoint=http%3A%2F%2Fminio&defaultRegion=eu",
        model_format_name="onnx",
        model_format_version="1",
        service_account_name="reader",
    )
    manifest = await registry.manifest(
        done.version,
        namespace="payments",
        runtime="mlserver",
        runtime_version="1.6.1",
        protocol_version="v2",
        args=["--workers=2"],
        env={"LEVEL": "debug", "TOKEN": {"secretKeyRef": {"name": "hub", "key": "token"}}},
        tolerations=[{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
        resources={"requests": {"cpu": 1, "memory": "2Gi"}, "limits": {"nvidia.com/gpu": 1}},
        min_replicas=0,
        max_replicas=3,
        labels={"modelregistry.kubeflow.org/name": "main", "team": "1"},
        annotations={"serving.kserve.io/deploymentMode": "RawDeployment"},
    )
    assert manifest.to_dict() == {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": f"{unique}fraud-model",
            "namespace": "payments",
            "labels": {
                IDS[0]: done.model.id,
                IDS[1]: done.version.id,
                "modelregistry.kubeflow.org/name": "main",
                "team": "1",
            },
            "annotations": {"serving.kserve.io/deploymentMode": "RawDeployment"},
        },
        "spec": {
            "predictor": {
                "minReplicas": 0,
                "maxReplicas": 3,
                "serviceAccountName": "reader",
                "tolerations": [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}],
                "model": {
                    "modelFormat": {"name": "onnx", "version": "1"},
                    "runtime": "mlserver",
                    "runtimeVersion": "1.6.1",
                    "protocolVersion": "v2",
                    "storageUri": "s3://bucket/models/fraud",
                    "resources": {
                        "requests": {"cpu": 1, "memory": "2Gi"},
                        "limits": {"nvidia.com/gpu": 1},
                    },
                    "args": ["--workers=2"],
                    "env": [
                        {"name": "LEVEL", "value": "debug"},
                        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token"}}},
                    ],
                },
            }
        },
    }
    assert yaml.safe_load(manifest.to_yaml()) == manifest.to_dict()
    assert f"{manifest}\n" == manifest.to_yaml()
    assert repr(manifest) == f"Manifest(InferenceService {unique}fraud-model)"
    manifest.to_dict()["metadata"]["name"] = "changed"
    assert manifest.to_dict()["metadata"]["name"] == f"{unique}fraud-model"


async def test_ways_to_name_the_version(registry, unique):
    done = await registry.register(f"{unique}m", "1.0", "hf://org/model", model_format_name="huggingface")
    expected = await registry.manifest(done.version)
    assert await registry.manifest(f"{unique}m/1.0") == expected
    assert await registry.manifest(f"model-registry://{unique}m@latest") == expected
    assert await registry.manifest(Reference(f"{unique}m", "1.0")) == expected
    for version, kind, message in [
        ("nobody/1.0", NotFoundError, "no model 'nobody'"),
        (f"{unique}m/2.0", NotFoundError, r"version '2\.0'"),
        (ModelVersion("1.0"), InvalidArgumentError, "not registered"),
        (done.model, InvalidArgumentError, "a reference must be a text"),
        (7, InvalidArgumentError, "a reference must be a text"),
    ]:
        with pytest.raises(kind, match=message):
            await registry.manifest(version)


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"uri": "oci://quay.io/models/m:1"}, {"storageUri": "oci://quay.io/models/m:1"}),
        ({"uri": "hf://org/model:main"}, {"storageUri": "hf://org/model:main"}),
        ({"uri": "pvc://claim/models"}, {"storageUri": "pvc://claim/models"}),
        ({"uri": "https://example.org/m.tar?x=1"}, {"storageUri": "https://example.org/m.tar?x=1"}),
        ({"uri": "s3://bucket/m", "storage_key": "key"}, {"storage": {"key": "key", "path": "m"}}),
        (
            {"uri": "s3://bucket/m", "storage_key": "key", "storage_path": "p"},
            {"storage": {"key": "key", "path": "p"}},
        ),
        ({"storage_key": "key", "storage_path": "p/m"}, {"storage": {"key": "key", "path": "p/m"}}),
        ({"uri": "oci://quay.io/m:1", "storage_key": "key"}, {"storageUri": "oci://quay.io/m:1"}),
        ({"uri": "s3://bucket/m", "storage_path": "p"}, {"storageUri": "s3://bucket/m"}),
        ({"uri": "s3://bucket/a%20b%23c%25"}, {"storageUri": "s3://bucket/a b#c%"}),
        ({"uri": "s3://bucket/a#b 100%"}, {"storageUri": "s3://bucket/a#b 100%"}),
        (
            {"uri": "s3://bucket/a%20b#c/", "storage_key": "key"},
            {"storage": {"key": "key", "path": "a b#c/"}},
        ),
        ({"uri": "gs://bucket/a%20b"}, {"storageUri": "gs://bucket/a b"}),
        (
            {"uri": "az://models/a%20b?account=example"},
            {"storageUri": "https://example.blob.core.windows.net/models/a b"},
        ),
        ({"uri": "hf://org/model@v1"}, {"storageUri": "hf://org/model:v1"}),
        ({"uri": "oci+native://quay.io/m:1"}, {"storageUri": "oci+native://quay.io/m:1"}),
        ({"uri": "oci+fetch://quay.io/m:1"}, {"storageUri": "oci+fetch://quay.io/m:1"}),
        ({"uri": "my-store://fraud/1"}, {"storageUri": "my-store://fraud/1"}),
    ],
)
async def test_where_the_files_are(registry, unique, fields, place):
    done = await registry.register(f"{unique}m", "1.0", model_format_name="onnx", **fields)
    model = (await registry.manifest(done.version)).to_dict()["spec"]["predictor"]["model"]
    assert model == {"modelFormat": {"name": "onnx"}, **place}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"uri": "s3://bucket/m"}, "does not say its format"),
        ({"model_format_name": "onnx"}, "has no uri"),
        ({"model_format_name": "onnx", "storage_key": "key"}, "neither a storage_path nor uri"),
        ({"model_format_name": "onnx", "uri": "/home/ann/m"}, "no cluster can read"),
        ({"model_format_name": "onnx", "uri": "file:///home/ann/m"}, "no cluster can read"),
        ({"model_format_name": "onnx", "uri": "C:\\models\\m.onnx"}, "no cluster can read the local path"),
        ({"model_format_name": "onnx", "uri": "C:/models/m.onnx"}, "no cluster can read the local path"),
        ({"model_format_name": "onnx", "uri": "d:model.onnx"}, "no cluster can read the local path"),
        ({"model_format_name": "onnx", "uri": "\\\\nas\\m.onnx"}, "no cluster can read the local path"),
        ({"model_format_name": "onnx", "uri": "s3://bucket"}, "names a bucket and no key"),
        (
            {"model_format_name": "onnx", "uri": "s3://bucket/", "storage_key": "k"},
            "names a bucket and no key",
        ),
        ({"model_format_name": "onnx", "uri": "gs://bucket/"}, "names a bucket and no key"),
        ({"model_format_name": "onnx", "uri": "s3://bucket/k?versionId=1"}, "the parameter 'versionId'"),
        ({"model_format_name": "onnx", "uri": "runs:/0a1b/model"}, "only MLflow can resolve"),
        ({"model_format_name": "onnx", "uri": "models:/fraud/1"}, "only MLflow can resolve"),
        ({"model_format_name": "onnx", "uri": "mlflow-artifacts:/0/a"}, "only MLflow can resolve"),
        ({"model_format_name": "onnx", "uri": "urn:x:y"}, "only a program can resolve"),
        ({"model_format_name": "onnx", "uri": "az://models/m"}, "names no storage account"),
        ({"model_format_name": "onnx", "uri": "abfss://c@a.dfs.core.windows.net/m"}, "cannot read abfss://"),
        ({"model_format_name": "onnx", "uri": "hf://org/model@v1/m.onnx"}, "whole model repositories"),
        ({"model_format_name": "onnx", "uri": "hf://datasets/org/d"}, "whole model repositories"),
        ({"model_format_name": "onnx", "uri": "oci://quay.io/Upper:1"}, "not an OCI reference"),
        ({"model_format_name": "onnx", "uri": "oci+native://"}, "not an OCI reference"),
        ({"model_format_name": "onnx", "uri": "https://example.org"}, "names no file or folder"),
        ({}, "has no model artifact: its model artifacts are none"),
    ],
)
async def test_what_is_missing_is_said(registry, unique, fields, message):
    done = await registry.register(f"{unique}m", "1.0", **fields)
    with pytest.raises(InvalidArgumentError, match=message):
        await registry.manifest(done.version)


async def test_one_of_several_artifacts(registry, unique):
    others = [ModelArtifact(name=name, uri=f"s3://b/{name}", model_format_name="onnx") for name in "ab"]
    done = await registry.register(f"{unique}m", "1.0", artifacts=others)
    with pytest.raises(
        InvalidArgumentError, match="several model artifacts: its model artifacts are 'a', 'b'"
    ):
        await registry.manifest(done.version)
    with pytest.raises(InvalidArgumentError, match="no model artifact 'c': its model artifacts are 'a', 'b'"):
        await registry.manifest(done.version, artifact="c")
    chosen = (await registry.manifest(done.version, artifact="b")).to_dict()
    assert chosen["spec"]["predictor"]["model"]["storageUri"] == "s3://b/b"
    own = await registry.register(
        f"{unique}m", "2.0", "s3://b/own", model_format_name="onnx", artifacts=others
    )
    chosen = (await registry.manifest(own.version)).to_dict()
    assert chosen["spec"]["predictor"]["model"]["storageUri"] == "s3://b/own"


async def test_wrong_arguments_are_refused(registry, unique):
    done = await registry.register(f"{unique}m", "1.0", "s3://b/m", model_format_name="onnx")
    digits = await registry.register(f"7{unique}", "1.0", "s3://b/m", model_format_name="onnx")
    for version, arguments, message in [
        (digits.version, {}, "made from the model's"),
        (done.version, {"name": "Fraud"}, "small letters"),
        (done.version, {"name": "a" * 64}, "at most 63"),
        (done.version, {"min_replicas": -1}, "min_replicas"),
        (done.version, {"max_replicas": 0}, "max_replicas"),
        (done.version, {"min_replicas": 3, "max_replicas": 2}, "more than max_replicas"),
        (done.version, {"resources": {"cpu": {}}}, "requests and limits, got cpu"),
        (done.version, {"runtime": ""}, "runtime"),
        (done.version, {"runtime": "ML Server"}, "runtime must have at most 253"),
        (done.version, {"namespace": "Payments"}, "namespace must have at most 63 small letters"),
        (done.version, {"namespace": "a" * 64}, "namespace must have at most 63"),
        (done.version, {"namespace": "a.b"}, "namespace"),
        (done.version, {"service_account_name": "-a"}, "service_account_name"),
        (done.version, {"labels": {"a": 1}}, r"labels\['a'\]"),
        (done.version, {"labels": {"a": "two words"}}, "use an annotation"),
        (done.version, {"labels": {"a": "x" * 64}}, "at most 63"),
        (done.version, {"labels": {"-a": "b"}}, "a name in labels"),
        (done.version, {"labels": {"a/b/c": "b"}}, "a name in labels"),
        (done.version, {"labels": {"": "b"}}, "a name in labels"),
        (done.version, {"annotations": {"a b": "c"}}, "a name in annotations"),
        (done.version, {"annotations": {"a": "x" * 262_144}}, "262145 bytes"),
        (done.version, {"resources": {"limits": {"cpu": "two"}}}, r"\['cpu'\] must be a quantity"),
        (done.version, {"resources": {"limits": {"memory": "2GB"}}}, "must be a quantity"),
        (done.version, {"resources": {"limits": {"memory": "2 Gi"}}}, "must be a quantity"),
        (done.version, {"resources": {"limits": {"cpu": -1}}}, "must not be negative"),
        (done.version, {"resources": {"limits": {"cpu": True}}}, "must be a quantity"),
        (done.version, {"resources": {"limits": {"cpu": float("nan")}}}, "must be a quantity"),
        (done.version, {"resources": {"limits": {"nvidia.com/gpu": 0.5}}}, "devices cannot be divided"),
        (
            done.version,
            {"resources": {"requests": {"memory": "3Gi"}, "limits": {"memory": "3G"}}},
            "requests memory '3Gi', which is more than the limit '3G'",
        ),
        (done.version, {"args": "--workers=2"}, "args must be a list"),
        (done.version, {"args": [1]}, r"args\[0\]"),
        (done.version, {"env": {"1A": "x"}}, "a name in env"),
        (done.version, {"env": {"A": 1}}, r"env\['A'\]"),
        (done.version, {"tolerations": {"key": "a"}}, "tolerations must be a list"),
        (done.version, {"tolerations": [{"kee": "a"}]}, "got 'kee'"),
        (done.version, {"tolerations": [{"key": "a", "effect": "noschedule"}]}, "PreferNoSchedule"),
        (done.version, {"tolerations": [{"effect": "NoSchedule"}]}, "needs the operator 'Exists'"),
        (done.version, {"oci_mode": "modelcar"}, "oci_mode must be"),
    ]:
        with pytest.raises(InvalidArgumentError, match=message):
            await registry.manifest(version, **arguments)


@pytest.mark.parametrize("amount", [1, 0.5, "500m", "1e3", "2Gi", "1.5G", "0", ".5", "5E", "5Ei", "100u"])
async def test_quantities_of_kubernetes(registry, unique, amount):
    done = await registry.register(f"{unique}m", "1.0", "s3://b/m", model_format_name="onnx")
    manifest = await registry.manifest(done.version, resources={"requests": {"cpu": amount}})
    assert manifest.to_dict()["spec"]["predictor"]["model"]["resources"] == {"requests": {"cpu": amount}}


@pytest.mark.parametrize("mode", ["native", "fetch"])
async def test_how_kserve_loads_an_image(registry, unique, mode):
    done = await registry.register(f"{unique}m", "1.0", "oci://quay.io/m:1", model_format_name="onnx")
    model = (await registry.manifest(done.version, oci_mode=mode)).to_dict()["spec"]["predictor"]["model"]
    assert model["storageUri"] == f"oci+{mode}://quay.io/m:1"


async def test_a_refused_uri_shows_no_secret(registry, unique):
    uri = "s3://bucket?X-Amz-Signature=HUSH"
    done = await registry.register(f"{unique}m", "1.0", uri, model_format_name="onnx")
    with pytest.raises(InvalidArgumentError) as caught:
        await registry.manifest(done.version)
    assert "HUSH" not in str(caught.value)
