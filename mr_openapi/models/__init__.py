# coding: utf-8

# flake8: noqa
"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

__all__ = [
    "Artifact",
    "ArtifactCreate",
    "ArtifactList",
    "ArtifactState",
    "ArtifactTypeQueryParam",
    "ArtifactUpdate",
    "BaseArtifact",
    "BaseModelFields",
    "BaseResource",
    "BaseResourceCreate",
    "BaseResourceDates",
    "BaseResourceList",
    "BaseResourceUpdate",
    "DataSet",
    "DataSetCreate",
    "DataSetUpdate",
    "DocArtifact",
    "DocArtifactCreate",
    "DocArtifactUpdate",
    "Error",
    "ExecutionState",
    "InferenceService",
    "InferenceServiceCreate",
    "InferenceServiceList",
    "InferenceServiceState",
    "InferenceServiceUpdate",
    "MetadataBoolValue",
    "MetadataDoubleValue",
    "MetadataIntValue",
    "MetadataProtoValue",
    "MetadataStringValue",
    "MetadataStructValue",
    "MetadataValue",
    "Metric",
    "MetricCreate",
    "MetricUpdate",
    "ModelArtifact",
    "ModelArtifactCreate",
    "ModelArtifactList",
    "ModelArtifactUpdate",
    "ModelVersion",
    "ModelVersionCreate",
    "ModelVersionList",
    "ModelVersionState",
    "ModelVersionUpdate",
    "OrderByField",
    "Parameter",
    "ParameterCreate",
    "ParameterType",
    "ParameterUpdate",
    "RegisteredModel",
    "RegisteredModelCreate",
    "RegisteredModelList",
    "RegisteredModelState",
    "RegisteredModelUpdate",
    "ServeModel",
    "ServeModelCreate",
    "ServeModelList",
    "ServeModelUpdate",
    "ServingEnvironment",
    "ServingEnvironmentCreate",
    "ServingEnvironmentList",
    "ServingEnvironmentUpdate",
    "SortOrder",
]

import typing as _typing

if _typing.TYPE_CHECKING:
    # import models into model package
    from mr_openapi.models.artifact import Artifact
    from mr_openapi.models.artifact_create import ArtifactCreate
    from mr_openapi.models.artifact_list import ArtifactList
    from mr_openapi.models.artifact_state import ArtifactState
    from mr_openapi.models.artifact_type_query_param import ArtifactTypeQueryParam
    from mr_openapi.models.artifact_update import ArtifactUpdate
    from mr_openapi.models.base_artifact import BaseArtifact
    from mr_openapi.models.base_model_fields import BaseModelFields
    from mr_openapi.models.base_resource import BaseResource
    from mr_openapi.models.base_resource_create import BaseResourceCreate
    from mr_openapi.models.base_resource_dates import BaseResourceDates
    from mr_openapi.models.base_resource_list import BaseResourceList
    from mr_openapi.models.base_resource_update import BaseResourceUpdate
    from mr_openapi.models.data_set import DataSet
    from mr_openapi.models.data_set_create import DataSetCreate
    from mr_openapi.models.data_set_update import DataSetUpdate
    from mr_openapi.models.doc_artifact import DocArtifact
    from mr_openapi.models.doc_artifact_create import DocArtifactCreate
    from mr_openapi.models.doc_artifact_update import DocArtifactUpdate
    from mr_openapi.models.error import Error
    from mr_openapi.models.execution_state import ExecutionState
    from mr_openapi.models.inference_service import InferenceService
    from mr_openapi.models.inference_service_create import InferenceServiceCreate
    from mr_openapi.models.inference_service_list import InferenceServiceList
    from mr_openapi.models.inference_service_state import InferenceServiceState
    from mr_openapi.models.inference_service_update import InferenceServiceUpdate
    from mr_openapi.models.metadata_bool_value import MetadataBoolValue
    from mr_openapi.models.metadata_double_value import MetadataDoubleValue
    from mr_openapi.models.metadata_int_value import MetadataIntValue
    from mr_openapi.models.metadata_proto_value import MetadataProtoValue
    from mr_openapi.models.metadata_string_value import MetadataStringValue
    from mr_openapi.models.metadata_struct_value import MetadataStructValue
    from mr_openapi.models.metadata_value import MetadataValue
    from mr_openapi.models.metric import Metric
    from mr_openapi.models.metric_create import MetricCreate
    from mr_openapi.models.metric_update import MetricUpdate
    from mr_openapi.models.model_artifact import ModelArtifact
    from mr_openapi.models.model_artifact_create import ModelArtifactCreate
    from mr_openapi.models.model_artifact_list import ModelArtifactList
    from mr_openapi.models.model_artifact_update import ModelArtifactUpdate
    from mr_openapi.models.model_version import ModelVersion
    from mr_openapi.models.model_version_create import ModelVersionCreate
    from mr_openapi.models.model_version_list import ModelVersionList
    from mr_openapi.models.model_version_state import ModelVersionState
    from mr_openapi.models.model_version_update import ModelVersionUpdate
    from mr_openapi.models.order_by_field import OrderByField
    from mr_openapi.models.parameter import Parameter
    from mr_openapi.models.parameter_create import ParameterCreate
    from mr_openapi.models.parameter_type import ParameterType
    from mr_openapi.models.parameter_update import ParameterUpdate
    from mr_openapi.models.registered_model import RegisteredModel
    from mr_openapi.models.registered_model_create import RegisteredModelCreate
    from mr_openapi.models.registered_model_list import RegisteredModelList
    from mr_openapi.models.registered_model_state import RegisteredModelState
    from mr_openapi.models.registered_model_update import RegisteredModelUpdate
    from mr_openapi.models.serve_model import ServeModel
    from mr_openapi.models.serve_model_create import ServeModelCreate
    from mr_openapi.models.serve_model_list import ServeModelList
    from mr_openapi.models.serve_model_update import ServeModelUpdate
    from mr_openapi.models.serving_environment import ServingEnvironment
    from mr_openapi.models.serving_environment_create import ServingEnvironmentCreate
    from mr_openapi.models.serving_environment_list import ServingEnvironmentList
    from mr_openapi.models.serving_environment_update import ServingEnvironmentUpdate
    from mr_openapi.models.sort_order import SortOrder

else:
    from importlib import import_module

    _exports = {
        "Artifact": ".artifact",
        "ArtifactCreate": ".artifact_create",
        "ArtifactList": ".artifact_list",
        "ArtifactState": ".artifact_state",
        "ArtifactTypeQueryParam": ".artifact_type_query_param",
        "ArtifactUpdate": ".artifact_update",
        "BaseArtifact": ".base_artifact",
        "BaseModelFields": ".base_model_fields",
        "BaseResource": ".base_resource",
        "BaseResourceCreate": ".base_resource_create",
        "BaseResourceDates": ".base_resource_dates",
        "BaseResourceList": ".base_resource_list",
        "BaseResourceUpdate": ".base_resource_update",
        "DataSet": ".data_set",
        "DataSetCreate": ".data_set_create",
        "DataSetUpdate": ".data_set_update",
        "DocArtifact": ".doc_artifact",
        "DocArtifactCreate": ".doc_artifact_create",
        "DocArtifactUpdate": ".doc_artifact_update",
        "Error": ".error",
        "ExecutionState": ".execution_state",
        "InferenceService": ".inference_service",
        "InferenceServiceCreate": ".inference_service_create",
        "InferenceServiceList": ".inference_service_list",
        "InferenceServiceState": ".inference_service_state",
        "InferenceServiceUpdate": ".inference_service_update",
        "MetadataBoolValue": ".metadata_bool_value",
        "MetadataDoubleValue": ".metadata_double_value",
        "MetadataIntValue": ".metadata_int_value",
        "MetadataProtoValue": ".metadata_proto_value",
        "MetadataStringValue": ".metadata_string_value",
        "MetadataStructValue": ".metadata_struct_value",
        "MetadataValue": ".metadata_value",
        "Metric": ".metric",
        "MetricCreate": ".metric_create",
        "MetricUpdate": ".metric_update",
        "ModelArtifact": ".model_artifact",
        "ModelArtifactCreate": ".model_artifact_create",
        "ModelArtifactList": ".model_artifact_list",
        "ModelArtifactUpdate": ".model_artifact_update",
        "ModelVersion": ".model_version",
        "ModelVersionCreate": ".model_version_create",
        "ModelVersionList": ".model_version_list",
        "ModelVersionState": ".model_version_state",
        "ModelVersionUpdate": ".model_version_update",
        "OrderByField": ".order_by_field",
        "Parameter": ".parameter",
        "ParameterCreate": ".parameter_create",
        "ParameterType": ".parameter_type",
        "ParameterUpdate": ".parameter_update",
        "RegisteredModel": ".registered_model",
        "RegisteredModelCreate": ".registered_model_create",
        "RegisteredModelList": ".registered_model_list",
        "RegisteredModelState": ".registered_model_state",
        "RegisteredModelUpdate": ".registered_model_update",
        "ServeModel": ".serve_model",
        "ServeModelCreate": ".serve_model_create",
        "ServeModelList": ".serve_model_list",
        "ServeModelUpdate": ".serve_model_update",
        "ServingEnvironment": ".serving_environment",
        "ServingEnvironmentCreate": ".serving_environment_create",
        "ServingEnvironmentList": ".serving_environment_list",
        "ServingEnvironmentUpdate": ".serving_environment_update",
        "SortOrder": ".sort_order",
    }

    def __getattr__(name: str) -> object:
        if (module_name := _exports.get(name)) is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(module_name, __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(globals().keys() | _exports.keys())
