from tests.support.registries import any_db, client, registry

__all__ = ["any_db", "client", "registry"]
