"""Runs the command: `python -m model_registry`."""

from __future__ import annotations

import sys

from model_registry.cli import main

if __name__ == "__main__":
    sys.exit(main())
