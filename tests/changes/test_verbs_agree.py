"""All verbs that compare agree on what differs."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from model_registry import ModelRegistry
from model_registry.exceptions import ConflictError, CopyInterruptedError, DifferentError
from model_registry.transport.backend import Request, Response
from model_registry.transport.recovery import look_up
from model_registry.types import ModelVersion
from model_registry.types.equality import equal
from tests.changes.values import VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

V1 = "/api/model_registry/v1/"
TEXTS = st.sampled_from(["", "a", "b"])
NAMES = map("m{}".format, itertools.count())


class Writes:
    """Counts the versions that a client writes."""

    def __init__(self, registry: ModelRegistry) -> None:
        self.count = 0
        core = registry._async.core
        write = core.upsert_model_version

        async def counted(*args: Any) -> ModelVersion:
            self.count += 1
            return await write(*args)

        core.upsert_model_version = counted


class Verbs:
    """Two registries, and each verb's verdict on two versions."""

    def __init__(self, registry: ModelRegistry, other: ModelRegistry) -> None:
        self.registry = registry
        self.other = other
        self.writes = Writes(registry)

    def verdicts(self, before: ModelVersion, after: ModelVersion) -> dict[str, bool]:
        """Return by verb whether it sees a difference between what exists and what is given."""
        name = next(NAMES)
        for version, fields in (("before", before), ("after", after)):
            self._register(self.registry, name, version, fields)
        self._register(self.other, name, "before", after)
        return {
            "compare": not self.registry.compare(f"{name}/before", f"{name}/after").is_same,
            "recovery": self._recovery(name, after),
            "dry run": self._dry_run(name, after),
            "resume": self._resume(name, after),
            "refused copy": self._refused_copy(name),
            "copy": self._copy(name),
            "update": self._update(name, after),
        }

    def _register(self, registry: ModelRegistry, name: str, version: str, fields: ModelVersion) -> None:
        registry.register(
            name, version, description=fields.description, properties=fields.custom_properties, author="ann"
        )

    def _edited(self, name: str, after: ModelVersion) -> ModelVersion:
        version = self.registry.get_version(name, "before")
        version.description, version.custom_properties = after.description, after.custom_properties
        return version

    def _recovery(self, name: str, after: ModelVersion) -> bool:
        existing = self.registry.get_version(name, "before")
        sent = after.model_copy(update={"name": "before"}).create(registered_model_id="1")
        body = json.dumps(
            {**sent.model_dump(mode="json", by_alias=True, exclude_none=True), "name": "before"}
        )
        sought = look_up(Request("POST", f"{V1}model_versions", {}, body.encode()))
        assert sought is not None
        item = existing.as_basemodel().model_dump(mode="json", by_alias=True)
        item["registeredModelId"] = "1"
        response = Response(Request("GET", "", {}, None), "", 200, {}, json.dumps(item).encode())
        return sought.landed(response, elapsed=1.0) is None

    def _dry_run(self, name: str, after: ModelVersion) -> bool:
        with self.registry.dry_run() as trial:
            trial.update(self._edited(name, after))
            return bool(trial.plan)

    def _resume(self, name: str, after: ModelVersion) -> bool:
        with self.registry.dry_run() as trial:
            try:
                trial.register(
                    name,
                    "before",
                    description=after.description,
                    properties=after.custom_properties,
                    author="ann",
                    if_exists="resume",
                )
            except ConflictError:
                return True
            return bool(trial.plan)

    def _refused_copy(self, name: str) -> bool:
        with self.other.dry_run() as trial:
            try:
                self.registry.copy(f"{name}/before", to=trial)
            except CopyInterruptedError as error:
                return isinstance(error.__cause__, DifferentError)
            return False

    def _copy(self, name: str) -> bool:
        with self.other.dry_run() as trial:
            report = self.registry.copy(f"{name}/before", to=trial, if_different="update")
        outcomes = {outcome for (kind, outcome) in report.counts if kind == "ModelVersion"}
        assert outcomes in ({"updated"}, {"unchanged"})
        return outcomes == {"updated"}

    def _update(self, name: str, after: ModelVersion) -> bool:
        self.writes.count = 0
        self.registry.update(self._edited(name, after))
        return self.writes.count > 0


@pytest.fixture(scope="module")
def verbs() -> Iterator[Verbs]:
    with ModelRegistry.local(author="ann") as registry, ModelRegistry.local(author="ann") as other:
        yield Verbs(registry, other)


@given(one=VALUES, other=VALUES)
@settings(max_examples=60, deadline=None)
def test_custom_properties(verbs, one, other):
    is_different = not equal(one, other)
    event(f"different: {is_different}")
    before, after = (ModelVersion("v", custom_properties={"x": value}) for value in (one, other))
    assert verbs.verdicts(before, after) == dict.fromkeys(VERBS, is_different)


@pytest.mark.parametrize(
    ("one", "other"),
    [(True, 1), (1, 1.0), ([True], [1]), ({"a": [1]}, {"a": [1.0]}), ([], {}), ("", []), ("", 0)],
)
def test_values_that_are_easily_taken_for_each_other(verbs, one, other):
    before, after = (ModelVersion("v", custom_properties={"x": value}) for value in (one, other))
    assert verbs.verdicts(before, after) == dict.fromkeys(VERBS, True)
    assert verbs.verdicts(before, before) == dict.fromkeys(VERBS, False)


@given(one=st.none() | TEXTS, other=TEXTS)
@settings(max_examples=12, deadline=None)
def test_fields(verbs, one, other):
    before, after = (ModelVersion("v", description=value) for value in (one, other))
    assert verbs.verdicts(before, after) == dict.fromkeys(VERBS, (one or None) != (other or None))


VERBS = ("compare", "recovery", "dry run", "resume", "refused copy", "copy", "update")
