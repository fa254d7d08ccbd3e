"""Compose artifacts in the format of the CNCF ModelPack specification, version 1."""

from __future__ import annotations

import fnmatch
import json
import posixpath
import re
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config
from typing_extensions import TypedDict

from model_registry.exceptions import InvalidArgumentError
from model_registry.storage.formats import format_of

from .artifacts import FILEPATH
from .blobs import BytesBlob
from .documents import MANIFEST, SINGLE, TITLE, Descriptor, compact, document
from .images import ComposedImage
from .layers import path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from model_registry.storage.protocol import LocalFile

    from .blobs import FilesBlob
    from .documents import JSON

_ARTIFACT = "application/vnd.cncf.model.manifest.v1+json"
_CONFIG = "application/vnd.cncf.model.config.v1+json"
_METADATA = "org.cncf.model.file.metadata+json"
_UNTESTED = "org.cncf.model.file.mediatype.untested"

_KINDS = {
    "weight.config": (
        "*.json *.jsonl *.yaml *.yml *.toml *.ini *.cfg *.conf *.config *.properties *.xml *.jinja "
        "*.tiktoken *tokenizer.model* spiece.model sentencepiece*.model vocab.txt merges.txt "
        "added_tokens.txt mlmodel"
    ),
    "code": (
        "*.py *.ipynb *.sh *.c *.h *.cc *.cpp *.cu *.java *.js *.ts *.go *.rs *.r *.jl *.so *.dll *.dylib "
        "requirements*.txt"
    ),
    "dataset": "*.csv *.tsv *.parquet *.arrow",
    "doc": (
        "*.md *.txt *.rst *.pdf *.html *.htm *.log *.png *.jpg *.jpeg *.gif *.svg "
        "license* licence* readme* notice*"
    ),
}
"""Patterns for names of files that are not weights, by the kind in the media type of their layers."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
"""The form of RFC 3339, without which other programs refuse the whole configuration."""

_forbid = with_config(ConfigDict(extra="forbid"))
Modality = Literal["text", "image", "audio", "video", "embedding", "other"]


@_forbid
class ModelPackDescriptor(TypedDict, total=False):
    """What a model is. All fields are optional."""

    createdAt: str
    authors: list[str]
    vendor: str
    family: str
    name: str
    version: str
    title: str
    description: str
    docURL: str
    sourceURL: str
    datasetsURL: list[str]
    revision: str
    licenses: list[str]


@_forbid
class ModelPackCapabilities(TypedDict, total=False):
    """What a model can do. All fields are optional."""

    inputTypes: list[Modality]
    outputTypes: list[Modality]
    knowledgeCutoff: str
    reasoning: bool
    toolUsage: bool
    reward: bool
    languages: list[str]


@_forbid
class ModelPackParameters(TypedDict, total=False):
    """How a model is built. All fields are optional."""

    architecture: str
    format: str
    paramSize: str
    precision: str
    quantization: str
    capabilities: ModelPackCapabilities


@_forbid
class ModelPackConfig(TypedDict, total=False):
    """The configuration of a ModelPack artifact, with the names of the specification."""

    descriptor: ModelPackDescriptor
    config: ModelPackParameters


def check_config(value: ModelPackConfig) -> None:
    """Check a configuration.

    Args:
        value: The configuration.

    Raises:
        InvalidArgumentError: A field is unknown, or has a value of another type, or a time is not as in
            RFC 3339.
    """
    try:
        TypeAdapter(ModelPackConfig).validate_python(value, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = "".join(f"[{part!r}]" for part in first["loc"])
        raise InvalidArgumentError(f"model_config{where}: {first['msg']}") from None
    _check_time("['descriptor']['createdAt']", value.get("descriptor", {}).get("createdAt"))
    capabilities = value.get("config", {}).get("capabilities", {})
    _check_time("['config']['capabilities']['knowledgeCutoff']", capabilities.get("knowledgeCutoff"))


def _check_time(where: str, value: str | None) -> None:
    if value is not None and not _is_time(value):
        raise InvalidArgumentError(
            f"model_config{where}: must be a time such as '2026-01-31T12:00:00Z', got {value[:80]!r}"
        )


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text[:19])
    except ValueError:
        return False
    return _TIME.fullmatch(text) is not None


def modelpack_of(blobs: Sequence[FilesBlob], config: ModelPackConfig, *, single: bool) -> ComposedImage:
    """Return a ModelPack artifact with one raw layer for each file.

    Args:
        blobs: A blob for each file.
        config: The configuration. A missing `format` is detected from the names of the files.
        single: Whether the artifact stands for one file, not for a folder with one file.
    """
    parameters: ModelPackParameters = {**config.get("config", {})}
    detected = format_of(path_of(blob.files[0]) for blob in blobs)
    if detected is not None and "format" not in parameters:
        parameters["format"] = detected
    described = BytesBlob(
        compact(
            {
                "descriptor": config.get("descriptor", {}),
                "config": parameters,
                "modelfs": {"type": "layers", "diffIds": [blob.digest for blob in blobs]},
            }
        )
    )
    content: JSON = {
        "artifactType": _ARTIFACT,
        "config": Descriptor(_CONFIG, described.digest, described.size).json(),
        "layers": [_layer(blob).json() for blob in blobs],
    }
    if single:
        content["annotations"] = {SINGLE: "true"}
    return ComposedImage([described], [], document(MANIFEST, content))


def _layer(blob: FilesBlob) -> Descriptor:
    file = blob.files[0]
    path = path_of(file)
    annotations = {
        FILEPATH: path,
        TITLE: path,  # for ORAS
        _METADATA: _metadata(file),
        _UNTESTED: "true",  # the kind is guessed from the name
    }
    return Descriptor(f"application/vnd.cncf.model.{_kind(path)}.v1.raw", blob.digest, blob.size, annotations)


def _kind(path: str) -> str:
    name = posixpath.basename(path).lower()
    for kind, patterns in _KINDS.items():
        if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns.split()):
            return kind
    return "weight"


def _metadata(file: LocalFile) -> str:
    """Return the attributes of a file, without time and owner: the same files give the same digest."""
    attributes = {
        "name": posixpath.basename(path_of(file)),
        "mode": 0o644,
        "uid": 0,
        "gid": 0,
        "size": file.size,
        "mtime": "1970-01-01T00:00:00Z",
        "typeflag": 0,
    }
    return json.dumps(attributes, separators=(",", ":"))
