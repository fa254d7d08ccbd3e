from tests.server.registries import registry

__all__ = ["registry"]
