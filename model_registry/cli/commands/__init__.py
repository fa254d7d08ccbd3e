"""The commands, a module for each noun or kind of work. `model_registry.cli.app` lists them."""
