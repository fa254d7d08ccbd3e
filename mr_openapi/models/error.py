# coding: utf-8

"""Produced from `api/model-registry.yaml` by `scripts/regenerate.py`, version v1 of the contract. Do not edit."""

from __future__ import annotations

from pydantic import (
    Field,
)

from mr_openapi.base import Model


class Error(Model):
    """
    The reason why a request failed.
    """

    code: str = Field(
        validation_alias="code",
        serialization_alias="code",
        description="The phrase of the HTTP status, such as `Not Found`.",
    )
    message: str = Field(
        validation_alias="message",
        serialization_alias="message",
        description="A description of the error, for people.",
    )
