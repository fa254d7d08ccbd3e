"""The manifest of a KServe `InferenceService`, from what a registry knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from model_registry import types
from model_registry.core.base import id_of
from model_registry.core.paging import all_items
from model_registry.exceptions import InvalidArgumentError
from model_registry.lookup.models import get_model
from model_registry.lookup.references import Resolver
from model_registry.types.arguments import check_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import Manifest, ModelArtifact, ModelVersion, RegisteredModel

LABELS = "modelregistry.kubeflow.org"
"""Prefix of the labels by which Kubeflow's controller knows what a service serves."""

_NAME = re.compile(r"[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?")
"""Valid names of services: DNS labels that begin with a letter."""

_LOCAL = frozenset({"", "file"})
"""Schemes of URIs that a cluster cannot read."""


@dataclass(frozen=True)
class ServiceOptions:
    """What a manifest says besides the version that it serves.

    Attributes:
        name: Name of the service; derived from the name of the model if not given.
        namespace: Its namespace.
        runtime: Name of the `ServingRuntime`.
        protocol_version: Protocol of the service.
        resources: `requests` and `limits`.
        min_replicas: Minimum number of replicas.
        max_replicas: Maximum number of replicas.
        service_account_name: Service account; that of the artifact if not given.
        labels: Further labels.
        annotations: Annotations.
    """

    name: str | None = None
    namespace: str | None = None
    runtime: str | None = None
    protocol_version: str | None = None
    resources: Mapping[str, Mapping[str, str | int | float]] | None = None
    min_replicas: int | None = None
    max_replicas: int | None = None
    service_account_name: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])


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
        "runtime": _text("runtime", options.runtime),
        "protocolVersion": _text("protocol_version", options.protocol_version),
        **_location(model, version, artifact),
        "resources": _resources(options.resources),
    }
    metadata = {
        "name": _name(options.name, model),
        "namespace": _text("namespace", options.namespace),
        "labels": {
            f"{LABELS}/registered-model-id": model.id,
            f"{LABELS}/model-version-id": version.id,
            **_texts("labels", options.labels),
        },
        "annotations": _texts("annotations", options.annotations) or None,
    }
    account = _text("service_account_name", options.service_account_name)
    predictor = {
        "minReplicas": options.min_replicas,
        "maxReplicas": options.max_replicas,
        "serviceAccountName": account or artifact.service_account_name,
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


def _location(model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact) -> dict[str, Any]:
    """Return where the files are: a data connection and a path, or a URI."""
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
