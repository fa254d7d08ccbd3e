"""Parameters of `ModelRegistry` and `model_registry.utils` in release 0.3.18. More is allowed."""

from __future__ import annotations

import pytest

from model_registry import ModelRegistry, utils
from tests.support.signatures import assert_offers, parameters_of

FORMAT = "model_format_name, model_format_version"
STORED = "storage_key=None, storage_path=None, service_account_name=None"
DESCRIBED = "author=None, owner=None, version_description=None, description=None"
SOURCE = ", ".join(f"model_source_{part}=None" for part in ("kind", "class", "group", "id", "name"))
KEYS = "endpoint_url=None, access_key_id=None, secret_access_key=None, region=None"
PARTS = "multipart_threshold=1048576, multipart_chunksize=1048576, max_pool_connections=10"
OCI = (
    "dest_dir=None, backend='skopeo', modelcard=None, custom_oci_backend=None, oci_auth_env_var=None, "
    "oci_username=None, oci_password=None"
)
CLIENT = {
    "__init__": (
        "self, server_address, port=None, *, author, is_secure=None, user_token=None, "
        "user_token_envvar=None, custom_ca=None, custom_ca_envvar=None, log_level=30, async_runner=None"
    ),
    "hint_server_address_port": "server_address, port",
    "async_runner": "self, coro",
    "upload_artifact_and_register_model": (
        f"self, name, model_files_path, *, upload_params, version, {FORMAT}, {STORED}, {DESCRIBED}, "
        "metadata=None"
    ),
    "register_model": (
        f"self, name, uri, *, {FORMAT}, version, {STORED}, {SOURCE}, {DESCRIBED}, metadata=None"
    ),
    "update": "self, model",
    "register_hf_model": (
        f"self, repo, path, *, version, {FORMAT}, {DESCRIBED}, model_name=None, git_ref='main'"
    ),
    "get_registered_model": "self, name",
    "get_model_version": "self, name, version",
    "get_model_artifact": "self, name, version",
    "get_registered_models": "self",
    "get_model_versions": "self, name",
    "save_to_s3": f"self, path, bucket_name, s3_prefix, *, {KEYS}, {PARTS}",
}
UTILS = {
    "s3_uri_from": "path, bucket=None, *, endpoint=None, region=None",
    "BackendDefinition": "is_available, pull, push",
    "OCIParams": f"base_image, oci_ref, {OCI}",
    "S3Params": f"bucket_name, s3_prefix, {KEYS}, {PARTS}",
    "save_to_oci_registry": f"base_image, oci_ref, model_files_path, {OCI}",
    "temp_auth_file": "auth",
    "get_auth_reference": "image_path",
    "create_auth_object": "oci_ref, username, password",
    "upload_to_s3": "s3_auth, path, s3_client=None, transfer_config=None",
}


def expected(text):
    return parameters_of(eval(f"lambda {text}: None"))


@pytest.mark.parametrize("name", CLIENT)
def test_model_registry(name):
    assert_offers(getattr(ModelRegistry, name), expected(CLIENT[name]))


@pytest.mark.parametrize("name", UTILS)
def test_utils(name):
    assert_offers(getattr(utils, name), expected(UTILS[name]))
