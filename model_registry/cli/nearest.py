"""Suggest models, versions and aliases whose names are near to an unknown one."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from model_registry.exceptions import InvalidArgumentError, ModelRegistryError
from model_registry.near_names import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping

    from model_registry import ModelRegistry

_MOST: Final = 1000
"""How many names are compared."""


def hint(registry: ModelRegistry, parameters: Mapping[str, Any]) -> str:
    """Return a question with a near name, for the arguments `model`, `reference` and `references`.

    Args:
        registry: The registry.
        parameters: The arguments of the command.
    """
    texts = [parameters.get("model"), parameters.get("reference"), *parameters.get("references", ())]
    try:
        for text in texts:
            found = _hint_for(registry, text) if isinstance(text, str) else ""
            if found:
                return found
    except ModelRegistryError:  # the error that is being reported counts
        pass
    return ""


def _hint_for(registry: ModelRegistry, text: str) -> str:
    from model_registry.types.references import LATEST, Reference

    try:
        reference = Reference.parse(text)
    except InvalidArgumentError:
        return ""
    if reference.model is None:
        return ""
    model = registry.find_model(reference.model)
    if model is None:
        return did_you_mean(reference.model, [each.name for each in islice(registry.list_models(), _MOST)])
    unknown = reference.alias or reference.version
    if unknown in (None, LATEST):
        return ""
    if reference.alias is not None:
        known = list(registry.list_aliases(model))
    else:
        known = [each.name for each in islice(registry.list_versions(model), _MOST)]
    return "" if unknown in known else did_you_mean(unknown, known, 1)
