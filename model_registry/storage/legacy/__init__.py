"""What only release 0.3 offers: uploads with its names and arguments, as `model_registry.utils` has them."""
