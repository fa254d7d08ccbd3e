"""Records of versions: with the name of their model, and the metrics that were asked for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from .records import TIMES, record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry import ModelRegistry
    from model_registry.types import ModelVersion

_AT_ONCE: Final = 8


class VersionRecords:
    """Returns the records of versions.

    Args:
        registry: The registry, which is asked for the names of models and for metrics.
    """

    def __init__(self, registry: ModelRegistry) -> None:
        self._registry = registry
        self._names: dict[str, str] = {}

    def record(self, version: ModelVersion, **more: Any) -> dict[str, Any]:
        """Return the record of one version.

        Args:
            version: The version.
            **more: Further fields.
        """
        from model_registry.types import Reference

        model = self._name(version.registered_model_id or "")
        reference = str(Reference(model, version.name))
        return record(version, model=model, reference=reference, **more)

    def records(self, versions: Sequence[ModelVersion], values: Sequence[str]) -> list[dict[str, Any]]:
        """Return the records of versions.

        Args:
            versions: The versions.
            values: Names of fields, custom properties and metrics. The metrics of a version are read if it
                has no field and no custom property of one of these names.
        """
        records = [self.record(each, metrics={}) for each in versions]
        lacking = [
            each
            for each in records
            if any(
                name not in each and name not in TIMES and name not in each["custom_properties"]
                for name in values
            )
        ]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            for each, metrics in zip(lacking, pool.map(self._metrics, lacking), strict=True):
                each["metrics"] = {name: metrics[name] for name in values if name in metrics}
        return records

    def _name(self, model_id: str) -> str:
        if model_id not in self._names:
            self._names[model_id] = self._registry.get_model(id=model_id).name
        return self._names[model_id]

    def _metrics(self, record: dict[str, Any]) -> dict[str, float]:
        from model_registry.types import Metric, Reference

        listed = self._registry.list_artifacts(Reference(id=record["id"]), kind=Metric)
        return {each.name or "": each.value for each in listed}
