"""Pages that show a registry in a browser: search, look, compare and change. Needs the extra `server`.

The pages are rendered by the server and work without JavaScript. They reach the registry only through
`AsyncModelRegistry`: `model-registry serve` shows them beside its API, and `model-registry ui` shows any
registry on this machine.
"""

from __future__ import annotations

from .beside import PagesBesideAPI
from .serve import serve_ui

__all__ = ["PagesBesideAPI", "serve_ui"]
