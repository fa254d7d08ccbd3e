"""Aliases of versions: the log of their moves, and the move itself."""
