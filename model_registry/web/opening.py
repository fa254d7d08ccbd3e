"""Open an address that has a key in the browser of this machine."""

from __future__ import annotations

import html
import os
import tempfile
import webbrowser
from pathlib import Path

_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Model registry</title>
<meta http-equiv="refresh" content="0; url={0}"></head><body><a href="{0}">Open the registry</a></body></html>
"""


def open_in_browser(url: str) -> Path | None:
    """Open an address in the browser, if there is one.

    The command line of a browser is visible to all users of a machine, so it names a file that only this user
    can read, which leads to the address.

    Args:
        url: The address.

    Returns:
        The file, to be deleted when the address is no longer valid; `None` if no browser was found.
    """
    descriptor, name = tempfile.mkstemp(prefix="model-registry-", suffix=".html")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(_PAGE.format(html.escape(url)))
    path = Path(name)
    if webbrowser.open(path.as_uri()):
        return path
    path.unlink()
    return None
