"""MLflow's registry client on this registry. Needs the extra `mlflow`.

MLflow finds the store by the scheme of the registry URI, once the package is installed.

Example:
    >>> import mlflow
    >>> mlflow.set_registry_uri("model-registry:///path/of/registry.db")  # doctest: +SKIP
    >>> mlflow.set_registry_uri("model-registry://registry.example.org")  # doctest: +SKIP
"""

from __future__ import annotations

from .store import ModelRegistryStore

__all__ = ["ModelRegistryStore"]
