"""Register model files in a registry that lives in one local file, and find them again.

    python examples/register_and_find.py                   make two small models and register them
    python examples/register_and_find.py a.onnx b.onnx     register these files instead

The registry is `registry.db` in the current folder. A file whose content is registered already is found, not
registered twice, so the example can be run again and again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
from dataclasses import dataclass, field
from pathlib import Path

from model_registry import ModelRegistry
from model_registry.types import ModelArtifact

# Floor area in square metres and price in thousands, one flat each.
FLATS = [(31, 118), (40, 149), (52, 187), (58, 214), (64, 226), (75, 271), (83, 288), (96, 341)]


@dataclass
class ModelFile:
    """A model on disk and what is known of it."""

    path: Path
    format_name: str
    format_version: str | None = None
    properties: dict[str, bool | int | float | str] = field(default_factory=dict)


def made_models(folder: Path) -> list[ModelFile]:
    """Fit a straight line to half of the flats and to all of them, and save the two models."""
    folder.mkdir(exist_ok=True)
    models = []
    for flats in (FLATS[: len(FLATS) // 2], FLATS):
        areas, prices = zip(*flats, strict=True)
        line = statistics.linear_regression(areas, prices)
        error = statistics.fmean(abs(line.slope * area + line.intercept - price) for area, price in FLATS)
        model = saved_line(line.slope, line.intercept, folder / f"prices-of-{len(flats)}-flats")
        model.properties = {"training_rows": len(flats), "mean_error": round(error, 3)}
        models.append(model)
    return models


def saved_line(slope: float, intercept: float, path: Path) -> ModelFile:
    """Save a line as safetensors when that library (and numpy) is there, as JSON when it is not."""
    try:
        import numpy as np
        from safetensors.numpy import save_file
    except ImportError:
        model = ModelFile(path.with_suffix(".json"), "json", "1")
        model.path.write_text(json.dumps({"slope": slope, "intercept": intercept}), encoding="utf-8")
    else:
        model = ModelFile(path.with_suffix(".safetensors"), "safetensors", "1")
        save_file({"slope": np.array([slope]), "intercept": np.array([intercept])}, model.path)
    return model


def given_models(paths: list[Path]) -> list[ModelFile]:
    """Describe files that are there already; the suffix tells the format."""
    return [ModelFile(path, path.suffix.lstrip(".").lower() or "binary") for path in paths]


def register(registry: ModelRegistry, name: str, files: list[ModelFile]) -> None:
    """Register files as versions of the model `name`, except those that are registered already."""
    for file in files:
        content_id = external_id(file.path)
        if registry.find_version(external_id=content_id) is not None:
            continue
        model = registry.find_model(name)
        number = len(registry.list_versions(model).to_list()) + 1 if model else 1
        registry.register(
            name,
            str(number),
            file.path.resolve().as_uri(),
            model_format_name=file.format_name,
            model_format_version=file.format_version,
            properties=file.properties,
            external_id=content_id,
        )


def external_id(path: Path) -> str:
    """Name a file by its content, so that the same content is found whatever it is called."""
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def show(registry: ModelRegistry, name: str, content_id: str) -> None:
    """Print everything that is registered, then one model and one version that are looked up."""
    for model in registry.list_models():
        print(f"model {model.name}  id {model.id}")
        for version in registry.list_versions(model):
            print(f"  version {version.name}  id {version.id}  properties {version.custom_properties or {}}")
            for artifact in registry.list_artifacts(version, kind=ModelArtifact):
                form = " ".join(filter(None, [artifact.model_format_name, artifact.model_format_version]))
                print(f"    artifact id {artifact.id}  format {form}\n    {artifact.uri}")

    by_name = registry.get_model(name)
    by_external_id = registry.get_version(external_id=content_id)
    print(f"found by name {name!r}: model id {by_name.id}")
    print(f"found by external id {content_id[:19]}...: version {by_external_id.name}, id {by_external_id.id}")


def main() -> None:
    """Read the command line, register, show."""
    parser = argparse.ArgumentParser(description="Register model files locally and find them again.")
    parser.add_argument("files", nargs="*", type=Path, help="model files; without any, two are made")
    parser.add_argument("--name", help="name of the model (default: that of the first file)")
    parser.add_argument("--registry", default="registry.db", help="the registry (default: %(default)s)")
    arguments = parser.parse_args()
    if missing := [str(path) for path in arguments.files if not path.is_file()]:
        parser.error(f"no such file: {', '.join(missing)}")

    files = given_models(arguments.files) if arguments.files else made_models(Path("models"))
    name = arguments.name or (arguments.files[0].stem if arguments.files else "flat-prices")
    with ModelRegistry.local(arguments.registry, author="example") as registry:
        register(registry, name, files)
        show(registry, name, external_id(files[0].path))


if __name__ == "__main__":
    main()
