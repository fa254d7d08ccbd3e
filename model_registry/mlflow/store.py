"""The registry store that MLflow's client uses."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from mlflow.entities.model_registry.model_version_stages import (
    ALL_STAGES,
    DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS,
    STAGE_ARCHIVED,
    get_canonical_stage,
)
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import FEATURE_DISABLED, RESOURCE_ALREADY_EXISTS
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.model_registry import (
    SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT,
    SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT,
    SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD,
)
from mlflow.store.model_registry.abstract_store import AbstractStore
from mlflow.utils import validation
from mlflow.utils.validation import (
    _validate_model_alias_name as validate_model_alias_name,
)
from mlflow.utils.validation import (
    _validate_model_name as validate_model_name,
)
from mlflow.utils.validation import (
    _validate_model_version_tag as validate_model_version_tag,
)
from mlflow.utils.validation import (
    _validate_registered_model_tag as validate_registered_model_tag,
)
from mlflow.utils.validation import (
    _validate_tag_name as validate_tag_name,
)

from model_registry import F, types
from model_registry.exceptions import DuplicateError
from model_registry.from_mlflow.names import MODEL_ID, RUN_ID, RUN_LINK, SOURCE, STAGE, STORAGE

from . import entities
from .errors import invalid, mlflow_errors
from .lists import Lists
from .search import Search
from .uris import open_registry
from .versions import Versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mlflow.entities.model_registry import (
        ModelVersion,
        ModelVersionTag,
        RegisteredModel,
        RegisteredModelTag,
    )

    from model_registry.types import PropertyValue

_MODEL_ARCHIVED: Final = types.RegisteredModelState.ARCHIVED

# Releases before 3.5 check this where they check the alias.
_validate_reserved_alias: Callable[[str], None] = getattr(
    validation, "_validate_model_alias_name_reserved", lambda _alias: None
)


class ModelRegistryStore(AbstractStore):
    """MLflow's registry store on a registry of this package, or on Kubeflow's.

    MLflow creates it for registry URIs that begin with `model-registry://`, `model-registry+http://` or
    `model-registry+https://`; programs use MLflow's own functions and `MlflowClient`.

    The registry deletes nothing. Deleting archives, and MLflow does not see archived resources. A model
    cannot be renamed. A stage is stored as a custom property.

    Args:
        store_uri: The registry URI.
        tracking_uri: URI of MLflow's tracking server, which is asked for logged models.

    Example:
        >>> from model_registry.mlflow import ModelRegistryStore
        >>> store = ModelRegistryStore("model-registry:///tmp/registry.db")  # doctest: +SKIP
    """

    def __init__(self, store_uri: str, tracking_uri: str | None = None) -> None:
        super().__init__(store_uri, tracking_uri)
        with mlflow_errors():
            self._registry = open_registry(store_uri)
        self._lists = Lists(self._registry)
        self._search = Search(self._lists)
        self._versions = Versions(self._registry, self._lists, tracking_uri)
        weakref.finalize(self, self._registry.close)  # MLflow never closes a store

    # Registered models

    @mlflow_errors()
    def create_registered_model(
        self,
        name: str,
        tags: Iterable[RegisteredModelTag] | None = None,
        description: str | None = None,
        deployment_job_id: str | None = None,
    ) -> RegisteredModel:
        """Create a model. The name of a deleted model can be used again; the numbers of versions go on."""
        validate_model_name(name)
        for tag in tags or ():
            validate_registered_model_tag(tag.key, tag.value)
        properties = entities.checked_tags(tags)
        existing = self._registry.find_model(name)
        given = types.RegisteredModel(name, description=description, custom_properties=properties)
        if existing is not None and existing.state != _MODEL_ARCHIVED:
            raise _model_exists(existing, given)
        if existing is not None:
            return self._reuse(existing, properties, description)
        try:
            created = self._create(given)
        except DuplicateError as error:
            raise _model_exists(self._versions.model(name), given) from error
        return entities.mlflow_model(created, list)

    @mlflow_errors()
    def update_registered_model(
        self, name: str, description: str | None, deployment_job_id: str | None = None
    ) -> RegisteredModel:
        """Set the description of a model."""
        model = self._versions.model(name)
        model.description = description or ""
        return self._model_entity(self._registry.update(model, overwrite=True))

    @mlflow_errors()
    def rename_registered_model(self, name: str, new_name: str) -> RegisteredModel:
        """Refuse: the name of a model cannot be changed.

        Raises:
            MlflowException: Always.
        """
        if not str(new_name or "").strip():  # MLflow 2.20 has no function for it
            raise invalid("Missing value for required parameter 'new_name'.")
        validate_model_name(new_name)
        self._versions.model(name)
        raise MlflowException(
            f"the registry cannot rename a model: the names of models are part of references to them. Create "
            f"{new_name!r} and copy the versions with copy_model_version",
            error_code=FEATURE_DISABLED,
        )

    @mlflow_errors()
    def delete_registered_model(self, name: str) -> None:
        """Archive a model with its versions, and remove its aliases."""
        model = self._versions.model(name)
        for alias in self._registry.list_aliases(model):
            self._registry.remove_alias(model, alias, force=True)
        self._registry.archive(self._versions.model(name), with_versions=True)

    @mlflow_errors()
    def search_registered_models(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[RegisteredModel]:
        """Search models in the registry."""
        limit = SEARCH_REGISTERED_MODEL_MAX_RESULTS_DEFAULT if max_results is None else max_results
        _check_most(limit, SEARCH_REGISTERED_MODEL_MAX_RESULTS_THRESHOLD)  # MLflow's store checks it first
        _check_positive(limit)
        found, token = self._search.models(filter_string, limit, order_by, page_token)
        latest = self._versions.latest(found)
        return PagedList(list(map(entities.mlflow_model, found, latest)), token)

    @mlflow_errors()
    def get_registered_model(self, name: str) -> RegisteredModel:
        """Return a model."""
        return self._model_entity(self._versions.model(name))

    @mlflow_errors()
    def get_latest_versions(self, name: str, stages: Sequence[str] | None = None) -> list[ModelVersion]:
        """Return the latest version of each stage."""
        wanted = {get_canonical_stage(each) for each in stages or ALL_STAGES}
        model = self._versions.model(name)
        latest = self._versions.latest([model])[0]()
        aliases = self._registry.list_aliases(model)
        for version in latest:
            version.aliases = _aliases_of(str(version.version), aliases)
        return [each for each in latest if each.current_stage in wanted]

    @mlflow_errors()
    def set_registered_model_tag(self, name: str, tag: RegisteredModelTag) -> None:
        """Set a tag of a model."""
        validate_registered_model_tag(tag.key, tag.value)
        self._registry.set_properties(
            self._versions.model(name), entities.checked_tags([tag]), overwrite=True
        )

    @mlflow_errors()
    def delete_registered_model_tag(self, name: str, key: str) -> None:
        """Remove a tag of a model. A missing tag is no error."""
        validate_tag_name(key)
        entities.check_key(key)
        self._registry.remove_properties(self._versions.model(name), key, overwrite=True)

    # Model versions

    @mlflow_errors()
    def create_model_version(
        self,
        name: str,
        source: str,
        run_id: str | None = None,
        tags: Iterable[ModelVersionTag] | None = None,
        run_link: str | None = None,
        description: str | None = None,
        local_model_path: str | None = None,
        model_id: str | None = None,
    ) -> ModelVersion:
        """Create the next version of a model."""
        for tag in tags or ():
            validate_model_version_tag(tag.key, tag.value)
        properties = entities.checked_tags(tags)
        model = self._versions.model(name)
        location, run_id = self._versions.resolved(source, run_id, model_id)
        known = {
            SOURCE: source,
            STORAGE: location if location != source else None,
            RUN_ID: run_id,
            RUN_LINK: run_link,
            MODEL_ID: model_id,
        }
        properties |= {key: value for key, value in known.items() if value}
        version = self._versions.register_next(model, properties, description, location, run_id)
        return entities.mlflow_version(name, version, source=lambda: source)

    @mlflow_errors()
    def update_model_version(self, name: str, version: str, description: str | None = None) -> ModelVersion:
        """Set the description of a version."""
        model, found = self._versions.get(name, version)
        found.description = description or ""
        return self._version_entity(model, self._registry.update(found, overwrite=True))

    @mlflow_errors()
    def transition_model_version_stage(
        self, name: str, version: str, stage: str, archive_existing_versions: bool
    ) -> ModelVersion:
        """Set the stage of a version."""
        canonical = get_canonical_stage(stage)
        if archive_existing_versions and canonical not in DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS:
            raise MlflowException(
                "Model version transition cannot archive existing model versions because "
                f"'{stage}' is not an Active stage. Valid stages are {DEFAULT_STAGES_FOR_GET_LATEST_VERSIONS}"
            )
        model, found = self._versions.get(name, version)
        if archive_existing_versions:
            for other in list(self._lists.all_versions(F.property(STAGE) == canonical, model.id)):
                if other.id != found.id:
                    self._registry.set_properties(other, {STAGE: STAGE_ARCHIVED}, overwrite=True)
        changed = self._registry.set_properties(found, {STAGE: canonical}, overwrite=True)
        return self._version_entity(model, changed)

    @mlflow_errors()
    def delete_model_version(self, name: str, version: str) -> None:
        """Archive a version, and remove its aliases."""
        model, found = self._versions.get(name, version)
        for alias in _aliases_of(found.name, self._registry.list_aliases(model)):
            self._registry.remove_alias(model, alias, force=True)
        self._registry.archive(found)

    @mlflow_errors()
    def get_model_version(self, name: str, version: str) -> ModelVersion:
        """Return a version."""
        return self._version_entity(*self._versions.get(name, version))

    @mlflow_errors()
    def get_model_version_download_uri(self, name: str, version: str) -> str:
        """Return where the files of a version are."""
        return self._versions.location(name, version)

    @mlflow_errors()
    def search_model_versions(
        self,
        filter_string: str | None = None,
        max_results: int | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[ModelVersion]:
        """Search versions in the registry."""
        limit = SEARCH_MODEL_VERSION_MAX_RESULTS_DEFAULT if max_results is None else max_results
        _check_positive(limit)
        _check_most(limit, SEARCH_MODEL_VERSION_MAX_RESULTS_THRESHOLD)
        found, token = self._search.versions(filter_string, limit, order_by, page_token)
        return PagedList(self._versions.entities(found), token)

    @mlflow_errors()
    def set_model_version_tag(self, name: str, version: str, tag: ModelVersionTag) -> None:
        """Set a tag of a version."""
        validate_model_version_tag(tag.key, tag.value)
        _, found = self._versions.get(name, version)
        self._registry.set_properties(found, entities.checked_tags([tag]), overwrite=True)

    @mlflow_errors()
    def delete_model_version_tag(self, name: str, version: str, key: str) -> None:
        """Remove a tag of a version. A missing tag is no error."""
        validate_tag_name(key)
        entities.check_key(key)
        _, found = self._versions.get(name, version)
        self._registry.remove_properties(found, key, overwrite=True)

    # Aliases

    @mlflow_errors()
    def set_registered_model_alias(self, name: str, alias: str, version: str) -> None:
        """Set an alias on a version, or move it there."""
        validate_model_alias_name(alias)
        _validate_reserved_alias(alias)
        model, found = self._versions.get(name, version)
        self._registry.set_alias(model, alias, found, force=True)

    @mlflow_errors()
    def delete_registered_model_alias(self, name: str, alias: str) -> None:
        """Remove an alias. A missing alias is no error."""
        validate_model_alias_name(alias)
        self._registry.remove_alias(self._versions.model(name), alias, force=True)

    @mlflow_errors()
    def get_model_version_by_alias(self, name: str, alias: str) -> ModelVersion:
        """Return the version that has an alias."""
        validate_model_alias_name(alias)
        model = self._versions.model(name)
        found = self._registry.find_alias(model, alias)
        if found is None:
            raise invalid(f"Registered model alias {alias} not found.")
        return self._version_entity(model, found)

    # What several of them need

    def _model_entity(self, model: types.RegisteredModel) -> RegisteredModel:
        latest = self._versions.latest([model])[0]()
        return entities.mlflow_model(model, lambda: latest, self._registry.list_aliases(model))

    def _version_entity(self, model: types.RegisteredModel, version: types.ModelVersion) -> ModelVersion:
        aliases = _aliases_of(version.name, self._registry.list_aliases(model))
        source = self._versions.source(version)
        return entities.mlflow_version(model.name, version, source=lambda: source, aliases=aliases)

    def _create(self, model: types.RegisteredModel) -> types.RegisteredModel:
        # The public verbs create a model only with a version.
        run, client = self._registry._run, self._registry._async  # noqa: SLF001
        return run(client.core.upsert_registered_model(model))

    def _reuse(
        self, model: types.RegisteredModel, properties: dict[str, PropertyValue], description: str | None
    ) -> RegisteredModel:
        """Restore a model that was deleted, without its former tags and description."""
        self._registry.restore(model)
        model = self._registry.replace_properties(
            self._versions.model(model.name), properties, overwrite=True
        )
        model.description = description or ""
        return entities.mlflow_model(self._registry.update(model, overwrite=True), list)


def _model_exists(existing: types.RegisteredModel, given: types.RegisteredModel) -> MlflowException:
    old, new = ("Prompt" if entities.is_prompt(each) else "Registered Model" for each in (existing, given))
    message = (
        f"{new} (name={given.name}) already exists."
        if old == new
        else f"Tried to create a {new.lower()} with name {given.name!r}, but the name is already taken by a "
        f"{old.lower()}. MLflow does not allow creating a model and a prompt with the same name."
    )
    return MlflowException(message, error_code=RESOURCE_ALREADY_EXISTS)


def _aliases_of(version: str, aliases: dict[str, str]) -> list[str]:
    return [alias for alias, name in aliases.items() if name == version]


def _check_positive(limit: object) -> None:
    if not isinstance(limit, int) or limit < 1:
        raise invalid(f"Invalid value for max_results. It must be a positive integer, but got {limit}")


def _check_most(limit: object, most: int) -> None:
    if isinstance(limit, (int, float)) and limit > most:
        raise invalid(
            "Invalid value for request parameter max_results. It must be at most "
            f"{most}, but got value {limit}"
        )
