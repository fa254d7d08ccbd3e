"""Change models and versions: aliases, states, descriptions and properties."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, cast

from starlette.responses import RedirectResponse, Response

from model_registry.exceptions import AliasConflictError, InvalidArgumentError, StaleObjectError
from model_registry.web.edits import Edit, read_edit
from model_registry.web.rendering import HEADERS
from model_registry.web.site import Page
from model_registry.web.text import own_properties

from .parameters import resource_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from model_registry.types import ModelVersion, RegisteredModel
    from model_registry.web.site import Site

MODEL_FIELDS: Final = ("description", "owner", "maturity", "license", "readme")
VERSION_FIELDS: Final = ("description", "author")
_NEW_ROWS: Final = 3


async def move_alias(site: Site, request: Request, form: dict[str, str]) -> Page | Response:
    """Set, move or remove an alias, unless somebody else moved it since the form was rendered."""
    model = await site.registry.get_model(id=resource_id(request))
    alias, version = form.get("alias", "").strip(), form.get("version", "").strip() or None
    seen = form.get("seen")
    aliases = await site.registry.list_aliases(model)
    if seen is not None and (aliases.get(alias) or "") != seen and form.get("force") != "yes":
        return await _alias_conflict(site, model, alias, version, aliases.get(alias))
    registry = await site.registry_of_visitor()
    try:
        if version is None:
            await registry.remove_alias(model, alias)
        else:
            await registry.set_alias(model, alias, version)
    except AliasConflictError:
        aliases = await site.registry.list_aliases(model)
        return await _alias_conflict(site, model, alias, version, aliases.get(alias))
    return _back(form, f"/models/{model.id}")


async def _alias_conflict(
    site: Site, model: RegisteredModel, alias: str, version: str | None, theirs: str | None
) -> Page:
    moves = await site.registry.alias_history(model, alias)
    return Page(
        "alias_conflict.html",
        f"Somebody else moved {alias}",
        {
            "model": model,
            "alias": alias,
            "version": version,
            "theirs": theirs,
            "last": moves[-1] if moves else None,
        },
        status=409,
    )


async def change_model_state(site: Site, request: Request, form: dict[str, str]) -> Response:
    """Archive or restore a model."""
    model = await site.registry.get_model(id=resource_id(request))
    await _set_state(site, model, form)
    return _back(form, f"/models/{model.id}")


async def change_version_state(site: Site, request: Request, form: dict[str, str]) -> Response:
    """Archive or restore a version."""
    version = await site.registry.get_version(id=resource_id(request))
    await _set_state(site, version, form)
    return _back(form, f"/versions/{version.id}")


async def _set_state(site: Site, target: RegisteredModel | ModelVersion, form: dict[str, str]) -> None:
    state = form.get("state")
    if state not in ("ARCHIVED", "LIVE"):
        raise InvalidArgumentError(f"the state must be ARCHIVED or LIVE, got {state!r}")
    await (site.registry.archive if state == "ARCHIVED" else site.registry.restore)(target)


async def edit_model(site: Site, request: Request) -> Page:
    """Show the form of a model."""
    model = await site.registry.get_model(id=resource_id(request))
    return _form(model, MODEL_FIELDS, f"/models/{model.id}")


async def edit_version(site: Site, request: Request) -> Page:
    """Show the form of a version."""
    version = await site.registry.get_version(id=resource_id(request))
    return _form(version, VERSION_FIELDS, f"/versions/{version.id}")


async def save_model(site: Site, request: Request, form: dict[str, str]) -> Page | Response:
    """Write what the form of a model changed."""
    model = await site.registry.get_model(id=resource_id(request))
    return await _save(site, model, form, MODEL_FIELDS, f"/models/{model.id}")


async def save_version(site: Site, request: Request, form: dict[str, str]) -> Page | Response:
    """Write what the form of a version changed."""
    version = await site.registry.get_version(id=resource_id(request))
    return await _save(site, version, form, VERSION_FIELDS, f"/versions/{version.id}")


async def _save(
    site: Site,
    current: RegisteredModel | ModelVersion,
    form: dict[str, str],
    fields: tuple[str, ...],
    path: str,
) -> Page | Response:
    edit = read_edit(form, fields)
    conflicts = edit.conflicts(current)
    if conflicts and form.get("force") != "yes":
        return _conflict(current, edit, conflicts, form, path)
    edit.apply(current)
    try:
        await site.registry.update(current, overwrite=form.get("force") == "yes")
    except StaleObjectError as error:  # another write came between the two requests
        conflicts = [(each.field, each.mine, each.theirs) for each in error.conflicts]
        return _conflict(current, edit, conflicts, form, path)
    return RedirectResponse(path, 303, HEADERS)


def _form(resource: RegisteredModel | ModelVersion, fields: tuple[str, ...], path: str) -> Page:
    values = {name: getattr(resource, name) or "" for name in fields}
    properties: dict[str, Any] = {
        name: value
        for name, value in own_properties(resource.custom_properties).items()
        if isinstance(value, (bool, int, float, str, dict, list))
    }
    read = {"fields": values, "properties": properties}
    return Page(
        "edit.html",
        f"Edit {resource.name}",
        {
            "resource": resource,
            "fields": values,
            "rows": [*Edit.rows(properties), *[("", "text", "")] * _NEW_ROWS],
            "read": json.dumps(read, ensure_ascii=False, default=str),
            "back": path,
        },
    )


def _conflict(
    resource: RegisteredModel | ModelVersion,
    edit: Edit,
    conflicts: list[tuple[str, Any, Any]],
    form: dict[str, str],
    path: str,
) -> Page:
    values: dict[str, Any] = {
        "resource": resource,
        "read": edit,
        "conflicts": conflicts,
        "form": {name: value for name, value in form.items() if name != "force"},
        "back": path,
    }
    return Page("edit_conflict.html", f"Somebody else changed {resource.name}", values, status=409)


def _back(form: dict[str, str], default: str) -> Response:
    target = form.get("back", "")
    own = target.startswith(("/models/", "/versions/")) and target.isascii() and target.isprintable()
    return cast("Response", RedirectResponse(target if own and "\\" not in target else default, 303, HEADERS))
