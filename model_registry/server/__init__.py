"""A model registry of one's own: the whole API on a local file or a database server."""
