"""Records of a registry: export to a file, import, and copy to another registry."""
