"""Compare versions side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from model_registry.core.base import id_of
from model_registry.exceptions import InvalidArgumentError, NotFoundError
from model_registry.types import F, ListOptions, Metric, ModelArtifact, Parameter, Reference
from model_registry.types.equality import equal
from model_registry.web.charts import bar_chart, parallel_chart
from model_registry.web.site import Page
from model_registry.web.text import own_properties

from .parameters import command, first_page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

    from model_registry.types import Artifact, ModelVersion, RegisteredModel
    from model_registry.web.site import Site

_MOST: Final = 6
_ARTIFACTS: Final = 100
_BARS: Final = 12
_AXES: Final = 8


async def compare(site: Site, request: Request) -> Page:
    """Compare 2 to 6 versions: three requests. Other registries get one for the artifacts of each."""
    ids = list(dict.fromkeys(request.query_params.getlist("v")))
    if not 2 <= len(ids) <= _MOST or not all(each.isascii() and each.isdigit() for each in ids):
        raise InvalidArgumentError(f"choose 2 to {_MOST} versions to compare; you chose {len(ids)}")
    versions, models = await _versions(site, ids)
    artifacts = await site.registry.core.get_artifacts_of_versions(
        [id_of(each) for each in versions], ListOptions(limit=_ARTIFACTS)
    )
    labels = [str(Reference(models[each.registered_model_id].name, each.name)) for each in versions]
    short = [each.name for each in versions] if len(models) == 1 else labels
    groups = _groups(versions, artifacts)
    differing = [(group, name, values) for group, name, values in groups if not _are_equal(values)]
    metrics = {name: values for group, name, values in groups if group == "Metric"}
    axes = {
        name: values
        for group, name, values in groups
        if group in ("Parameter", "Metric") and not _are_equal(values) and _are_comparable(values)
    }
    return Page(
        "compare.html",
        "Compare " + " with ".join(labels),
        {
            "versions": versions,
            "models": models,
            "labels": labels,
            "differing": differing,
            "same": [each for each in groups if each not in differing],
            "bar_names": list(metrics)[:_BARS],
            "bars": [
                bar_chart(name, list(zip(short, values, strict=True)))
                for name, values in list(metrics.items())[:_BARS]
            ],
            "parallel": parallel_chart(dict(list(axes.items())[:_AXES]), labels),
        },
        {
            "versions": labels,
            "differing": [{"kind": kind, "name": name, "values": values} for kind, name, values in differing],
        },
        command=command("compare", *labels),
    )


async def _versions(
    site: Site, ids: Sequence[str]
) -> tuple[list[ModelVersion], Mapping[str | None, RegisteredModel]]:
    """Return the versions in the given order, and their models by id."""
    listed = await first_page(
        site.registry.list_versions(filter=F.id.in_([int(each) for each in ids]), page_size=_MOST)
    )
    by_id = {each.id: each for each in listed}
    for each in ids:
        if each not in by_id:
            raise NotFoundError(f"this registry has no version with id {each!r}", status=404)
    parents = sorted({int(each.registered_model_id or 0) for each in listed})
    models = await first_page(site.registry.list_models(filter=F.id.in_(parents), page_size=_MOST))
    return [by_id[each] for each in ids], {each.id: each for each in models}


def _groups(
    versions: Sequence[ModelVersion], artifacts: Sequence[Sequence[Artifact]]
) -> list[tuple[str, str, list[Any]]]:
    """Return everything to compare: its kind, its name, and the value of each version."""
    sides = [_values(version, own) for version, own in zip(versions, artifacts, strict=True)]
    keys = sorted({key for side in sides for key in side})
    order = {"Metric": 0, "Parameter": 1, "Property": 2, "Field": 3, "File": 4}
    keys.sort(key=lambda key: order[key[0]])
    return [(kind, name, [side.get((kind, name)) for side in sides]) for kind, name in keys]


def _values(version: ModelVersion, artifacts: Sequence[Artifact]) -> dict[tuple[str, str], Any]:
    values: dict[tuple[str, str], Any] = {
        ("Field", "state"): version.state.value,
        ("Field", "author"): version.author,
        ("Field", "description"): version.description,
    }
    values |= {("Property", name): each for name, each in own_properties(version.custom_properties).items()}
    for each in artifacts:
        name = each.name or ""
        if isinstance(each, Metric):
            values["Metric", name] = each.value
        elif isinstance(each, Parameter):
            values["Parameter", name] = each.value
        elif isinstance(each, ModelArtifact):
            properties = each.custom_properties or {}
            values["File", f"{name} location"] = each.uri
            values["File", f"{name} format"] = each.model_format_name
            values["File", f"{name} digest"] = properties.get("storage.digest")
    return values


def _are_comparable(values: Sequence[Any]) -> bool:
    """Return whether at least two versions have a value."""
    return sum(each is not None for each in values) > 1


def _are_equal(values: Sequence[Any]) -> bool:
    return all(equal(values[0], each) for each in values[1:])
