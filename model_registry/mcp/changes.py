"""From the arguments of `plan_change` to the call of the client that writes the change."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from model_registry.aliases.book import AliasBook
from model_registry.changes.properties import edit_of, removal_of
from model_registry.exceptions import InvalidArgumentError
from model_registry.types.redaction import redacted_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from model_registry import AsyncModelRegistry
    from model_registry.types import ModelVersion, RegisteredModel

    from .arguments import PlanChange

    Write: TypeAlias = "Callable[[AsyncModelRegistry], Awaitable[object]]"
    """A call that writes a change, or records it if the client is a dry run."""

_ALWAYS: Final = frozenset({"action", "model"})
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "register": frozenset({"version", "uri", "model_format", "description", "properties", "metrics"}),
    "edit": frozenset({"version", "description", "properties"}),
    "alias": frozenset({"version", "alias"}),
    "archive": frozenset({"version"}),
    "restore": frozenset({"version"}),
}
_NEEDED: Final[Mapping[str, frozenset[str]]] = {
    "register": frozenset({"version"}),
    "alias": frozenset({"alias"}),
}
_REMOTE: Final = re.compile(r"(?!file:)[a-z][a-z0-9+.-]*://[^/\s]\S*", re.IGNORECASE)


async def prepare(registry: AsyncModelRegistry, given: PlanChange) -> Write:
    """Read what a change is about, and return the call that writes it.

    The call works on the resources as they were read here, so it does not undo what others change meanwhile.

    Args:
        registry: The registry.
        given: The change.

    Raises:
        InvalidArgumentError: Arguments are missing, or do not belong to the action.
        NotFoundError: There is no such model or version.
    """
    _check(given)
    if given.action == "register":
        return _registration(given)
    if given.action == "alias":
        return await _alias_move(registry, given)
    target = await _target(registry, given)
    if given.action == "edit":
        return _edit(target, given)
    if given.action == "archive":
        return lambda client: client.archive(target)
    return lambda client: client.restore(target)


def _check(given: PlanChange) -> None:
    named = {name for name, value in given if value is not None} - _ALWAYS
    allowed = _FIELDS[given.action]
    foreign = sorted(named - allowed)
    if foreign:
        raise InvalidArgumentError(
            f"action {given.action!r} does not use {', '.join(foreign)}: it uses model, "
            f"{', '.join(sorted(allowed))}"
        )
    missing = sorted(_NEEDED.get(given.action, frozenset()) - named)
    if missing:
        raise InvalidArgumentError(f"action {given.action!r} needs {', '.join(missing)}")
    if given.uri is not None and not _REMOTE.fullmatch(given.uri):
        raise InvalidArgumentError(
            f"uri={redacted_text(given.uri)!r} must name a location on another machine, such as "
            "s3://bucket/fraud/1.0: this tool takes no local paths"
        )


def _registration(given: PlanChange) -> Write:
    edit_of(given.properties or {})  # checks their names, which `register` leaves to the caller
    arguments: dict[str, Any] = {
        "model_format_name": given.model_format,
        "description": given.description,
        "properties": given.properties,
        "metrics": given.metrics,
    }
    version = given.version or ""
    return lambda client: client.register(given.model, version, given.uri, **arguments)


async def _alias_move(registry: AsyncModelRegistry, given: PlanChange) -> Write:
    model = await registry.get_model(given.model)
    version = None if given.version is None else await registry.get_version(model, given.version)
    alias = given.alias or ""
    seen = await AliasBook(registry.core, model).versions()
    return lambda client: AliasBook(client.core, model).move(alias, version, by=client.author, seen=seen)


def _edit(target: RegisteredModel | ModelVersion, given: PlanChange) -> Write:
    properties = given.properties or {}
    removed = {name for name, value in properties.items() if value is None}
    # These check names and values.
    edit_of({name: value for name, value in properties.items() if name not in removed})
    removal_of(removed)
    if given.description is not None:
        target.description = given.description
    values = {**target.custom_properties, **properties}
    target.custom_properties = {name: value for name, value in values.items() if name not in removed}
    return lambda client: client.update(target)


async def _target(registry: AsyncModelRegistry, given: PlanChange) -> RegisteredModel | ModelVersion:
    model = await registry.get_model(given.model)
    return model if given.version is None else await registry.get_version(model, given.version)
