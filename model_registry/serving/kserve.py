"""The manifest of a KServe `InferenceService`, from what a registry knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from model_registry import types
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.arguments import check_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import Manifest, ModelArtifact, ModelVersion, RegisteredModel

LABELS = "modelregistry.kubeflow.org"
"""Prefix of the labels by which Kubeflow's controller knows what a service serves."""

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""Names that services may have: labels of DNS that begin with a letter."""

_LOCAL = frozenset({"", "file"})
"""Schemes of places that a cluster cannot read."""


def inference_service(
    model: RegisteredModel,
    version: ModelVersion,
    artifact: ModelArtifact,
    *,
    name: str | None,
    namespace: str | None,
    runtime: str | None,
    protocol_version: str | None,
    resources: Mapping[str, Mapping[str, str | int | float]] | None,
    min_replicas: int | None,
    max_replicas: int | None,
    service_account_name: str | None,
    labels: Mapping[str, str],
    annotations: Mapping[str, str],
) -> Manifest:
    """Write the manifest.

    Args:
        model: The model.
        version: The version.
        artifact: What says where its files are.
        name: Name of the service; made from that of the model when not given.
        namespace: Its namespace.
        runtime: Name of the `ServingRuntime`.
        protocol_version: Protocol of the service.
        resources: `requests` and `limits`.
        min_replicas: How many replicas there are at least.
        max_replicas: How many replicas there are at most.
        service_account_name: Service account; that of the artifact when not given.
        labels: Further labels.
        annotations: Annotations.

    Returns:
        The manifest.

    Raises:
        InvalidArgumentError: An argument cannot be right, or the artifact does not say what is needed.
    """
    _check_replicas(min_replicas, max_replicas)
    served = {
        "modelFormat": _format(model, version, artifact),
        "runtime": _text("runtime", runtime),
        "protocolVersion": _text("protocol_version", protocol_version),
        **_place(model, version, artifact),
        "resources": _resources(resources),
    }
    metadata = {
        "name": _name(name, model),
        "namespace": _text("namespace", namespace),
        "labels": {
            f"{LABELS}/registered-model-id": model.id,
            f"{LABELS}/model-version-id": version.id,
            **_texts("labels", labels),
        },
        "annotations": _texts("annotations", annotations) or None,
    }
    predictor = {
        "minReplicas": min_replicas,
        "maxReplicas": max_replicas,
        "serviceAccountName": _text("service_account_name", service_account_name)
        or artifact.service_account_name,
        "model": _given(served),
    }
    return types.Manifest(
        {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": _given(metadata),
            "spec": {"predictor": _given(predictor)},
        }
    )


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


def _format(model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact) -> dict[str, str]:
    if not artifact.model_format_name:
        raise InvalidArgumentError(
            f"artifact {artifact.name!r} of {model.name}/{version.name} does not say its format, which the "
            "manifest needs: set its model_format_name, such as 'onnx'"
        )
    format_version = artifact.model_format_version
    return {"name": artifact.model_format_name, **({"version": format_version} if format_version else {})}


def _place(model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact) -> dict[str, Any]:
    """Say where the files are: by a data connection and a path, or by a URI."""
    uri = artifact.uri or ""
    parts = urlsplit(uri)
    path = artifact.storage_path or (parts.path.lstrip("/") if parts.scheme == "s3" else "")
    if artifact.storage_key and path:
        return {"storage": {"key": artifact.storage_key, "path": path}}
    of = f"artifact {artifact.name!r} of {model.name}/{version.name}"
    if not uri:
        missing = "has a storage_key, but neither a storage_path nor" if artifact.storage_key else "has no"
        raise InvalidArgumentError(
            f"{of} {missing} uri, and the manifest has to say where the files are: set its uri, or both "
            "storage_key and storage_path"
        )
    if parts.scheme in _LOCAL:
        raise InvalidArgumentError(
            f"the files of {of} are at {uri!r}, which no cluster can read: move them to a store first"
        )
    if parts.scheme == "s3":  # endpoint and region, which KServe takes from the service account
        return {"storageUri": uri.partition("?")[0]}
    return {"storageUri": uri}


def _name(name: str | None, model: RegisteredModel) -> str:
    made = re.sub(r"[^a-z0-9]+", "-", model.name.lower()).strip("-")[:63].rstrip("-")
    chosen = made if name is None else name
    if isinstance(chosen, str) and _NAME.fullmatch(chosen):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
        return chosen
    origin = f", made from the model's {model.name!r}: give another name" if name is None else ""
    raise InvalidArgumentError(
        "a service needs a name of at most 63 small letters, digits and dashes that begins with a letter, "
        f"got {chosen!r}{origin}"
    )


def _text(argument: str, value: str | None) -> str | None:
    if value is None:
        return None
    check_text(argument, value)
    if not value:
        raise InvalidArgumentError(f"{argument} must be a text of at least one character, or left out")
    return value


def _texts(argument: str, given: Mapping[str, str]) -> dict[str, str]:
    for name, value in given.items():
        check_text(f"a name in {argument}", name)
        check_text(f"{argument}[{name!r}]", value)
    return dict(given)


def _resources(given: Mapping[str, Mapping[str, str | int | float]] | None) -> dict[str, Any] | None:
    if given is None:
        return None
    if unknown := given.keys() - {"requests", "limits"}:
        raise InvalidArgumentError(f"resources has requests and limits, got {', '.join(sorted(unknown))}")
    return {name: dict(quantities) for name, quantities in given.items()}


def _check_replicas(least: int | None, most: int | None) -> None:
    for argument, value, from_ in (("min_replicas", least, 0), ("max_replicas", most, 1)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < from_):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"{argument} must be a whole number from {from_} on, got {value!r}")
    if least is not None and most is not None and least > most:
        raise InvalidArgumentError(f"min_replicas is {least}, which is more than max_replicas, {most}")
