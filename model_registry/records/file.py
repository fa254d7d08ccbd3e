"""Records of an export: one resource each, with the names of its parents.

A file of records is JSON Lines. Its first line is `{"format": "model-registry-export", "version": 1}`, with
`"number_types": false` if the source does not keep the types of numbers in structs; each other line has

- `kind`: `RegisteredModel`, `ModelVersion`, the name of a kind of artifact, `ServingEnvironment`,
  `InferenceService` or `ServeModel`;
- `model`, `version`, `environment`, `service`: names of its parents, if it has any;
- `resource`: the resource, as in the registry's JSON, with its id and times.

Parents stand before what belongs to them.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, StoreError
from model_registry.types.arguments import checked_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from model_registry.types import BaseResourceModel

HEADER = {"format": "model-registry-export", "version": 1}
_FOREIGN = {"number_types": False}
"""In the first line, too, if the source is foreign: it does not keep the types of numbers in structs."""

PLACES = ("model", "version", "environment", "service")


@dataclass(frozen=True)
class Record:
    """One resource, and the names of its parents.

    Attributes:
        resource: The resource, as its registry has it.
        model: Name of its model.
        version: Name of its version.
        environment: Name of its serving environment.
        service: Name of its inference service.
        line: Where it was read, such as `line 3 of 'export.jsonl'`; empty if not from a file.
    """

    resource: BaseResourceModel
    model: str | None = None
    version: str | None = None
    environment: str | None = None
    service: str | None = None
    line: str = field(default="", compare=False)

    @property
    def kind(self) -> str:
        """Name of the class of the resource."""
        return type(self.resource).__name__

    def __str__(self) -> str:
        owners = (self.environment, self.service, self.model, self.version)
        names = [name for name in (*owners, getattr(self.resource, "name", None)) if name is not None]
        return f"{self.kind} {' / '.join(dict.fromkeys(names))!r}"

    def to_line(self) -> str:
        """Write the record as a line of JSON."""
        places = {name: value for name in PLACES if (value := getattr(self, name)) is not None}
        wire = getattr(self.resource, "wire", None)
        resource = self.resource.as_basemodel().to_dict() if wire is None else wire
        return json.dumps({"kind": self.kind, **places, "resource": resource}, ensure_ascii=False)

    @classmethod
    def from_line(cls, line: str) -> Record:
        """Read a record.

        Raises:
            InvalidArgumentError: The line is no record.
        """
        read = json.loads(line)
        wire: dict[str, Any] = read["resource"]
        places = {name: read[name] for name in PLACES if name in read}
        return cls(_resource(read["kind"], wire), **places)


def check_target(path: str | os.PathLike[str]) -> Path:
    """Check the path of a file to write, and return it.

    Raises:
        InvalidArgumentError: There is no folder for the file, or the path is a folder.
    """
    checked = checked_path("path", path)
    if not checked.parent.is_dir():
        raise InvalidArgumentError(f"there is no folder {str(checked.parent)!r} for {checked.name!r}")
    if checked.is_dir():
        raise InvalidArgumentError(f"{str(checked)!r} is a folder: give the path of a file to write")
    return checked


class RecordFile:
    """A file that is being written. It replaces an older one when it is complete.

    A device or a pipe, such as `/dev/stdout`, is written to instead.

    Args:
        path: The file.
        is_foreign: Whether the source is another server than `model-registry serve`.
    """

    def __init__(self, path: str | os.PathLike[str], *, is_foreign: bool) -> None:
        self._path = check_target(path)
        self._target = self._path.resolve()
        self._temporary: Path | None = None
        try:
            if self._path.exists() and not self._path.is_file():
                self._file = self._path.open("w", encoding="utf-8")
            else:
                handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._target.parent)
                self._file = os.fdopen(handle, "w", encoding="utf-8")
                self._temporary = Path(name)
        except OSError as error:
            raise self._failed(error) from error
        self._file.write(json.dumps({**HEADER, **(_FOREIGN if is_foreign else {})}) + "\n")

    def write(self, records: list[Record]) -> None:
        """Add records.

        Raises:
            StoreError: They cannot be written.
        """
        try:
            self._file.writelines(record.to_line() + "\n" for record in records)
        except OSError as error:
            raise self._failed(error) from error

    def finish(self) -> None:
        """Complete the file.

        Raises:
            StoreError: It cannot be written. An older file stays as it was.
        """
        try:
            self._file.close()
            if self._temporary is not None:
                self._temporary.replace(self._target)
        except OSError as error:
            self.abandon()
            raise self._failed(error) from error

    def abandon(self) -> None:
        """Leave an older file as it was."""
        with suppress(OSError):  # the disk may be full
            self._file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)

    def _failed(self, error: OSError) -> StoreError:
        return StoreError(f"The export cannot be written to {str(self._path)!r}: {error.strerror or error}.")


class RecordReader:
    """The records of a file, to iterate.

    Args:
        path: The file.

    Attributes:
        is_foreign: Whether they come from another server than `model-registry serve`; known from the first
            record on.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path
        self.is_foreign = False

    def __iter__(self) -> Iterator[Record]:
        """Read the records.

        Raises:
            InvalidArgumentError: It is no such file, or a line is no record.
        """
        shown = repr(os.fspath(self._path))
        try:
            with checked_path("path", self._path).open(encoding="utf-8-sig") as file:
                self.is_foreign = _read_header(file.readline())
                for number, line in enumerate(file, 2):
                    if line.strip():
                        yield _read(line, f"line {number} of {shown}")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no text"
            raise InvalidArgumentError(f"{shown} cannot be read as an export: {reason}") from error


def versions_in(records: Iterable[Record]) -> set[tuple[str | None, str]]:
    """Return the names of model and version of each version in some records."""
    return {
        (record.model, record.resource.name)
        for record in records
        if isinstance(record.resource, types.ModelVersion)
    }


def join_files(parts: Sequence[str | os.PathLike[str]], whole: str | os.PathLike[str]) -> None:
    """Write the records of several files into one. A record may be in it twice.

    Args:
        parts: The files.
        whole: The file to write. An older one is replaced when the new one is complete.

    Raises:
        InvalidArgumentError: There is no folder for the file.
        StoreError: It cannot be written.
    """
    readers = [RecordReader(part) for part in parts]
    for reader in readers:
        next(iter(reader), None)  # the first line says where the records come from
    file = RecordFile(whole, is_foreign=any(reader.is_foreign for reader in readers))
    try:
        for reader in readers:
            file.write(list(reader))
    except BaseException:
        file.abandon()
        raise
    file.finish()


def _read_header(line: str) -> bool:
    """Check the first line, and return whether the source is foreign."""
    try:
        header: Any = json.loads(line)
    except ValueError:
        header = None
    if header not in (HEADER, HEADER | _FOREIGN):
        raise InvalidArgumentError(
            f"this is no export that this client can read: its first line is not {json.dumps(HEADER)}"
        )
    return bool(header != HEADER)


def _read(line: str, place: str) -> Record:
    from pydantic import ValidationError

    try:
        return replace(Record.from_line(line), line=place)
    except (ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
        raise InvalidArgumentError(f"{place} is no record of an export: {error}") from error


def _resource(kind: str, wire: dict[str, Any]) -> BaseResourceModel:
    import mr_openapi as contract

    if "artifactType" in wire:
        return types.Artifact.validate_artifact(contract.Artifact.model_validate(wire))
    if kind not in _KINDS:
        raise InvalidArgumentError(f"kind {kind!r} is not known")
    friendly: type[BaseResourceModel] = getattr(types, kind)
    return friendly.from_basemodel(getattr(contract, kind).model_validate(wire))


_KINDS = {"RegisteredModel", "ModelVersion", "ServingEnvironment", "InferenceService", "ServeModel"}
