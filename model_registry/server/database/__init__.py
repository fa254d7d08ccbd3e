"""Where a registry is kept: SQLite and PostgreSQL behind one protocol."""
