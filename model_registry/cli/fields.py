"""The fields of resources that options set. Tests compare them with the types."""

from __future__ import annotations

from typing import Final

MODEL_TEXTS: Final = (
    "description",
    "external_id",
    "owner",
    "maturity",
    "provider",
    "logo",
    "license",
    "license_link",
    "library_name",
)
"""Fields of a model that hold a text; its readme is read from a file."""

MODEL_LISTS: Final = ("language", "tasks")
"""Fields of a model that hold several texts."""

VERSION_TEXTS: Final = ("description", "external_id", "author")
"""Fields of a version that hold a text."""

ARTIFACT_TEXTS: Final = (
    "storage_key",
    "storage_path",
    "service_account_name",
    "model_source_kind",
    "model_source_class",
    "model_source_group",
    "model_source_id",
    "model_source_name",
)
"""Fields of a model artifact that hold a text, besides its URI and format."""

REGISTER_TEXTS: Final = (
    "author",
    "description",
    "external_id",
    "owner",
    "model_description",
    "model_external_id",
    *MODEL_TEXTS[3:],
    *ARTIFACT_TEXTS,
    "artifact_name",
    "artifact_description",
    "artifact_external_id",
)
"""Arguments of `register` that hold a text and set fields."""
