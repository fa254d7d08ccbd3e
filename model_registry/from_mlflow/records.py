"""MLflow's models and versions as records of a registry."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from model_registry import types
from model_registry.records.file import Record
from model_registry.types.alias_names import RESERVED

from .names import INTERNAL, MODEL_ID, RUN_ID, RUN_LINK, SOURCE, STAGE, STORAGE, VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_registry.types import Artifact, PropertyValue

    from .source import Version


class Converted(NamedTuple):
    """Records, and what could not be converted.

    Attributes:
        records: The records: first a model or version, then its artifacts.
        notes: What was left out, and why.
    """

    records: list[Record]
    notes: list[str]


def model_records(model: Any, stored: Mapping[str, PropertyValue]) -> Converted:  # noqa: ANN401  # MLflow is an extra
    """Return a model as a record.

    Args:
        model: MLflow's model.
        stored: Custom properties that the registry has for this model.
    """
    properties, notes = _properties(f"model {model.name!r}", model.tags)
    own = {key: value for key, value in stored.items() if key.startswith(RESERVED)}  # such as aliases
    record = types.RegisteredModel(
        name=model.name,
        description=model.description or None,
        create_time_since_epoch=_text(model.creation_timestamp),
        last_update_time_since_epoch=_text(model.last_updated_timestamp),
        custom_properties=properties | own,
    )
    return Converted([Record(record)], notes)


def version_records(version: Version) -> Converted:
    """Return a version with its files, metrics and parameters as records."""
    entity = version.entity
    model, name = str(entity.name), str(entity.version)
    shown = f"version {model}/{name}"
    properties, notes = _properties(shown, entity.tags)
    stage = None if entity.current_stage == "None" else entity.current_stage
    run_id = entity.run_id or (version.run.info.run_id if version.run else None)
    facts = {
        SOURCE: entity.source,
        STORAGE: None if version.location == entity.source else version.location,
        RUN_ID: run_id,
        RUN_LINK: entity.run_link,
        MODEL_ID: getattr(entity, "model_id", None),
        STAGE: stage,
    }
    properties |= {VERSION: int(name)} | {key: str(value) for key, value in facts.items() if value}
    if run_id and version.run is None:
        notes.append(
            f"{shown}: its run {run_id} is not in MLflow's store, so it has no metrics and parameters"
        )
    record = types.ModelVersion(
        name=name,
        author=_author(version),
        description=entity.description or None,
        create_time_since_epoch=_text(entity.creation_timestamp),
        last_update_time_since_epoch=_text(entity.last_updated_timestamp),
        custom_properties=properties,
    )
    artifacts: list[Artifact] = [
        *_files(version, run_id, notes),
        *_metrics(version, notes),
        *_params(version),
    ]
    return Converted(
        [Record(record, model=model), *(Record(each, model=model, version=name) for each in artifacts)], notes
    )


def _author(version: Version) -> str | None:
    """Return who registered a version, or else who started its run."""
    names = (version.entity.user_id, version.run.info.user_id if version.run else None)
    return next((name for name in names if name and name != "unknown"), None)


def _properties(shown: str, tags: Mapping[str, object] | None) -> tuple[dict[str, PropertyValue], list[str]]:
    """Return tags as custom properties, and a note for each whose name the registry needs."""
    properties: dict[str, PropertyValue] = {}
    notes: list[str] = []
    for key, value in (tags or {}).items():
        if key in INTERNAL or key.startswith(RESERVED):
            notes.append(f"{shown}: the tag {key!r} was left out, because its name is reserved")
        else:
            properties[key] = str(value)
    return properties, notes


def _files(version: Version, run_id: str | None, notes: list[str]) -> Iterable[Artifact]:
    """Return a model artifact for the source of a version, or a note if that is no URI."""
    entity = version.entity
    location = version.location or ""
    if urlsplit(location).scheme:
        uri = location
    elif Path(location).is_absolute():
        uri = Path(location).as_uri()
    else:
        notes.append(f"version {entity.name}/{entity.version}: its source {location!r} is no URI")
        return
    yield types.ModelArtifact(
        name=entity.name,
        uri=uri,
        state=types.ArtifactState.LIVE if entity.status == "READY" else types.ArtifactState.UNKNOWN,
        model_source_kind="mlflow" if run_id else None,
        model_source_class="run" if run_id else None,
        model_source_id=run_id,
    )


def _metrics(version: Version, notes: list[str]) -> Iterable[Artifact]:
    """Return the last value of each metric, of the run and of the logged model."""
    measured = list(version.run.data.to_proto().metrics) if version.run else []
    measured += (version.logged_model.metrics or []) if version.logged_model else []
    for each in {each.key: each for each in measured}.values():
        if math.isfinite(each.value):
            yield types.Metric(
                name=each.key, value=each.value, timestamp=_text(each.timestamp), step=each.step or 0
            )
        else:
            shown = f"version {version.entity.name}/{version.entity.version}"
            notes.append(f"{shown}: the metric {each.key!r} was left out, because it is {each.value}")


def _params(version: Version) -> Iterable[Artifact]:
    params: dict[str, str] = dict(version.run.data.params) if version.run else {}
    params |= (version.logged_model.params or {}) if version.logged_model else {}
    return [types.Parameter(name=name, value=str(value)) for name, value in params.items()]


def _text(number: object) -> str | None:
    return None if number is None else str(number)
