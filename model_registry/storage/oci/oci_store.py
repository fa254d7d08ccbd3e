"""Store files in OCI registries."""

from __future__ import annotations

import threading
from copy import copy
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from model_registry.exceptions import InvalidArgumentError, StorageNotFoundError
from model_registry.storage.credential_hosts import BoundHost
from model_registry.storage.transfer import Transfer
from model_registry.storage.worker_copies import SentBySettings

from .blob_upload import BlobUpload
from .blobs import FilesBlob
from .contents import Contents
from .credentials import Keychain
from .image_reference import SCHEME, ImageReference
from .images import artifact_of, images_of, scratch, with_layers
from .layers import card_layer, layers_of
from .locations import locate_files
from .registry_client import RegistryClient
from .repository import CopiedBlob, Repository

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from model_registry.storage.allow import Allow
    from model_registry.storage.protocol import IncomingFile, LocalFile, StoredFile

    from .blobs import Blob
    from .images import ComposedImage, Image
    from .modelpack import ModelPackConfig

Format: TypeAlias = Literal["image", "artifact", "modelpack"]


class OCIStore(SentBySettings):
    """Store files as images or artifacts in OCI registries, at `oci://registry/repository:tag`.

    An image has the files below `/models`, where KServe looks for them. No tool is needed. Nothing is
    compressed, because the files of models hardly shrink.

    Args:
        base_image: Image to add the files to, for all its platforms; by default an empty image.
        artifact: Store an artifact instead of an image: short for `format="artifact"`.
        platform: `os/architecture` of the base image to use, by default all. Without a base image, the
            platform to declare, by default `linux/amd64`.
        modelcard: File to add in a layer of its own.
        layer_per_file: Give each file its own layer, unless there are more than 100 files. By default small
            files share layers.
        username: User name for `registry`.
        password: Password of the user.
        registry: The registry that gets these two, such as `quay.io`; by default that of the first URI that
            you give. Other registries never get them.
        format: `image` (default), `artifact` with one blob for each file, as ORAS does, or `modelpack`, the
            artifact of the CNCF ModelPack specification.
        model_config: Fields of the configuration of a ModelPack, such as name, version and license.
        auth: JSON of a Docker `config.json`. By default the environment is read, then the files that
            `docker`, `podman` and `skopeo login` write.
        insecure: Use plain HTTP; by default for this machine only.
        ca: Authorities to trust instead of the system's: PEM text, or a path of a PEM file or folder.
        verify: Check the registry's certificate. `False` is insecure and warns.

    Raises:
        InvalidArgumentError: Arguments contradict each other, or one is not valid.

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
        layer_per_file: bool = False,
        username: str | None = None,
        password: str | None = None,
        registry: str | None = None,
        format: Format | None = None,
        model_config: ModelPackConfig | None = None,
        auth: str | None = None,
        insecure: bool | None = None,
        ca: str | None = None,
        verify: bool = True,
    ) -> None:
        self._remember(locals())
        self._format = _checked_format(format, artifact=artifact)
        if self._format != "image" and (base_image or platform or modelcard):
            option = "artifact=True" if artifact else f"format={self._format!r}"
            raise InvalidArgumentError(f"{option} excludes base_image, platform and modelcard")
        if model_config is not None:
            if self._format != "modelpack":
                raise InvalidArgumentError('model_config needs format="modelpack"')
            from .modelpack import check_config  # which needs pydantic, slow to import

            check_config(model_config)
        self._model_config: ModelPackConfig = model_config or {}
        if bool(username) != bool(password):
            raise InvalidArgumentError("give both username and password, or neither")
        self._base = ImageReference.parse(base_image) if base_image else None
        self._platform = platform
        self._modelcard = None if modelcard is None else Path(modelcard)
        self._layer_per_file = layer_per_file
        self._login = (username, password)
        self._bound = BoundHost(registry, "OCIStore(registry=...) with the registry of the login.")
        self._from_entry = False
        self._auth = auth
        self._connect = partial(RegistryClient, insecure=insecure, ca=ca, verify=verify)
        self._client = self._connect()
        self._contents: dict[str, Contents] = {}
        self._lock = threading.Lock()

    def __repr__(self) -> str:
        options = f"base_image={str(self._base)!r}" if self._base else ""
        return f"OCIStore(format={self._format!r})" if self._format != "image" else f"OCIStore({options})"

    def for_entry(self, allow: Allow | None) -> OCIStore:
        """Return the store for the URI of an entry of a registry. It sends the password to no new host.

        Args:
            allow: Hosts that may be reached; `None` for all.
        """
        limited = copy(self)
        limited.__dict__ |= {
            "_from_entry": True,
            "_client": self._connect(allow=allow and allow.also(self._bound.host)),
            "_contents": {},
        }
        return limited

    def resolve(self, uri: str) -> str:
        """Return the URI with the digest of the image or artifact beside its tag.

        Args:
            uri: `oci://registry/repository[:tag][@digest]`.

        Raises:
            StorageNotFoundError: The image does not exist.
            StorageError: The request failed.
        """
        reference = ImageReference.parse(uri)
        digest = reference.digest or self._repository(reference).manifest(reference.target).digest
        return f"{SCHEME}{reference.pinned(digest)}"

    def list_files(self, uri: str) -> list[StoredFile]:
        """List the files of an image or artifact.

        Args:
            uri: `oci://registry/repository[:tag][@digest]`.

        Raises:
            StorageNotFoundError: The image does not exist, or contains no files of a model.
            StorageAccessError: The registry refuses the credentials.
            IntegrityError: The content in the registry is damaged.
        """
        return [location.file for location in self._listed(uri).locations.values()]

    def get(self, uri: str, file: StoredFile, target: IncomingFile, transfer: Transfer) -> None:
        """Fetch a file that `list_files` returned.

        Args:
            uri: `oci://registry/repository[:tag][@digest]`.
            file: The file.
            target: Gets the bytes after its `offset`.
            transfer: Stops the download.
        """
        with self._lock:
            contents = self._contents.get(uri)
        if contents is None:
            contents = self._listed(uri)
        location = contents.locations.get(file.path)
        if location is None:
            raise StorageNotFoundError(f"{uri} contains no file {file.path!r}.")
        if location.file.digest != file.digest or target.offset > (location.file.size or 0):
            target.restart()  # the tag names another image now
        for chunk in contents.read(location, target.offset, transfer):
            transfer.check()
            target.write(chunk)

    def put(self, uri: str, files: list[LocalFile], transfer: Transfer) -> str:
        """Push files as an image or artifact. Blobs that the registry has are not sent.

        Args:
            uri: `oci://registry/repository[:tag]`.
            files: The files. A file with an empty path is stored under its name.
            transfer: Counts the bytes, and stops the upload.

        Returns:
            `oci://registry/repository:tag@digest`: the tag may change, the digest does not.
        """
        reference = ImageReference.parse(uri)
        if reference.digest is not None:
            raise InvalidArgumentError(f"{uri} contains a digest, which only the upload defines. Give a tag")
        single = not all(file.path for file in files)
        repository = self._repository(reference, transfer)
        push = self._push_image if self._format == "image" else self._push_artifact
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
        if self._format == "modelpack":
            from .modelpack import modelpack_of

            composed = modelpack_of(blobs, self._model_config, single=single)
        else:
            composed = artifact_of(blobs, single=single)
        self._push(repository, composed.blobs, transfer)
        return composed

    def _push_image(
        self, repository: Repository, files: Sequence[LocalFile], transfer: Transfer, *, single: bool
    ) -> ComposedImage:
        layers = layers_of(files, layer_per_file=self._layer_per_file)
        bases, below = self._read_base(repository.reference, transfer)
        self._push(repository, [*below, *(layer.blob for layer in layers)], transfer)
        if self._modelcard is not None:
            layers.append(card_layer(self._modelcard))
            self._push(repository, [layers[-1].blob], Transfer())  # not counted
        composed = with_layers(bases, layers, single=single)
        self._push(repository, composed.blobs, transfer)
        return composed

    def _read_base(
        self, reference: ImageReference, transfer: Transfer
    ) -> tuple[list[Image], list[CopiedBlob]]:
        """Return the base image, and its blobs that the new image needs."""
        if self._base is None:
            return scratch(self._platform), []
        source = self._repository(self._base, transfer, registry=reference.registry)
        images = images_of(source, self._base.target, self._platform)
        layers = [layer for image in images for layer in image.manifest.descriptors("layers")]
        once = {layer.digest: layer for layer in layers if "nondistributable" not in layer.media_type}
        return images, [CopiedBlob(source, layer) for layer in once.values()]

    def _push(self, repository: Repository, blobs: Sequence[Blob], transfer: Transfer) -> None:
        """Send the blobs that the registry does not have."""

        def send(blob: Blob) -> None:
            transfer.check()
            if repository.has(blob.digest) or self._mounted(repository, blob):
                transfer.advance(sum(file.size for file in blob.files), len(blob.files))
            else:
                BlobUpload(repository, blob, transfer.advance, transfer).run()
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
        """Return a repository. User and password are sent to one registry only, by default its own."""
        username, password = self._login
        if username:
            registry = self._bound.bind(registry or reference.registry, from_entry=self._from_entry)
        keychain = Keychain(username, password, registry=registry, auth=self._auth)
        return Repository(reference, self._client, keychain, transfer)

    def _listed(self, uri: str) -> Contents:
        reference = ImageReference.parse(uri)
        repository = self._repository(reference)
        contents = Contents(repository, locate_files(repository, reference.target))
        with self._lock:
            self._contents[uri] = contents
        return contents


def _checked_format(value: Format | None, *, artifact: bool) -> Format:
    if value is None:
        return "artifact" if artifact else "image"
    if value not in get_args(Format):
        raise InvalidArgumentError(f"format must be one of {', '.join(get_args(Format))}, got {value!r}")
    if artifact and value != "artifact":
        raise InvalidArgumentError(f"artifact=True contradicts format={value!r}: give one of them")
    return value
