"""The commands as a whole: nothing is missing, help and reference are current, and little is loaded."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry import ModelRegistry, types
from model_registry.cli.app import PROGRAM, SECTIONS
from model_registry.cli.fields import ARTIFACT_TEXTS, MODEL_LISTS, MODEL_TEXTS, REGISTER_TEXTS, VERSION_TEXTS
from model_registry.registration.arguments import RegisterArguments

from .tree import COMMANDS

if TYPE_CHECKING:
    from .conftest import Cli

ROOT = Path(__file__).parents[2]

VERBS = {
    "alias_history": "alias history",
    "archive": "models archive",
    "compare": "compare",
    "copy": "copy",
    "download": "download",
    "dry_run": "models set",  # every command that writes has --dry-run
    "plan": "models set",
    "export": "export",
    "get_alias": "resolve",
    "find_alias": "resolve",
    "get_artifact": "artifacts show",
    "find_artifact": "artifacts show",
    "get_model_artifact": "artifacts show",
    "get_environment": "environments show",
    "find_environment": "environments show",
    "get_model": "models show",
    "find_model": "models show",
    "get_registered_model": "models show",
    "get_service": "services show",
    "find_service": "services show",
    "get_service_model": "services show",
    "get_service_version": "services show",
    "get_version": "versions show",
    "find_version": "versions show",
    "get_model_version": "versions show",
    "import_": "import",
    "import_mlflow": "import-mlflow",
    "latest": "latest",
    "find_latest": "latest",
    "best": "versions ls",  # --sort -accuracy --limit 1
    "find_best": "versions ls",
    "lineage": "lineage",
    "list_aliases": "alias ls",
    "list_artifacts": "artifacts ls",
    "list_environments": "environments ls",
    "list_models": "models ls",
    "get_registered_models": "models ls",
    "list_serve_models": "services history",
    "list_services": "services ls",
    "list_versions": "versions ls",
    "get_model_versions": "versions ls",
    "manifest": "manifest",
    "open": "cat",
    "record_serving": "services record",
    "register": "register",
    "register_model": "register",
    "upload_artifact_and_register_model": "register",
    "register_environment": "environments create",
    "register_hf_model": "hf",
    "register_many": "register-many",
    "register_service": "services create",
    "remove_alias": "alias rm",
    "remove_properties": "versions set",
    "replace_properties": "versions set",
    "set_properties": "versions set",
    "resolve": "resolve",
    "restore": "versions restore",
    "save_to_s3": "upload",
    "set_alias": "alias set",
    "update": "versions set",
    "author": "whoami",
    "connection": "whoami",
    "whoami": "whoami",
}
"""The command that does what a verb of the client does."""

SAME = {
    **{f"find_{kind}": f"get_{kind}" for kind in ("artifact", "environment", "model", "service", "version")},
    "find_alias": "resolve",
    "get_alias": "resolve",
    "find_latest": "latest",
    "best": "list_versions",
    "find_best": "list_versions",
    "plan": "dry_run",
    "get_registered_model": "get_model",
    "get_registered_models": "list_models",
    "get_model_version": "resolve",
    "get_model_versions": "list_versions",
    "get_model_artifact": "get_artifact",
    "register_model": "register",
    "register_hf_model": "register",
    "upload_artifact_and_register_model": "register",
    "save_to_s3": "upload",
    **dict.fromkeys(("set_properties", "remove_properties", "replace_properties"), "update"),
}
"""Verbs that commands do not call, and which one they call instead."""

OF_PROGRAMS = {"async_runner", "close", "hint_server_address_port", "local", "over"}
"""What only programs need."""


def test_every_verb_of_the_client_is_reachable() -> None:
    verbs = {name for name in dir(ModelRegistry) if not name.startswith("_")} - OF_PROGRAMS
    assert sorted(verbs ^ VERBS.keys()) == []
    assert sorted(set(VERBS.values()) - COMMANDS.keys()) == []
    called = {
        each.attr
        for file in (ROOT / "model_registry" / "cli").rglob("*.py")
        for each in ast.walk(ast.parse(file.read_text()))
        if isinstance(each, ast.Attribute)
    }
    assert sorted({SAME.get(verb, verb) for verb in verbs} - called) == []
    assert sorted(SAME.keys() - verbs) == []


def test_register_has_every_field_of_the_client() -> None:
    parameters = {each.name for each in COMMANDS["register"].params}
    other_names = {
        "files": "path",
        "model_format_name": "model_format",
        "model_format_version": "model_format",
        "artifacts": "datasets",
        "signer": "key",
    }
    of_programs = {"store", "progress"}  # from the environment; shown where a person looks
    fields = {other_names.get(each, each) for each in RegisterArguments.__annotations__} - of_programs
    assert fields - parameters == set()


def test_lists_of_fields_are_complete() -> None:
    common = {"description", "external_id"}
    ignored = {"id", "name", "state", "custom_properties", "registered_model_id"}
    ignored |= {"create_time_since_epoch", "last_update_time_since_epoch"}
    assert {*MODEL_TEXTS, *MODEL_LISTS, "readme"} == types.RegisteredModel.model_fields.keys() - ignored
    assert set(VERSION_TEXTS) == types.ModelVersion.model_fields.keys() - ignored
    named_otherwise = {"uri", "model_format_name", "model_format_version", *common}
    assert set(ARTIFACT_TEXTS) == types.ModelArtifact.model_fields.keys() - ignored - named_otherwise
    assert len(set(REGISTER_TEXTS)) == len(REGISTER_TEXTS)


def test_the_help_of_the_root_says_what_each_command_is() -> None:
    for section in SECTIONS.values():
        for name, entry in section.items():
            assert entry.help.endswith(".")
            assert name in {*COMMANDS, *(each.partition(" ")[0] for each in COMMANDS)}


def test_the_reference_and_the_schemas_are_current() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "produce_cli_reference.py"), "--check"]
    ended = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (0, ""), ended.stdout + ended.stderr


def test_help_loads_no_client() -> None:
    program = (
        "import sys; from model_registry.cli import main; main(['--help']);"
        "heavy = {'pydantic', 'aiohttp', 'sqlalchemy', 'asyncio', 'mr_openapi', 'urllib3'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_list_over_http_loads_no_server_and_no_store() -> None:
    program = (
        "import sys; from model_registry.cli import main;"
        "assert main(['models', 'ls', '--registry', 'http://127.0.0.1:1']) == 6;"
        "heavy = {'sqlalchemy', 'model_registry.server', 'model_registry.storage', 'msgspec', 'urllib3',"
        " 'configparser', 'model_registry.records.copy', 'model_registry.registration.spec',"
        " 'model_registry.types.artifacts', 'model_registry.aliases.book', 'model_registry.changes.write'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr


def test_the_command_works_without_the_extras(bare: Cli) -> None:
    block = (
        "import sys\n"
        "sys.modules[sys.argv[1]] = None\n"
        "from model_registry.cli import main\n"
        "sys.exit(main(sys.argv[2:]))\n"
    )
    for missing, extra, arguments in (
        ("click", "cli", ["models", "ls"]),
        ("uvicorn", "server", ["serve", "--db", ":memory:", "--port", "0"]),
        ("sqlalchemy", "server", ["models", "ls", "--registry", ":memory:"]),
        ("sqlalchemy", "server", ["db", "upgrade"]),
    ):
        ended = subprocess.run(
            [sys.executable, "-c", block, missing, *arguments],
            capture_output=True,
            text=True,
            cwd=bare.folder,
            env=bare.environment | {"PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert (ended.returncode, ended.stdout) == (1, ""), ended.stderr
        (line,) = ended.stderr.splitlines()
        assert line.endswith(f"pip install 'model-registry[{extra}]'")


def test_the_skill_is_short_and_its_commands_exist(bare: Cli) -> None:
    text = bare.ok("skill")
    # No tokenizer gives fewer than two characters a token of English; most give four.
    assert len(text) / 2 < 1500
    for line in text.split("`")[1::2]:
        if line.startswith(f"{PROGRAM} ") and "COMMAND" not in line:
            words = line.split()[1:]
            assert {" ".join(words[:2]), words[0]} & COMMANDS.keys(), line
