"""What makes a short command start fast: it skips work that pays only in programs that run for long."""

from __future__ import annotations

import gc
import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Generator

_USUAL: Final = gc.get_threshold()
RARELY: Final = 100_000
"""Objects between two collections of garbage: loading the client creates many, and they stay."""
_PLUGINS: Final = "PYDANTIC_DISABLE_PLUGINS"


def collect_as_usual() -> None:
    """Collect garbage as other programs do, for a command that runs until it is interrupted."""
    gc.set_threshold(*_USUAL)


@contextmanager
def no_plugins() -> Generator[None]:
    """Let pydantic search no plugins: it would read the metadata of all installed packages."""
    before = os.environ.get(_PLUGINS)
    os.environ.setdefault(_PLUGINS, "__all__")
    try:
        yield
    finally:
        if before is None:
            del os.environ[_PLUGINS]


def load_aiohttp() -> None:
    """Load aiohttp, and let it read the system's certificates when it needs them, instead of at import.

    It makes two contexts: one that verifies certificates, and one that does not and needs none.
    """
    import ssl

    class LateCertificates(ssl.SSLContext):
        def wrap_bio(self, *arguments: Any, **named: Any) -> ssl.SSLObject:
            if not self.get_ca_certs():
                self.load_default_certs()
            return super().wrap_bio(*arguments, **named)

    if "aiohttp" in sys.modules:
        return
    create = ssl.create_default_context
    # aiohttp passes no arguments.
    ssl.create_default_context = lambda: LateCertificates(ssl.PROTOCOL_TLS_CLIENT)  # type: ignore[assignment,misc]
    ssl.SSLContext.set_default_verify_paths = lambda self: None  # type: ignore[method-assign]  # noqa: ARG005
    try:
        import aiohttp  # noqa: F401  # pyright: ignore[reportUnusedImport]
    finally:
        ssl.create_default_context = create
        del ssl.SSLContext.set_default_verify_paths
