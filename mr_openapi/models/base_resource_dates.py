# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import Optional

from pydantic import (
    Field,
)

from mr_openapi.base import Model


class BaseResourceDates(Model):
    """
    Times of creation and of the last change. Only the registry sets them.
    """

    create_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="createTimeSinceEpoch",
        serialization_alias="createTimeSinceEpoch",
        description="Time of creation, in milliseconds since 1970-01-01T00:00:00Z.",
    )
    last_update_time_since_epoch: Optional[str] = Field(
        default=None,
        validation_alias="lastUpdateTimeSinceEpoch",
        serialization_alias="lastUpdateTimeSinceEpoch",
        description="Time of the last change, in milliseconds since 1970-01-01T00:00:00Z.",
    )
