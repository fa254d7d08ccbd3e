"""Complete names of models, versions, aliases and profiles in the shell."""

from __future__ import annotations

import warnings
from itertools import islice
from typing import TYPE_CHECKING, Final

from .session import Session

if TYPE_CHECKING:
    import click

    from model_registry import ModelRegistry

_MOST: Final = 100
_SECONDS: Final = 2.0
"""How long a shell waits for the registry."""


def profile_names(_ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Return the names of profiles that begin with a text."""
    from model_registry.connection.settings import profiles

    try:
        names = list(profiles())
    except Exception:  # noqa: BLE001  # a shell can show no error
        return []
    return _offered(names, incomplete)


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
        with warnings.catch_warnings(), time_limit(_SECONDS), session.client() as registry:
            warnings.simplefilter("ignore")
            names = _names(registry, incomplete, with_versions=with_versions)
    except Exception:  # noqa: BLE001  # a shell can show no error
        return []
    return _offered(names, incomplete)


def _offered(names: list[str], incomplete: str) -> list[str]:
    """Return the names that begin with a text, and are one line of a shell."""
    return [name for name in names if name.startswith(incomplete) and name.isprintable()]


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
