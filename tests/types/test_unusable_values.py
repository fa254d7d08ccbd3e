"""Paths and values that cannot be used: errors of this package, from every verb that takes them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model_registry import ModelRegistry, storage
from model_registry.exceptions import InvalidArgumentError, ModelRegistryError
from model_registry.types import Metric
from model_registry.types.arguments import checked_path

UNUSABLE = {"NUL": "a\0b", "surrogate": "a\ud800b", "long": "x" * 300, "loop": "loop/x"}


def list_local(path):
    with ModelRegistry.local(path, author="ann") as registry:
        registry.list_models().to_list()


VERBS = {
    "local": lambda _, path: list_local(path),
    "export": lambda registry, path: registry.export(path),
    "import_": lambda registry, path: registry.import_(path),
    "download": lambda _, path: storage.download("source", path),
    "upload": lambda _, path: storage.upload(path, "target"),
    "upload to": lambda _, path: storage.upload("source", path),
    "files": lambda registry, path: registry.register("m", "1", files=path, to="target/"),
    "to": lambda registry, path: registry.register("m", "1", files="source", to=path),
    "user_token": lambda _, path: ModelRegistry("https://h", user_token=Path(path)),
    "client_cert": lambda _, path: ModelRegistry("https://h", client_cert=path, client_key=path),
    "custom_ca": lambda _, path: ModelRegistry("https://h", custom_ca=path),
}


@pytest.mark.skipif(os.name == "nt", reason="links need a right on Windows")
@pytest.mark.parametrize("path", UNUSABLE.values(), ids=UNUSABLE)
@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_15_7_paths_that_no_system_can_use(verb, path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("source").mkdir()
    Path("source/a.bin").write_text("x")
    with ModelRegistry.local(author="ann") as registry, pytest.raises(ModelRegistryError):
        verb(registry, path)


def test_15_7_what_can_be_a_path_is_not_touched(tmp_path):
    for path in (tmp_path, tmp_path / "missing" / "x", tmp_path / "a?b#c%20"):
        assert checked_path("path", path) == path
    with pytest.raises(InvalidArgumentError, match=r"files 'a\\x00b' is no path that this system can use"):
        checked_path("files", "a\0b")


@pytest.mark.parametrize("step", [2**63, -(2**63) - 1])
def test_15_5_a_step_beyond_64_bits(step):
    with pytest.raises(InvalidArgumentError, match="step"):
        Metric(name="loss", value=1.0, step=step)
    assert Metric(name="loss", value=1.0, step=2**63 - 1).step == 2**63 - 1
