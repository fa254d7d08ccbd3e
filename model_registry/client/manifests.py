"""Manifests that serve what is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError
from model_registry.serving.kserve import inference_service

from .served import Served

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry.types import Manifest, ModelArtifact, ModelVersion, Reference, RegisteredModel


class Manifests(Served):
    """Manifests that serve what is registered."""

    async def manifest(
        self,
        model: str | Reference | RegisteredModel | ModelVersion,
        version: str | None = None,
        *,
        artifact: str | None = None,
        name: str | None = None,
        namespace: str | None = None,
        runtime: str | None = None,
        protocol_version: str | None = None,
        resources: Mapping[str, Mapping[str, str | int | float]] | None = None,
        min_replicas: int | None = None,
        max_replicas: int | None = None,
        service_account_name: str | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
    ) -> Manifest:
        """Write the manifest of a KServe `InferenceService` that serves a version. No cluster is asked.

        Format, place and service account of the files are those of the version's model artifact. A
        `storage_key` with a path, its own or that of an `s3` URI, becomes `storage`, for data connections;
        any other URI `storageUri`. Labels tell Kubeflow's controller which model and version it is, so that
        it keeps the registry up to date.

        Args:
            model: The version, or a reference to it, such as `fraud@champion`; or its model, or the name of
                that.
            version: Name of the version, when it is given by the model and its name.
            artifact: Name of the model artifact, where the version has several and none is named like the
                model.
            name: Name of the service; made from that of the model when not given.
            namespace: Namespace of the service.
            runtime: Name of the `ServingRuntime`; KServe chooses one by the format when not given.
            protocol_version: Protocol of the service, such as `v2`.
            resources: `requests` and `limits`, as Kubernetes has them.
            min_replicas: How many replicas there are at least; 0 lets it sleep.
            max_replicas: How many replicas there are at most.
            service_account_name: Service account that may read the files; that of the artifact when not
                given.
            labels: Further labels, such as `modelregistry.kubeflow.org/name` where there are several
                registries.
            annotations: Annotations.

        Returns:
            The manifest, with `to_dict()` and `to_yaml()`.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: An argument cannot be right, or the artifact does not say what is needed:
                a format, and where the files are.
            StoreError: The registry could not be asked.

        Example:
            >>> done = await registry.register(
            ...     "Fraud", "1.0", "oci://quay.io/models/fraud:1.0", model_format_name="onnx",
            ... )
            >>> print(await registry.manifest("Fraud", "1.0", namespace="payments", runtime="mlserver"))
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata:
              name: fraud
              namespace: payments
              labels:
                modelregistry.kubeflow.org/registered-model-id: "1"
                modelregistry.kubeflow.org/model-version-id: "2"
            spec:
              predictor:
                model:
                  modelFormat:
                    name: onnx
                  runtime: mlserver
                  storageUri: "oci://quay.io/models/fraud:1.0"
        """
        parent, served = await self._served(model, version)
        return inference_service(
            parent,
            served,
            await self._files(parent, served, artifact),
            name=name,
            namespace=namespace,
            runtime=runtime,
            protocol_version=protocol_version,
            resources=resources,
            min_replicas=min_replicas,
            max_replicas=max_replicas,
            service_account_name=service_account_name,
            labels=labels or {},
            annotations=annotations or {},
        )

    async def _served(
        self, model: str | Reference | RegisteredModel | ModelVersion, version: str | None
    ) -> tuple[RegisteredModel, ModelVersion]:
        """Get the model and the version that arguments name."""
        if version is None and isinstance(model, (str, types.Reference)):
            model = await self.resolve(model)
        if isinstance(model, types.ModelVersion):
            if version is not None:
                raise InvalidArgumentError(f"version {version!r} needs its model, and a version was given")
            parent = await self.get_model(id=model.registered_model_id or id_of(model))
            return parent, await self._version(parent, model)
        if version is None or isinstance(model, types.Reference):
            raise InvalidArgumentError("give a version, a reference to it, or its model and its name")
        parent = await self._model(model)
        return parent, await self._version(parent, version)

    async def _files(self, model: RegisteredModel, version: ModelVersion, name: str | None) -> ModelArtifact:
        """Choose the artifact that says where the version's files are."""
        pager = types.Pager(lambda options: self.core.get_model_artifacts(id_of(version), options))
        found = [each async for each in pager.page_size(100)]
        wanted = model.name if name is None else name
        chosen = [each for each in found if each.name == wanted] or (found if name is None else [])
        path = f"{model.name}/{version.name}"
        listed = ", ".join(repr(each.name) for each in found) or "none"
        if not chosen:
            named = "" if name is None else f" {name!r}"
            raise InvalidArgumentError(f"{path} has no model artifact{named} to be served; it has {listed}")
        if len(chosen) > 1:
            raise InvalidArgumentError(f"{path} has several model artifacts: say which by artifact: {listed}")
        return chosen[0]
