"""Manifests that deploy a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.lookup.references import Resolver

from .base import Base

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from model_registry.serving.kubernetes import Quantities
    from model_registry.serving.location import OCIMode
    from model_registry.types import Manifest, ModelVersion, Reference


class Manifests(Base):
    """Manifests that deploy a version."""

    async def manifest(
        self,
        version: str | Reference | ModelVersion,
        *,
        artifact: str | None = None,
        name: str | None = None,
        namespace: str | None = None,
        runtime: str | None = None,
        runtime_version: str | None = None,
        protocol_version: str | None = None,
        resources: Mapping[str, Quantities] | None = None,
        min_replicas: int | None = None,
        max_replicas: int | None = None,
        service_account_name: str | None = None,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        args: Sequence[str] | None = None,
        env: Mapping[str, str | Mapping[str, object]] | None = None,
        tolerations: Sequence[Mapping[str, object]] | None = None,
        oci_mode: OCIMode | None = None,
    ) -> Manifest:
        """Write the manifest of a KServe `InferenceService` that serves a version. It needs no cluster.

        Format, location and service account of the files are those of the version's model artifact. A
        `storage_key` with a path, its own or that of an `s3` URI, becomes `storage`, for data connections;
        any other URI becomes `storageUri`. Labels tell Kubeflow's controller which model and version the
        service serves, so that it keeps the registry up to date.

        Args:
            version: The version, or a reference to it, such as `fraud@champion`.
            artifact: Name of the model artifact, where the version has several and none is named like the
                model.
            name: Name of the service; made from that of the model if not given.
            namespace: Namespace of the service.
            runtime: Name of the `ServingRuntime`; KServe chooses one by the format if not given.
            runtime_version: Version of the image of the runtime.
            protocol_version: Protocol of the service, such as `v2`.
            resources: `requests` and `limits`, as Kubernetes has them.
            min_replicas: Minimum number of replicas; with 0, KServe stops a service that is not used.
            max_replicas: Maximum number of replicas.
            service_account_name: Service account that may read the files; that of the artifact if not given.
            labels: Further labels, such as `modelregistry.kubeflow.org/name` where there are several
                registries.
            annotations: Annotations.
            args: Further arguments of the model server.
            env: Environment variables of the model server. A value is a text, or a dictionary that says where
                Kubernetes takes it from, such as `{"secretKeyRef": {"name": "hub", "key": "token"}}`.
            tolerations: Tolerations of the pods, as Kubernetes has them.
            oci_mode: How KServe 0.20 and later load an `oci` URI: `native` as an image volume, `fetch` with
                the storage initializer. If not given, the cluster's setting decides.

        Returns:
            The manifest, with `to_dict()` and `to_yaml()`.

        Raises:
            NotFoundError: There is no such model or version.
            InvalidArgumentError: An argument has a value that Kubernetes would refuse, or the artifact has no
                format, or no location that a cluster can read.
            StoreError: The request failed.

        Example:
            >>> done = await registry.register(
            ...     "Fraud", "1.0", "oci://quay.io/models/fraud:1.0", model_format_name="onnx",
            ... )
            >>> print(await registry.manifest("Fraud/1.0", namespace="payments", runtime="mlserver"))
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
        from model_registry.serving.kserve import ServiceOptions, inference_service

        options = ServiceOptions(
            name=name,
            namespace=namespace,
            runtime=runtime,
            runtime_version=runtime_version,
            protocol_version=protocol_version,
            resources=resources,
            min_replicas=min_replicas,
            max_replicas=max_replicas,
            service_account_name=service_account_name,
            labels=labels or {},
            annotations=annotations or {},
            args=args,
            env=env,
            tolerations=tolerations,
            oci_mode=oci_mode,
        )
        found = await Resolver(self.core).version(version)
        return await inference_service(self.core, found, artifact, options)
