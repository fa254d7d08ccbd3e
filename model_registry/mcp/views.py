"""From resources of the registry to what the tools return of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from model_registry import types
from model_registry.types.alias_names import RESERVED
from model_registry.types.equality import equal

from .results import ArtifactView, ChangeView, ModelView, VersionView
from .texts import LONG, safe, safe_value, untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from model_registry.types import Artifact, Change, ModelVersion, Plan, RegisteredModel, Values

_TEXTS = ("readme", "maturity", "language", "tasks", "provider", "license", "license_link", "library_name")
_SOURCE = ("model_format_name", "model_format_version", "uri", "source", "source_type", "value", "step")


def model_view(model: RegisteredModel, *, whole: bool = False) -> ModelView:
    """Return the view of a model.

    Args:
        model: The model.
        whole: Whether to include all its texts and properties.
    """
    texts: dict[str, object] = {"description": model.description}
    if whole:
        own = {name: value for name, value in model.custom_properties.items() if not _is_reserved(name)}
        texts |= {name: getattr(model, name) for name in _TEXTS} | {"properties": own}
    return ModelView(
        name=safe(model.name),
        id=model.id or "",
        state=model.state.value,
        owner=_optional(model.owner),
        updated=_day(model.last_update_time),
        untrusted=untrusted(texts, whole=whole),
    )


def version_view(
    model: str, version: ModelVersion, metrics: Mapping[str, float] | None = None, *, whole: bool = False
) -> VersionView:
    """Return the view of a version.

    Args:
        model: The name of its model.
        version: The version.
        metrics: Its metrics that are shown.
        whole: Whether to include its whole description, and its properties.
    """
    texts: dict[str, object] = {"description": version.description}
    if whole:
        texts["properties"] = version.custom_properties
    return VersionView(
        reference=reference_of(model, version),
        id=version.id or "",
        state=version.state.value,
        author=_optional(version.author),
        created=_day(version.create_time),
        metrics={safe(name): value for name, value in (metrics or {}).items()},
        untrusted=untrusted(texts, whole=whole),
    )


def artifact_view(artifact: Artifact) -> ArtifactView:
    """Return the view of an artifact."""
    own = {name: getattr(artifact, name, None) for name in _SOURCE}
    given = {"description": artifact.description, **own, "properties": artifact.custom_properties}
    name = artifact.name or ""
    # The value of a parameter is named by the parameter.
    shown = untrusted(given)
    if own["value"] is not None:
        shown["value"] = safe_value(own["value"], name=name)
    return ArtifactView(kind=type(artifact).__name__, name=safe(name), id=artifact.id or "", untrusted=shown)


def change_views(plan: Plan) -> list[ChangeView]:
    """Return the views of the changes in a plan: new values whole, old ones short."""
    return [_change_view(each) for each in plan]


def reference_of(model: str, version: ModelVersion) -> str:
    """Return the text that names a version in other tools: its id, if a name cannot be shown as it is."""
    is_plain = all(safe(name, LONG) == name for name in (model, version.name))
    return str(types.Reference(model, version.name)) if is_plain else (version.id or "")


def _change_view(change: Change) -> ChangeView:
    values: dict[str, object] = {}
    for name, each in change.fields.items():
        if name == "custom_properties":
            for key, pair in _properties(each).items():
                values[safe(f"properties.{key}")] = _pair(key, *pair)
        else:
            values[name] = _pair(name, each.before, each.after)
    return ChangeView(verb=change.verb, kind=change.kind, name=safe(change.path), untrusted=values)


def _properties(values: Values) -> dict[str, tuple[object, object]]:
    before, after = (cast("Mapping[str, object]", each or {}) for each in values)
    pairs = {key: (before.get(key), after.get(key)) for key in {**before, **after}}
    return {key: pair for key, pair in pairs.items() if not equal(*pair)}


def _pair(name: str, before: object, after: object) -> dict[str, object]:
    new = safe_value(after, _WHOLE, name=name)
    return {"after": new} if before is None else {"before": safe_value(before, name=name), "after": new}


_WHOLE = 20_000
"""Characters of a text that a plan would write; arguments are shorter."""


def _is_reserved(name: str) -> bool:
    return name.startswith(RESERVED)


def _optional(text: str | None) -> str | None:
    return None if text is None else safe(text)


def _day(time: datetime | None) -> str | None:
    return None if time is None else f"{time:%Y-%m-%dT%H:%M:%SZ}"
