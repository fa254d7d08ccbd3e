"""The versions of a model as MLflow numbers and finds them."""

from __future__ import annotations

from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from mlflow.entities.model_registry.model_version_stages import ALL_STAGES, STAGE_NONE
from mlflow.exceptions import MlflowException
from mlflow.utils.validation import _validate_model_name as validate_model_name
from mlflow.utils.validation import _validate_model_version as validate_model_version

from model_registry import F, types
from model_registry.exceptions import DuplicateError
from model_registry.from_mlflow.names import SOURCE, STAGE, STORAGE, VERSION

from . import entities
from .errors import invalid, model_not_found, version_not_found
from .lazy_entities import LazyValues

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mlflow.entities.model_registry import ModelVersion

    from model_registry import ModelRegistry
    from model_registry.types import PropertyValue

    from .lists import Lists


_MODEL_ARCHIVED: Final = types.RegisteredModelState.ARCHIVED
_VERSION_ARCHIVED: Final = types.ModelVersionState.ARCHIVED
_NEWEST: Final = 5
"""Newest versions of a model, of which one probably is not archived and has no stage."""


class Versions:
    """The versions of the models of a registry.

    Args:
        registry: Client of the registry.
        lists: Its lists.
        tracking_uri: URI of MLflow's tracking server.
    """

    def __init__(self, registry: ModelRegistry, lists: Lists, tracking_uri: str | None) -> None:
        self._registry = registry
        self._lists = lists
        self._tracking_uri = tracking_uri

    def model(self, name: str) -> types.RegisteredModel:
        """Return a model that is not archived.

        Raises:
            MlflowException: There is none of that name.
        """
        model = self.find_model(name)
        if model is None:
            raise model_not_found(name)
        return model

    def find_model(self, name: str) -> types.RegisteredModel | None:
        """Return a model that is not archived; `None` if there is none of that name."""
        validate_model_name(name)
        model = self._registry.find_model(name)
        return None if model is None or model.state == _MODEL_ARCHIVED else model

    def get(self, name: str, version: str) -> tuple[types.RegisteredModel, types.ModelVersion]:
        """Return a version that is not archived, and its model.

        Raises:
            MlflowException: There is no such version.
        """
        model = self.find_model(name)
        found = None if model is None else self._registry.find_version(model, str(version))
        if found is None:
            validate_model_version(version)
        if model is None or found is None or found.state == _VERSION_ARCHIVED:
            raise version_not_found(name, version)
        return model, found

    def location(self, name: str, version: str) -> str:
        """Return where the files of a version are.

        Raises:
            MlflowException: There is no such version, or it has no files.
        """
        _, found = self.get(name, version)
        location = entities.text_of(found, STORAGE) or self.source(found)
        if location is None:
            raise invalid(f"Model Version (name={name}, version={version}) has no model artifact with a URI")
        return location

    def entities(self, found: Sequence[tuple[str, types.ModelVersion]]) -> list[ModelVersion]:
        """Return versions, each with the name of its model, as MLflow's entities, without aliases."""
        sources = LazyValues([version for _, version in found], self._sources, self._lists.at_once())
        return [
            entities.mlflow_version(model_name, version, source=partial(sources.get, place))
            for place, (model_name, version) in enumerate(found)
        ]

    def source(self, version: types.ModelVersion) -> str | None:
        """Return the source of a version: as MLflow gave it, else the URI of its first model artifact."""
        source = entities.text_of(version, SOURCE)
        return self._sources([version])[0] if source is None else source

    def latest(self, models: list[types.RegisteredModel]) -> list[Callable[[], list[ModelVersion]]]:
        """Return functions that read the latest version of each stage of models."""
        latest = LazyValues(models, self._latest, self._lists.at_once())
        return [partial(latest.get, place) for place in range(len(models))]

    def _sources(self, versions: list[types.ModelVersion]) -> list[str | None]:
        artifacts = self._lists.first_model_artifacts([str(each.id) for each in versions])
        return [None if each is None else each.uri for each in artifacts]

    def _latest(self, models: list[types.RegisteredModel]) -> list[list[ModelVersion]]:
        found: list[list[types.ModelVersion]] = []
        staged = self._staged(models)
        newest = self._lists.newest_versions([str(each.id) for each in models], _NEWEST)
        for model, page in zip(models, newest, strict=True):
            latest: dict[str, types.ModelVersion] = {}
            for version in staged[str(model.id)]:
                latest.setdefault(_stage_of(version), version)
            rest = (
                ()
                if page.next_page_token is None
                else self._lists.all_versions(None, model.id, descending=True)
            )
            without = (each for each in chain(page, rest) if _stage_of(each) == STAGE_NONE and _is_live(each))
            if (newest_without := next(without, None)) is not None:
                latest[STAGE_NONE] = newest_without
            found.append(sorted(latest.values(), key=lambda each: int(str(each.id)), reverse=True))
        together = [(model.name, each) for model, some in zip(models, found, strict=True) for each in some]
        made = iter(self.entities(together))
        return [[next(made) for _ in some] for some in found]

    def _staged(self, models: list[types.RegisteredModel]) -> dict[str, list[types.ModelVersion]]:
        """Return the versions that have a stage, the latest first, by the id of their model."""
        staged: dict[str, list[types.ModelVersion]] = {str(each.id): [] for each in models}
        has_stage = F.property(STAGE).in_([each for each in ALL_STAGES if each != STAGE_NONE])
        condition = has_stage & F.model_id.in_([int(id_) for id_ in staged])
        for each in self._lists.all_versions(condition, descending=True):
            staged[str(each.registered_model_id)].append(each)
        return staged

    def resolved(self, source: str, run_id: str | None, model_id: str | None) -> tuple[str, str | None]:
        """Return where the files of a source are, and the run that made them."""
        parts = urlsplit(source)
        if parts.scheme == "models":
            return self._resolved_model(source, run_id)
        if run_id is None and model_id is not None:
            run_id = self._logged_model(model_id).source_run_id
        return source, run_id

    def _resolved_model(self, source: str, run_id: str | None) -> tuple[str, str | None]:
        from mlflow.store.artifact.utils.models import _parse_model_uri

        try:
            parsed = _parse_model_uri(source)
            logged = getattr(parsed, "model_id", None)
            if logged is None:
                return self.location(str(parsed.name), str(parsed.version)), run_id
            model = self._logged_model(logged)
        except Exception as error:
            raise MlflowException(
                f"Unable to fetch model from model URI source artifact location '{source}'. Error: {error}"
            ) from error
        return model.artifact_location, run_id or model.source_run_id

    def _logged_model(self, model_id: str) -> Any:
        from mlflow.tracking.client import MlflowClient

        return MlflowClient(tracking_uri=self._tracking_uri).get_logged_model(model_id)

    def register_next(
        self,
        model: types.RegisteredModel,
        properties: dict[str, PropertyValue],
        description: str | None,
        location: str,
        run_id: str | None,
    ) -> types.ModelVersion:
        """Register a version with the next free number. Of several writers, each gets one of its own."""
        uri = _artifact_uri(location)
        number = self._last_number(model)
        source: dict[str, Any] = (
            {"model_source_kind": "mlflow", "model_source_class": "run", "model_source_id": run_id}
            if uri is not None and run_id is not None
            else {}
        )
        while True:
            number += 1
            try:
                return self._registry.register(
                    model,
                    str(number),
                    uri,
                    description=description,
                    properties=properties | {VERSION: number},
                    **source,
                ).version
            except DuplicateError:
                continue  # somebody else took the number

    def _last_number(self, model: types.RegisteredModel) -> int:
        """Return the greatest number of a version, archived ones included, or one below a taken number."""
        newest = self._lists.versions(None, model.id, descending=True, size=20, archived=None)
        number = max((entities.number_of(each.name) or 0 for each in newest), default=0)
        while True:
            condition = F.property(VERSION).as_int > number
            later = self._lists.versions(condition, model.id, descending=True, size=1, archived=None)
            if not later:
                return number
            number = entities.number_of(later[0].name) or number + 1


def _stage_of(version: types.ModelVersion) -> str:
    return entities.text_of(version, STAGE) or STAGE_NONE


def _is_live(version: types.ModelVersion) -> bool:
    return version.state != _VERSION_ARCHIVED


def _artifact_uri(location: str) -> str | None:
    """Return a location as the URI of an artifact; `None` for a relative path, which is no URI."""
    if urlsplit(location).scheme:
        return location
    path = Path(location)
    return path.as_uri() if path.is_absolute() else None
