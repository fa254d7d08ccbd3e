"""The steps of one registration: make the model, its version and their artifacts, or find them there.

Each thing is made without looking first, for mostly it is new; what is taken is looked up then. So nothing
comes between a look and a write, and of several who register the same at once, one makes each thing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

from model_registry import types
from model_registry.exceptions import (
    ConflictError,
    DuplicateError,
    IncompleteRegistrationError,
    InvalidArgumentError,
    ModelRegistryError,
)

from .finding import id_of
from .registration_arguments import OF_ARTIFACT, OF_MODEL, OF_VERSION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import (
        Artifact,
        BaseResourceModel,
        ModelArtifact,
        ModelVersion,
        RegisteredModel,
        Registration,
    )

    from .registration_arguments import Wanted

ResourceT = TypeVar("ResourceT", bound="BaseResourceModel")


class Difference(NamedTuple):
    """A field of which something else is there than was given.

    Attributes:
        field: Its name.
        shown: Its name, with the key of the custom property where it is one.
        there: What is there; `None` where nothing is.
        given: What was given.
    """

    field: str
    shown: str
    there: object
    given: object

    @property
    def contradicts(self) -> bool:
        """Whether there is something, and not just nothing yet."""
        return self.there not in (None, "", [])


class Steps:
    """One registration, and how far it came.

    Args:
        core: Where to register.
        wanted: What shall be there.
    """

    def __init__(self, core: ModelRegistryAPIClient, wanted: Wanted) -> None:
        self._core = core
        self._wanted = wanted
        self._model: RegisteredModel | None = None
        self._version: ModelVersion | None = None
        self._artifacts: list[Artifact] = []
        self._created: list[str] = []
        self._ignored: list[str] = []

    async def run(self) -> Registration:
        """Take the steps.

        Returns:
            What is there now.

        Raises:
            DuplicateError: The version exists, and that is an error; or an external id is taken.
            ConflictError: What exists contradicts what shall be there.
            IncompleteRegistrationError: A step failed after others were taken.
            StoreError: The first step failed.
        """
        try:
            model = self._model = await self._make_model()
            version, is_new = await self._make_version(model)
            self._version = version
            if is_new:
                for artifact in self._wanted.artifacts:
                    await self._make_artifact(artifact, version)
            elif self._wanted.if_exists != "error":
                version = await self._look_over(version)
        except ModelRegistryError as error:
            if not self._created:
                raise
            raise self._incomplete(error) from error
        if not is_new and self._wanted.if_exists == "error":
            raise DuplicateError(
                f"model {model.name!r} has a version {version.name!r} already, and it is left as it is: "
                "choose another version, or say if_exists='return' to get it, or 'resume' to complete it",
                status=409,
            )
        return types.Registration(
            model, version, self._model_artifact(), tuple(self._artifacts), is_new, tuple(self._ignored)
        )

    def _incomplete(self, error: ModelRegistryError) -> IncompleteRegistrationError:
        return IncompleteRegistrationError(
            f"Registering {self._wanted.path} broke off after {' and '.join(self._created)} had been made: "
            f"{error} Register it again with if_exists='resume' to complete it.",
            model=self._model,
            version=self._version,
            artifacts=self._artifacts,
            created=self._created,
        )

    def _ignore(self, arguments: Mapping[str, str], fields: Iterable[str]) -> None:
        """Note the arguments whose fields have no effect."""
        self._ignored += [argument for argument, field in arguments.items() if field in set(fields)]

    # The model.

    async def _make_model(self) -> RegisteredModel:
        wanted = self._wanted.model
        if wanted.id is not None:
            found = await self._core.get_registered_model_by_id(wanted.id)
            if found is None or found.name != wanted.name:
                raise InvalidArgumentError(
                    f"this registry has no RegisteredModel {wanted.name!r} with the id {wanted.id}: "
                    "the object is of another registry"
                )
        else:
            new = wanted.model_copy(update={"owner": wanted.owner or self._wanted.author})
            try:
                made = await self._core.upsert_registered_model(new)
            except DuplicateError as error:
                found = await self._core.get_registered_model_by_params(wanted.name)
                if found is None:
                    raise _external_id_is_taken("model", wanted) from error
            else:
                self._created.append(f"model {made.name!r}")
                return made
        self._ignore(OF_MODEL, {each.field for each in compare(found, wanted)})
        return found

    # The version.

    async def _make_version(self, model: RegisteredModel) -> tuple[ModelVersion, bool]:
        """Make the version, or find it there; whether it is new."""
        wanted = self._wanted.version
        new = wanted.model_copy(update={"author": wanted.author or self._wanted.author})
        try:
            made = await self._core.upsert_model_version(new, id_of(model))
        except DuplicateError as error:
            found = await self._core.get_model_version_by_params(id_of(model), wanted.name)
            if found is None:
                raise _external_id_is_taken("version", wanted) from error
            return found, False
        self._created.append(f"version {made.name!r}")
        return made, True

    async def _look_over(self, version: ModelVersion) -> ModelVersion:
        """Compare a version that is there with what was wanted; complete it where that was asked for."""
        self._artifacts = await self._all_artifacts(version)
        if self._wanted.if_exists == "return":
            self._ignore(OF_VERSION, {each.field for each in compare(version, self._wanted.version)})
            for artifact in self._wanted.artifacts:
                self._ignore_artifact(artifact)
            return version
        pairs: list[tuple[BaseResourceModel | None, BaseResourceModel]] = [(version, self._wanted.version)]
        pairs += [(self._there(artifact), artifact) for artifact in self._wanted.artifacts]
        refuse_contradictions(self._wanted.path, pairs)
        completed = _completed(version, self._wanted.version)
        if completed is not None:
            version = await self._core.upsert_model_version(completed)
        for artifact in self._wanted.artifacts:
            await self._complete_artifact(artifact, version)
        return version

    # Artifacts.

    async def _make_artifact(self, artifact: Artifact, version: ModelVersion) -> None:
        try:
            made = await self._core.upsert_model_version_artifact(artifact, id_of(version))
        except DuplicateError as error:  # made by another who registers the same, or an external id
            self._artifacts = await self._all_artifacts(version)
            there = self._there(artifact)
            if there is None:
                raise _external_id_is_taken(type(artifact).__name__, artifact) from error
            refuse_contradictions(self._wanted.path, [(there, artifact)])
            return
        self._created.append(f"artifact {made.name!r}")
        self._artifacts = [each for each in self._artifacts if each.id != made.id] + [made]

    async def _complete_artifact(self, artifact: Artifact, version: ModelVersion) -> None:
        there = self._there(artifact)
        if there is None:
            await self._make_artifact(artifact, version)
            return
        completed = _completed(there, artifact)
        if completed is not None:
            self._artifacts[self._artifacts.index(there)] = await self._core.upsert_artifact(completed)

    async def _all_artifacts(self, version: ModelVersion) -> list[Artifact]:
        pager = types.Pager(
            lambda options: self._core.get_model_version_artifacts(id_of(version), options)
        ).page_size(100)
        return [each async for each in pager]

    def _there(self, artifact: Artifact) -> Artifact | None:
        """Find an artifact among those that are there, by its kind and name."""
        for each in self._artifacts:
            if type(each) is type(artifact) and each.name == artifact.name:
                return each
        return None

    def _ignore_artifact(self, artifact: Artifact) -> None:
        there = self._there(artifact)
        if there is None:  # perhaps another is just making it; the result shows that it is missing
            return
        differing = {each.field for each in compare(there, artifact)}
        if artifact is self._wanted.artifact:
            self._ignore(OF_ARTIFACT, differing)
        elif differing and "artifacts" not in self._ignored:
            self._ignored.append("artifacts")

    def _model_artifact(self) -> ModelArtifact | None:
        """Find the artifact of the model's files: the one that was wanted, named like the model, or alone."""
        name = self._wanted.artifact.name if self._wanted.artifact else self._wanted.model.name
        found = [each for each in self._artifacts if isinstance(each, types.ModelArtifact)]
        for each in found:
            if each.name == name:
                return each
        return found[0] if found else None


def compare(there: BaseResourceModel, given: BaseResourceModel) -> list[Difference]:
    """List the fields that were given and of which something else is there."""
    found: list[Difference] = []
    for field in sorted(given.changed_fields() - {"id", "name", "custom_properties"}):
        value, has = getattr(given, field), getattr(there, field)
        if value is not None and not _same(has, value):
            found.append(Difference(field, field, has, value))
    properties = there.custom_properties or {}
    for key, value in (given.custom_properties or {}).items():
        if not _same(properties.get(key), value):
            shown = f"custom_properties[{key!r}]"
            found.append(Difference("custom_properties", shown, properties.get(key), value))
    return found


def refuse_contradictions(
    path: str, pairs: Iterable[tuple[BaseResourceModel | None, BaseResourceModel]]
) -> None:
    """Refuse to complete what contradicts what was given.

    Args:
        path: Name of the version, with its model's.
        pairs: What is there, or `None`, and what was given.

    Raises:
        ConflictError: It contradicts; the text shows both sides.
    """
    told = [
        f"{each.shown} of {type(given).__name__} {getattr(given, 'name', None)!r} is {each.there!r} there, "
        f"{each.given!r} here"
        for there, given in pairs
        if there is not None
        for each in compare(there, given)
        if each.contradicts
    ]
    if told:
        raise ConflictError(
            f"{path} exists and is another: {'; '.join(told)}. It is left as it is: register another "
            "version, or give what is there.",
            status=409,
        )


def _completed(there: ResourceT, given: ResourceT) -> ResourceT | None:
    """Fill what is there with what was given and is missing; `None` when nothing is missing."""
    missing = compare(there, given)
    if not missing:
        return None
    completed = there.model_copy()
    if any(isinstance(each, (dict, list)) for each in (there.custom_properties or {}).values()):
        # The reference server fails where a struct is stored and a PATCH does not bring it again.
        completed.custom_properties = there.custom_properties
    for each in missing:
        if each.field == "custom_properties":
            completed.custom_properties = {
                **(there.custom_properties or {}),
                **(given.custom_properties or {}),
            }
        else:
            setattr(completed, each.field, each.given)
    return completed


def _same(one: object, other: object) -> bool:
    """Compare values; `True` is not 1."""
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _external_id_is_taken(kind: str, wanted: BaseResourceModel) -> DuplicateError:
    name = getattr(wanted, "name", None)
    return DuplicateError(
        f"{kind} {name!r} cannot be made: the external id {wanted.external_id!r} belongs to something else. "
        "Choose another.",
        status=409,
    )
