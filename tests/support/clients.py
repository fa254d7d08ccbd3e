"""Clients of the registries that tests start."""

from model_registry import ModelRegistryAPIClient


def connect(url: str, base_path: str = "") -> ModelRegistryAPIClient:
    """Create a client of the registry at an address, as programs for release 0.3 do."""
    return ModelRegistryAPIClient.insecure_connection(url + base_path, int(url.rpartition(":")[2]))
