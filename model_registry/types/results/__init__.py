"""What the verbs of the client return, besides resources and pages. `model_registry.types` has them all."""
