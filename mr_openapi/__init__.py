# coding: utf-8

# flake8: noqa

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

__version__ = "0.3.19"

# Define package exports
__all__ = [
    "ModelRegistryServiceApi",
    "ApiResponse",
    "ApiClient",
    "Configuration",
    "OpenApiException",
    "ApiTypeError",
    "ApiValueError",
    "ApiKeyError",
    "ApiAttributeError",
    "ApiException",
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
    # import apis into sdk package
    from mr_openapi.api.model_registry_service_api import ModelRegistryServiceApi as ModelRegistryServiceApi

    # import ApiClient
    from mr_openapi.api_response import ApiResponse as ApiResponse
    from mr_openapi.api_client import ApiClient as ApiClient
    from mr_openapi.configuration import Configuration as Configuration
    from mr_openapi.exceptions import OpenApiException as OpenApiException
    from mr_openapi.exceptions import ApiTypeError as ApiTypeError
    from mr_openapi.exceptions import ApiValueError as ApiValueError
    from mr_openapi.exceptions import ApiKeyError as ApiKeyError
    from mr_openapi.exceptions import ApiAttributeError as ApiAttributeError
    from mr_openapi.exceptions import ApiException as ApiException

    # import models into sdk package
    from mr_openapi.models.artifact import Artifact as Artifact
    from mr_openapi.models.artifact_create import ArtifactCreate as ArtifactCreate
    from mr_openapi.models.artifact_list import ArtifactList as ArtifactList
    from mr_openapi.models.artifact_state import ArtifactState as ArtifactState
    from mr_openapi.models.artifact_type_query_param import ArtifactTypeQueryParam as ArtifactTypeQueryParam
    from mr_openapi.models.artifact_update import ArtifactUpdate as ArtifactUpdate
    from mr_openapi.models.base_artifact import BaseArtifact as BaseArtifact
    from mr_openapi.models.base_model_fields import BaseModelFields as BaseModelFields
    from mr_openapi.models.base_resource import BaseResource as BaseResource
    from mr_openapi.models.base_resource_create import BaseResourceCreate as BaseResourceCreate
    from mr_openapi.models.base_resource_dates import BaseResourceDates as BaseResourceDates
    from mr_openapi.models.base_resource_list import BaseResourceList as BaseResourceList
    from mr_openapi.models.base_resource_update import BaseResourceUpdate as BaseResourceUpdate
    from mr_openapi.models.data_set import DataSet as DataSet
    from mr_openapi.models.data_set_create import DataSetCreate as DataSetCreate
    from mr_openapi.models.data_set_update import DataSetUpdate as DataSetUpdate
    from mr_openapi.models.doc_artifact import DocArtifact as DocArtifact
    from mr_openapi.models.doc_artifact_create import DocArtifactCreate as DocArtifactCreate
    from mr_openapi.models.doc_artifact_update import DocArtifactUpdate as DocArtifactUpdate
    from mr_openapi.models.error import Error as Error
    from mr_openapi.models.execution_state import ExecutionState as ExecutionState
    from mr_openapi.models.inference_service import InferenceService as InferenceService
    from mr_openapi.models.inference_service_create import InferenceServiceCreate as InferenceServiceCreate
    from mr_openapi.models.inference_service_list import InferenceServiceList as InferenceServiceList
    from mr_openapi.models.inference_service_state import InferenceServiceState as InferenceServiceState
    from mr_openapi.models.inference_service_update import InferenceServiceUpdate as InferenceServiceUpdate
    from mr_openapi.models.metadata_bool_value import MetadataBoolValue as MetadataBoolValue
    from mr_openapi.models.metadata_double_value import MetadataDoubleValue as MetadataDoubleValue
    from mr_openapi.models.metadata_int_value import MetadataIntValue as MetadataIntValue
    from mr_openapi.models.metadata_proto_value import MetadataProtoValue as MetadataProtoValue
    from mr_openapi.models.metadata_string_value import MetadataStringValue as MetadataStringValue
    from mr_openapi.models.metadata_struct_value import MetadataStructValue as MetadataStructValue
    from mr_openapi.models.metadata_value import MetadataValue as MetadataValue
    from mr_openapi.models.metric import Metric as Metric
    from mr_openapi.models.metric_create import MetricCreate as MetricCreate
    from mr_openapi.models.metric_update import MetricUpdate as MetricUpdate
    from mr_openapi.models.model_artifact import ModelArtifact as ModelArtifact
    from mr_openapi.models.model_artifact_create import ModelArtifactCreate as ModelArtifactCreate
    from mr_openapi.models.model_artifact_list import ModelArtifactList as ModelArtifactList
    from mr_openapi.models.model_artifact_update import ModelArtifactUpdate as ModelArtifactUpdate
    from mr_openapi.models.model_version import ModelVersion as ModelVersion
    from mr_openapi.models.model_version_create import ModelVersionCreate as ModelVersionCreate
    from mr_openapi.models.model_version_list import ModelVersionList as ModelVersionList
    from mr_openapi.models.model_version_state import ModelVersionState as ModelVersionState
    from mr_openapi.models.model_version_update import ModelVersionUpdate as ModelVersionUpdate
    from mr_openapi.models.order_by_field import OrderByField as OrderByField
    from mr_openapi.models.parameter import Parameter as Parameter
    from mr_openapi.models.parameter_create import ParameterCreate as ParameterCreate
    from mr_openapi.models.parameter_type import ParameterType as ParameterType
    from mr_openapi.models.parameter_update import ParameterUpdate as ParameterUpdate
    from mr_openapi.models.registered_model import RegisteredModel as RegisteredModel
    from mr_openapi.models.registered_model_create import RegisteredModelCreate as RegisteredModelCreate
    from mr_openapi.models.registered_model_list import RegisteredModelList as RegisteredModelList
    from mr_openapi.models.registered_model_state import RegisteredModelState as RegisteredModelState
    from mr_openapi.models.registered_model_update import RegisteredModelUpdate as RegisteredModelUpdate
    from mr_openapi.models.serve_model import ServeModel as ServeModel
    from mr_openapi.models.serve_model_create import ServeModelCreate as ServeModelCreate
    from mr_openapi.models.serve_model_list import ServeModelList as ServeModelList
    from mr_openapi.models.serve_model_update import ServeModelUpdate as ServeModelUpdate
    from mr_openapi.models.serving_environment import ServingEnvironment as ServingEnvironment
    from mr_openapi.models.serving_environment_create import (
        ServingEnvironmentCreate as ServingEnvironmentCreate,
    )
    from mr_openapi.models.serving_environment_list import ServingEnvironmentList as ServingEnvironmentList
    from mr_openapi.models.serving_environment_update import (
        ServingEnvironmentUpdate as ServingEnvironmentUpdate,
    )
    from mr_openapi.models.sort_order import SortOrder as SortOrder

else:
    from importlib import import_module

    _exports = {
        "ModelRegistryServiceApi": ".api.model_registry_service_api",
        "ApiResponse": ".api_response",
        "ApiClient": ".api_client",
        "Configuration": ".configuration",
        "OpenApiException": ".exceptions",
        "ApiTypeError": ".exceptions",
        "ApiValueError": ".exceptions",
        "ApiKeyError": ".exceptions",
        "ApiAttributeError": ".exceptions",
        "ApiException": ".exceptions",
        "Artifact": ".models.artifact",
        "ArtifactCreate": ".models.artifact_create",
        "ArtifactList": ".models.artifact_list",
        "ArtifactState": ".models.artifact_state",
        "ArtifactTypeQueryParam": ".models.artifact_type_query_param",
        "ArtifactUpdate": ".models.artifact_update",
        "BaseArtifact": ".models.base_artifact",
        "BaseModelFields": ".models.base_model_fields",
        "BaseResource": ".models.base_resource",
        "BaseResourceCreate": ".models.base_resource_create",
        "BaseResourceDates": ".models.base_resource_dates",
        "BaseResourceList": ".models.base_resource_list",
        "BaseResourceUpdate": ".models.base_resource_update",
        "DataSet": ".models.data_set",
        "DataSetCreate": ".models.data_set_create",
        "DataSetUpdate": ".models.data_set_update",
        "DocArtifact": ".models.doc_artifact",
        "DocArtifactCreate": ".models.doc_artifact_create",
        "DocArtifactUpdate": ".models.doc_artifact_update",
        "Error": ".models.error",
        "ExecutionState": ".models.execution_state",
        "InferenceService": ".models.inference_service",
        "InferenceServiceCreate": ".models.inference_service_create",
        "InferenceServiceList": ".models.inference_service_list",
        "InferenceServiceState": ".models.inference_service_state",
        "InferenceServiceUpdate": ".models.inference_service_update",
        "MetadataBoolValue": ".models.metadata_bool_value",
        "MetadataDoubleValue": ".models.metadata_double_value",
        "MetadataIntValue": ".models.metadata_int_value",
        "MetadataProtoValue": ".models.metadata_proto_value",
        "MetadataStringValue": ".models.metadata_string_value",
        "MetadataStructValue": ".models.metadata_struct_value",
        "MetadataValue": ".models.metadata_value",
        "Metric": ".models.metric",
        "MetricCreate": ".models.metric_create",
        "MetricUpdate": ".models.metric_update",
        "ModelArtifact": ".models.model_artifact",
        "ModelArtifactCreate": ".models.model_artifact_create",
        "ModelArtifactList": ".models.model_artifact_list",
        "ModelArtifactUpdate": ".models.model_artifact_update",
        "ModelVersion": ".models.model_version",
        "ModelVersionCreate": ".models.model_version_create",
        "ModelVersionList": ".models.model_version_list",
        "ModelVersionState": ".models.model_version_state",
        "ModelVersionUpdate": ".models.model_version_update",
        "OrderByField": ".models.order_by_field",
        "Parameter": ".models.parameter",
        "ParameterCreate": ".models.parameter_create",
        "ParameterType": ".models.parameter_type",
        "ParameterUpdate": ".models.parameter_update",
        "RegisteredModel": ".models.registered_model",
        "RegisteredModelCreate": ".models.registered_model_create",
        "RegisteredModelList": ".models.registered_model_list",
        "RegisteredModelState": ".models.registered_model_state",
        "RegisteredModelUpdate": ".models.registered_model_update",
        "ServeModel": ".models.serve_model",
        "ServeModelCreate": ".models.serve_model_create",
        "ServeModelList": ".models.serve_model_list",
        "ServeModelUpdate": ".models.serve_model_update",
        "ServingEnvironment": ".models.serving_environment",
        "ServingEnvironmentCreate": ".models.serving_environment_create",
        "ServingEnvironmentList": ".models.serving_environment_list",
        "ServingEnvironmentUpdate": ".models.serving_environment_update",
        "SortOrder": ".models.sort_order",
    }

    def __getattr__(name: str) -> object:
        if (module_name := _exports.get(name)) is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(module_name, __name__), name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        return sorted(globals().keys() | _exports.keys())
