"""The manifest of a KServe `InferenceService`, from what a registry knows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.paging import all_items
from model_registry.exceptions import InvalidArgumentError
from model_registry.lookup.models import get_model
from model_registry.lookup.references import Resolver

from .kubernetes import (
    checked_annotations,
    checked_args,
    checked_env,
    checked_labels,
    checked_namespace,
    checked_object_name,
    checked_resources,
    checked_text,
    checked_tolerations,
)
from .location import location_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import Manifest, ModelArtifact, ModelVersion, RegisteredModel

    from .kubernetes import Quantities
    from .location import OCIMode

LABELS = "modelregistry.kubeflow.org"
"""Prefix of the labels by which Kubeflow's controller knows what a service serves."""

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""Valid names of services: DNS labels that begin with a letter."""


@dataclass(frozen=True)
class ServiceOptions:
    """What a manifest says besides the version that it serves.

    Attributes:
        name: Name of the service; derived from the name of the model if not given.
        namespace: Its namespace.
        runtime: Name of the `ServingRuntime`.
        runtime_version: Version of its image.
        protocol_version: Protocol of the service.
        resources: `requests` and `limits`.
        min_replicas: Minimum number of replicas.
        max_replicas: Maximum number of replicas.
        service_account_name: Service account; that of the artifact if not given.
        labels: Further labels.
        annotations: Annotations.
        args: Further arguments of the model server.
        env: Environment variables of the model server: a text, or where Kubernetes takes the value from.
        tolerations: Tolerations of the pods.
        oci_mode: How KServe loads an OCI image.
    """

    name: str | None = None
    namespace: str | None = None
    runtime: str | None = None
    runtime_version: str | None = None
    protocol_version: str | None = None
    resources: Mapping[str, Quantities] | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    service_account_name: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])
    args: Sequence[str] | None = None
    env: Mapping[str, str | Mapping[str, object]] | None = None
    tolerations: Sequence[Mapping[str, object]] | None = None
    oci_mode: OCIMode | None = None


async def inference_service(
    core: ModelRegistryAPIClient, version: ModelVersion, artifact: str | None, options: ServiceOptions
) -> Manifest:
    """Write the manifest of a service that serves a version.

    Args:
        core: The registry.
        version: The version.
        artifact: Name of the model artifact that says where its files are.
        options: What else the manifest says.

    Raises:
        InvalidArgumentError: An option has an invalid value, or the artifact lacks what the manifest needs.
    """
    model = await get_model(core, id=version.registered_model_id or id_of(version))
    current = await Resolver(core).version_of(model, version)
    return _manifest(model, current, await _artifact(core, model, current, artifact), options)


async def _artifact(
    core: ModelRegistryAPIClient, model: RegisteredModel, version: ModelVersion, name: str | None
) -> ModelArtifact:
    """Choose the artifact that says where the version's files are."""
    found = await all_items(lambda options: core.get_model_artifacts(id_of(version), options))
    chosen = [each for each in found if each.name == (name or model.name)] or ([] if name else found)
    if len(chosen) == 1:
        return chosen[0]
    listed = ", ".join(repr(each.name) for each in found) or "none"
    problem = (
        "has several model artifacts" if chosen else f"has no model artifact{f' {name!r}' if name else ''}"
    )
    raise InvalidArgumentError(
        f"{model.name}/{version.name} {problem}: its model artifacts are {listed}; choose one with artifact="
    )


def _manifest(
    model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact, options: ServiceOptions
) -> Manifest:
    _check_replicas(options.min_replicas, options.max_replicas)
    served = {
        "modelFormat": _format(model, version, artifact),
        "runtime": checked_object_name("runtime", options.runtime),
        "runtimeVersion": checked_text("runtime_version", options.runtime_version),
        "protocolVersion": checked_text("protocol_version", options.protocol_version),
        **location_of(model, version, artifact, _oci_mode(options.oci_mode)),
        "resources": checked_resources(options.resources),
        "args": checked_args(options.args),
        "env": checked_env(options.env),
    }
    metadata = {
        "name": _name(options.name, model),
        "namespace": checked_namespace(options.namespace),
        "labels": {
            f"{LABELS}/registered-model-id": model.id,
            f"{LABELS}/model-version-id": version.id,
            **checked_labels(options.labels),
        },
        "annotations": checked_annotations(options.annotations) or None,
    }
    account = checked_object_name("service_account_name", options.service_account_name)
    predictor = {
        "minReplicas": options.min_replicas,
        "maxReplicas": options.max_replicas,
        "serviceAccountName": account or artifact.service_account_name,
        "tolerations": checked_tolerations(options.tolerations),
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


def _oci_mode(mode: OCIMode | None) -> OCIMode | None:
    if mode not in (None, "native", "fetch"):
        raise InvalidArgumentError(f"oci_mode must be 'native' or 'fetch', got {mode!r}")
    return mode


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


def _check_replicas(least: int | None, most: int | None) -> None:
    for argument, value, from_ in (("min_replicas", least, 0), ("max_replicas", most, 1)):
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < from_):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"{argument} must be a whole number from {from_} on, got {value!r}")
    if least is not None and most is not None and least > most:
        raise InvalidArgumentError(f"min_replicas is {least}, which is more than max_replicas, {most}")
