"""skopeo and ORAS as ways to copy images between registries and folders."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from model_registry.exceptions import StorageAccessError, StorageError
from model_registry.storage.http.redirects import is_loopback
from model_registry.storage.oci.image_reference import split_registry, without_tag

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from subprocess import CompletedProcess

_REFUSALS = (
    "unauthorized",
    "authentication required",
    "access denied",
    "denied:",
    "status 401",
    "status 403",
)


class Skopeo:
    """Copies images with skopeo.

    Args:
        pull_args: More arguments of the program when it pulls.
        push_args: More arguments of the program when it pushes.
    """

    def __init__(
        self, pull_args: Sequence[str] | None = None, push_args: Sequence[str] | None = None
    ) -> None:
        self._pull_args = pull_args or ()
        self._push_args = push_args or ()

    def is_available(self) -> bool:
        """Say whether it is installed."""
        return shutil.which("skopeo") is not None

    def pull(self, base: str, dest: Path, **kwargs: str) -> CompletedProcess[bytes]:
        """Copy an image to a folder."""
        options = _options(base, kwargs, authfile="--src-authfile", plain="--src-tls-verify=false")
        return _run(
            "skopeo",
            *_COPY,
            *options,
            *self._pull_args,
            "--remove-signatures",
            _source(base),
            f"oci:{dest}:latest",
        )

    def push(self, src: Path, oci_ref: str, **kwargs: str) -> CompletedProcess[bytes]:
        """Copy an image from a folder."""
        options = _options(oci_ref, kwargs, authfile="--dest-authfile", plain="--dest-tls-verify=false")
        return _run("skopeo", *_COPY, *options, *self._push_args, f"oci:{src}:latest", f"docker://{oci_ref}")


class Oras:
    """Copies images with ORAS.

    Args:
        pull_args: More arguments of the program when it pulls.
        push_args: More arguments of the program when it pushes.
    """

    def __init__(
        self, pull_args: Sequence[str] | None = None, push_args: Sequence[str] | None = None
    ) -> None:
        self._pull_args = pull_args or ()
        self._push_args = push_args or ()

    def is_available(self) -> bool:
        """Say whether it is installed."""
        return shutil.which("oras") is not None

    def pull(self, base: str, dest: Path, **kwargs: str) -> CompletedProcess[bytes]:
        """Copy an image to a folder."""
        options = _options(base, kwargs, authfile="--from-registry-config", plain="--from-plain-http")
        return _run("oras", "copy", "--to-oci-layout", *options, *self._pull_args, base, f"{dest}:latest")

    def push(self, src: Path, oci_ref: str, **kwargs: str) -> CompletedProcess[bytes]:
        """Copy an image from a folder."""
        options = _options(oci_ref, kwargs, authfile="--to-registry-config", plain="--to-plain-http")
        return _run("oras", "copy", "--from-oci-layout", *options, *self._push_args, f"{src}:latest", oci_ref)


def _source(image: str) -> str:
    """Name an image for skopeo, which takes a tag or a digest, but not both."""
    name, at, digest = image.partition("@")
    return f"docker://{without_tag(name) if at else name}{at}{digest}"


_COPY = ("copy", "--multi-arch", "all")


def _options(image: str, given: dict[str, str], *, authfile: str, plain: str) -> list[str]:
    options = [authfile, given["authfile"]] if given.get("authfile") else []
    return [*options, plain] if is_loopback(split_registry(image)[0]) else options


def _run(program: str, *arguments: str) -> CompletedProcess[bytes]:
    done = subprocess.run(  # noqa: S603  # the arguments are names and paths, no shell reads them
        [program, *arguments], capture_output=True, check=False
    )
    if done.returncode != 0:
        raise _failed(program, arguments, done)
    return done


def _failed(program: str, arguments: Sequence[str], done: CompletedProcess[bytes]) -> StorageError:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    said = lines[-1] if lines else f"it ended with {done.returncode}"
    kind = StorageAccessError if any(word in said.lower() for word in _REFUSALS) else StorageError
    source, target = arguments[-2:]
    return kind(f"{program} could not copy {source} to {target}: {said}")
