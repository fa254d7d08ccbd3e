"""Names of custom properties: what MLflow knows of a version and the contract has no field for."""

from __future__ import annotations

from typing import Final

VERSION: Final = "mlflow_version"
"""The version's number, as an integer."""
SOURCE: Final = "mlflow_source"
STORAGE: Final = "mlflow_storage_location"
"""Where the files are, if that is not the source."""
RUN_ID: Final = "mlflow_run_id"
RUN_LINK: Final = "mlflow_run_link"
MODEL_ID: Final = "mlflow_model_id"
STAGE: Final = "mlflow_stage"

INTERNAL: Final = frozenset({VERSION, SOURCE, STORAGE, RUN_ID, RUN_LINK, MODEL_ID, STAGE})
