"""The command `hf`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.groups import Command
from model_registry.cli.options import format_option, pass_session, property_option, writing
from model_registry.cli.versions import VersionRecords

if TYPE_CHECKING:
    from model_registry import ModelRegistry
    from model_registry.cli.session import Session


@click.command(
    "hf",
    cls=Command,
    output="registration",
    examples=(
        "hf openai/clip-vit-base-patch32",
        "hf openai/clip-vit-base-patch32 --name clip --version 1.0 --format safetensors",
    ),
)
@click.argument("repo")
@click.option(
    "--file", "path", metavar="PATH", help="File or folder in the repository; all of it by default."
)
@click.option("--git-ref", default="main", show_default=True, help="Branch, tag or commit.")
@click.option("--name", help="Name of the model; the name of the repository by default.")
@click.option("--version", help="Name of the version; the first digits of the commit by default.")
@format_option
@property_option
@writing
@pass_session
def hf(
    session: Session,
    repo: str,
    path: str | None,
    git_ref: str,
    *,
    name: str | None,
    version: str | None,
    model_format: tuple[str, str | None] | None,
    properties: tuple[tuple[str, Any], ...],
) -> None:
    """Register the model REPO of the Hugging Face Hub. Its files stay there, at the commit of now.

    The token is that of HF_TOKEN or `hf auth login`.
    """
    from model_registry.storage import describe_hf_model

    found = describe_hf_model(repo, path, git_ref=git_ref)
    format_name, format_version = model_format or (None, None)

    def write(registry: ModelRegistry) -> dict[str, Any]:
        done = registry.register(
            name or found.model_source_name or repo,
            version or found.commit[:12],
            found.storage_uri,
            model_format_name=format_name,
            model_format_version=format_version,
            author=found.author,
            properties={**found.custom_properties, **dict(properties)},
            license=found.license,
            license_link=found.license_link,
            language=found.language,
            tasks=found.tasks,
            library_name=found.library_name,
            readme=found.readme,
            model_source_kind=found.model_source_kind,
            model_source_class=found.model_source_class,
            model_source_group=found.model_source_group,
            model_source_id=found.model_source_id,
            model_source_name=found.model_source_name,
        )
        return VersionRecords(registry).record(done.version, uri=found.storage_uri, is_new=done.is_new)

    for change in found.changes:
        session.out.note(change)
    session.write(write, lambda shown: session.out.summary(shown, ("reference", "id", "uri")), creates=True)
