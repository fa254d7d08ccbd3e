"""Serving environments, inference services, and manifests that deploy a version."""
