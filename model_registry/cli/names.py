"""Complete names of models, versions and aliases in the shell."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import ModelRegistryError

from .session import Session

if TYPE_CHECKING:
    import click

    from model_registry import ModelRegistry

_MOST: Final = 100
_SECONDS: Final = 2.0
"""How long a shell waits for the registry."""


def model_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of models that begin with a text."""
    return _complete(ctx, incomplete, with_versions=False)


def reference_names(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the models, or the versions or aliases of one model, that begin with a text."""
    return _complete(ctx, incomplete, with_versions=True)


def _complete(ctx: click.Context, incomplete: str, *, with_versions: bool) -> list[str]:
    from model_registry import time_limit

    session = ctx.find_object(Session) or Session()
    try:
        with time_limit(_SECONDS), session.client() as registry:
            names = _names(registry, incomplete, with_versions=with_versions)
    except ModelRegistryError:  # a shell can show no error
        return []
    return [name for name in names if name.startswith(incomplete)]


def _names(registry: ModelRegistry, incomplete: str, *, with_versions: bool) -> list[str]:
    from model_registry.types import F

    for sign in "/@" if with_versions else "":
        model, found, begun = incomplete.partition(sign)
        if found and sign == "/":
            versions = registry.list_versions(model, filter=F.name.startswith(begun) if begun else None)
            return [f"{model}/{each.name}" for each in islice(versions, _MOST)]
        if found:
            return [f"{model}@{alias}" for alias in (*registry.list_aliases(model), "latest")]
    models = registry.list_models(filter=F.name.startswith(incomplete) if incomplete else None)
    return [each.name for each in islice(models, _MOST)]
