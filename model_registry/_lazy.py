"""Public names of a package that are loaded when somebody first asks for them (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


def lazy_names(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Build a package's `__getattr__` and `__dir__`.

    Args:
        package: The package's own `__name__`.
        names: Module to import for each group of public names.

    Returns:
        The two functions, to be assigned to `__getattr__` and `__dir__`.

    Example:
        >>> from model_registry._lazy import lazy_names
        >>> get, names = lazy_names("collections", {"collections.abc": ["Mapping"]})
        >>> get("Mapping")
        <class 'collections.abc.Mapping'>
    """
    home = {name: module for module, exported in names.items() for name in exported}

    def __getattr__(name: str) -> object:  # noqa: N807  # becomes the module's own
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value: object = getattr(import_module(home[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def __dir__() -> list[str]:  # noqa: N807  # becomes the module's own
        return sorted({*vars(sys.modules[package]), *home})

    return __getattr__, __dir__
