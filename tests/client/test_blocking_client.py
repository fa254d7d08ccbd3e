"""The blocking client is the asynchronous one in another colour, and has what programs for 0.3 call."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

from model_registry import AsyncModelRegistry, ModelRegistry
from tests.support.signatures import REQUIRED, assert_offers

ROOT = Path(__file__).parents[2]
PROPERTIES = {"author", "connection", "plan"}

REGISTERED = {
    "name": REQUIRED,
    "uri": REQUIRED,
    "*model_format_name": REQUIRED,
    "*model_format_version": REQUIRED,
    "*version": REQUIRED,
    "*storage_key": None,
    "*storage_path": None,
    "*service_account_name": None,
    **dict.fromkeys(f"*model_source_{part}" for part in ("kind", "class", "group", "id", "name")),
    "*author": None,
    "*owner": None,
    "*version_description": None,
    "*description": None,
    "*metadata": None,
}
OFFERED = {
    "__init__": {
        "server_address": REQUIRED,
        "port": None,
        "*author": REQUIRED,
        "*is_secure": None,
        "*user_token": None,
        "*user_token_envvar": None,
        "*custom_ca": None,
        "*custom_ca_envvar": None,
        "*log_level": 30,
        "*async_runner": None,
    },
    "hint_server_address_port": {"server_address": REQUIRED, "port": REQUIRED},
    "async_runner": {"coro": REQUIRED},
    "register_model": REGISTERED,
    "upload_artifact_and_register_model": {
        "name": REQUIRED,
        "model_files_path": REQUIRED,
        "*upload_params": REQUIRED,
        **{
            name: value
            for name, value in REGISTERED.items()
            if not name.startswith(("name", "uri", "*model_source"))
        },
    },
    "update": {"model": REQUIRED},
    "register_hf_model": {
        "repo": REQUIRED,
        "path": REQUIRED,
        "*version": REQUIRED,
        "*model_format_name": REQUIRED,
        "*model_format_version": REQUIRED,
        "*author": None,
        "*owner": None,
        "*model_name": None,
        "*version_description": None,
        "*description": None,
        "*git_ref": "main",
    },
    "get_registered_model": {"name": REQUIRED},
    "get_model_version": {"name": REQUIRED, "version": REQUIRED},
    "get_model_artifact": {"name": REQUIRED, "version": REQUIRED},
    "get_registered_models": {},
    "get_model_versions": {"name": REQUIRED},
    "save_to_s3": {
        "path": REQUIRED,
        "bucket_name": REQUIRED,
        "s3_prefix": REQUIRED,
        "*endpoint_url": None,
        "*access_key_id": None,
        "*secret_access_key": None,
        "*region": None,
        "*multipart_threshold": 1048576,
        "*multipart_chunksize": 1048576,
        "*max_pool_connections": 10,
    },
}


@pytest.mark.parametrize("name", OFFERED)
def test_what_programs_for_release_0_3_call(name):
    function = getattr(ModelRegistry, name)
    is_static = isinstance(inspect.getattr_static(ModelRegistry, name), staticmethod)
    assert_offers(function, OFFERED[name] if is_static else {"self": REQUIRED, **OFFERED[name]})


def public(kind):
    return {name for name in dir(kind) if not name.startswith("_")}


def test_both_have_the_same_verbs():
    assert public(AsyncModelRegistry) - public(ModelRegistry) == set()
    assert public(ModelRegistry) - public(AsyncModelRegistry) == {"async_runner"}


@pytest.mark.parametrize("name", sorted(public(AsyncModelRegistry) | {"__init__"}))
def test_a_verb_is_the_same_in_both(name):
    ours, theirs = getattr(AsyncModelRegistry, name), getattr(ModelRegistry, name)
    if not callable(ours):
        return
    assert not inspect.iscoroutinefunction(theirs)
    parameters = [dict(inspect.signature(each).parameters) for each in (ours, theirs)]
    if name in ("__init__", "local", "over"):
        del parameters[1]["async_runner"]
    assert list(parameters[0]) == list(parameters[1])
    for parameter, own in parameters[0].items():
        assert own.kind == parameters[1][parameter].kind
        assert own.default == parameters[1][parameter].default
    documented = [inspect.getdoc(each) or "" for each in (ours, theirs)]
    if name not in ("__init__", "local", "close"):
        assert documented[0], "without documentation"
        first = [text.splitlines()[0] for text in documented if text]
        assert len(set(first)) == 1
    assert not re.search(r"\b(await|async)\b (?!with|for)", documented[1])


@pytest.mark.parametrize("name", sorted(public(AsyncModelRegistry) - {"close", *PROPERTIES}))
def test_a_verb_tells_its_arguments_results_errors_and_an_example(name):
    verb = getattr(AsyncModelRegistry, name)
    text = inspect.getdoc(verb) or ""
    arguments = inspect.signature(verb).parameters.keys() - {"self"}
    assert [argument for argument in arguments if f"    {argument}: " not in text.replace("*", "")] == []
    wanted = {"Example:"} if name == "hint_server_address_port" else {"Returns:", "Raises:", "Example:"}
    lists = {"get_registered_models"}  # which cannot fail before it is walked
    assert wanted - ({"Raises:"} if name in lists else set()) - set(text.split("\n")) == set()


def test_the_blocking_client_is_what_its_source_gives():
    pytest.importorskip("ruff", reason="ruff is missing: it is in the group `lint`")
    script = ROOT / "scripts" / "produce_blocking.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
