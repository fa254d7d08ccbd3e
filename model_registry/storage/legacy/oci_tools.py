"""Putting models on images with one call, by ourselves or with skopeo or ORAS."""

from __future__ import annotations

import base64
import json
import os
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TextIO, TypeAlias, TypeVar, cast

from model_registry.exceptions import InvalidArgumentError

from .local_files import check_exists

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from subprocess import CompletedProcess

    from model_registry.storage.oci.layers import Layer

    _Backend: TypeAlias = "BackendDefinition[CompletedProcess[bytes], CompletedProcess[bytes]]"

TPull = TypeVar("TPull", covariant=True)
TPush = TypeVar("TPush", covariant=True)


class PullFn(Protocol[TPull]):
    """Copies an image from a registry to an OCI image layout."""

    def __call__(self, base: str, dest: Path, **kwargs: str) -> TPull:
        """Copy.

        Args:
            base: Name of the image.
            dest: Folder of the layout.
            kwargs: `authfile`, path of a file with credentials, when there are any.
        """
        ...


class PushFn(Protocol[TPush]):
    """Copies an image from an OCI image layout to a registry."""

    def __call__(self, src: Path, oci_ref: str, **kwargs: str) -> TPush:
        """Copy.

        Args:
            src: Folder of the layout.
            oci_ref: Name that the image gets.
            kwargs: `authfile`, path of a file with credentials, when there are any.
        """
        ...


@dataclass
class BackendDefinition(Generic[TPull, TPush]):
    """A way to bring images from and to registries.

    Attributes:
        is_available: Says whether it works on this machine.
        pull: Called as `pull(base, dest, **kwargs)`.
        push: Called as `push(src, oci_ref, **kwargs)`.
    """

    is_available: Callable[[], bool]
    pull: PullFn[TPull]
    push: PushFn[TPush]


@dataclass
class OCIParams:
    """Where an upload goes, as `upload_params` of `upload_artifact_and_register_model`.

    The attributes are the arguments of `save_to_oci_registry`.
    """

    base_image: str
    oci_ref: str
    dest_dir: str | os.PathLike[str] | None = None
    backend: str = "skopeo"
    modelcard: os.PathLike[str] | None = None
    custom_oci_backend: _Backend | None = None
    oci_auth_env_var: str | None = None
    oci_username: str | None = None
    oci_password: str | None = field(default=None, repr=False)


def save_to_oci_registry(
    base_image: str,
    oci_ref: str,
    model_files_path: str | os.PathLike[str],
    dest_dir: str | os.PathLike[str] | None = None,
    backend: str = "skopeo",
    modelcard: os.PathLike[str] | None = None,
    custom_oci_backend: _Backend | None = None,
    oci_auth_env_var: str | None = None,
    oci_username: str | None = None,
    oci_password: str | None = None,
) -> str:
    """Put the files of a model below `/models` on top of an image, and push the result.

    Args:
        base_image: Image to put them on, such as `busybox`.
        oci_ref: Name of the result, such as `quay.io/bank/fraud:1.0`.
        model_files_path: The file, or the folder.
        dest_dir: Empty folder for skopeo or ORAS to copy the base image to; a temporary one by default.
        backend: `skopeo` or `oras` copy images when that program is installed; without it, and with
            `builtin`, they are copied in Python, which is faster and needs no room on disk.
        modelcard: File to add in a layer of its own.
        custom_oci_backend: Own way to copy images, instead of `backend`.
        oci_auth_env_var: Environment variable with the JSON of a Docker `config.json`.
        oci_username: User of the registry that the result goes to.
        oci_password: Its password.

    Returns:
        `oci://` and `oci_ref`.

    Raises:
        InvalidArgumentError: An argument cannot be right, or the custom backend is not available.
        StorageNotFoundError: There is no such base image.
        StorageAccessError: A registry wants other credentials.
        StorageError: It failed otherwise.

    Example:
        >>> from model_registry.utils import save_to_oci_registry
        >>> def publish() -> str:
        ...     return save_to_oci_registry("busybox", "quay.io/bank/fraud:1.0", "models/fraud")
    """
    check_exists("model_files_path", model_files_path)
    oci_ref = oci_ref.removeprefix("oci://")
    auth = _auth(oci_auth_env_var, oci_ref, oci_username, oci_password)
    copies = _copies(backend, custom_oci_backend)
    if copies is None:
        from model_registry.storage import upload
        from model_registry.storage.oci import OCIStore

        store = OCIStore(base_image=base_image, modelcard=modelcard, layer_per_file=True, auth=auth)
        upload(model_files_path, f"oci://{oci_ref}", store=store)
    else:
        layers = _layers(Path(model_files_path), None if modelcard is None else Path(modelcard))
        with _folder(dest_dir) as folder, temp_auth_file(auth) as auth_file:
            _copy_with(copies, base_image, oci_ref, folder, layers, auth_file)
    return f"oci://{oci_ref}"


@contextmanager
def temp_auth_file(auth: str | None) -> Generator[TextIO | None]:
    """Keep credentials in a temporary file that other programs may read by its name.

    Args:
        auth: What to write; `None` for no file.

    Returns:
        A context: in it the file, closed, or `None`; after it the file is gone.

    Example:
        >>> from pathlib import Path
        >>> from model_registry.utils import temp_auth_file
        >>> with temp_auth_file('{"auths": {}}') as file:
        ...     print(Path(file.name).read_text())
        {"auths": {}}
    """
    if auth is None:
        yield None
        return
    # Not removed by closing it, and readable by its owner alone.
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", suffix=".json", delete=False) as file:
        file.write(auth)
    try:
        yield cast("TextIO", file)
    finally:
        with suppress(FileNotFoundError):
            Path(file.name).unlink()


def get_auth_reference(image_path: str) -> str:
    """Name the place of an image's credentials in an `auth.json`.

    Args:
        image_path: Name of the image.

    Returns:
        Registry and repository; `docker.io` for names without a registry.

    Example:
        >>> from model_registry.utils import get_auth_reference
        >>> get_auth_reference("quay.io/bank/fraud:1.0"), get_auth_reference("busybox:1.36")
        ('quay.io/bank/fraud', 'docker.io')
    """
    from model_registry.storage.oci.image_reference import names_registry, without_tag

    name = without_tag(image_path)
    return name if names_registry(name) else "docker.io"


def create_auth_object(oci_ref: str, username: str, password: str) -> dict[str, dict[str, dict[str, str]]]:
    """Build the content of an `auth.json` for one image.

    Args:
        oci_ref: Name of the image.
        username: User of its registry.
        password: Its password.

    Returns:
        The object, to be written as JSON.

    Example:
        >>> from model_registry.utils import create_auth_object
        >>> create_auth_object("quay.io/bank/fraud:1.0", "ann", "secret")
        {'auths': {'quay.io/bank/fraud': {'auth': 'YW5uOnNlY3JldA=='}}}
    """
    pair = base64.b64encode(f"{username}:{password}".encode()).decode("ascii")
    return {"auths": {get_auth_reference(oci_ref): {"auth": pair}}}


def auth_of(params: OCIParams) -> str | None:
    """Return the credentials that parameters name, as the JSON of an `auth.json`."""
    oci_ref = params.oci_ref.removeprefix("oci://")
    return _auth(params.oci_auth_env_var, oci_ref, params.oci_username, params.oci_password)


def _auth(variable: str | None, oci_ref: str, username: str | None, password: str | None) -> str | None:
    """Find credentials: what was given, then the variable that a mounted secret of Kubernetes has."""
    from model_registry.storage.oci.image_reference import split_registry

    if variable:
        if not (text := os.environ.get(variable)):
            raise InvalidArgumentError(f"oci_auth_env_var: there is no environment variable {variable!r}")
        return text
    if bool(username) != bool(password):
        raise InvalidArgumentError("oci_username and oci_password belong together: give both or none")
    if username and password:
        pair = create_auth_object(oci_ref, username, password)["auths"].popitem()[1]
        return json.dumps({"auths": {split_registry(oci_ref)[0]: pair}})  # the base may be there as well
    return os.environ.get(".dockerconfigjson")  # noqa: SIM112  # that is its name


def _copies(backend: str, custom: _Backend | None) -> _Backend | None:
    """Choose who copies images; `None` if no tool is needed."""
    if custom is not None:
        if not custom.is_available():
            raise InvalidArgumentError("custom_oci_backend says that it is not available on this machine")
        return custom
    if backend == "builtin":
        return None
    if backend not in DEFAULT_BACKENDS:
        names = ", ".join([*DEFAULT_BACKENDS, "builtin"])
        raise InvalidArgumentError(f"backend must be one of {names}, not {backend!r}")
    program = DEFAULT_BACKENDS[backend]()
    return program if program.is_available() else None


def _get_skopeo_backend(
    pull_args: Sequence[str] | None = None, push_args: Sequence[str] | None = None
) -> _Backend:
    """Return the way to copy images with skopeo, and with more of its arguments."""
    from .oci_programs import Skopeo

    program = Skopeo(pull_args, push_args)
    return BackendDefinition(program.is_available, program.pull, program.push)


def _get_oras_backend(
    pull_args: Sequence[str] | None = None, push_args: Sequence[str] | None = None
) -> _Backend:
    """Return the way to copy images with ORAS, and with more of its arguments."""
    from .oci_programs import Oras

    program = Oras(pull_args, push_args)
    return BackendDefinition(program.is_available, program.pull, program.push)


DEFAULT_BACKENDS: dict[str, Callable[[], _Backend]] = {
    "skopeo": _get_skopeo_backend,
    "oras": _get_oras_backend,
}
"""What `backend` of `save_to_oci_registry` may name, besides `builtin`. Programs may add to it."""


def _layers(source: Path, modelcard: Path | None) -> list[Layer]:
    from model_registry.storage.oci.layers import card_layer, layers_of
    from model_registry.storage.paths import walk
    from model_registry.storage.protocol import LocalFile

    files = [LocalFile(place, path) for path, place in walk(source)]
    layers = layers_of(files, layer_per_file=True)
    return layers if modelcard is None else [*layers, card_layer(modelcard)]


@contextmanager
def _folder(dest_dir: str | os.PathLike[str] | None) -> Generator[Path]:
    if dest_dir is not None:
        yield Path(dest_dir)
        return
    with tempfile.TemporaryDirectory(prefix="model-registry-") as folder:
        yield Path(folder)


def _copy_with(
    copies: _Backend, base: str, oci_ref: str, folder: Path, layers: list[Layer], auth_file: TextIO | None
) -> None:
    from .oci_layout import Layout

    options = {} if auth_file is None else {"authfile": auth_file.name}
    copies.pull(base, folder, **options)
    Layout(folder).add(layers)
    copies.push(folder, oci_ref, **options)
