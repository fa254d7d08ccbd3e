"""Aliases in the copy of a model: those of versions that are not copied are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.types.alias_names import ALIAS, MOVES

if TYPE_CHECKING:
    from model_registry.types import PropertyValue, RegisteredModel


def aliases_of(model: RegisteredModel | None) -> dict[str, PropertyValue]:
    """Return the custom properties of a model that say where its aliases are."""
    properties = {} if model is None else model.custom_properties
    return {name: value for name, value in properties.items() if name.startswith(ALIAS)}


def without_aliases(
    model: RegisteredModel, names: set[str], existing: RegisteredModel | None
) -> RegisteredModel:
    """Return a model with some aliases as the target has them.

    Args:
        model: The model, as the source has it.
        names: The custom properties of the aliases to leave out.
        existing: The model, as the target has it.
    """
    stored = {} if existing is None else existing.custom_properties
    properties = {name: value for name, value in model.custom_properties.items() if name not in names}
    properties |= {name: stored[name] for name in (*names, MOVES) if name in stored}
    return model.model_copy(update={"custom_properties": properties})


def left_out_before(model: RegisteredModel, existing: RegisteredModel) -> dict[str, PropertyValue]:
    """Return the aliases that the target lacks because an earlier copy left their versions out.

    With the same number of moves on both sides, nobody moved an alias since.
    """
    if model.custom_properties.get(MOVES) != existing.custom_properties.get(MOVES):
        return {}
    stored = aliases_of(existing)
    return {name: version for name, version in aliases_of(model).items() if name not in stored}
