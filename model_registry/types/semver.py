"""The order of semantic versions."""

from __future__ import annotations

import re
from typing import TypeAlias

_VERSION = re.compile(
    r"""[vV]?(?P<core>[0-9]+(?:\.[0-9]+){0,2})
    (?:-(?P<pre>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?
    (?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?""",
    re.VERBOSE | re.ASCII,
)

Precedence: TypeAlias = "tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]"


def precedence(name: str) -> Precedence | None:
    """Tell the place of a version in the order of semver.org.

    A `v` before the number is left out, and so is what stands behind `+`; missing parts are zero, so that
    `v1.2` is `1.2.0`, and leading zeros do not matter.

    Args:
        name: The version.

    Returns:
        What is greater for later versions; `None` where the name is no such version.

    Example:
        >>> from model_registry.types.semver import precedence
        >>> sorted(["v1.10", "1.9.0", "1.10.0-rc.1", "1.10.0-rc.2"], key=precedence)
        ['1.9.0', '1.10.0-rc.1', '1.10.0-rc.2', 'v1.10']
    """
    match = _VERSION.fullmatch(name)
    if match is None or len(name) > _LONGEST:
        return None
    core = [int(part) for part in match["core"].split(".")]
    pre = (match["pre"] or "").split(".") if match["pre"] else []
    # Numbers come before words, and a release comes after all of its pre-releases.
    parts = tuple((False, int(part), "") if part.isdigit() else (True, 0, part) for part in pre)
    return (*core, 0, 0)[:3], not pre, parts


_LONGEST = 256  # characters, of which Python can make a number at once
