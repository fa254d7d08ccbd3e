# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from typing import List

from pydantic import (
    Field,
)

from mr_openapi.base import Model
from mr_openapi.models.inference_service import InferenceService


class InferenceServiceList(Model):
    """
    A page of inference services.
    """

    next_page_token: str = Field(
        validation_alias="nextPageToken",
        serialization_alias="nextPageToken",
        description="The value to send as `nextPageToken` for the next page; empty on the last page.",
    )
    page_size: int = Field(
        validation_alias="pageSize",
        serialization_alias="pageSize",
        description="The requested page size; 0 when none was given.",
    )
    size: int = Field(
        validation_alias="size",
        serialization_alias="size",
        description="Number of items on this page.",
    )
    items: List[InferenceService] = Field(
        validation_alias="items",
        serialization_alias="items",
        description="The items of this page, in order.",
    )
