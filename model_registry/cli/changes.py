"""Change the fields and custom properties of a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

from model_registry.exceptions import InvalidArgumentError

from .values import needs_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry import ModelRegistry
    from model_registry.types import BaseResourceModel

KindT = TypeVar("KindT", bound="BaseResourceModel")


def change_resource(registry: ModelRegistry, resource: KindT, values: Mapping[str, Any]) -> KindT:
    """Write the options that the user gave into a resource.

    Args:
        registry: The registry.
        resource: The resource, as it was read.
        values: Fields by name; `properties` and `removed` are custom properties to set and to remove; a file
            stands for its content. What is `None` or empty was not given.

    Raises:
        InvalidArgumentError: Nothing is to be changed.
    """
    given = {name: value for name, value in values.items() if value not in (None, ())}
    if not given:
        raise InvalidArgumentError("nothing to change: name a field with an option, or --property NAME=VALUE")
    set_properties, removed = dict(given.pop("properties", ())), given.pop("removed", ())
    for name, value in given.items():
        setattr(resource, name, value_of_option(value))
    if set_properties or removed:
        kept = {name: each for name, each in resource.custom_properties.items() if name not in removed}
        resource.custom_properties = {**kept, **set_properties}
    return registry.update(resource)


def value_of_option(value: Any) -> Any:  # noqa: ANN401  # any option's
    """Return the value of a field: the content of a file, and a list for a repeatable option."""
    if hasattr(value, "read"):
        with needs_text(value.name):
            return value.read()
    if isinstance(value, tuple):
        texts: tuple[str, ...] = cast("Any", value)
        return list(texts)
    return value
