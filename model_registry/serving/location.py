"""Where KServe loads the files of a model artifact from."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import parse_qs, unquote

from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.hf.location import HubLocation
from model_registry.storage.objects.s3_uri import options_of
from model_registry.storage.oci.image_reference import ImageReference
from model_registry.storage.schemes import redact

if TYPE_CHECKING:
    from model_registry.types import ModelArtifact, ModelVersion, RegisteredModel

OCIMode: TypeAlias = Literal["native", "fetch"]
"""How KServe loads an OCI image: as an image volume, or with its storage initializer."""

_URI = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(?P<rest>.*)", re.DOTALL)
"""A URI. One letter before the colon is a drive of Windows."""

_MLFLOW = frozenset({"dbfs", "mlflow-artifacts", "models", "runs"})
"""Schemes that only MLflow can resolve."""

_AZURE = frozenset({"abfs", "abfss", "adl", "wasb", "wasbs"})
"""Schemes of Azure that KServe does not know. Ours, `az`, can be translated."""


def location_of(
    model: RegisteredModel, version: ModelVersion, artifact: ModelArtifact, oci_mode: OCIMode | None
) -> dict[str, Any]:
    """Return where the files are: `storage` with a data connection and a path, or `storageUri`.

    Args:
        model: The model, for messages.
        version: The version, for messages.
        artifact: The artifact that says where the files are.
        oci_mode: How KServe loads an OCI image; its default mode if `None`.

    Raises:
        InvalidArgumentError: The artifact does not say where the files are, or KServe cannot read them there.
    """
    uri, key, path = artifact.uri or "", artifact.storage_key, artifact.storage_path
    of = f"artifact {artifact.name!r} of {model.name}/{version.name}"
    if key and path:
        return {"storage": {"key": key, "path": path}}
    if not uri:
        missing = "has a storage_key, but neither a storage_path nor" if key else "has no"
        raise InvalidArgumentError(
            f"{of} {missing} uri, and the manifest has to say where the files are: set its uri, or both "
            "storage_key and storage_path"
        )
    try:
        if key and _scheme(uri) == "s3":
            return {"storage": {"key": key, "path": _bucket_and_key(uri, "s3")[1]}}
        return {"storageUri": _storage_uri(uri, oci_mode)}
    except InvalidArgumentError as error:
        raise InvalidArgumentError(f"the files of {of} cannot be served: {error}") from None


def _scheme(uri: str) -> str:
    match = _URI.fullmatch(uri)
    return match["scheme"].lower() if match else ""


def _storage_uri(uri: str, oci_mode: OCIMode | None) -> str:
    """Return a URI as KServe writes it."""
    scheme = _scheme(uri)
    if scheme in ("", "file"):
        raise InvalidArgumentError(
            f"no cluster can read the local path {redact(uri)!r}: upload the files to a store first"
        )
    rest = uri[len(scheme) + 1 :].removeprefix("//")
    if scheme in _MLFLOW or not uri[len(scheme) + 1 :].startswith("//"):
        source = "MLflow" if scheme in _MLFLOW else "a program"
        raise InvalidArgumentError(
            f"{redact(uri)!r} is a name that only {source} can resolve: register the location of the files, "
            "such as s3://bucket/key"
        )
    if scheme in _AZURE:
        raise InvalidArgumentError(
            f"KServe cannot read {scheme}:// URIs: register https://ACCOUNT.blob.core.windows.net/CONTAINER/PATH"
        )
    if scheme in ("s3", "gs"):
        return f"{scheme}://{'/'.join(_bucket_and_key(uri, scheme))}"
    if scheme == "az":
        return _blob(uri)
    if scheme == "hf":
        return _repository(uri)
    if scheme in ("oci", "oci+native", "oci+fetch"):
        return _image(scheme, rest, oci_mode)
    host, _, path = rest.partition("/")
    if not host or (scheme in ("http", "https") and not path.strip("/")):
        raise InvalidArgumentError(f"{redact(uri)!r} is incomplete: it names no file or folder")
    return uri


def _split(uri: str) -> tuple[str, str, str]:
    """Return the bucket, the key as the store has it, without the percent-encoding of URIs, and the query."""
    address, _, query = uri.partition("?")
    bucket, _, key = address.partition("://")[2].partition("/")
    if "@" in bucket:
        raise InvalidArgumentError(
            f"{redact(uri)!r} contains credentials, which KServe takes from the service account: remove them"
        )
    if not bucket or not key.strip("/"):
        missing = "no bucket" if not bucket else "a bucket and no key: add the key of a file or folder"
        raise InvalidArgumentError(f"{redact(uri)!r} names {missing}")
    return bucket, unquote(key).lstrip("/"), query


def _bucket_and_key(uri: str, scheme: str) -> tuple[str, str]:
    bucket, key, query = _split(uri)
    if scheme == "s3":
        # KServe takes endpoint and region from the service account.
        if "versionId" in options_of(query, redact(uri)):
            raise InvalidArgumentError(
                f"{redact(uri)!r} has the parameter 'versionId'; KServe reads the current object"
            )
    elif query:
        raise InvalidArgumentError(f"{redact(uri)!r} must not have parameters. Write ? in a name as %3F")
    return bucket, key


def _blob(uri: str) -> str:
    container, key, query = _split(uri)
    account = parse_qs(query).get("account")
    if account is None:
        raise InvalidArgumentError(f"{redact(uri)!r} names no storage account: add ?account=")
    return f"https://{account[0]}.blob.core.windows.net/{container}/{key}"


def _repository(uri: str) -> str:
    place = HubLocation.of(uri)
    if place.kind != "model" or place.path or "/" not in place.repo:
        raise InvalidArgumentError(
            "KServe reads whole model repositories, such as hf://NAMESPACE/REPO@REVISION, and not "
            f"{redact(uri)!r}"
        )
    return f"hf://{place.repo}:{place.revision}" if "@" in uri else uri  # with a colon it is KServe's form


def _image(scheme: str, name: str, mode: OCIMode | None) -> str:
    ImageReference.parse(name)
    return f"oci+{mode}://{name}" if mode else f"{scheme}://{name}"
