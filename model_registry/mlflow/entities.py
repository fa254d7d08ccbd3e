"""Models and versions as MLflow's entities.

MLflow's tags are custom properties. Custom properties with the prefix `mlflow_` store what MLflow knows of a
version and the contract has no field for, such as the run, so that the registry can filter by it.
"""

from __future__ import annotations

import json
from inspect import signature
from typing import TYPE_CHECKING, Any, Final

from mlflow.entities.model_registry import (
    ModelVersion,
    ModelVersionTag,
    RegisteredModel,
    RegisteredModelAlias,
    RegisteredModelTag,
)
from mlflow.entities.model_registry.model_version_stages import STAGE_NONE

from model_registry.aliases.log import View
from model_registry.from_mlflow.names import INTERNAL, MODEL_ID, RUN_ID, RUN_LINK, SOURCE, STAGE
from model_registry.types.alias_names import RESERVED

from .errors import invalid
from .lazy_entities import LazyModel, LazyVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from model_registry import types
    from model_registry.types import PropertyValue

IS_PROMPT: Final = "mlflow.prompt.is_prompt"

# Integers are versions in MLflow's stores, unlike its types.
_version: Callable[..., ModelVersion] = ModelVersion
_lazy_version: Callable[..., ModelVersion] = LazyVersion
_HAS_MODEL_ID: Final = "model_id" in signature(ModelVersion).parameters


def checked_tags(tags: Iterable[RegisteredModelTag | ModelVersionTag] | None) -> dict[str, PropertyValue]:
    """Return tags as custom properties.

    Raises:
        MlflowException: A tag has a name that this store needs.
    """
    properties: dict[str, PropertyValue] = {}
    for tag in tags or ():
        check_key(tag.key)
        properties[tag.key] = str(tag.value)
    return properties


def check_key(key: str) -> None:
    """Check that a tag does not have a name that this store needs.

    Raises:
        MlflowException: It has.
    """
    if key in INTERNAL or key.startswith(RESERVED):
        raise invalid(f"the tag name {key!r} is reserved; use another one")


def tags_of(properties: Mapping[str, PropertyValue] | None) -> dict[str, str]:
    """Return custom properties as tags: a text as it is, everything else as JSON."""
    return {
        key: value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        for key, value in (properties or {}).items()
        if key not in INTERNAL and not key.startswith(RESERVED)
    }


def is_prompt(resource: types.RegisteredModel | types.ModelVersion) -> bool:
    """Check whether a model or version is a prompt, which MLflow stores among the models."""
    return (resource.custom_properties or {}).get(IS_PROMPT) == "true"


def number_of(name: str) -> int | None:
    """Return the number that a version's name is; `None` for other names."""
    return int(name) if name.isascii() and name.isdigit() and name[0] != "0" else None


def text_of(version: types.ModelVersion, key: str) -> str | None:
    """Return a custom property that is a text."""
    value = (version.custom_properties or {}).get(key)
    return value if isinstance(value, str) else None


def mlflow_version(
    model_name: str,
    version: types.ModelVersion,
    *,
    source: Callable[[], str | None],
    aliases: Iterable[str] = (),
) -> ModelVersion:
    """Return a version as MLflow's entity.

    A version whose name is no number has its name as version; MLflow finds it by that name or by an alias.

    Args:
        model_name: Name of its model.
        version: The version.
        source: Returns its source, when that is used. It is not needed for versions registered with MLflow,
            whose source is a custom property.
        aliases: Its aliases.
    """
    number = number_of(version.name)
    fields: dict[str, Any] = dict(
        name=model_name,
        version=version.name if number is None else number,
        creation_timestamp=_milliseconds(version.create_time_since_epoch),
        last_updated_timestamp=_milliseconds(version.last_update_time_since_epoch),
        description=version.description or None,
        user_id=version.author,
        current_stage=text_of(version, STAGE) or STAGE_NONE,
        run_id=text_of(version, RUN_ID),
        run_link=text_of(version, RUN_LINK),
        tags=[ModelVersionTag(key, value) for key, value in tags_of(version.custom_properties).items()],
        aliases=list(aliases),
        **({"model_id": text_of(version, MODEL_ID)} if _HAS_MODEL_ID else {}),
    )
    known = text_of(version, SOURCE)
    return _lazy_version(source, **fields) if known is None else _version(source=known, **fields)


def mlflow_model(
    model: types.RegisteredModel,
    latest_versions: Callable[[], list[ModelVersion]],
    aliases: Mapping[str, str] | None = None,
) -> RegisteredModel:
    """Return a model as MLflow's entity.

    Args:
        model: The model.
        latest_versions: Returns the latest version of each stage, when they are used.
        aliases: Names of versions by alias. Default: as the model's custom properties say.
    """
    versions = View.of(model).aliases if aliases is None else aliases
    return LazyModel(
        latest_versions,
        name=model.name,
        creation_timestamp=_milliseconds(model.create_time_since_epoch),
        last_updated_timestamp=_milliseconds(model.last_update_time_since_epoch),
        description=model.description or None,
        tags=[RegisteredModelTag(key, value) for key, value in tags_of(model.custom_properties).items()],
        aliases=[
            RegisteredModelAlias(alias, number_of(version) or version)
            for alias, version in sorted(versions.items())
        ],
    )


def _milliseconds(text: str | None) -> int:
    return int(text or 0)
