"""The names under which registries store aliases of versions and their moves."""

from __future__ import annotations

import hashlib
import re
from typing import Final

RESERVED: Final = "model-registry."
"""Prefix of custom properties, names and external ids that belong to the client itself."""

ALIAS: Final = f"{RESERVED}alias."
"""Prefix of the custom properties of a model that say where its aliases are."""

MOVES: Final = f"{RESERVED}alias-moves"
"""Custom property with the number of the last move that they contain."""

CLAIM: Final = f"{RESERVED}alias-move/"
"""Prefix of the external ids and names of the artifacts that record the moves."""

ACTOR: Final = "actor"
"""Custom property of a move with the caller that wrote it, if the server knows callers."""

_PLAIN: Final = re.compile(r"[A-Za-z0-9.-]{1,150}")
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}")


def claim_prefix(model: str) -> str:
    """Return what the external ids of the moves of a model begin with, before their number.

    Example:
        >>> from model_registry.types.alias_names import claim_prefix
        >>> claim_prefix("fraud")
        'model-registry.alias-move/fraud/'
    """
    return f"{CLAIM}{_written(model)}/"


def claim_number(external_id: str | None, model: str) -> int | None:
    """Return the number of the move that an external id names; None if it names no move of the model.

    Example:
        >>> from model_registry.types.alias_names import claim_number
        >>> claim_number("model-registry.alias-move/fraud/3", "fraud")
        3
    """
    before, _, number = (external_id or "").rpartition("/")
    is_number = _NUMBER.fullmatch(number) is not None
    return int(number) if is_number and f"{before}/" == claim_prefix(model) else None


def _written(model: str) -> str:
    """Write a model's name so that it fits an external id and a filter query."""
    if _PLAIN.fullmatch(model):
        return model
    plain = re.sub(r"[^A-Za-z0-9.-]", "-", model)[:100]
    return f"{plain}~{hashlib.sha256(model.encode()).hexdigest()[:32]}"
