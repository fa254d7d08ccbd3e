"""Verify the signature of a version's files, and show a document, when a visitor asks for it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from model_registry.exceptions import NotFoundError, StorageError
from model_registry.types import DocArtifact, ModelArtifact, Reference
from model_registry.web.site import Page
from model_registry.web.text import front_matter

from .parameters import command, resource_id

if TYPE_CHECKING:
    from starlette.requests import Request

    from model_registry.web.file_reader import FileReader
    from model_registry.web.site import Site

_TITLES: Final = {
    True: "The signature is valid",
    False: "The signature is not valid",
    None: "The signature was not checked",
}
_PLAIN: Final = (".csv", ".json", ".log", ".txt", ".xml", ".yaml", ".yml")


async def verify(site: Site, request: Request, form: dict[str, str]) -> Page:
    """Verify the signature of one of the model artifacts of a version."""
    version = await site.registry.get_version(id=resource_id(request))
    model, artifact = await asyncio.gather(
        site.registry.get_model(id=version.registered_model_id),
        site.registry.get_artifact(version, form.get("artifact", ""), kind=ModelArtifact),
    )
    assert isinstance(artifact, ModelArtifact)  # noqa: S101  # of this kind
    outcome = await _files(site).verify(site.registry, version, artifact)
    return Page(
        "verified.html",
        _TITLES[outcome.is_valid],
        {"model": model, "version": version, "artifact": artifact, "outcome": outcome},
        command=command("download", str(Reference(model.name, version.name)), "."),
    )


async def read_document(site: Site, request: Request, form: dict[str, str]) -> Page:
    """Show a document, as Markdown unless its name says otherwise."""
    artifact = await site.registry.get_artifact(id=resource_id(request))
    if not isinstance(artifact, DocArtifact) or not artifact.uri:
        raise NotFoundError(f"artifact {artifact.id} is no document with a location", status=404)
    problem, text = None, ""
    try:
        text = await _files(site).read_text(artifact.uri)
    except (StorageError, OSError) as error:
        problem = str(error)
    front, rest = front_matter(text)
    is_plain = artifact.uri.partition("?")[0].lower().endswith(_PLAIN)
    return Page(
        "document.html",
        artifact.name or "Document",
        {
            "artifact": artifact,
            "version_id": form.get("version", "").strip(),
            "problem": problem,
            "front": front,
            "text": text if is_plain else rest,
            "is_plain": is_plain,
        },
        status=200 if problem is None else 502,
    )


def _files(site: Site) -> FileReader:
    assert site.files is not None  # noqa: S101  # the routes exist only then
    return site.files
