"""What stands around the registry when a setting asks for it, each an ASGI application."""
