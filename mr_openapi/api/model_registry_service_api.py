# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Optional, TypeVar, Union

from typing_extensions import Unpack

from mr_openapi.exceptions import ApiTypeError, ApiValueError
from mr_openapi.request import CallOptions, Requester, request_with

if TYPE_CHECKING:
    # A model is loaded when a response needs it, the HTTP client when one has to be created.
    from typing import Optional

    from mr_openapi.api_client import ApiClient
    from mr_openapi.models.artifact import Artifact
    from mr_openapi.models.artifact_create import ArtifactCreate
    from mr_openapi.models.artifact_list import ArtifactList
    from mr_openapi.models.artifact_type_query_param import ArtifactTypeQueryParam
    from mr_openapi.models.artifact_update import ArtifactUpdate
    from mr_openapi.models.inference_service import InferenceService
    from mr_openapi.models.inference_service_create import InferenceServiceCreate
    from mr_openapi.models.inference_service_list import InferenceServiceList
    from mr_openapi.models.inference_service_update import InferenceServiceUpdate
    from mr_openapi.models.model_artifact import ModelArtifact
    from mr_openapi.models.model_artifact_create import ModelArtifactCreate
    from mr_openapi.models.model_artifact_list import ModelArtifactList
    from mr_openapi.models.model_artifact_update import ModelArtifactUpdate
    from mr_openapi.models.model_version import ModelVersion
    from mr_openapi.models.model_version_create import ModelVersionCreate
    from mr_openapi.models.model_version_list import ModelVersionList
    from mr_openapi.models.model_version_update import ModelVersionUpdate
    from mr_openapi.models.order_by_field import OrderByField
    from mr_openapi.models.registered_model import RegisteredModel
    from mr_openapi.models.registered_model_create import RegisteredModelCreate
    from mr_openapi.models.registered_model_list import RegisteredModelList
    from mr_openapi.models.registered_model_update import RegisteredModelUpdate
    from mr_openapi.models.serve_model import ServeModel
    from mr_openapi.models.serve_model_create import ServeModelCreate
    from mr_openapi.models.serve_model_list import ServeModelList
    from mr_openapi.models.serving_environment import ServingEnvironment
    from mr_openapi.models.serving_environment_create import ServingEnvironmentCreate
    from mr_openapi.models.serving_environment_list import ServingEnvironmentList
    from mr_openapi.models.serving_environment_update import ServingEnvironmentUpdate
    from mr_openapi.models.sort_order import SortOrder

_T = TypeVar("_T")


def _given(name: str, value: Optional[_T]) -> _T:
    if value is None:
        raise ApiTypeError(f"{name} is required and must not be None")
    return value


def _segment(name: str, value: str) -> str:
    if not isinstance(value, str):
        raise ApiTypeError(f"{name} must be a text, not {value!r}")
    if value in ("", ".", ".."):
        # These have a meaning in URLs: the call would go elsewhere.
        raise ApiValueError(f"{name} must be an id, not {value!r}")
    return value


class ModelRegistryServiceApi:
    """One method for each operation of the contract.

    Each takes the keyword arguments of :class:`CallOptions` too, returns the decoded response, and raises
    :class:`mr_openapi.ApiException` when the response reports a failure.

    Args:
        api_client: What sends the requests; the default :class:`mr_openapi.ApiClient` when not given.
    """

    def __init__(self, api_client: Union[None, ApiClient, Requester] = None) -> None:
        if api_client is None:
            from mr_openapi.api_client import ApiClient

            api_client = ApiClient.get_default()
        self.api_client = api_client
        is_requester = isinstance(api_client, Requester)
        self._request = api_client.request if is_requester else partial(request_with, api_client)

    async def create_artifact(
        self,
        artifact_create: ArtifactCreate,
        **options: Unpack[CallOptions],
    ) -> Artifact:
        """Create an artifact.

        The artifact belongs to no model version yet; its name need not be unique. To create it under a version, post it to the artifacts of that version.

        Args:
            artifact_create: The artifact to create; `artifactType` names its kind.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/artifacts",
            "Artifact",
            body=_given("artifact_create", artifact_create),
            **options,
        )

    async def create_environment_inference_service(
        self,
        serving_environment_id: str,
        inference_service_create: InferenceServiceCreate,
        **options: Unpack[CallOptions],
    ) -> InferenceService:
        """Create an inference service in a serving environment.

        The same as creating an inference service, with the serving environment named by the path; `servingEnvironmentId` in the body must be the same id.

        Args:
            serving_environment_id: Id of the serving environment.
            inference_service_create: The inference service to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/serving_environments/{serving_environment_id}/inference_services",
            "InferenceService",
            path_params={
                "serving_environment_id": _segment("serving_environment_id", serving_environment_id),
            },
            body=_given("inference_service_create", inference_service_create),
            **options,
        )

    async def create_inference_service(
        self,
        inference_service_create: InferenceServiceCreate,
        **options: Unpack[CallOptions],
    ) -> InferenceService:
        """Create an inference service.

        The body names its serving environment. No other inference service there may have its name; without a name the registry generates one.

        Args:
            inference_service_create: The inference service to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/inference_services",
            "InferenceService",
            body=_given("inference_service_create", inference_service_create),
            **options,
        )

    async def create_inference_service_serve(
        self,
        inference_service_id: str,
        serve_model_create: ServeModelCreate,
        **options: Unpack[CallOptions],
    ) -> ServeModel:
        """Record a deployment of an inference service.

        Creates a serve model. The model version must exist. No other serve model of the inference service may have its name; without a name the registry generates one.

        Args:
            inference_service_id: Id of the inference service.
            serve_model_create: The serve model to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/inference_services/{inference_service_id}/serves",
            "ServeModel",
            path_params={
                "inference_service_id": _segment("inference_service_id", inference_service_id),
            },
            body=_given("serve_model_create", serve_model_create),
            **options,
        )

    async def create_model_artifact(
        self,
        model_artifact_create: ModelArtifactCreate,
        **options: Unpack[CallOptions],
    ) -> ModelArtifact:
        """Create a model artifact.

        The artifact belongs to no model version yet; its name need not be unique. To create it under a version, post it to the artifacts of that version.

        Args:
            model_artifact_create: The model artifact to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/model_artifacts",
            "ModelArtifact",
            body=_given("model_artifact_create", model_artifact_create),
            **options,
        )

    async def create_model_version(
        self,
        model_version_create: ModelVersionCreate,
        **options: Unpack[CallOptions],
    ) -> ModelVersion:
        """Create a model version.

        No other version of the same registered model may have its name.

        Args:
            model_version_create: The model version to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/model_versions",
            "ModelVersion",
            body=_given("model_version_create", model_version_create),
            **options,
        )

    async def create_registered_model(
        self,
        registered_model_create: RegisteredModelCreate,
        **options: Unpack[CallOptions],
    ) -> RegisteredModel:
        """Create a registered model.

        No other registered model may have its name, and no other model, version, serving environment or inference service its external id.

        Args:
            registered_model_create: The registered model to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/registered_models",
            "RegisteredModel",
            body=_given("registered_model_create", registered_model_create),
            **options,
        )

    async def create_registered_model_version(
        self,
        registered_model_id: str,
        model_version: ModelVersion,
        **options: Unpack[CallOptions],
    ) -> ModelVersion:
        """Create a version of a registered model.

        The same as creating a model version, with the registered model named by the path; `registeredModelId` in the body must be the same id.

        Args:
            registered_model_id: Id of the registered model.
            model_version: The model version to create, without an id.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/registered_models/{registered_model_id}/versions",
            "ModelVersion",
            path_params={
                "registered_model_id": _segment("registered_model_id", registered_model_id),
            },
            body=_given("model_version", model_version),
            **options,
        )

    async def create_serving_environment(
        self,
        serving_environment_create: ServingEnvironmentCreate,
        **options: Unpack[CallOptions],
    ) -> ServingEnvironment:
        """Create a serving environment.

        No other serving environment may have its name.

        Args:
            serving_environment_create: The serving environment to create.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/serving_environments",
            "ServingEnvironment",
            body=_given("serving_environment_create", serving_environment_create),
            **options,
        )

    async def find_artifact(
        self,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        parent_resource_id: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> Artifact:
        """Find an artifact.

        Give the external id, or the name with the id of the model version as `parentResourceId`. Artifacts of every kind are searched. Status 404 when there is none.

        Args:
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            parent_resource_id: Id of the parent resource: the registered model of a version, the version of an artifact, the serving environment of an inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/artifact",
            "Artifact",
            query={
                "name": name,
                "externalId": external_id,
                "parentResourceId": parent_resource_id,
            },
            **options,
        )

    async def find_inference_service(
        self,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        parent_resource_id: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> InferenceService:
        """Find an inference service.

        Give the external id, or the name with the id of the serving environment as `parentResourceId`. Status 404 when there is none.

        Args:
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            parent_resource_id: Id of the parent resource: the registered model of a version, the version of an artifact, the serving environment of an inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/inference_service",
            "InferenceService",
            query={
                "name": name,
                "externalId": external_id,
                "parentResourceId": parent_resource_id,
            },
            **options,
        )

    async def find_model_artifact(
        self,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        parent_resource_id: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ModelArtifact:
        """Find a model artifact.

        Give the external id, or the name with the id of the model version as `parentResourceId`. An artifact of another kind is not found. Status 404 when there is none.

        Args:
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            parent_resource_id: Id of the parent resource: the registered model of a version, the version of an artifact, the serving environment of an inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_artifact",
            "ModelArtifact",
            query={
                "name": name,
                "externalId": external_id,
                "parentResourceId": parent_resource_id,
            },
            **options,
        )

    async def find_model_version(
        self,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        parent_resource_id: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ModelVersion:
        """Find a model version.

        Give the external id, or the name with the id of the registered model as `parentResourceId`; versions of different models may share a name. Status 404 when there is none.

        Args:
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            parent_resource_id: Id of the parent resource: the registered model of a version, the version of an artifact, the serving environment of an inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_version",
            "ModelVersion",
            query={
                "name": name,
                "externalId": external_id,
                "parentResourceId": parent_resource_id,
            },
            **options,
        )

    async def find_registered_model(
        self,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> RegisteredModel:
        """Find a registered model.

        Give the name, the external id, or both; both must then match. Status 404 when there is none.

        Args:
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/registered_model",
            "RegisteredModel",
            query={
                "name": name,
                "externalId": external_id,
            },
            **options,
        )

    async def find_serving_environment(
        self,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ServingEnvironment:
        """Find a serving environment.

        Give the name, the external id, or both; both must then match. Status 404 when there is none.

        Args:
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/serving_environment",
            "ServingEnvironment",
            query={
                "name": name,
                "externalId": external_id,
            },
            **options,
        )

    async def get_artifact(
        self,
        id: str,
        **options: Unpack[CallOptions],
    ) -> Artifact:
        """Get an artifact.

        The artifact with this id.

        Args:
            id: Id of the artifact.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/artifacts/{id}",
            "Artifact",
            path_params={
                "id": _segment("id", id),
            },
            **options,
        )

    async def get_artifacts(
        self,
        filter_query: Optional[str] = None,
        artifact_type: Optional[ArtifactTypeQueryParam] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ArtifactList:
        """List artifacts.

        Artifacts of every kind, with or without a model version; `artifactType` selects one kind.

        Args:
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            artifact_type: Lists only the artifacts of this kind.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/artifacts",
            "ArtifactList",
            query={
                "filterQuery": filter_query,
                "artifactType": artifact_type,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_environment_inference_services(
        self,
        serving_environment_id: str,
        filter_query: Optional[str] = None,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> InferenceServiceList:
        """List the inference services of a serving environment.

        The inference services of this serving environment, optionally only those with this name or external id.

        Args:
            serving_environment_id: Id of the serving environment.
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/serving_environments/{serving_environment_id}/inference_services",
            "InferenceServiceList",
            path_params={
                "serving_environment_id": _segment("serving_environment_id", serving_environment_id),
            },
            query={
                "filterQuery": filter_query,
                "name": name,
                "externalId": external_id,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_inference_service(
        self,
        inference_service_id: str,
        **options: Unpack[CallOptions],
    ) -> InferenceService:
        """Get an inference service.

        The inference service with this id.

        Args:
            inference_service_id: Id of the inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/inference_services/{inference_service_id}",
            "InferenceService",
            path_params={
                "inference_service_id": _segment("inference_service_id", inference_service_id),
            },
            **options,
        )

    async def get_inference_service_model(
        self,
        inference_service_id: str,
        **options: Unpack[CallOptions],
    ) -> RegisteredModel:
        """Get the registered model of an inference service.

        The registered model that the inference service serves.

        Args:
            inference_service_id: Id of the inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/inference_services/{inference_service_id}/model",
            "RegisteredModel",
            path_params={
                "inference_service_id": _segment("inference_service_id", inference_service_id),
            },
            **options,
        )

    async def get_inference_service_serves(
        self,
        inference_service_id: str,
        filter_query: Optional[str] = None,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ServeModelList:
        """List the deployments of an inference service.

        The serve models of this inference service, optionally only those with this name or external id.

        Args:
            inference_service_id: Id of the inference service.
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/inference_services/{inference_service_id}/serves",
            "ServeModelList",
            path_params={
                "inference_service_id": _segment("inference_service_id", inference_service_id),
            },
            query={
                "filterQuery": filter_query,
                "name": name,
                "externalId": external_id,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_inference_service_version(
        self,
        inference_service_id: str,
        **options: Unpack[CallOptions],
    ) -> ModelVersion:
        """Get the model version of an inference service.

        The model version that the inference service names, or else the newest version of its registered model.

        Args:
            inference_service_id: Id of the inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/inference_services/{inference_service_id}/version",
            "ModelVersion",
            path_params={
                "inference_service_id": _segment("inference_service_id", inference_service_id),
            },
            **options,
        )

    async def get_inference_services(
        self,
        filter_query: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> InferenceServiceList:
        """List inference services.

        The inference services of every serving environment.

        Args:
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/inference_services",
            "InferenceServiceList",
            query={
                "filterQuery": filter_query,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_model_artifact(
        self,
        model_artifact_id: str,
        **options: Unpack[CallOptions],
    ) -> ModelArtifact:
        """Get a model artifact.

        The model artifact with this id. An artifact of another kind is not found.

        Args:
            model_artifact_id: Id of the model artifact.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_artifacts/{model_artifact_id}",
            "ModelArtifact",
            path_params={
                "model_artifact_id": _segment("model_artifact_id", model_artifact_id),
            },
            **options,
        )

    async def get_model_artifacts(
        self,
        filter_query: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ModelArtifactList:
        """List model artifacts.

        The artifacts of kind `model-artifact`, with or without a model version.

        Args:
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_artifacts",
            "ModelArtifactList",
            query={
                "filterQuery": filter_query,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_model_version(
        self,
        model_version_id: str,
        **options: Unpack[CallOptions],
    ) -> ModelVersion:
        """Get a model version.

        The model version with this id.

        Args:
            model_version_id: Id of the model version.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_versions/{model_version_id}",
            "ModelVersion",
            path_params={
                "model_version_id": _segment("model_version_id", model_version_id),
            },
            **options,
        )

    async def get_model_version_artifacts(
        self,
        model_version_id: str,
        filter_query: Optional[str] = None,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        artifact_type: Optional[ArtifactTypeQueryParam] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ArtifactList:
        """List the artifacts of a model version.

        The artifacts of this model version, of every kind unless `artifactType` selects one, optionally only those with this name or external id.

        Args:
            model_version_id: Id of the model version.
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            artifact_type: Lists only the artifacts of this kind.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_versions/{model_version_id}/artifacts",
            "ArtifactList",
            path_params={
                "model_version_id": _segment("model_version_id", model_version_id),
            },
            query={
                "filterQuery": filter_query,
                "name": name,
                "externalId": external_id,
                "artifactType": artifact_type,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_model_versions(
        self,
        filter_query: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ModelVersionList:
        """List model versions.

        The versions of every registered model, archived ones too unless the filter leaves them out.

        Args:
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/model_versions",
            "ModelVersionList",
            query={
                "filterQuery": filter_query,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_registered_model(
        self,
        registered_model_id: str,
        **options: Unpack[CallOptions],
    ) -> RegisteredModel:
        """Get a registered model.

        The registered model with this id.

        Args:
            registered_model_id: Id of the registered model.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/registered_models/{registered_model_id}",
            "RegisteredModel",
            path_params={
                "registered_model_id": _segment("registered_model_id", registered_model_id),
            },
            **options,
        )

    async def get_registered_model_versions(
        self,
        registered_model_id: str,
        name: Optional[str] = None,
        external_id: Optional[str] = None,
        filter_query: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ModelVersionList:
        """List the versions of a registered model.

        The versions of this registered model, optionally only those with this name or external id.

        Args:
            registered_model_id: Id of the registered model.
            name: Name to look for, compared exactly and with regard to case.
            external_id: External id to look for, compared exactly.
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/registered_models/{registered_model_id}/versions",
            "ModelVersionList",
            path_params={
                "registered_model_id": _segment("registered_model_id", registered_model_id),
            },
            query={
                "name": name,
                "externalId": external_id,
                "filterQuery": filter_query,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_registered_models(
        self,
        filter_query: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> RegisteredModelList:
        """List registered models.

        Every registered model, archived ones too unless the filter leaves them out.

        Args:
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/registered_models",
            "RegisteredModelList",
            query={
                "filterQuery": filter_query,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def get_serving_environment(
        self,
        serving_environment_id: str,
        **options: Unpack[CallOptions],
    ) -> ServingEnvironment:
        """Get a serving environment.

        The serving environment with this id.

        Args:
            serving_environment_id: Id of the serving environment.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/serving_environments/{serving_environment_id}",
            "ServingEnvironment",
            path_params={
                "serving_environment_id": _segment("serving_environment_id", serving_environment_id),
            },
            **options,
        )

    async def get_serving_environments(
        self,
        filter_query: Optional[str] = None,
        page_size: Optional[str] = None,
        order_by: Optional[OrderByField] = None,
        sort_order: Optional[SortOrder] = None,
        next_page_token: Optional[str] = None,
        **options: Unpack[CallOptions],
    ) -> ServingEnvironmentList:
        """List serving environments.

        Every serving environment.

        Args:
            filter_query: Selects the items for which the expression is true. A comparison is a property, an operator and a value: `name = 'fraud'`, `accuracy >= 0.9`, `state IN ('LIVE', 'ARCHIVED')`. Operators are `=`, `!=`, `<>`, `<`, `<=`, `>`, `>=`, `LIKE`, `ILIKE` (`%` stands for any text, `_` for one character) and `IN`. Comparisons are joined by `AND` and `OR`, `AND` first, and grouped by parentheses.  A property is a field of the resource, or else one of its custom properties, of which `.string_value`, `.int_value`, `.double_value` or `.bool_value` may name the type. Names that are not plain words are written between backticks. Texts are quoted; numbers, `true` and `false` are not. An item without the property does not match.
            page_size: The largest number of items on a page, a positive 32-bit number. Without it all items are on one page.
            order_by: The key of the order: the id when not given. Items of equal time are ordered by id.
            sort_order: Direction of the order: ascending when not given.
            next_page_token: The start of the page: `nextPageToken` of the previous page, unchanged. It belongs to the same list with the same filter and order.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "GET",
            "/api/model_registry/v1/serving_environments",
            "ServingEnvironmentList",
            query={
                "filterQuery": filter_query,
                "pageSize": page_size,
                "orderBy": order_by,
                "sortOrder": sort_order,
                "nextPageToken": next_page_token,
            },
            **options,
        )

    async def update_artifact(
        self,
        id: str,
        artifact_update: ArtifactUpdate,
        **options: Unpack[CallOptions],
    ) -> Artifact:
        """Change an artifact.

        `artifactType` must be the kind of the stored artifact. Fields that are left out or null keep their values; `customProperties` replaces all custom properties.

        Args:
            id: Id of the artifact.
            artifact_update: The fields to change; `artifactType` names the kind of the stored artifact.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "PATCH",
            "/api/model_registry/v1/artifacts/{id}",
            "Artifact",
            path_params={
                "id": _segment("id", id),
            },
            body=_given("artifact_update", artifact_update),
            **options,
        )

    async def update_inference_service(
        self,
        inference_service_id: str,
        inference_service_update: InferenceServiceUpdate,
        **options: Unpack[CallOptions],
    ) -> InferenceService:
        """Change an inference service.

        Fields that are left out or null keep their values; `customProperties` replaces all custom properties. A server may set a state that is left out to its initial value, so send null to keep it.

        Args:
            inference_service_id: Id of the inference service.
            inference_service_update: The fields to change of  the inference service.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "PATCH",
            "/api/model_registry/v1/inference_services/{inference_service_id}",
            "InferenceService",
            path_params={
                "inference_service_id": _segment("inference_service_id", inference_service_id),
            },
            body=_given("inference_service_update", inference_service_update),
            **options,
        )

    async def update_model_artifact(
        self,
        model_artifact_id: str,
        model_artifact_update: ModelArtifactUpdate,
        **options: Unpack[CallOptions],
    ) -> ModelArtifact:
        """Change a model artifact.

        Fields that are left out or null keep their values; `customProperties` replaces all custom properties. A server may set a state that is left out to its initial value, so send null to keep it.

        Args:
            model_artifact_id: Id of the model artifact.
            model_artifact_update: The fields to change of  the model artifact.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "PATCH",
            "/api/model_registry/v1/model_artifacts/{model_artifact_id}",
            "ModelArtifact",
            path_params={
                "model_artifact_id": _segment("model_artifact_id", model_artifact_id),
            },
            body=_given("model_artifact_update", model_artifact_update),
            **options,
        )

    async def update_model_version(
        self,
        model_version_id: str,
        model_version_update: ModelVersionUpdate,
        **options: Unpack[CallOptions],
    ) -> ModelVersion:
        """Change a model version.

        Fields that are left out or null keep their values; `customProperties` replaces all custom properties. A server may set a state that is left out to its initial value, so send null to keep it.

        Args:
            model_version_id: Id of the model version.
            model_version_update: The fields to change of  the model version.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "PATCH",
            "/api/model_registry/v1/model_versions/{model_version_id}",
            "ModelVersion",
            path_params={
                "model_version_id": _segment("model_version_id", model_version_id),
            },
            body=_given("model_version_update", model_version_update),
            **options,
        )

    async def update_registered_model(
        self,
        registered_model_id: str,
        registered_model_update: RegisteredModelUpdate,
        **options: Unpack[CallOptions],
    ) -> RegisteredModel:
        """Change a registered model.

        Fields that are left out or null keep their values; `customProperties` replaces all custom properties. A server may set a state that is left out to its initial value, so send null to keep it.

        Args:
            registered_model_id: Id of the registered model.
            registered_model_update: The fields to change of  the registered model.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "PATCH",
            "/api/model_registry/v1/registered_models/{registered_model_id}",
            "RegisteredModel",
            path_params={
                "registered_model_id": _segment("registered_model_id", registered_model_id),
            },
            body=_given("registered_model_update", registered_model_update),
            **options,
        )

    async def update_serving_environment(
        self,
        serving_environment_id: str,
        serving_environment_update: ServingEnvironmentUpdate,
        **options: Unpack[CallOptions],
    ) -> ServingEnvironment:
        """Change a serving environment.

        Fields that are left out or null keep their values; `customProperties` replaces all custom properties.

        Args:
            serving_environment_id: Id of the serving environment.
            serving_environment_update: The fields to change of  the serving environment.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "PATCH",
            "/api/model_registry/v1/serving_environments/{serving_environment_id}",
            "ServingEnvironment",
            path_params={
                "serving_environment_id": _segment("serving_environment_id", serving_environment_id),
            },
            body=_given("serving_environment_update", serving_environment_update),
            **options,
        )

    async def upsert_model_version_artifact(
        self,
        model_version_id: str,
        artifact: Artifact,
        **options: Unpack[CallOptions],
    ) -> Artifact:
        """Create or change an artifact of a model version.

        Without an id in the body the artifact is created under this version; no other artifact of its kind there may have its name. A metric or parameter of the same name is changed instead. With an id the artifact is changed, as by PATCH, and belongs to this version from now on; it may belong to several.

        Args:
            model_version_id: Id of the model version.
            artifact: The artifact; with an id, the fields to change. `artifactType` names its kind.
            **options: See :class:`CallOptions`.
        """
        return await self._request(
            "POST",
            "/api/model_registry/v1/model_versions/{model_version_id}/artifacts",
            "Artifact",
            path_params={
                "model_version_id": _segment("model_version_id", model_version_id),
            },
            body=_given("artifact", artifact),
            **options,
        )
