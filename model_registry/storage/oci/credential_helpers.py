"""Ask the credential helpers of Docker: programs that the configuration names."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import cast

from model_registry.types.redaction import without_secrets

_SECONDS = 60
_MOST_TEXT = 300
_HAS_NONE = (
    "credentials not found in native keychain",
    "no credentials server URL",
    "no credentials username",
)
"""What helpers print if they work, and have no credentials for a server."""


class HelperError(Exception):
    """A helper is missing or failed. It never leaves `model_registry.storage.oci`."""


def ask_helper(helper: str, server: str) -> tuple[str, str] | None:
    """Ask a helper for credentials.

    Args:
        helper: Its name without `docker-credential-`.
        server: The registry, as the configuration names it.

    Returns:
        User name and secret; the name `<token>` means that the secret is an identity token. `None` if the
        helper has no credentials for the server.

    Raises:
        HelperError: The helper is missing or failed.
    """
    name = f"docker-credential-{helper}"
    program = shutil.which(name)
    if program is None:
        raise _failed(name, server, "it is not installed")
    try:
        done = subprocess.run(  # noqa: S603  # the user's own configuration names it
            [program, "get"], input=server.encode(), capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _failed(name, server, f"{type(error).__name__}: {error}") from None
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
        if any(text in said for text in _HAS_NONE):
            return None
        if '"secret"' in said.lower():
            said = f"it ended with status {done.returncode} although it printed credentials"
        raise _failed(name, server, said or f"it ended with status {done.returncode} and printed nothing")
    try:
        output: object = json.loads(done.stdout)
    except ValueError:
        output = None
    if not isinstance(output, dict):
        raise _failed(name, server, "its output is not a JSON object")
    found = cast("dict[str, object]", output)
    return str(found.get("Username", "")), str(found.get("Secret", ""))


def _failed(name: str, server: str, said: str) -> HelperError:
    text = without_secrets(" ".join(said.split()))[:_MOST_TEXT].rstrip(".")
    return HelperError(f"{name} for {server}: {text}")
