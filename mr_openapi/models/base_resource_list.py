# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from pydantic import (
    Field,
    StrictInt,
    StrictStr,
)

from mr_openapi.base import Model


class BaseResourceList(Model):
    """
    What every page of a list has in common.
    """

    next_page_token: StrictStr = Field(
        description="What to send as `nextPageToken` for the next page; empty on the last page.",
        alias="nextPageToken",
    )
    page_size: StrictInt = Field(
        description="The page size that was asked for; 0 when none was.", alias="pageSize"
    )
    size: StrictInt = Field(description="How many items this page holds.")
