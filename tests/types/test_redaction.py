"""No text shows what may be secret in a URI."""

from __future__ import annotations

import time

import pytest

from model_registry import ModelRegistry
from model_registry.core import ModelRegistryAPIClient
from model_registry.exceptions import (
    ConflictError,
    CopyInterruptedError,
    InvalidArgumentError,
    StaleObjectError,
)
from model_registry.types import ModelArtifact
from model_registry.types.redaction import redacted, redacted_text, without_secrets

URIS = [
    "https://account.blob.core.windows.net/c/m.onnx?sv=2024&sig=SECRET",
    "https://ann:SECRET@files.example.org/m.onnx",
    "s3://bucket/m.onnx#SECRET",
    "//ann:SECRET@files.example.org/m.onnx",
    "postgresql://ann:SEC/SECRET?@db.example.org/m.onnx",
    "/container/m.onnx?token=SECRET",
    "/m.onnx, from https://ann:SECRET@example.org/ as always",
]


@pytest.mark.parametrize("uri", URIS)
def test_results_and_errors(uri):
    texts = {}
    with ModelRegistry.local(author="ann") as registry, ModelRegistry.local(author="ann") as other:
        with registry.dry_run() as trial:
            trial.register("fraud", "1", uri)
            texts["plan"] = str(trial.plan)
        done = registry.register("fraud", "1", uri, properties={"from": {"uris": [uri]}})
        texts["result"] = f"{done!r} {done._repr_html_()}"
        with pytest.raises(ConflictError) as conflict:
            registry.register("fraud", "1", f"{uri}2", if_exists="resume")
        mine, theirs = registry.get_artifact("fraud/1", "fraud"), registry.get_artifact("fraud/1", "fraud")
        theirs.uri = f"{uri}3"
        registry.update(theirs)
        mine.uri = f"{uri}4"
        with pytest.raises(StaleObjectError) as stale:
            registry.update(mine)
        other.register("fraud", "1", f"{uri}5", properties={"from": {"uris": [f"{uri}5"]}})
        with pytest.raises(CopyInterruptedError) as copy:
            registry.copy("fraud", to=other)
        registry.register("fraud", "2", f"{uri}6")
        compared, lineage = registry.compare("fraud/1", "fraud/2"), registry.lineage("fraud")
        texts["comparison"] = f"{compared} {compared._repr_html_()}"
        texts["lineage"] = f"{lineage} {lineage._repr_html_()}"
    texts |= {"conflict": str(conflict.value), "stale": str(stale.value), "copy": str(copy.value)}
    assert [name for name, text in texts.items() if "SECRET" in text] == []
    assert "m.onnx" in texts["result"]


def test_what_is_no_uri_stays():
    value = {"a": ["x?y", 1, "see https://example.org/ there"], "b": None, "c": "is it // or a=b? c == d"}
    assert redacted(value) == value


@pytest.mark.parametrize(
    "uri",
    ["hf://acme/x@main", "oci://r:5000/x@sha256:ab", "http://[::1]:80/x@y", "https://h:80/a@b", "s3://b:1"],
)
def test_what_is_no_user_stays(uri):
    assert without_secrets(uri) == uri


@pytest.mark.parametrize("text", ["a", "//", "?", "a:", "//a:", "\\", "?a", "@", "//@"])
def test_long_texts_take_linear_time(text):
    started = time.process_time()
    redacted_text(text * 200_000 + "=")
    assert time.process_time() - started < 5


def test_refused_values():
    with pytest.raises(InvalidArgumentError, match="uri") as error:
        ModelArtifact(name="m", uri=["https://ann:SECRET@example.org/" + "m" * 1000])
    assert "SECRET" not in str(error.value)
    assert len(str(error.value)) < 300


def test_databases():
    registry = ModelRegistry.local(
        "postgresql://bob:SECRET@127.0.0.1:1/registry?password=SECRET", author="ann"
    )
    core = ModelRegistryAPIClient(registry.connection)
    assert "SECRET" not in f"{registry!r} {core!r} {registry.connection!r} {registry.connection}"
    assert "127.0.0.1:1/registry" in repr(registry)
