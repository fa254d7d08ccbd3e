"""Find resources: by name, id or external id, by reference, in lists."""
