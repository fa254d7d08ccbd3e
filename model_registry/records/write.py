"""Write records into a registry, where some of them may exist already."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from model_registry import types
from model_registry.changes.merge import apply
from model_registry.changes.write import ResourceWriter
from model_registry.core.base import id_of
from model_registry.core.paging import all_items
from model_registry.core.peculiarities.filters import name_filter
from model_registry.core.peculiarities.storable import SHORTEST_ID, check_storable
from model_registry.exceptions import CopyInterruptedError, DifferentError, InvalidArgumentError, StoreError
from model_registry.exceptions.base import sentence
from model_registry.types.alias_names import ALIAS, CLAIM
from model_registry.types.diff import IDENTITY, diff
from model_registry.types.equality import equal, equal_as_stored
from model_registry.types.formatting import short

from .aliases import aliases_of, left_out_before, without_aliases
from .file import RecordReader, versions_in
from .order import in_order

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterable, Mapping

    from model_registry.core import ModelRegistryAPIClient
    from model_registry.types import BaseResourceModel, CopyReport
    from model_registry.types.diff import Comparator, FieldChange
    from model_registry.types.results.copy_report import Outcome

    from .file import Record

IfDifferent: TypeAlias = Literal["error", "keep", "update"]
CopyProgress: TypeAlias = "Callable[[CopyReport], object]"
"""Called with the report after each resource."""

ORIGIN = "origin."
"""Prefix of the custom properties that say where a copy comes from: `id` and the two times."""

R = TypeVar("R", bound="BaseResourceModel")
K = TypeVar("K")

# A version's model is its parent; a service cannot change its own.
_OWN = IDENTITY | {"registered_model_id"}
"""Fields that differ between registries although a resource is the same."""


class Restorer:
    """Writes records into a registry. An existing resource of the same name is compared.

    Args:
        core: The registry.
        if_different: What to do if it differs.
        report: Where to count.
        source: The registry or file that the records come from, if they come from one.
        progress: Function that gets the report after each resource.
    """

    def __init__(
        self,
        core: ModelRegistryAPIClient,
        if_different: IfDifferent,
        report: CopyReport,
        source: ModelRegistryAPIClient | RecordReader | None = None,
        *,
        progress: CopyProgress | None = None,
    ) -> None:
        self._core = core
        self._progress = progress
        self._source = source
        self._writer = ResourceWriter(core)
        self._if_different = if_different
        self._report = report
        self._coming: set[tuple[str | None, str]] = set()
        self._models: dict[str, str] = {}
        self._versions: dict[tuple[str, str], str] = {}
        self._environments: dict[str, str] = {}
        self._services: dict[tuple[str, str], str] = {}
        self._skipped_services: set[tuple[str, str]] = set()
        self._artifacts: dict[str, types.Artifact] = {}
        self._sources: dict[tuple[str, type, str | None], str | None] = {}
        self._artifacts_by_version: dict[str, dict[tuple[type, str | None], types.Artifact]] = {}

    async def check(self, records: Iterable[Record]) -> None:
        """Check that the registry can store some records, before any of them is written.

        Raises:
            CopyInterruptedError: It cannot; the error says which one, and the report what was done before.
        """
        for record in records:
            if _is_opaque(record):
                continue
            has_parent = not isinstance(record.resource, (types.RegisteredModel, types.ServingEnvironment))
            with self.interrupted_at(record):
                new = _copied(record.resource)
                await check_storable(self._core, new, SHORTEST_ID if has_parent else None)

    async def write(self, records: Iterable[Record]) -> None:
        """Write some records.

        Raises:
            CopyInterruptedError: It failed; the error says where, and the report what was done.
        """
        ordered = list(records)
        self._expect(ordered)
        if ordered and await self._core.ask_foreign():
            with self.interrupted_at(ordered[0]):
                ordered = in_order(ordered)
        for record in ordered:
            with self.interrupted_at(record):
                self._report.count(record.kind, await self._write(record))
            if self._progress is not None:
                self._progress(self._report)

    def _expect(self, records: list[Record]) -> None:
        """Remember which versions are copied. Those of a file are read ahead, where a model has aliases."""
        if not isinstance(self._source, RecordReader):
            self._coming |= versions_in(records)
        elif not self._coming and any(
            isinstance(each.resource, types.RegisteredModel) and aliases_of(each.resource) for each in records
        ):
            self._coming = versions_in(self._source)

    @contextmanager
    def interrupted_at(self, record: Record) -> Generator[None]:
        """Raise errors as `CopyInterruptedError` with the place and the report."""
        try:
            yield
        except StoreError as error:
            raise CopyInterruptedError(self._stopped(record, error), self._report) from error

    def _stopped(self, record: Record, error: StoreError) -> str:
        done = self._report.total()
        line = f" ({record.line})" if record.line else ""
        if self._core.is_dry_run:
            return f"Copying would stop at {record}{line}, number {done + 1}: {error}"
        return (
            f"Copying stopped at {record}{line} after {done} resources: {sentence(error)} "
            "What was written stays; the same call again continues from there."
        )

    async def _write(self, record: Record) -> Outcome:
        resource = record.resource
        if isinstance(resource, types.RegisteredModel):
            return await self._model(resource)
        if isinstance(resource, types.ModelVersion):
            return await self._version(resource, record)
        if isinstance(resource, types.Artifact):
            return await self._artifact(resource, record)
        if isinstance(resource, types.ServingEnvironment):
            return await self._environment(resource)
        if isinstance(resource, types.InferenceService):
            return await self._service(resource, record)
        if isinstance(resource, types.ServeModel):
            return await self._serve_model(resource, record)
        raise StoreError(f"a {record.kind} cannot be copied")

    def _parent(self, written: Mapping[K, str], key: K | None, name: str) -> str:
        """Return the id of what a record belongs to, which must have been written before."""
        if key is None or key not in written:
            raise InvalidArgumentError(
                f"it belongs to {name}, which does not come before it: copy both, or restore the order and "
                "the lines of the file"
            )
        return written[key]

    def _model_of(self, record: Record) -> str:
        return self._parent(self._models, record.model, f"the model {record.model!r}")

    def _version_of(self, record: Record) -> str:
        name = f"the version {record.model}/{record.version}"
        return self._parent(self._versions, (record.model or "", record.version or ""), name)

    async def _model(self, model: types.RegisteredModel) -> Outcome:
        existing = await self._core.get_registered_model_by_params(model.name)
        given = await self._with_known_aliases(model, existing)
        added = {} if existing is None else left_out_before(given, existing)
        if existing is not None and added:
            existing.custom_properties = {**existing.custom_properties, **added}
            existing = await self._writer.write(existing)
        created, outcome = await self._settle(given, existing, self._core.upsert_registered_model)
        self._models[model.name] = id_of(created)
        return "updated" if added and outcome == "unchanged" else outcome

    async def _with_known_aliases(
        self, model: types.RegisteredModel, existing: types.RegisteredModel | None
    ) -> types.RegisteredModel:
        """Return a model without the aliases of versions that are neither copied nor in this registry."""
        stored = aliases_of(existing)
        unknown: dict[str, types.PropertyValue] = {}
        for name, version in aliases_of(model).items():
            is_known = stored.get(name) == version or (model.name, version) in self._coming
            if not is_known and existing is not None and isinstance(version, str):
                found = await self._core.get_model_version_by_params(id_of(existing), version)
                is_known = found is not None
            if not is_known:
                unknown[name] = version
        if not unknown:
            return model
        listed = ", ".join(f"{name.removeprefix(ALIAS)} ({version})" for name, version in unknown.items())
        self._report.notes.append(
            f"Model {model.name!r}: aliases of versions that are not copied are left out: {listed}"
        )
        return without_aliases(model, set(unknown), existing)

    async def _version(self, version: types.ModelVersion, record: Record) -> Outcome:
        parent = self._model_of(record)
        existing = await self._core.get_model_version_by_params(parent, version.name)
        created, outcome = await self._settle(
            version, existing, lambda each: self._core.upsert_model_version(each, None if each.id else parent)
        )
        self._versions[record.model or "", version.name] = id_of(created)
        if outcome == "created":
            self._artifacts_by_version[id_of(created)] = {}
        return outcome

    async def _artifact(self, artifact: types.Artifact, record: Record) -> Outcome:
        if _is_opaque(record):
            return self._skip(record, "is of a kind that this client cannot write")
        if record.version is None:
            return await self._artifact_alone(artifact)
        version = self._parent(
            self._versions,
            (record.model or "", record.version),
            f"the version {record.model}/{record.version}",
        )
        first = self._sources.setdefault((version, type(artifact), artifact.name), artifact.id)
        if first != artifact.id:
            return self._skip(
                record, f"has the name of artifact {first}, which was copied (this one is {artifact.id})"
            )
        existing = await self._artifacts_of(version)
        copied = self._artifacts.get(artifact.id) if artifact.id else None
        found = existing.get((type(artifact), artifact.name))
        outcome: Outcome = "unchanged"
        if found is None and copied is not None:  # it belongs to several versions
            created = await self._core.upsert_model_version_artifact(copied, version)
        else:
            created, outcome = await self._settle(
                artifact, found, lambda each: self._core.upsert_model_version_artifact(each, version)
            )
        existing[type(artifact), artifact.name] = created
        if artifact.id:
            self._artifacts[artifact.id] = created
        return outcome

    async def _artifacts_of(self, version: str) -> dict[tuple[type, str | None], types.Artifact]:
        """Return the artifacts of a version by kind and name, the first of each name. They are read once."""
        if version not in self._artifacts_by_version:
            listed = await all_items(lambda options: self._core.get_model_version_artifacts(version, options))
            self._artifacts_by_version[version] = {(type(each), each.name): each for each in reversed(listed)}
        return self._artifacts_by_version[version]

    def _skip(self, record: Record, reason: str) -> Outcome:
        self._report.notes.append(f"{record} {reason}")
        return "skipped"

    async def _artifact_alone(self, artifact: types.Artifact) -> Outcome:
        """Write an artifact that belongs to no version: its external id tells it, or else its origin."""
        if artifact.external_id is not None:
            existing = await self._core.get_artifact_by_params(external_id=artifact.external_id)
            if existing is not None and artifact.external_id.startswith(CLAIM):
                return "kept"  # the other registry has its own log of aliases
        else:
            existing = await self._copy_alone(artifact)
        _, outcome = await self._settle(artifact, existing, self._core.upsert_artifact)
        return outcome

    async def _copy_alone(self, artifact: types.Artifact) -> types.Artifact | None:
        query = name_filter(self._core, artifact.name or "")
        named = await all_items(lambda options: self._core.get_artifacts(query, None, options))
        return next(
            (
                each
                for each in named
                if type(each) is type(artifact) and each.name == artifact.name and _is_same(each, artifact)
            ),
            None,
        )

    async def _environment(self, environment: types.ServingEnvironment) -> Outcome:
        existing = await self._core.get_serving_environment_by_params(environment.name)
        created, outcome = await self._settle(environment, existing, self._core.upsert_serving_environment)
        self._environments[environment.name] = id_of(created)
        return outcome

    async def _service(self, service: types.InferenceService, record: Record) -> Outcome:
        place = record.environment or "", service.name or ""
        if record.model is None or (service.model_version_id and record.version is None):
            self._skipped_services.add(place)
            return self._skip(record, "serves a model or version that does not exist")
        environment = self._parent(
            self._environments, record.environment, f"the environment {record.environment!r}"
        )
        existing = await self._core.get_inference_service_by_params(environment, service.name or "")
        moved = service.model_copy(
            update={
                "serving_environment_id": environment,
                "registered_model_id": self._parent(
                    self._models, record.model, f"the model {record.model!r}"
                ),
                "model_version_id": self._versions.get((record.model or "", record.version or "")),
            }
        )
        created, outcome = await self._settle(moved, existing, self._core.upsert_inference_service)
        self._services[place] = id_of(created)
        return outcome

    async def _serve_model(self, serve: types.ServeModel, record: Record) -> Outcome:
        place = record.environment or "", record.service or ""
        if place in self._skipped_services:
            return self._skip(record, "belongs to a service that was not copied")
        if record.version is None:
            return self._skip(record, "is of a version that does not exist")
        service = self._parent(
            self._services,
            place,
            f"the service {record.environment}/{record.service}",
        )
        listed = await all_items(lambda options: self._core.get_serve_models(service, options))
        existing = next((each for each in listed if each.name == serve.name), None)
        version = self._version_of(record)
        moved = serve.model_copy(update={"model_version_id": version})
        _, outcome = await self._settle(
            moved, existing, lambda each: self._core.upsert_serve_model(each, service)
        )
        return outcome

    async def _settle(
        self, given: R, existing: R | None, upsert: Callable[[R], Awaitable[R]]
    ) -> tuple[R, Outcome]:
        """Create a resource as given, or update it if it differs."""
        if existing is None:
            return await upsert(_copied(given)), "created"
        changes = differences(given, existing, self._same())
        if not changes:
            return existing, "unchanged"
        if self._if_different == "keep":
            return existing, "kept"
        if self._if_different == "error":
            values = "; ".join(f"{each.path} is {short(each.before)} in the registry" for each in changes)
            raise DifferentError(
                f"it already exists with other values: {values}. Pass if_different='keep' to leave it "
                "unchanged, or 'update' to change it."
            )
        apply({each.path: each.after for each in changes}, existing)
        if isinstance(existing, types.ServeModel):
            return await upsert(existing), "updated"
        return await self._writer.write(existing), "updated"

    def _same(self) -> Comparator:
        """Return how values are compared: a foreign server does not keep the types of numbers in structs."""
        is_foreign = self._core.is_foreign or (self._source is not None and self._source.is_foreign)
        return equal_as_stored if is_foreign else equal


def differences(given: BaseResourceModel, existing: BaseResourceModel, same: Comparator) -> list[FieldChange]:
    """Compare two resources of the same name in two registries; where a copy comes from does not count."""
    return [
        each
        for each in diff(existing, given, ignore=_OWN, same=same)
        if each.path.key is None or not each.path.key.startswith(ORIGIN)
    ]


def _copied(given: R) -> R:
    """Return the resource to register: without id, with its id and times as properties."""
    origin = {
        f"{ORIGIN}id": given.id,
        f"{ORIGIN}create_time": given.create_time_since_epoch,
        f"{ORIGIN}last_update_time": given.last_update_time_since_epoch,
    }
    properties = dict(given.custom_properties)
    if f"{ORIGIN}id" not in properties:  # a copy of a copy keeps its first origin
        properties.update({name: value for name, value in origin.items() if value is not None})
    return given.model_copy(update={"id": None, "custom_properties": properties})


def _is_opaque(record: Record) -> bool:
    """Return whether a record is an artifact of a kind that this client does not know."""
    return hasattr(record.resource, "wire")


def _is_same(one: BaseResourceModel, other: BaseResourceModel) -> bool:
    """Tell by their origins whether one is a copy of the other, or both are copies of a third."""
    origins = [each.custom_properties.get(f"{ORIGIN}id") for each in (one, other)]
    return origins[0] == other.id or origins[1] == one.id or (origins[0] == origins[1] is not None)
