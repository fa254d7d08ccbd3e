"""The commands `download`, `upload`, `transfer`, `cat`, `files` and `verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from model_registry.cli.groups import Command
from model_registry.cli.lists import show_rows
from model_registry.cli.names import reference_names
from model_registry.cli.options import (
    dry_run_option,
    limit_option,
    local_writing,
    pass_session,
    reading,
    running,
    where,
    writing,
)
from model_registry.cli.plans import download_changes, file_changes, upload_changes
from model_registry.cli.stored_files import (
    ALLOW_WORDS,
    allow_options,
    allowed,
    compare_with_record,
    default_allow,
    list_stored_files,
    model_artifact,
    recorded_files,
    split_file,
)
from model_registry.cli.streams import STREAM, input_file, name_of_upload, temporary_folder
from model_registry.cli.values import Read, count
from model_registry.exceptions import InvalidArgumentError

if TYPE_CHECKING:
    from model_registry.cli.session import Session
    from model_registry.signing import ModelSigner
    from model_registry.types import Change, Reference

_CHUNK: Final = 1 << 20

artifact_option = click.option(
    "--artifact", metavar="NAME", help="Name of the model artifact, if the version has several."
)
concurrency_option = click.option(
    "--concurrency", type=Read(count), default=8, show_default=True, metavar="NUMBER", help="Files at once."
)
key_option = click.option(
    "--key", type=click.Path(path_type=Path), metavar="FILE", help="Public key of who must have signed."
)


@click.command(
    "download",
    cls=Command,
    output="download",
    words={
        **ALLOW_WORDS,
        "the signer to trust as verifier=, such as ModelSigner.with_key(public_key=...)": (
            "--key with the public key of the signer"
        ),
        "require_signature=True": "--verify signature",
        "register(signer=...)": "register --key",
        "give a verifier made with for_version(...)": "use --verify all",
        "verifier=": "--key",
    },
    examples=(
        "download fraud@champion models/fraud",
        "download fraud/1.0 --verify digest --overwrite",
        "download fraud/1.0 --verify signature --key team.pub",
        "download fraud/1.0 models --dry-run",
    ),
)
@click.argument("reference", metavar="REF", shell_complete=reference_names)
@click.argument("directory", default=".", metavar="[DIR]")
@artifact_option
@click.option(
    "--verify",
    type=click.Choice(["all", "digest", "signature", "none"]),
    default="all",
    show_default=True,
    help="What to check of what was recorded; signature demands one.",
)
@key_option
@click.option("--overwrite", is_flag=True, help="Replace files with other content.")
@concurrency_option
@allow_options
@dry_run_option
@reading
@pass_session
def download(
    session: Session, reference: str, directory: str, *, verify: str, key: Path | None, **options: Any
) -> None:
    """Download the files of the version REF into DIR, and verify them. A stopped download continues."""
    if directory == STREAM:
        raise InvalidArgumentError(
            f"DIR is a folder: print a file of {reference} with `model-registry cat {reference}:FILE`"
        )
    how: dict[str, Any] = {"verify": {"digest": "digest", "none": False}.get(verify, True)}
    if verify == "signature":
        how["require_signature"] = True
    if key is not None:
        how["verifier"] = verifier(key)
    how["allow"] = allowed(options.pop("folders"), options.pop("hosts"))
    with session.client() as registry:
        if session.dry_run:
            stored_at = model_artifact(registry, reference, options["artifact"])
            allow = how["allow"] or default_allow(registry)
            session.show_plan(
                download_changes(stored_at, directory, allow=allow, overwrite=options["overwrite"])
            )
            return
        path = registry.download(reference, directory, progress=session.progress, **how, **options)
    session.out.document({"path": str(path)}, str(path))


@click.command(
    "cat",
    cls=Command,
    words={
        **ALLOW_WORDS,
        "Give path=, such as": "Name one as REF:FILE, such as",
        "verify=False": "--no-verify",
    },
    examples=("cat fraud@champion:config.json", "cat fraud/1.0 > model.onnx"),
)
@click.argument("file", metavar="REF[:FILE]", shell_complete=reference_names)
@artifact_option
@click.option("--no-verify", is_flag=True, help="Do not compare the recorded digest.")
@allow_options
@where
@running
@pass_session
def cat(
    session: Session,
    file: str,
    *,
    artifact: str | None,
    no_verify: bool,
    folders: tuple[str, ...],
    hosts: tuple[str, ...],
) -> None:
    """Print FILE of the version REF, or its only file, and compare it with the recorded digest."""
    reference, path = split_file(file)
    with (
        session.client() as registry,
        registry.open(
            reference,
            path,
            artifact=artifact,
            verify=not no_verify,
            allow=allowed(folders, hosts),
        ) as opened,
    ):
        while chunk := opened.read(_CHUNK):
            session.out.raw(chunk)


@click.command(
    "files",
    cls=Command,
    output="files",
    words=ALLOW_WORDS,
    examples=("files fraud/1.0", "files fraud@champion -o csv"),
)
@click.argument("reference", metavar="REF", shell_complete=reference_names)
@artifact_option
@click.option("--recorded", is_flag=True, help="List what was recorded, without asking the store.")
@limit_option
@allow_options
@reading
@pass_session
def files(
    session: Session,
    reference: str,
    *,
    artifact: str | None,
    recorded: bool,
    limit: int,
    folders: tuple[str, ...],
    hosts: tuple[str, ...],
) -> None:
    """List the files of the version REF: names, sizes in bytes and digests."""
    with session.client() as registry:
        stored_at = model_artifact(registry, reference, artifact)
        if recorded:
            found = recorded_files(stored_at)
        else:
            found = list_stored_files(stored_at, allowed(folders, hosts) or default_allow(registry))
    show_rows(session.out, found, ("path", "size", "digest"), limit=limit)


@click.command(
    "verify",
    cls=Command,
    output="verification",
    words={**ALLOW_WORDS, "verifier=": "--key"},
    examples=("verify models/fraud fraud/1.0", "verify model.onnx fraud@champion --key team.pub"),
)
@click.argument("path", metavar="DIR", type=click.Path(exists=True, path_type=Path))
@click.argument("reference", metavar="REF", shell_complete=reference_names)
@artifact_option
@key_option
@allow_options
@reading
@pass_session
def verify(
    session: Session,
    path: Path,
    reference: str,
    *,
    artifact: str | None,
    key: Path | None,
    folders: tuple[str, ...],
    hosts: tuple[str, ...],
) -> None:
    """Check that DIR, a file or folder, holds exactly the files that were registered as the version REF.

    With --key, the signature that was recorded at registration is checked, too.
    """
    from model_registry.types import Reference

    with session.client() as registry:
        version = registry.resolve(reference)
        named = Reference(registry.get_model(id=version.registered_model_id).name, version.name)
        registered = model_artifact(registry, str(named), artifact)
        allow = allowed(folders, hosts) or default_allow(registry)
    digest = compare_with_record(registered, path)
    if key is not None:
        from model_registry.files.signatures import signature_check

        check = signature_check(registered, verifier(key), named.uri, allow=allow)
        if check is not None:
            check(path)
    session.out.document(
        {"path": str(path), "reference": reference, "digest": digest, "signature": key is not None},
        f"{path} is {reference} ({digest})",
    )


@click.command(
    "upload",
    cls=Command,
    output="upload",
    examples=(
        "upload model.onnx s3://models/fraud/1.onnx",
        "upload model s3://models/fraud/1/ --dry-run",
        "gunzip < model.onnx.gz | model-registry upload - s3://models/fraud/1.onnx",
    ),
)
@click.argument("path", type=click.Path(exists=True, path_type=Path, allow_dash=True))
@click.argument("uri")
@click.option("--ignore", multiple=True, metavar="PATTERN", help="Names not to upload. Repeatable.")
@concurrency_option
@local_writing
@pass_session
def upload(session: Session, path: Path, uri: str, *, ignore: tuple[str, ...], concurrency: int) -> None:
    """Upload the file or folder PATH to URI, without registering it. - is standard input."""
    from model_registry import storage

    with input_file(path, name_of_upload(path, uri)) as local:
        if session.dry_run:
            session.show_plan(upload_changes(local, uri, ignore))
            return
        done = storage.upload(local, uri, ignore=ignore, concurrency=concurrency, progress=session.progress)
    facts = {"uri": done.uri, "size": done.size, "digest": done.digest, "files": len(done.files)}
    session.out.summary(facts, ("uri", "size", "digest"))


@click.command(
    "transfer",
    cls=Command,
    output="upload",
    examples=(
        "transfer hf://openai/clip-vit-base-patch32 s3://models/clip",
        "transfer https://example.org/m.onnx oci://ghcr.io/team/m:1 --register fraud/1.0",
    ),
)
@click.argument("source", metavar="FROM")
@click.argument("to")
@click.option("--register", "reference", metavar="MODEL/VERSION", help="Register the files at TO as this.")
@concurrency_option
@writing
@pass_session
def transfer(session: Session, source: str, to: str, *, reference: str | None, concurrency: int) -> None:
    """Move files from the URI FROM to the URI TO, through a temporary folder of this machine."""
    from model_registry import storage
    from model_registry.types import Reference, StoredFacts

    named = Reference.parse(reference) if reference else None
    if named is not None and not (named.model and named.version):
        raise InvalidArgumentError(f"--register {reference!r} must be MODEL/VERSION, such as fraud/1.0")
    if session.dry_run:
        session.show_plan(_planned_transfer(session, source, to, named))
        return
    with temporary_folder() as folder:
        path = storage.download(source, folder, concurrency=concurrency, progress=session.progress)
        if named is None:
            done = storage.upload(path, to, concurrency=concurrency, progress=session.progress)
            facts = {"uri": done.uri, "size": done.size, "digest": done.digest, "files": len(done.files)}
        else:
            with session.client(creates=True) as registry:
                made = registry.register(
                    *(named.model or "", named.version or ""),
                    files=path,
                    to=to,
                    concurrency=concurrency,
                    progress=session.progress,
                )
            stored = StoredFacts.of(made.artifact.custom_properties if made.artifact else None)
            facts = {
                "uri": made.artifact.uri if made.artifact else None,
                "size": stored.size,
                "digest": stored.digest,
                "reference": str(named),
            }
    session.out.summary(facts, ("uri", "size", "digest"))


def _planned_transfer(session: Session, source: str, to: str, named: Reference | None) -> list[Change]:
    """Return the files that a transfer would store, and what it would register."""
    from model_registry import storage

    found = [("" if each.single else each.path, each.size) for each in storage.list_files(source)]
    changes = file_changes(to, found)
    if named is not None:
        with session.client(creates=True) as registry, registry.dry_run() as trial:
            trial.register(named.model or "", named.version or "", to if "://" in to else Path(to))
            changes += trial.plan
    return changes


def verifier(key: Path) -> ModelSigner:
    """Return who verifies signatures with a public key."""
    from model_registry.signing import ModelSigner

    if not key.is_file():
        raise InvalidArgumentError(f"there is no key {str(key)!r}")
    return ModelSigner.with_key(public_key=key)
