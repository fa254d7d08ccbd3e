"""One version: its fields, numbers, files, and how to fetch it."""

from __future__ import annotations

import asyncio
import shlex
from typing import TYPE_CHECKING, Any, Final, cast

from model_registry.aliases.book import AliasBook
from model_registry.types import (
    DataSet,
    DocArtifact,
    F,
    Metric,
    ModelArtifact,
    Parameter,
    Reference,
    StoredFacts,
)
from model_registry.web.site import Page
from model_registry.web.text import own_properties

from .parameters import address_of, command, first_page, python_client, resource_id
from .serving import services_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from model_registry.types import Artifact
    from model_registry.web.site import Site

_ARTIFACTS: Final = 200
_FILES: Final = 200
_SIGNATURES: Final = ("signature", "signing", "sigstore")


async def version(site: Site, request: Request) -> Page:
    """Show a version: five requests. The model was read just now, so its aliases need one only."""
    registry = site.registry
    found = await registry.get_version(id=resource_id(request))
    model = await registry.get_model(id=found.registered_model_id)
    artifacts, aliases, services = await asyncio.gather(
        first_page(registry.list_artifacts(found, page_size=_ARTIFACTS)),
        AliasBook(registry.core, model).versions(),
        services_of(site, F.version_id == int(found.id or 0), lambda each: each.model_version_id == found.id),
    )
    reference, address = str(Reference(model.name, found.name)), address_of(site, request)
    return Page(
        "version.html",
        f"{model.name} {found.name}",
        {
            "version": found,
            "model": model,
            "reference": reference,
            "aliases": [alias for alias, name in aliases.items() if name == found.name],
            "all_aliases": aliases,
            "properties": own_properties(found.custom_properties),
            "metrics": [each for each in artifacts if isinstance(each, Metric)],
            "parameters": [each for each in artifacts if isinstance(each, Parameter)],
            "documents": [each for each in artifacts if isinstance(each, DocArtifact)],
            "data_sets": [each for each in artifacts if isinstance(each, DataSet)],
            "files": [_files(site, each) for each in artifacts if isinstance(each, ModelArtifact)],
            "has_more": artifacts.next_page_token is not None,
            "services": services,
            "python": f'{python_client(address)}\nfolder = registry.download({reference!r}, "models")',
            "download": command("download", reference, ".", "--registry", address),
            "shell_name": shlex.quote(reference),
        },
        {
            "model": model.model_dump(mode="json"),
            "version": found.model_dump(mode="json"),
            "aliases": [alias for alias, name in aliases.items() if name == found.name],
            "artifacts": [
                {"kind": type(each).__name__, **each.model_dump(mode="json")} for each in artifacts
            ],
            "services": [each.model_dump(mode="json") for each in services],
        },
        command=command("versions", "show", reference),
    )


def _files(site: Site, artifact: ModelArtifact) -> dict[str, Any]:
    """Return an artifact with the files that were recorded of it."""
    facts = StoredFacts.of(artifact.custom_properties)
    recorded = (artifact.custom_properties or {}).get("storage.files")
    sizes = recorded if isinstance(recorded, dict) else {}
    listed = [
        {"path": path, "digest": digest, "size": _size(sizes.get(path))}
        for path, digest in list((facts.files or {}).items())[:_FILES]
    ]
    return {
        "artifact": artifact,
        "facts": facts,
        "files": listed,
        "more": max(0, len(facts.files or {}) - _FILES),
        "signature": _signature(artifact),
        "can_verify": site.files is not None and site.files.may_read(artifact.uri),
        "properties": {
            name: value
            for name, value in own_properties(artifact.custom_properties).items()
            if not name.startswith(_SIGNATURES)
        },
    }


def _size(facts: object) -> float | None:
    size: object = cast("dict[str, object]", facts).get("size") if isinstance(facts, dict) else None
    return size if isinstance(size, (int, float)) else None


def _signature(artifact: Artifact) -> Mapping[str, object]:
    """Return what is recorded of the signature of an artifact's files."""
    return {
        name: value
        for name, value in (artifact.custom_properties or {}).items()
        if name.startswith(_SIGNATURES)
    }
