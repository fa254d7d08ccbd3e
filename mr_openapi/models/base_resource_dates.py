# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model


class BaseResourceDates(Model):
    """
    When something was created and last changed. Only the registry sets these times.
    """

    create_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="createTimeSinceEpoch",
        serialization_alias="createTimeSinceEpoch",
        description="When it was created, in milliseconds since 1970-01-01T00:00:00Z.",
    )
    last_update_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="lastUpdateTimeSinceEpoch",
        serialization_alias="lastUpdateTimeSinceEpoch",
        description="When it was last changed, in milliseconds since 1970-01-01T00:00:00Z.",
    )
