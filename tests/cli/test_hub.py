"""The command `hf`, against a Hugging Face Hub on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.hub_server import HubServer, Repository

if TYPE_CHECKING:
    from .conftest import Cli

pytest.importorskip("huggingface_hub", reason="the extra 'hf' is not installed")

COMMIT = "1" * 40
FILES = {"README.md": b"# Fraud\n", "model.onnx": b"weights" * 1000}


def test_16_a_model_of_the_hub_is_registered_at_its_commit(cli: Cli) -> None:
    with HubServer() as hub:
        hub.repositories["acme/fraud"] = Repository(
            {COMMIT: FILES},
            {"main": COMMIT},
            card={"license": "apache-2.0", "language": ["en"]},
            facts={"pipeline_tag": "text-classification", "library_name": "transformers"},
        )
        cli.variables |= {"HF_ENDPOINT": hub.url, "HF_HOME": str(cli.folder / "hf")}
        plan = cli.ok("hf", "acme/fraud", "--dry-run")
        assert "+ RegisteredModel fraud" in plan
        assert f"hf://acme/fraud@{COMMIT}" in plan
        done = cli.json("hf", "acme/fraud", "--format", "onnx:1", "--property", "team=risk")
        assert (done["reference"], done["is_new"]) == (f"fraud/{COMMIT[:12]}", True)
        assert done["custom_properties"]["team"] == "risk"
        model = cli.json("models", "show", "fraud")
        assert (model["license"], model["library_name"]) == ("apache-2.0", "transformers")
        listed = cli.ok("files", done["reference"])
        assert [line.split("\t")[:2] for line in listed.splitlines()] == [
            ["README.md", "8"],
            ["model.onnx", "7000"],
        ]
        cli.fails(4, "hf", "acme/fraud")
        assert "acme/none" in cli.fails(3, "hf", "acme/none")
