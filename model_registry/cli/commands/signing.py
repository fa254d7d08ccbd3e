"""The commands `sign` and `keys create`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from model_registry.cli.groups import Command, Group
from model_registry.cli.options import local_writing, pass_session
from model_registry.cli.plans import planned_file
from model_registry.cli.secrets import read_secret, secret_file_option
from model_registry.cli.streams import temporary_folder
from model_registry.exceptions import SigningError

if TYPE_CHECKING:
    from model_registry.cli.session import Session


@click.command(
    "sign",
    cls=Command,
    output="signature",
    examples=("sign models/fraud --key team.key", "sign model.onnx --key team.key --password-file password"),
)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--key", required=True, type=click.Path(path_type=Path), metavar="FILE", help="Private key.")
@secret_file_option("--password-file", "File with the password of the key; - for standard input.")
@click.option(
    "--signature", type=click.Path(path_type=Path), metavar="FILE", help="Where the signature goes."
)
@local_writing
@pass_session
def sign(session: Session, path: Path, key: Path, password_file: str | None, signature: Path | None) -> None:
    """Sign the file or folder PATH with a key."""
    from model_registry.signing import ModelSigner

    password = read_secret(password_file, "password") if password_file else None
    signer = ModelSigner.with_key(key, password=password)
    if session.dry_run:
        with temporary_folder() as folder:
            signer.sign(path, folder / "signature")
        session.show_plan([planned_file(signer.signature_path(path, signature))])
        return
    made = signer.sign(path, signature)
    session.out.document({"signature": str(made)}, str(made))


@click.group(cls=Group)
def keys() -> None:
    """Create keys to sign models with."""


@keys.command("create", output="keys", examples=("keys create team", "keys create team --password-file -"))
@click.argument("name")
@secret_file_option("--password-file", "File with a password for the private key; - for standard input.")
@local_writing
@pass_session
def create(session: Session, name: str, password_file: str | None) -> None:
    """Create the private key NAME.key and the public key NAME.pub."""
    from model_registry.signing import create_key_pair

    password = read_secret(password_file, "password") if password_file else None
    private, public = f"{name}.key", f"{name}.pub"
    if session.dry_run:
        for each in (private, public):
            if Path(each).exists():
                raise SigningError(f"{each} is there already; it would not be replaced.")
        session.show_plan([planned_file(Path(each)) for each in (private, public)])
        return
    create_key_pair(private, public, password=password)
    session.out.document({"private_key": private, "public_key": public}, f"{private}\n{public}")
