"""OCI registries as a place for the files of models."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from model_registry.exceptions import InvalidArgumentError, StorageNotFoundError
from model_registry.storage.transfer import Transfer

from .blobs import FilesBlob
from .contents import Contents, locate_files
from .credentials import Keychain
from .image_reference import SCHEME, ImageReference
from .images import artifact_of, images_of, scratch, with_layers
from .layers import card_layer, layers_of
from .registry_client import RegistryClient
from .repository import CopiedBlob, Repository

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from model_registry.storage.protocol import IncomingFile, LocalFile, StoredFile

    from .blobs import Blob
    from .images import ComposedImage, Image


class OCIStore:
    """Keeps files as images or artifacts in OCI registries, at `oci://registry/repository:tag`.

    An image has the files below `/models`, where KServe looks for them. Nothing is installed for it, and
    nothing is compressed: the files of models hardly shrink.

    Args:
        base_image: Image to put the files on, for every kind of machine that it is for; without one, the
            image has nothing but the files.
        artifact: Store an artifact, each file a blob of its own, as ORAS does, instead of an image.
        platform: `os/architecture` to take of the base image, and to declare without one; all by default,
            and `linux/amd64`.
        modelcard: File to add in a layer of its own.
        username: User of the registry.
        password: Its password.
        auth: JSON of a Docker `config.json`. Without it those of the environment are read, then those that
            `docker`, `podman` and `skopeo login` write.
        insecure: Speak plain HTTP; by default with this machine alone.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        verify: Check the registry's certificate; `False` lets anybody read along, and warns.

    Raises:
        InvalidArgumentError: Arguments contradict each other, or one cannot be right.

    Example:
        >>> from model_registry.storage.oci import OCIStore
        >>> OCIStore(base_image="busybox")
        OCIStore(base_image='docker.io/library/busybox')
    """

    def __init__(
        self,
        *,
        base_image: str | None = None,
        artifact: bool = False,
        platform: str | None = None,
        modelcard: str | os.PathLike[str] | None = None,
        username: str | None = None,
        password: str | None = None,
        auth: str | None = None,
        insecure: bool | None = None,
        ca: str | None = None,
        verify: bool = True,
    ) -> None:
        if artifact and (base_image or platform or modelcard):
            raise InvalidArgumentError("artifact=True has neither base_image nor platform nor modelcard")
        if bool(username) != bool(password):
            raise InvalidArgumentError("username and password belong together: give both or none")
        self._base = ImageReference.parse(base_image) if base_image else None
        self._artifact = artifact
        self._platform = platform
        self._modelcard = None if modelcard is None else Path(modelcard)
        self._login = (username, password)
        self._auth = auth
        self._client = RegistryClient(insecure=insecure, ca=ca, verify=verify)
        self._contents: dict[str, Contents] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        shown = f"base_image={str(self._base)!r}" if self._base else "artifact=True" if self._artifact else ""
        return f"OCIStore({shown})"

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the files of an image or artifact.

        Args:
            uri: `oci://registry/repository[:tag][@digest]`.

        Raises:
            StorageNotFoundError: There is no such thing, or no file of a model in it.
            StorageAccessError: The registry wants other credentials.
            IntegrityError: The registry's copy is damaged.
        """
        return [place.file for place in self._listed(uri).places.values()]

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch a file that `list_files` named.

        Args:
            uri: `oci://registry/repository[:tag][@digest]`.
            file: The file.
            target: Takes its bytes, from where it is on.
            transfer: Says when to stop.
        """
        with self._lock:
            contents = self._contents.get(uri)
        if contents is None:
            contents = self._listed(uri)
        place = contents.places.get(file.path)
        if place is None:
            raise StorageNotFoundError(f"{uri} has no file {file.path!r}.")
        if place.file.digest != file.digest or target.offset > (place.file.size or 0):
            target.restart()  # the tag names another image by now
        for chunk in contents.read(place, target.offset, transfer):
            transfer.check()
            target.write(chunk)

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Push files as an image or artifact. What the registry has already is not sent.

        Args:
            uri: `oci://registry/repository[:tag]`.
            files: The files. One whose path is empty is called by its name.
            transfer: Says when to stop, and is told of what is sent.

        Returns:
            `oci://registry/repository:tag@digest`: the tag may move, the digest stays.
        """
        reference = ImageReference.parse(uri)
        if reference.digest is not None:
            raise InvalidArgumentError(f"{uri} names a digest, which is known after the upload: give a tag")
        single = not all(file.path for file in files)
        repository = self._repository(reference, transfer)
        push = self._push_artifact if self._artifact else self._push_image
        composed = push(repository, files, transfer, single=single)
        for manifest in composed.manifests:
            repository.put_manifest(manifest.digest, manifest)
        transfer.check()
        repository.put_manifest(reference.target, composed.top)
        tag = (
            reference if reference.tag else ImageReference(reference.registry, reference.repository, "latest")
        )
        return f"{SCHEME}{tag.pinned(composed.top.digest)}"

    def _push_artifact(
        self, repository: Repository, files: Sequence[LocalFile], transfer: Transfer, *, single: bool
    ) -> ComposedImage:
        blobs = [FilesBlob([file]) for file in sorted(files, key=lambda file: file.path.encode())]
        self._push(repository, blobs, transfer)
        composed = artifact_of(blobs, single=single)
        self._push(repository, composed.blobs, transfer)
        return composed

    def _push_image(
        self, repository: Repository, files: Sequence[LocalFile], transfer: Transfer, *, single: bool
    ) -> ComposedImage:
        layers = layers_of(files)
        bases, below = self._read_base(repository.reference, transfer)
        self._push(repository, [*below, *(layer.blob for layer in layers)], transfer)
        if self._modelcard is not None:
            layers.append(card_layer(self._modelcard))
            self._push(repository, [layers[-1].blob], Transfer())  # not of what is counted
        composed = with_layers(bases, layers, single=single)
        self._push(repository, composed.blobs, transfer)
        return composed

    def _read_base(
        self, reference: ImageReference, transfer: Transfer
    ) -> tuple[list[Image], list[CopiedBlob]]:
        """Read the base image: what it is, and the blobs that the new one needs of it."""
        if self._base is None:
            return scratch(self._platform), []
        source = self._repository(self._base, transfer, registry=reference.registry)
        images = images_of(source, self._base.target, self._platform)
        layers = [layer for image in images for layer in image.manifest.descriptors("layers")]
        once = {layer.digest: layer for layer in layers if "nondistributable" not in layer.media_type}
        return images, [CopiedBlob(source, layer) for layer in once.values()]

    def _push(self, repository: Repository, blobs: Sequence[Blob], transfer: Transfer) -> None:
        """Send what the registry does not have."""

        def send(blob: Blob) -> None:
            transfer.check()
            if repository.has(blob.digest) or self._mounted(repository, blob):
                transfer.advance(sum(file.size for file in blob.files), len(blob.files))
            else:
                repository.push(blob, transfer.advance)
                transfer.advance(0, len(blob.files))

        transfer.each(send, list({blob.digest: blob for blob in blobs}.values()))

    @staticmethod
    def _mounted(repository: Repository, blob: Blob) -> bool:
        if not isinstance(blob, CopiedBlob):
            return False
        here, there = repository.reference, blob.source.reference
        return here.registry == there.registry and repository.mount(blob.digest, there.repository)

    def _repository(
        self, reference: ImageReference, transfer: Transfer | None = None, *, registry: str | None = None
    ) -> Repository:
        """Speak to a repository. User and password are shown to one registry alone, by default its own."""
        username, password = self._login
        registry = registry or reference.registry
        keychain = Keychain(username, password, registry=registry, auth=self._auth)
        return Repository(reference, self._client, keychain, transfer)

    def _listed(self, uri: str) -> Contents:
        reference = ImageReference.parse(uri)
        repository = self._repository(reference)
        contents = Contents(repository, locate_files(repository, reference.target))
        with self._lock:
            self._contents[uri] = contents
        return contents
