"""A program that PyInstaller builds: it finds the modules and data files of the package."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.backends import Server

pytest.importorskip("PyInstaller", reason="PyInstaller is not installed")

PROGRAM = """
import sys

from model_registry import F, ModelRegistry
from model_registry.cli import main

path, url = sys.argv[1:]
with ModelRegistry.local(path, author="ann") as registry:
    uri = "oci://quay.io/models/fraud:1"
    registry.register("fraud", "1", uri, metrics={"auc": 0.9}, model_format_name="onnx")
    print(registry.list_models(filter=F.name == "fraud").to_list())
    print(registry.manifest("fraud/1").to_dict()["spec"]["predictor"]["model"]["storageUri"])
with ModelRegistry(url, author="ann") as registry:
    registry.register("churn", "1", "s3://models/churn/1")
    print([version.name for version in registry.list_versions("churn")])
sys.argv = ["model-registry", "models", "ls", "--registry", url, "-o", "name"]
main()
"""

UNNEEDED = [
    "IPython",
    "boto3",
    "botocore",
    "docutils",
    "fastapi",
    "flask",
    "huggingface_hub",
    "kubeflow",
    "kubernetes",
    "mcp",
    "mlflow",
    "model_signing",
    "numpy",
    "obstore",
    "opentelemetry",
    "pandas",
    "playwright",
    "psycopg",
    "pytest",
    "rich",
    "sigstore",
    "sphinx",
    "sqlparse",
    "tornado",
    "tqdm",
    "tuf",
]
"""What the environment of the tests has and this program does not use; PyInstaller would take it along."""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_15_21_a_program_of_pyinstaller(tmp_path):
    (tmp_path / "program.py").write_text(PROGRAM)
    excluded = [f"--exclude-module={name}" for name in UNNEEDED]
    build = [sys.executable, "-m", "PyInstaller", "--log-level=ERROR", *excluded, "program.py"]
    built = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    server = Server(":memory:")
    command = [str(tmp_path / "dist" / "program" / "program"), "registry.db", server.url]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    server.stop()
    assert done.returncode == 0, done.stderr
    found, uri, versions, *listed = done.stdout.splitlines()
    assert found.startswith("[RegisteredModel('fraud'")
    assert [uri, versions, *listed] == ["oci://quay.io/models/fraud:1", "['1']", "churn"]
