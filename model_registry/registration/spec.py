"""What a registration shall create, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast, get_args

from model_registry import types
from model_registry.exceptions import InvalidArgumentError, StorageNotFoundError
from model_registry.near_names import near_names
from model_registry.types.arguments import (
    IfExists,
    InvalidFieldsError,
    check_text,
    check_uri,
    checked_path,
    version_name,
)
from model_registry.types.formatting import short
from model_registry.types.limits import problem_of_body, problems_of_texts

from .arguments import MEASUREMENTS, UPLOAD, field_arguments
from .destination import filled_in
from .files import FilesToUpload
from .measurements import metrics_of, params_of, tags_of

if TYPE_CHECKING:
    from pydantic import BaseModel
    from typing_extensions import Self, Unpack

    from model_registry.types import Artifact, BaseResourceModel, ModelArtifact, ModelVersion, RegisteredModel

    from .arguments import RegisterArguments
    from .files import UploadedFiles

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


@dataclass(frozen=True)
class RegistrationSpec:
    """What a registration shall create.

    Attributes:
        model: The model, with the fields that were given; with its id where the caller gave the object.
        version: The version, with the fields that were given.
        artifact: The model artifact, which says where the files are, if its fields were given.
        further: Further artifacts, each with a name.
        author: Author of the version and owner of the model where these are not given.
        if_exists: What to do where the version exists.
        files: Files to upload first.
    """

    model: RegisteredModel
    version: ModelVersion
    artifact: ModelArtifact | None = None
    further: tuple[Artifact, ...] = ()
    author: str = ""
    if_exists: IfExists = "error"
    files: FilesToUpload | None = None

    @classmethod
    def build(cls, registrar: str, /, **arguments: Unpack[RegisterArguments]) -> Self:
        """Sort the arguments of `register` by resource, and check everything that will be sent.

        Args:
            registrar: Who registers, where the arguments do not name an author or owner.
            **arguments: The arguments.

        Raises:
            InvalidArgumentError: An argument is unknown or has an invalid value.
            StorageNotFoundError: The files to upload do not exist.
        """
        _check_names(arguments)
        given: dict[str, Any] = {name: value for name, value in arguments.items() if value is not None}
        given["version"] = version_name(given["version"])
        fields = field_arguments()
        model = _model(given, fields.model)
        has_artifact = not given.keys().isdisjoint(fields.artifact)
        spec = cls(
            model,
            _built(types.ModelVersion, _with_tags(given), {"version": "name", **fields.version}),
            _built(types.ModelArtifact, {"artifact_name": model.name, **given}, fields.artifact)
            if has_artifact
            else None,
            (
                *_further(given.get("artifacts", ())),
                *metrics_of(given.get("metrics", {})),
                *params_of(given.get("params", {})),
            ),
            registrar,
            given.get("if_exists", "error"),
            _files(given),
        )
        check_uri("uri", given.get("uri"))
        (spec.stored_at(spec.files.to) if spec.files else spec).check()
        return spec

    @classmethod
    def of_item(cls, registrar: str, item: Mapping[str, object]) -> Self:
        """Build the spec from a dictionary of the arguments of `register`.

        Raises:
            InvalidArgumentError: It is no such dictionary.
        """
        if not isinstance(item, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(
                f"an item must be a dictionary of the arguments of register, got {item!r}"
            )
        return cls.build(registrar, **cast("RegisterArguments", item))

    @property
    def artifacts(self) -> tuple[Artifact, ...]:
        """All artifacts."""
        return self.further if self.artifact is None else (self.artifact, *self.further)

    @property
    def path(self) -> str:
        """Name of the version, after the name of its model."""
        return f"{self.model.name}/{self.version.name}"

    def stored_at(self, uri: str) -> Self:
        """Return the same spec with a model artifact whose files are at a URI."""
        artifact = self.artifact.model_copy() if self.artifact else types.ModelArtifact(name=self.model.name)
        artifact.uri = uri
        return replace(self, artifact=artifact)

    def with_upload(self, uploaded: UploadedFiles) -> Self:
        """Return the same spec for files that are uploaded. Values of the caller win over recorded ones."""
        spec = self.stored_at(uploaded.uri)
        artifact = cast("ModelArtifact", spec.artifact)
        artifact.custom_properties = {**uploaded.properties, **artifact.custom_properties}
        if artifact.model_format_name is None and uploaded.format is not None:
            artifact.model_format_name = uploaded.format
        if artifact.model_format_version is None and artifact.model_format_name == uploaded.format:
            artifact.model_format_version = uploaded.format_version
        return spec

    def check(self) -> None:
        """Build all bodies that will be sent, so that nothing is refused half-way.

        Raises:
            InvalidArgumentError: A value cannot be sent, or two artifacts have the same kind and name.
        """
        if self.if_exists not in get_args(IfExists):
            raise InvalidArgumentError(
                f"if_exists must be one of {', '.join(get_args(IfExists))}, got {self.if_exists!r}"
            )
        check_text("author", self.author)
        _check_size("model", self.model.create())
        _check_size("version", self.version.create(registered_model_id="1"))
        _check_external_ids(self.model, self.version)
        _check_external_ids(*self.artifacts)
        seen: set[tuple[str, str | None]] = set()
        for each in self.artifacts:
            _check_size(f"artifact {each.name!r}", each.upsert_body())
            key = type(each).__name__, each.name
            if key in seen:
                raise InvalidArgumentError(
                    f"there are two artifacts of kind {key[0]} with the name {key[1]!r}: give them different "
                    "names; artifact_name is the name of the model artifact"
                )
            seen.add(key)


def _check_size(what: str, body: BaseModel) -> None:
    if problem := problem_of_body(len(body.model_dump_json(by_alias=True).encode())):
        raise InvalidArgumentError(f"the {what} cannot be sent: {problem}. Store large values as files")


def _check_external_ids(*resources: BaseResourceModel) -> None:
    """Check that no two resources of one family have the same external id."""
    seen: dict[str, str] = {}
    for each in resources:
        name = f"{type(each).__name__} {getattr(each, 'name', None)!r}"
        if each.external_id and each.external_id in seen:
            raise InvalidArgumentError(
                f"{seen[each.external_id]} and {name} have the same external id {each.external_id!r}: "
                "give them different ones"
            )
        seen[each.external_id or ""] = name


def _check_names(arguments: Mapping[str, object]) -> None:
    known = ["name", "version", *field_arguments().names, *UPLOAD, *MEASUREMENTS, "artifacts", "if_exists"]
    unknown = [f"{argument!r}{_hint(argument, known)}" for argument in arguments if argument not in known]
    if unknown:
        raise InvalidArgumentError(f"register has no argument {', '.join(unknown)}")
    for argument in ("name", "version"):
        if arguments.get(argument) is None:
            raise InvalidArgumentError(
                f"register needs the argument {argument!r}, such as {argument}={_EXAMPLES[argument]!r}"
            )


_EXAMPLES = {"name": "fraud", "version": "1.0"}

_OTHER_NAMES = {
    "metadata": "properties",
    "custom_properties": "properties",
    "labels": "tags",
    "parameters": "params",
    "path": "files",
    "model": "name",
    "model_name": "name",
    "model_uri": "uri",
    "format": "model_format_name",
}
"""Arguments of other programs, and those of `register` that mean the same."""


def _hint(argument: str, known: Iterable[str]) -> str:
    other = _OTHER_NAMES.get(argument)
    near = [other] if other else near_names(argument, known, 1)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _built(
    kind: Callable[..., ResourceT], given: Mapping[str, Any], arguments: Mapping[str, str]
) -> ResourceT:
    """Build a resource of those arguments that set its fields.

    Raises:
        InvalidArgumentError: A value is invalid; the text names the argument.
    """
    names = {field: argument for argument, field in arguments.items()}
    fields = _selected(given, arguments)
    problems = [f"{names[field]} {problem}" for field, problem in problems_of_texts(fields)]
    try:
        resource = kind(**fields)
    except InvalidFieldsError as error:
        problems += [f"{names.get(field, field)}: {problem}" for field, problem in error.problems]
    else:
        if not problems:
            return resource
    raise InvalidArgumentError(f"register got an invalid argument: {'; '.join(problems)}")


def _selected(given: Mapping[str, Any], arguments: Mapping[str, str]) -> dict[str, Any]:
    return {field: given[argument] for argument, field in arguments.items() if argument in given}


def _with_tags(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the arguments with the tags among the properties of the version."""
    properties = given.get("properties", {})
    if not isinstance(properties, Mapping):
        raise InvalidArgumentError(
            f"properties must be a dictionary of values by name, got {short(properties)}"
        )
    if "tags" not in given:
        return given
    if "tags" in properties:
        raise InvalidArgumentError("tags= is stored as the property 'tags', which properties= has, too")
    return {**given, "properties": {**properties, "tags": tags_of(given["tags"])}}


def _model(given: Mapping[str, Any], arguments: Mapping[str, str]) -> RegisteredModel:
    name: str | RegisteredModel = given["name"]
    if not isinstance(name, types.RegisteredModel):
        return _built(types.RegisteredModel, given, {"name": "name", **arguments})
    if name.id is None:
        raise InvalidArgumentError(
            f"the model {name.name!r} is not registered, for it has no id: give its name, "
            "and its fields as arguments"
        )
    known = {**given, "name": name.name, "id": name.id}
    return _built(types.RegisteredModel, known, {"name": "name", "id": "id", **arguments})


def _further(artifacts: object) -> tuple[Artifact, ...]:
    if not isinstance(artifacts, Iterable) or isinstance(artifacts, (types.Artifact, str)):
        raise InvalidArgumentError(f"artifacts must be a list of artifacts, got {artifacts!r}")
    listed = tuple(cast("Iterable[Artifact]", artifacts))
    for index, each in enumerate(listed):
        if not isinstance(each, types.Artifact):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without type checker
            raise InvalidArgumentError(f"artifacts[{index}] must be an artifact, got {each!r}")
        if each.id is not None:
            raise InvalidArgumentError(
                f"artifacts[{index}] has the id {each.id!r}, so it is registered already: only new artifacts "
                "can be registered with a version"
            )
        if not each.name:
            raise InvalidArgumentError(
                f"artifacts[{index}] needs a name: a repeated registration finds it by its name"
            )
    return listed


def _files(given: Mapping[str, Any]) -> FilesToUpload | None:
    options = {name: given[name] for name in UPLOAD if name in given and name not in ("files", "to")}
    files, to = given.get("files"), given.get("to")
    if files is None and to is None:
        if options:
            raise InvalidArgumentError(f"{', '.join(options)} is for uploads: give files= and to= as well")
        return None
    if files is None or to is None:
        raise InvalidArgumentError("files= and to= go together: the files to upload, and their new URI")
    if "uri" in given:
        raise InvalidArgumentError(
            "give uri= for files that are stored already, or files= and to= for an upload, not both"
        )
    path = checked_path("files", files)
    model = given["name"]
    name = getattr(model, "name", model)
    to = filled_in(str(to), name, given["version"])
    if not path.exists():
        raise StorageNotFoundError(
            f"files={str(files)!r} cannot be uploaded: there is no such file or folder."
        )
    label, version = f"{name}/{given['version']}", types.Reference(name, given["version"]).uri
    return FilesToUpload(path, to, label=label, version=version, **options)
