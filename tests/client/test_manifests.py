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
        protocol_version="v2",
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
                "model": {
                    "modelFormat": {"name": "onnx", "version": "1"},
                    "runtime": "mlserver",
                    "protocolVersion": "v2",
                    "storageUri": "s3://bucket/models/fraud",
                    "resources": {
                        "requests": {"cpu": 1, "memory": "2Gi"},
                        "limits": {"nvidia.com/gpu": 1},
                    },
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
        ("nobody/1.0", NotFoundError, "no version with model 'nobody'"),
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
        (done.version, {"labels": {"a": 1}}, r"labels\['a'\]"),
    ]:
        with pytest.raises(InvalidArgumentError, match=message):
            await registry.manifest(version, **arguments)
