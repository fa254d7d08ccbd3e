# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Not edited by hand."""

from __future__ import annotations

from pydantic import (
    Field,
    StrictStr,
)

from mr_openapi.base import Model


class Error(Model):
    """
    Why a request failed.
    """

    code: StrictStr = Field(description="The phrase of the HTTP status, such as `Not Found`.")
    message: StrictStr = Field(description="What is wrong, for people.")
