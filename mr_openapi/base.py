# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

import pprint
from typing import Any, Dict

from pydantic import BaseModel, ConfigDict
from typing_extensions import Self


class Body(BaseModel):
    """Text and dictionaries in the names of the contract.

    Fields that were set are written, also those that were set to ``None``; others are left out.
    """

    def to_dict(self) -> Dict[str, Any]:
        """Return the body to send, as JSON types."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def to_json(self) -> str:
        """Return the body to send, as JSON text."""
        return self.model_dump_json(by_alias=True, exclude_unset=True)

    def to_str(self) -> str:
        """Return every field, laid out for reading."""
        return pprint.pformat(self.model_dump(by_alias=True))

    @classmethod
    def from_dict(cls, obj: Any) -> Self:
        """Read a decoded JSON value."""
        return cls.model_validate(obj)

    @classmethod
    def from_json(cls, json_str: str) -> Self:
        """Read JSON text."""
        return cls.model_validate_json(json_str)


class Model(Body):
    """A JSON object of the contract. Fields that it does not know are ignored."""

    model_config = ConfigDict(
        validate_by_name=True,
        validate_by_alias=True,
        validate_assignment=True,
        protected_namespaces=(),
    )
