from tests.server.registries import client, registry

__all__ = ["client", "registry"]
