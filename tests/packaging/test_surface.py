"""Names, parameters and defaults that programs for release 0.3 of the SDK rely on. More is allowed."""

import inspect
from enum import Enum

import pytest

from model_registry import core, exceptions, types, utils
from tests.support.signatures import ABSENT, REQUIRED, assert_offers

COMMON = {
    "id": None,
    "description": None,
    "external_id": None,
    "create_time_since_epoch": None,
    "last_update_time_since_epoch": None,
    "custom_properties": None,
}
ARTIFACT = {**COMMON, "name": None, "state": "UNKNOWN"}

CLIENT = {
    "__init__": {"config": REQUIRED},
    "secure_connection": {
        "server_address": REQUIRED,
        "port": 443,
        "*user_token": REQUIRED,
        "*custom_ca": None,
    },
    "insecure_connection": {"server_address": REQUIRED, "port": REQUIRED, "user_token": None},
    "get_client": {},
    "upsert_registered_model": {"registered_model": REQUIRED},
    "get_registered_model_by_id": {"id": REQUIRED},
    "get_registered_model_by_params": {"name": None, "external_id": None},
    "get_registered_models": {"options": None},
    "upsert_model_version": {"model_version": REQUIRED, "registered_model_id": None},
    "get_model_version_by_id": {"model_version_id": REQUIRED},
    "get_model_versions": {"registered_model_id": REQUIRED, "options": None},
    "get_model_version_by_params": {"registered_model_id": None, "name": None, "external_id": None},
    "upsert_model_artifact": {"model_artifact": REQUIRED},
    "upsert_model_version_artifact": {"artifact": REQUIRED, "model_version_id": REQUIRED},
    "get_model_artifact_by_id": {"id": REQUIRED},
    "get_model_artifact_by_params": {"name": None, "model_version_id": None, "external_id": None},
    "get_model_artifacts": {"model_version_id": None, "options": None},
    "get_model_version_artifacts": {"model_version_id": REQUIRED, "options": None},
    "get_artifacts": {"filter_query": None, "artifact_type": None, "options": None},
}
NOT_ASYNC = {"__init__", "secure_connection", "insecure_connection", "get_client"}

OPTIONS = {
    "limit": None,
    "order_by": None,
    "is_asc": True,
    "next_page_token": None,
    "artifact_type_param": None,
}
FUNCTIONS = {
    types.ListOptions: OPTIONS,
    types.ListOptions.order_by_creation_time: {"**kwargs": REQUIRED},
    types.ListOptions.order_by_update_time: {"**kwargs": REQUIRED},
    types.ListOptions.order_by_id: {"**kwargs": REQUIRED},
    types.ListOptions.artifact_type: {"artifact_type": REQUIRED, "**kwargs": REQUIRED},
    types.ListOptions.as_options: {"self": REQUIRED},
    types.Pager: {"page_fn": REQUIRED, "options": None},
    types.Pager.restart: {"self": REQUIRED},
    types.Pager.order_by_creation_time: {"self": REQUIRED},
    types.Pager.order_by_update_time: {"self": REQUIRED},
    types.Pager.order_by_id: {"self": REQUIRED},
    types.Pager.page_size: {"self": REQUIRED, "n": REQUIRED},
    types.Pager.ascending: {"self": REQUIRED},
    types.Pager.descending: {"self": REQUIRED},
    types.Artifact.from_artifact: {"source": REQUIRED},
    types.Artifact.validate_artifact: {"source": REQUIRED},
    types.Artifact.as_basemodel: {"self": REQUIRED},
    types.Artifact.wrap: {"self": REQUIRED},
    utils.s3_uri_from: {"path": REQUIRED, "bucket": None, "*endpoint": None, "*region": None},
}

FIELDS = {
    "Artifact": ARTIFACT,
    "DocArtifact": {**ARTIFACT, "uri": None},
    "DataSet": {
        **ARTIFACT,
        **dict.fromkeys(["uri", "digest", "source_type", "source", "schema", "profile"]),
    },
    "Metric": {**ARTIFACT, "value": REQUIRED, "timestamp": None, "step": 0},
    "Parameter": {**ARTIFACT, "value": REQUIRED, "parameter_type": ABSENT},
    "ModelArtifact": {
        **ARTIFACT,
        **dict.fromkeys(
            [
                "model_format_name",
                "model_format_version",
                "storage_key",
                "storage_path",
                "service_account_name",
            ]
        ),
        **dict.fromkeys(f"model_source_{part}" for part in ("kind", "class", "group", "id", "name")),
        "uri": None,
    },
    "ModelVersion": {
        **COMMON,
        "name": REQUIRED,
        "author": None,
        "state": "LIVE",
        "registered_model_id": None,
    },
    "RegisteredModel": {**COMMON, "name": REQUIRED, "owner": None, "state": "LIVE"},
}
MEMBERS = {
    "ArtifactState": "UNKNOWN PENDING LIVE MARKED_FOR_DELETION DELETED ABANDONED REFERENCE",
    "ParameterType": "STRING NUMBER BOOLEAN OBJECT",
    "ModelVersionState": "LIVE ARCHIVED",
    "RegisteredModelState": "LIVE ARCHIVED",
    "ArtifactTypeQueryParam": " ".join(
        [*(f"{kind}_MINUS_ARTIFACT" for kind in ("MODEL", "DOC", "DATASET")), "METRIC", "PARAMETER"]
    ),
}
PARENTS = {
    "StoreError": "Exception",
    "MissingMetadata": "Exception",
    "UnsupportedType": "StoreError",
    "TypeNotFound": "StoreError",
    "ServerError": "StoreError",
    "DuplicateError": "StoreError",
}


@pytest.mark.parametrize("name", CLIENT)
def test_client(name):
    function = getattr(core.ModelRegistryAPIClient, name)
    expected = CLIENT[name]
    if not inspect.ismethod(function):  # all but class methods
        expected = {"self": REQUIRED, **expected}
    assert_offers(function, expected)
    assert inspect.iscoroutinefunction(function) is (name not in NOT_ASYNC)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_functions(function):
    assert_offers(function, FUNCTIONS[function])


@pytest.mark.parametrize("name", FIELDS)
def test_fields(name):
    kind = getattr(types, name)
    for field, default in FIELDS[name].items():
        info = kind.model_fields[field]
        if default is REQUIRED:
            assert info.is_required(), field
        elif default is not ABSENT:
            assert info.default == default, field
    added = [
        field
        for field in kind.model_fields.keys() - FIELDS[name].keys()
        if kind.model_fields[field].is_required()
    ]
    assert added == []
    for method in ("create", "update", "as_basemodel", "from_basemodel"):
        assert callable(getattr(kind, method))


def test_a_version_is_created_with_its_models_id():
    assert_offers(
        types.ModelVersion.create, {"self": REQUIRED, "*registered_model_id": REQUIRED, "**kwargs": REQUIRED}
    )


@pytest.mark.parametrize("name", MEMBERS)
def test_members(name):
    kind = getattr(types, name)
    assert issubclass(kind, str)
    assert issubclass(kind, Enum)
    assert set(MEMBERS[name].split()) <= set(kind.__members__)


@pytest.mark.parametrize("name", PARENTS)
def test_exceptions(name):
    parent = Exception if PARENTS[name] == "Exception" else getattr(exceptions, PARENTS[name])
    assert issubclass(getattr(exceptions, name), parent)


def test_other_names():
    assert set(types.SupportedTypes.__args__) == {bool, int, float, str}
    assert issubclass(types.ModelArtifact, types.Artifact)
    assert issubclass(types.Artifact, types.BaseResourceModel)
