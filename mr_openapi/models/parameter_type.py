# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

import json
from enum import Enum
from typing import Any, Optional, Tuple

from typing_extensions import Self


class ParameterType(str, Enum):
    """
    The type of a parameter's value.

    A value that is not in the contract becomes a new member and is written unchanged.
    """

    STRING = "string"
    NUMBER = "number"
    BOOLEAN = "boolean"
    OBJECT = "object"

    @classmethod
    def _missing_(cls, value: object) -> Optional[Self]:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = member._value_ = value
        return member

    def __reduce_ex__(self, protocol: Any) -> Tuple[Any, ...]:
        # By value: Python before 3.11.4 copies and pickles by name, which a new value does not have.
        return type(self), (self._value_,)

    @classmethod
    def from_json(cls, json_str: str) -> Self:
        """Read JSON text."""
        return cls(json.loads(json_str))
