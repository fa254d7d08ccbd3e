"""`register` with metrics, parameters, tags, and other values that notebooks have."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from model_registry.exceptions import ConflictError, InvalidArgumentError
from model_registry.types import Metric, Parameter

HEADERS = Path(__file__).parent.parent / "storage" / "model_headers"


class Estimator:
    """An object as `get_params()` of a pipeline returns it."""


async def values(registry, reference, kind):
    return {each.name: each.value async for each in registry.list_artifacts(reference, kind=kind)}


async def test_15_11_metrics_are_numbers(registry, unique):
    given = {
        "accuracy": 0.93,
        "rows": 3,
        "f1": np.float32(0.5),
        "loss": np.array(0.25),
        "auc": Decimal("0.5"),
    }
    done = await registry.register(f"{unique}m", "1", metrics=given)
    expected = {"accuracy": 0.93, "rows": 3.0, "f1": 0.5, "loss": 0.25, "auc": 0.5}
    assert {each.name: each.value for each in done.artifacts} == expected
    assert await values(registry, done.version, Metric) == expected


async def test_15_11_parameters_come_back_as_they_were(registry, unique):
    given = {
        "depth": 4,
        "rate": 0.1,
        "shuffle": False,
        "kind": "tree",
        "seed": None,
        "empty": "",
        "layers": [64, None],
        "optimizer": {"name": "adam", "betas": [0.9, 0.999]},
    }
    done = await registry.register(f"{unique}m", "1", params=given)
    stored = await values(registry, done.version, Parameter)
    assert stored == given
    assert {name: type(value) for name, value in stored.items()} == {
        name: type(value) for name, value in given.items()
    }
    again = await registry.register(f"{unique}m", "1", params=given, if_exists="resume")
    assert not again.is_new
    for changed in ({"seed": 5}, {"depth": None}, {"layers": []}, {"empty": None}):
        with pytest.raises(ConflictError, match="already exists with other values"):
            await registry.register(f"{unique}m", "1", params=changed, if_exists="resume")


async def test_15_11_parameters_that_json_cannot_store_are_text(registry, unique):
    given = {
        "size": np.int64(4),
        "flag": np.bool_(True),
        "grid": np.arange(3),
        "pair": (1, 2),
        "missing": float("nan"),
        "weights": {0: 1.0},
        "steps": [("scale", Estimator())],
        "f": len,
    }
    done = await registry.register(f"{unique}m", "1", params=given)
    assert await values(registry, done.version, Parameter) == {
        "size": 4,
        "flag": True,
        "grid": [0, 1, 2],
        "pair": [1, 2],
        "missing": "nan",
        "weights": "{0: 1.0}",
        "f": "<built-in function len>",
        "steps": [["scale", f"<{__name__}.Estimator object>"]],
    }


async def test_15_11_tags_are_a_property_of_the_version(registry, unique):
    done = await registry.register(
        f"{unique}m", "1", tags=["tabular", "b", "tabular"], properties={"team": "risk"}
    )
    assert done.version.custom_properties == {"team": "risk", "tags": ["tabular", "b"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"metrics": {"accuracy": "high"}}, r"metrics\['accuracy'\] must be a finite number, got 'high'"),
        ({"metrics": {"loss": float("nan")}}, r"metrics\['loss'\] must be a finite number, got nan"),
        ({"metrics": {"loss": np.array([1.0, 2.0])}}, r"metrics\['loss'\] must be a finite number"),
        ({"metrics": [0.9]}, "metrics must be a dictionary"),
        ({"params": {1: 2}}, "params must have texts"),
        ({"tags": "tabular"}, "tags must be a list of texts"),
        ({"tags": {"a": 1}}, "use properties="),
        ({"tags": [1]}, r"tags\[0\] must be a text"),
        ({"tags": ["a"], "properties": {"tags": 1}}, "tags= is stored as the property 'tags'"),
        ({"version": 1.0}, "write version='1.0'"),
        ({"version": True}, "version must be a text or a whole number"),
        ({"uri": "models/fraud.onnx"}, "is a relative path"),
        ({"uri": "./fraud.onnx"}, "is a relative path"),
        ({"uri": "~/fraud.onnx"}, "is a relative path"),
    ],
)
async def test_15_11_what_cannot_be_meant_is_refused(registry, unique, arguments, message):
    name = f"{unique}refused"
    with pytest.raises(InvalidArgumentError, match=message):
        await registry.register(name, **{"version": "1", **arguments})
    assert await registry.find_model(name) is None


@pytest.mark.parametrize("version", [2, np.int64(2)])
async def test_15_11_versions_may_be_whole_numbers(registry, unique, version):
    name = f"{unique}m{type(version).__name__}"
    done = await registry.register(name, version)
    assert done.version.name == "2"
    assert await registry.get_version(name, version) == done.version
    assert await registry.find_version(name, 3) is None


async def test_15_11_paths_become_absolute_uris(registry, unique, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = await registry.register(f"{unique}m", "1", Path("a model.onnx"))
    assert done.artifact.uri == (tmp_path / "a model.onnx").as_uri()


async def test_15_11_headers_of_uploaded_files_are_recorded(registry, unique, tmp_path):
    done = await registry.register(f"{unique}m", "1", files=HEADERS / "model.gguf", to=tmp_path / "store")
    artifact = done.artifact
    assert (artifact.model_format_name, artifact.model_format_version) == ("gguf", "3")
    assert artifact.custom_properties["model.parameters"] == 136.0
    assert artifact.custom_properties["model.architecture"] == "llama"


async def test_15_11_items_of_register_many_have_metrics_too(registry, unique):
    items = [{"name": f"{unique}m", "version": n, "metrics": {"auc": n / 10}} for n in (1, 2)]
    done = await registry.register_many(items)
    assert [each.artifacts[0].value for each in done] == [0.1, 0.2]
