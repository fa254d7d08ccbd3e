"""The databases that a registry can use: SQLite and PostgreSQL."""
