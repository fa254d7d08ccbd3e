"""Classes of other libraries that programs for release 0.3 catch, added to the bases of ours."""

from __future__ import annotations

import importlib
import sys


def add_library_bases(kind: type[BaseException]) -> None:
    """Add the classes that `_also_caught_as` names to the bases of an error's class and its parents.

    `except` looks at real base classes only, and importing the libraries for the sake of their exceptions
    would slow every program down. So a class gets its bases when its first error is created, from libraries
    that are loaded by then: nothing can catch an exception of a library that is not loaded.

    Args:
        kind: The class of an error.
    """
    for each in reversed(kind.__mro__):
        names: tuple[str, ...] = vars(each).get("_also_caught_as", ())
        bases = tuple(base for name in names if (base := _loaded(name)) and not issubclass(each, base))
        if bases:
            each.__bases__ = (*each.__bases__, *bases)


def _loaded(name: str) -> type[BaseException] | None:
    module, _, attribute = name.rpartition(".")
    if module.partition(".")[0] not in sys.modules:
        return None
    found: type[BaseException] = getattr(importlib.import_module(module), attribute)
    return found
