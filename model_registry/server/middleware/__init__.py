"""Optional middleware around the registry. Each is an ASGI application."""
