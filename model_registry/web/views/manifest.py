"""The manifest that deploys a version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry.types import Reference
from model_registry.web.site import Page

from .parameters import command, resource_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from model_registry.web.site import Site


async def manifest(site: Site, request: Request) -> Page:
    """Show the KServe manifest of a version."""
    version = await site.registry.get_version(id=resource_id(request))
    model = await site.registry.get_model(id=version.registered_model_id)
    written = await site.registry.manifest(version)
    return Page(
        "manifest.html",
        f"Manifest of {model.name} {version.name}",
        {"model": model, "version": version, "manifest": written.to_yaml()},
        written.to_dict(),
        command=command("manifest", str(Reference(model.name, version.name))),
    )
