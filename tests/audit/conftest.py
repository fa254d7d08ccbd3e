from tests.identity.conftest import any_db, bare, guard, guarded

__all__ = ["any_db", "bare", "guard", "guarded"]
