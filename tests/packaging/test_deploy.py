"""The recipes in `deploy/` start servers with options that exist, and restrict them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from model_registry.cli.commands.serve import serve
from model_registry.server.http.health import PROBE_PATHS

DEPLOY = Path(__file__).parents[2] / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["registry"]
MANIFESTS: dict[str, Any] = {
    one["kind"]: one for one in yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text())
}
POD: dict[str, Any] = MANIFESTS["Deployment"]["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]
COMMANDS = {
    "Dockerfile": json.loads(re.search(r"^CMD (\[\"serve.*\])$", DOCKERFILE, re.MULTILINE)[1]),
    "compose": COMPOSE["command"],
    "kubernetes": CONTAINER["args"],
}


@pytest.mark.parametrize(
    ("command", "file"),
    [
        (("hadolint",), "Dockerfile"),
        (("check-jsonschema", "--builtin-schema", "vendor.compose-spec"), "compose.yaml"),
        (("kubernetes-validate", "--strict"), "kubernetes.yaml"),
    ],
)
def test_the_recipes_are_valid(command: tuple[str, ...], file: str) -> None:
    program = Path(sys.executable).with_name(command[0])
    if not program.exists():
        pytest.skip(f"{command[0]} is not installed")
    arguments = [program, *command[1:], DEPLOY / file]
    ended = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("recipe", COMMANDS)
def test_the_options_exist_and_require_tokens(recipe: str) -> None:
    command, *arguments = COMMANDS[recipe]
    assert command == "serve"
    values = serve.make_context("serve", arguments).params
    assert values["host"] == "0.0.0.0"  # inside of the container
    assert values["named_tokens"]
    assert values["audit"]


def test_containers_run_without_rights() -> None:
    assert re.search(r"^USER 10001$", DOCKERFILE, re.MULTILINE)
    assert POD["securityContext"]["runAsNonRoot"]
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert COMPOSE["read_only"]
    assert COMPOSE["cap_drop"] == ["ALL"]


def test_probes_use_paths_without_a_token() -> None:
    for name in ("startupProbe", "livenessProbe", "readinessProbe"):
        assert CONTAINER[name]["httpGet"]["path"] in PROBE_PATHS
        assert CONTAINER[name]["timeoutSeconds"] > 1
    start = CONTAINER["startupProbe"]
    assert start["periodSeconds"] * start["failureThreshold"] >= 600  # tables may be upgraded
    (checked,) = re.findall(r"http://127\.0\.0\.1:8080(/[^']+)", DOCKERFILE)
    assert checked in PROBE_PATHS


def test_the_password_of_the_compose_file_is_in_no_image_and_no_commit() -> None:
    """Docker compose reads it from `deploy/.env`."""
    for name, line in ((".dockerignore", "**/.env"), (".gitignore", ".env")):
        assert line in (DEPLOY.parent / name).read_text().splitlines()


def test_two_replicas_have_time_to_stop_and_a_network_policy() -> None:
    assert MANIFESTS["Deployment"]["spec"]["replicas"] == 2
    values = serve.make_context("serve", COMMANDS["kubernetes"][1:]).params
    assert POD["terminationGracePeriodSeconds"] > values["shutdown_delay"] + 30
    labels = MANIFESTS["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert MANIFESTS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels
    assert MANIFESTS["Service"]["spec"]["selector"] == labels
    assert MANIFESTS["Service"]["spec"]["sessionAffinity"] == "ClientIP"  # a session is of one server
    egress = MANIFESTS["NetworkPolicy"]["spec"]["egress"]
    assert {port["port"] for rule in egress for port in rule["ports"]} == {5432, 53, 443, 6443}
