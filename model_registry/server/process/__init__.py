"""Serving a registry from processes of its own, as the command `model-registry serve` does."""
