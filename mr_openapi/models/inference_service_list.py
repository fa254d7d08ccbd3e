# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from typing import List

from pydantic import (
    Field,
    StrictInt,
    StrictStr,
)

from mr_openapi.base import Model
from mr_openapi.models.inference_service import InferenceService


class InferenceServiceList(Model):
    """
    A page of inference services.
    """

    next_page_token: StrictStr = Field(
        description="What to send as `nextPageToken` for the next page; empty on the last page.",
        alias="nextPageToken",
    )
    page_size: StrictInt = Field(
        description="The page size that was asked for; 0 when none was.", alias="pageSize"
    )
    size: StrictInt = Field(description="How many items this page holds.")
    items: List[InferenceService] = Field(description="The items of this page, in order.")
