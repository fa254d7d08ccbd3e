"""The steps of one registration: create the model, its version and their artifacts, or find existing ones.

Each resource is created without a check first, because mostly it is new; it is looked up when its name is
taken. So nothing happens between a check and a write: when several register the same at once, one of them
creates each resource.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from model_registry import types
from model_registry.changes.completion import completed, given_changes, refuse_contradictions
from model_registry.changes.write import ResourceWriter
from model_registry.core.base import id_of
from model_registry.core.peculiarities.metrics import in_safe_order, is_upserted
from model_registry.core.peculiarities.storable import SHORTEST_ID, check_storable
from model_registry.exceptions import (
    DuplicateError,
    IncompleteRegistrationError,
    InvalidArgumentError,
    ModelRegistryError,
)
from model_registry.exceptions.base import sentence
from model_registry.types.equality import equal, equal_as_stored

from .arguments import field_arguments

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
    from model_registry.types.diff import Comparator

    from .spec import RegistrationSpec


class RegistrationRun:
    """One registration, and how far it came.

    Args:
        core: Where to register.
        spec: What to create.
    """

    def __init__(self, core: ModelRegistryAPIClient, spec: RegistrationSpec) -> None:
        self._core = core
        self._writer = ResourceWriter(core)
        self._spec = spec
        self._model: RegisteredModel | None = None
        self._version: ModelVersion | None = None
        self._artifacts: list[Artifact] = []
        self._created: list[str] = []
        self._ignored: list[str] = []

    async def run(self) -> Registration:
        """Run the steps.

        Returns:
            What exists now.

        Raises:
            DuplicateError: The version exists, and that is an error; or an external id is taken.
            ConflictError: The version exists, and differs from the spec.
            IncompleteRegistrationError: A step failed after others were done.
            StoreError: The first step failed.
        """
        await self._check_storable()
        try:
            model = self._model = await self._create_model()
            version, is_new = await self._create_version(model)
            self._version = version
            if is_new:
                for artifact in self._in_order():
                    await self._create_artifact(artifact, version)
            elif self._spec.if_exists != "error":
                version = await self._check_existing(version)
        except ModelRegistryError as error:
            if not self._created or self._core.is_dry_run:
                raise
            raise self._incomplete(error) from error
        if not is_new and self._spec.if_exists == "error":
            raise DuplicateError(
                f"version {version.name!r} of model {model.name!r} already exists, and it was not changed: "
                "choose another version, or pass if_exists='return' to get it, or 'resume' to complete it",
                status=409,
            )
        return types.Registration(
            model, version, self._model_artifact(), tuple(self._artifacts), is_new, tuple(self._ignored)
        )

    async def _check_storable(self) -> None:
        """Check all values before the first write, so that nothing is registered in half because of one.

        Raises:
            UnsupportedType: The registry cannot store a value.
            DuplicateError: The registry cannot keep two metrics or parameters apart.
        """
        spec = self._spec
        await check_storable(self._core, spec.model)
        resources: list[BaseResourceModel] = [spec.version, *spec.artifacts]
        for resource in resources:
            await check_storable(self._core, resource, SHORTEST_ID)
        if sum(map(is_upserted, spec.artifacts)) > 1 and self._core.is_foreign is not False:
            try:
                in_safe_order(spec.artifacts)
            except DuplicateError:
                if await self._core.ask_foreign():
                    raise

    def _in_order(self) -> list[Artifact]:
        """Return the artifacts in the order in which they are written."""
        return in_safe_order(self._spec.artifacts) if self._core.is_foreign else list(self._spec.artifacts)

    @property
    def _same(self) -> Comparator:
        """How the registry compares two values."""
        return equal_as_stored if self._core.is_foreign else equal

    def _incomplete(self, error: ModelRegistryError) -> IncompleteRegistrationError:
        return IncompleteRegistrationError(
            f"Registering {self._spec.path} stopped after {' and '.join(self._created)} had been created: "
            f"{sentence(error)} Register it again with if_exists='resume' to complete it.",
            model=self._model,
            version=self._version,
            artifacts=self._artifacts,
            created=self._created,
        )

    def _ignore(self, arguments: Mapping[str, str], fields: Iterable[str]) -> None:
        """Note the arguments whose fields have no effect."""
        self._ignored += [argument for argument, field in arguments.items() if field in set(fields)]

    # The model.

    async def _create_model(self) -> RegisteredModel:
        given = self._spec.model
        if given.id is not None:
            found = await self._core.get_registered_model_by_id(given.id)
            if found is None or found.name != given.name:
                raise InvalidArgumentError(
                    f"this registry has no RegisteredModel {given.name!r} with the id {given.id}: "
                    "the object is of another registry"
                )
        else:
            new = given.model_copy(update={"owner": given.owner or self._spec.author})
            try:
                created = await self._core.upsert_registered_model(new)
            except DuplicateError as error:
                found = await self._core.get_registered_model_by_params(given.name)
                if found is None:
                    raise _external_id_is_taken("model", given) from error
            else:
                self._created.append(f"model {created.name!r}")
                return created
        self._ignore(
            field_arguments().model, {each.path.field for each in given_changes(found, given, self._same)}
        )
        return found

    # The version.

    async def _create_version(self, model: RegisteredModel) -> tuple[ModelVersion, bool]:
        """Create the version, or find the existing one; and return whether it is new."""
        given = self._spec.version
        new = given.model_copy(update={"author": given.author or self._spec.author})
        try:
            created = await self._core.upsert_model_version(new, id_of(model))
        except DuplicateError as error:
            found = await self._core.get_model_version_by_params(id_of(model), given.name)
            if found is None:
                raise _external_id_is_taken("version", given) from error
            return found, False
        self._created.append(f"version {created.name!r}")
        return created, True

    async def _check_existing(self, version: ModelVersion) -> ModelVersion:
        """Compare an existing version with the spec; complete it if `if_exists` says so."""
        self._artifacts = await self._all_artifacts(version)
        if self._spec.if_exists == "return":
            differing = {each.path.field for each in given_changes(version, self._spec.version, self._same)}
            self._ignore(field_arguments().version, differing)
            for artifact in self._spec.artifacts:
                self._ignore_artifact(artifact)
            return version
        pairs: list[tuple[BaseResourceModel | None, BaseResourceModel]] = [(version, self._spec.version)]
        pairs += [(self._existing(artifact), artifact) for artifact in self._spec.artifacts]
        refuse_contradictions(self._spec.path, pairs, self._same)
        changed = completed(version, self._spec.version, self._same)
        if changed is not None:
            version = await self._writer.write(changed)
        for artifact in self._in_order():
            await self._complete_artifact(artifact, version)
        return version

    # Artifacts.

    async def _create_artifact(self, artifact: Artifact, version: ModelVersion) -> None:
        try:
            created = await self._core.upsert_model_version_artifact(artifact, id_of(version))
        except DuplicateError as error:  # another registered the same at once, or the external id is taken
            self._artifacts = await self._all_artifacts(version)
            existing = self._existing(artifact)
            if existing is None:
                raise _external_id_is_taken(type(artifact).__name__, artifact) from error
            refuse_contradictions(self._spec.path, [(existing, artifact)], self._same)
            return
        self._created.append(f"artifact {created.name!r}")
        self._artifacts = [each for each in self._artifacts if each.id != created.id] + [created]

    async def _complete_artifact(self, artifact: Artifact, version: ModelVersion) -> None:
        existing = self._existing(artifact)
        if existing is None:
            await self._create_artifact(artifact, version)
            return
        changed = completed(existing, artifact, self._same)
        if changed is not None:
            self._artifacts[self._artifacts.index(existing)] = await self._writer.write(changed)

    async def _all_artifacts(self, version: ModelVersion) -> list[Artifact]:
        pager = types.Pager(
            lambda options: self._core.get_model_version_artifacts(id_of(version), options)
        ).page_size(100)
        return [each async for each in pager]

    def _existing(self, artifact: Artifact) -> Artifact | None:
        """Find an artifact among those of the version, by its kind and name."""
        for each in self._artifacts:
            if type(each) is type(artifact) and each.name == artifact.name:
                return each
        return None

    def _ignore_artifact(self, artifact: Artifact) -> None:
        existing = self._existing(artifact)
        if existing is None:  # another client may be creating it; the result shows that it is missing
            return
        differing = {each.path.field for each in given_changes(existing, artifact, self._same)}
        if artifact is self._spec.artifact:
            self._ignore(field_arguments().artifact, differing)
        elif differing and "artifacts" not in self._ignored:
            self._ignored.append("artifacts")

    def _model_artifact(self) -> ModelArtifact | None:
        """Find the artifact of the model's files: of the spec, named like the model, or alone."""
        name = self._spec.artifact.name if self._spec.artifact else self._spec.model.name
        found = [each for each in self._artifacts if isinstance(each, types.ModelArtifact)]
        for each in found:
            if each.name == name:
                return each
        return found[0] if found else None


def _external_id_is_taken(kind: str, given: BaseResourceModel) -> DuplicateError:
    name = getattr(given, "name", None)
    if given.external_id is None:
        return DuplicateError(
            f"{kind} {name!r} cannot be created: the registry says that it already exists, but finds none "
            "with exactly this name. Another name is probably equal to it there, for instance in lower case. "
            "Choose another one.",
            status=409,
        )
    return DuplicateError(
        f"{kind} {name!r} cannot be created: the external id {given.external_id!r} already exists. "
        "Choose another one.",
        status=409,
    )
