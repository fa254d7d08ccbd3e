from tests.server.registries import any_db, client, registry

__all__ = ["any_db", "client", "registry"]
