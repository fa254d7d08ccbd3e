"""The command `register`."""

from __future__ import annotations

import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from model_registry.cli.changes import value_of_option
from model_registry.cli.fields import MODEL_LISTS, REGISTER_TEXTS
from model_registry.cli.groups import Command
from model_registry.cli.options import (
    format_option,
    list_fields,
    number_pair,
    pairs,
    pass_session,
    property_option,
    text_fields,
    typed_pair,
    writing,
)
from model_registry.cli.streams import input_file, name_of_upload
from model_registry.cli.values import FileOrFolder, Read, count
from model_registry.cli.versions import VersionRecords
from model_registry.exceptions import IncompleteRegistrationError, InvalidArgumentError, ModelRegistryError
from model_registry.types.references import Reference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry import ModelRegistry
    from model_registry.cli.session import Session
    from model_registry.types import Artifact, Registration


@click.command(
    "register",
    cls=Command,
    output="registration",
    examples=(
        "register fraud 1.0 --uri s3://models/fraud/1.onnx --format onnx:1",
        "register fraud 1.1 model.onnx --to s3://models/fraud/1.1.onnx --metric accuracy=0.93",
        "register fraud 1.2 --uri s3://models/fraud/2.onnx --param epochs=10 --dataset s3://data/train.parquet"
        " --alias champion",
    ),
)
@click.argument("name")
@click.argument("version")
@click.argument("path", required=False, type=FileOrFolder())
@click.option("--uri", help="Where the files are.")
@click.option("--to", metavar="URI", help="Where to upload PATH to.")
@click.option("--replace", is_flag=True, help="Upload although the location holds other files.")
@format_option
@property_option
@pairs("--model-property", "Custom property of the model. Repeatable.", name="model_properties")
@pairs("--artifact-property", "Custom property of the files. Repeatable.", name="artifact_properties")
@pairs("--metric", "Metric, such as accuracy=0.93. Repeatable.", number_pair, "metrics")
@pairs("--param", "Parameter of the training, such as epochs=10. Repeatable.", typed_pair, "params")
@click.option("--tag", "tags", multiple=True, help="Tag of the version. Repeatable.")
@click.option("--dataset", "datasets", multiple=True, metavar="[NAME=]URI", help="Data set. Repeatable.")
@click.option("--doc", "docs", multiple=True, metavar="[NAME=]URI|FILE", help="Document. Repeatable.")
@click.option("--alias", "aliases", multiple=True, help="Alias to set on the version. Repeatable.")
@click.option(
    "--readme",
    type=click.File(encoding="utf-8"),
    help="File with the long description; - for standard input.",
)
@text_fields(REGISTER_TEXTS)
@list_fields(MODEL_LISTS)
@click.option(
    "--if-exists",
    type=click.Choice(["error", "return", "resume"]),
    default="error",
    show_default=True,
    help="What to do if the version exists.",
)
@click.option("--key", type=click.Path(path_type=Path), help="Private key to sign the files with.")
@click.option("--concurrency", type=Read(count, "NUMBER"), help="How many files to upload at once.")
@writing
@pass_session
def register(session: Session, name: str, version: str, path: Path | None, **options: Any) -> None:
    """Register VERSION of the model NAME, and the model if it is new; and upload the file or folder PATH.

    With - for PATH, the file is read from standard input.
    """
    from model_registry.aliases import checked_alias

    aliases = [checked_alias(each) for each in options.pop("aliases")]
    given = _arguments(path, options)
    if path is not None and session.progress and not session.dry_run:
        given["progress"] = True

    def write(registry: ModelRegistry) -> tuple[Registration, dict[str, Any]]:
        done = registry.register(name, version, **given)
        _set_aliases(registry, done, aliases, dry_run=session.dry_run)
        return done, VersionRecords(registry).record(
            done.version, uri=done.artifact.uri if done.artifact else None, is_new=done.is_new
        )

    def show(result: tuple[Registration, dict[str, Any]]) -> None:
        done, record = result
        if done.ignored:
            session.out.note(
                f"Ignored, because the version exists with other values: {', '.join(done.ignored)}"
            )
        session.out.summary(record, ("reference", "id", "uri"))

    with nullcontext() if path is None else input_file(path, name_of_upload(path, given["to"])) as files:
        if files is not None:
            given["files"] = files
        session.write(write, show, creates=True)


def _set_aliases(
    registry: ModelRegistry, done: Registration, aliases: Sequence[str], *, dry_run: bool
) -> None:
    """Set the aliases on what was registered.

    Raises:
        IncompleteRegistrationError: One could not be set. The version is registered.
    """
    missing = list(aliases)
    try:
        while missing:
            registry.set_alias(done.model, missing[0], done.version)
            del missing[0]
    except ModelRegistryError as error:
        if dry_run:
            raise
        reference = str(Reference(done.model.name, done.version.name))
        commands = (f"`model-registry alias set {shlex.quote(reference)} {each}`" for each in missing)
        raise IncompleteRegistrationError(
            f"{reference} {'was registered' if done.is_new else 'exists'}, but the alias {missing[0]!r} was"
            f" not set: {error} Set it with {' and '.join(commands)}.",
            model=done.model,
            version=done.version,
            artifacts=done.artifacts,
        ) from error


def _arguments(path: Path | None, options: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of the client's `register`."""
    given = {
        name: value_of_option(value) for name, value in options.items() if value not in (None, (), False)
    }
    if "uri" in given and "://" not in given["uri"]:
        raise InvalidArgumentError(
            f"--uri {given['uri']!r} is a path: write a URI such as s3://models/fraud/1.onnx, or upload the"
            " file with PATH and --to URI"
        )
    if "key" in given and path is None:
        raise InvalidArgumentError("--key signs files that are uploaded: pass PATH and --to URI, too")
    if path is not None and "to" not in given:
        raise InvalidArgumentError(
            "PATH needs --to URI, the location to upload it to; --uri is for files that are stored already"
        )
    if path is None and "to" in given:
        raise InvalidArgumentError("--to needs PATH: the file or folder to upload")
    for group in ("properties", "model_properties", "artifact_properties", "metrics", "params"):
        if group in given:
            given[group] = dict(given[group])
    if "model_format" in given:
        given["model_format_name"], given["model_format_version"] = given.pop("model_format")
    if "key" in given:
        from model_registry.signing import ModelSigner

        given["signer"] = ModelSigner.with_key(given.pop("key"))
    given["artifacts"] = _artifacts(given)
    return given


def _artifacts(given: dict[str, Any]) -> list[Artifact]:
    """Take what becomes an artifact out of the arguments."""
    from model_registry import types

    found: list[Artifact] = []
    found += [types.DataSet(name=name, uri=uri) for name, uri in map(_named, given.pop("datasets", ()))]
    for name, place in map(_named, given.pop("docs", ())):
        uri = place if "://" in place else Path(place).absolute().as_uri()
        found.append(types.DocArtifact(name=name, uri=uri))
    return found


def _named(text: str) -> tuple[str, str]:
    """Read `name=uri`, or a URI whose last part is the name."""
    name, sign, uri = text.partition("=")
    if sign and "/" not in name:
        return name, uri
    return text.rstrip("/").rpartition("/")[2].partition("?")[0], text
