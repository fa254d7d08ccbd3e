"""Whatever is done in whatever order, a registry answers as a dictionary with the rules written out would."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.support.backends import Client, SyncInProcessBackend
from tests.support.resource_rules import (
    ARTIFACTS,
    EXTERNAL_IDS,
    FILTERS,
    IMMUTABLE,
    KINDS,
    NAMES,
    ORDERS,
    PARENTS,
    UNKNOWN,
    Resource,
    fields_of,
    order_key,
)

if TYPE_CHECKING:
    from pathlib import Path

    from hypothesis.strategies import DataObject

    from tests.support.backends import Response

# hypothesis shrinks a failing example for up to five minutes before it reports the example.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


class RegistryMachine(RuleBasedStateMachine):
    """A registry and, beside it, what it should hold."""

    @staticmethod
    def empty_db() -> str:
        raise NotImplementedError

    def __init__(self) -> None:
        super().__init__()
        self.backend = SyncInProcessBackend(self.empty_db())
        self.client = Client(self.backend)
        self.resources: dict[str, Resource] = {}
        self.kinds: dict[str, str] = {}
        self.parents: dict[str, str] = {}
        """What the name of each is unique within; artifacts without a version are not there."""
        self.linked: dict[str, set[str]] = defaultdict(set)
        """The artifacts of each version."""

    @initialize(data=st.data(), artifacts=st.integers(0, 12))
    def populate(self, data: DataObject, artifacts: int) -> None:
        """Begin with something of everything, so that there is something to collide with."""
        for kind, count in {"model": 2, "version": 3, "environment": 2, "service": 2}.items():
            for number in range(count):
                self.make(data, kind, {"name": "ab%"[number]}, below=number == 1)
        for _ in range(artifacts):
            self.upsert_artifact(data, data.draw(st.sampled_from(ARTIFACTS)), data.draw(NAMES))

    def teardown(self) -> None:
        self.backend.close()

    # Making

    @rule(
        data=st.data(),
        name=NAMES,
        below=st.booleans(),
        kind=st.sampled_from(["model", "version", "environment"]),
    )
    def make_named(self, data: DataObject, name: str, below: bool, kind: str) -> None:
        self.make(data, kind, {"name": name}, below=below)

    @rule(data=st.data(), name=NAMES | st.none() | st.just(""), below=st.booleans())
    def make_service(self, data: DataObject, name: str | None, below: bool) -> None:
        self.make(data, "service", {"name": name}, below=below)

    @precondition(lambda self: "service" in self.kinds.values())
    @rule(data=st.data(), name=NAMES | st.none() | st.just(""))
    def make_serve(self, data: DataObject, name: str | None) -> None:
        service = self.draw_id(data, "service")
        self.make(data, "serve", {"name": name}, f"/inference_services/{service}/serves", service)

    @rule(data=st.data(), kind=st.sampled_from(ARTIFACTS), name=NAMES | st.none() | st.just(""))
    def make_artifact(self, data: DataObject, kind: str, name: str | None) -> None:
        self.make(data, kind, {"name": name, "artifactType": kind})

    @rule(data=st.data(), name=NAMES | st.none())
    def make_model_artifact(self, data: DataObject, name: str | None) -> None:
        self.make(data, "model-artifact", {"name": name}, "/model_artifacts", defaults={"state": "UNKNOWN"})

    def make(
        self,
        data: DataObject,
        kind: str,
        body: Resource,
        path: str = "",
        parent: str | None = None,
        *,
        below: bool = False,
        defaults: dict[str, str] | None = None,
    ) -> None:
        facts = KINDS[kind]
        for name, other in facts.references.items():
            body[name] = (
                self.draw_id(data, other) if name in facts.required or data.draw(st.booleans()) else None
            )
        body |= data.draw(fields_of(facts))
        if facts.parent:
            parent = body[facts.parent]
            if below:
                other = facts.references[facts.parent]
                path = f"{KINDS[other].path}/{parent}/{'versions' if kind == 'version' else facts.path[1:]}"
        elif not facts.artifact_type and parent is None:
            parent = ""
        answer = self.client.post(path or facts.path, body)
        expected = self.expected_creation(kind, body, parent)
        if answer.status == 201 == expected:
            self.store(kind, body, answer.json, facts.defaults if defaults is None else defaults, parent)
        assert answer.status == expected, answer

    def expected_creation(self, kind: str, body: Resource, parent: str | None) -> int:
        facts = KINDS[kind]
        if kind == "metric" and body.get("value") is None:
            return 400
        if any(
            body.get(name) is not None and self.kinds.get(body[name]) != other
            for name, other in facts.references.items()
        ):
            return 404
        if kind == "serve" and self.kinds.get(parent or "") != "service":
            return 404
        name = self.given_name(kind, body, parent)
        taken = parent is not None and self.named(kind, parent, name) is not None
        return 409 if taken or self.is_external_id_taken(facts.family, body.get("externalId")) else 201

    def store(
        self, kind: str, body: Resource, made: Resource, defaults: dict[str, str], parent: str | None
    ) -> None:
        """Take in what was made, if it is what should have been made."""
        given = {name: value for name, value in body.items() if value is not None}
        expected = {"customProperties": {}, **{k: v for k, v in defaults.items() if k not in body}, **given}
        if KINDS[kind].artifact_type:
            expected["artifactType"] = kind
        expected["name"] = self.given_name(kind, body, parent)
        if not expected["name"]:
            expected["name"] = made["name"]
            assert len(made["name"]) == 36
        new = made["id"]
        assert new not in self.resources
        assert made["createTimeSinceEpoch"] == made["lastUpdateTimeSinceEpoch"]
        assert made == expected | {name: made[name] for name in ["id", *list(ORDERS.values())[1:]]}
        self.resources[new], self.kinds[new] = made, kind
        if parent is not None:
            self.parents[new] = parent

    def given_name(self, kind: str, body: Resource, parent: str | None) -> str | None:
        """The name that a new one gets; none where one is made up."""
        after_parent = body.get("name") == "" and parent and kind != "dataset-artifact"
        return parent if after_parent else body.get("name")

    def named(self, kind: str, parent: str, name: str | None) -> str | None:
        for other, one in self.resources.items():
            if (self.kinds[other], self.parents.get(other), one["name"]) == (kind, parent, name):
                return other
        return None

    def is_external_id_taken(self, family: str, external_id: str | None, but: str = "") -> bool:
        return external_id is not None and any(
            KINDS[self.kinds[other]].family == family
            and one.get("externalId") == external_id
            and other != but
            for other, one in self.resources.items()
        )

    # Changing

    @precondition(lambda self: "version" in self.kinds.values())
    @rule(data=st.data(), kind=st.sampled_from(ARTIFACTS), name=NAMES | st.none() | st.just(""))
    def upsert_artifact(self, data: DataObject, kind: str, name: str | None) -> None:
        version = self.draw_id(data, "version")
        body = {"artifactType": kind, "name": name, **data.draw(fields_of(KINDS[kind]))}
        there = None
        if data.draw(st.booleans()) and any(one in ARTIFACTS for one in self.kinds.values()):
            body["id"] = there = self.draw_id(data, kind)
        answer = self.client.post(f"/model_versions/{version}/artifacts", body)
        if self.kinds.get(version) != "version":
            assert answer.status == 404
            return
        if kind == "metric" and body.get("value") is None:
            assert answer.status == 400
            return
        if there is None and kind in {"metric", "parameter"}:
            there = next(
                (one for one in sorted(self.linked[version], key=int) if self.is_a(one, kind, name)), None
            )
        if there is not None:
            if self.kinds.get(there) not in ARTIFACTS:
                assert answer.status == 404
            elif self.kinds[there] != kind:
                assert answer.status == 400
            else:
                self.check_change(there, body, answer)
        else:
            expected = self.expected_creation(kind, body, version)
            assert answer.status == expected, answer
            if expected == 201:
                self.store(kind, body, answer.json, {}, version)
        if answer.status < 400:
            self.linked[version].add(answer.json["id"])
            listed = self.client.get(f"/model_versions/{version}/artifacts").json["items"]
            assert {one["id"] for one in listed} == self.linked[version]

    def is_a(self, id: str, kind: str, name: str | None) -> bool:
        return self.kinds[id] == kind and self.resources[id]["name"] == name

    @precondition(lambda self: self.resources)
    @rule(data=st.data())
    def patch(self, data: DataObject) -> None:
        changed = self.draw_id(data, *(kind for kind in KINDS if kind != "serve"))
        kind = self.kinds.get(changed, "model")
        if kind == "serve":  # which has no path of its own
            return
        facts = KINDS[kind]
        body = data.draw(fields_of(facts))
        path = facts.path
        if facts.artifact_type:
            body["artifactType"] = kind
            if kind == "model-artifact" and data.draw(st.booleans()):
                path = "/model_artifacts"
        references = {name: other for name, other in facts.references.items() if name not in IMMUTABLE}
        for name, other in references.items():
            body[name] = data.draw(st.none()) or self.draw_id(data, other)
        answer = self.client.patch(f"{path}/{changed}", body)
        if changed not in self.resources or any(
            body[name] is not None and self.kinds.get(body[name]) != other
            for name, other in references.items()
        ):
            assert answer.status == 404
        else:
            self.check_change(changed, body, answer)

    def check_change(self, changed: str, body: Resource, answer: Response) -> None:
        before, kind = self.resources[changed], KINDS[self.kinds[changed]]
        if self.is_external_id_taken(kind.family, body.get("externalId"), but=changed):
            assert answer.status == 409
            return
        assert answer.status == 200, answer
        given = {name: value for name, value in body.items() if value is not None and name != "name"}
        time = answer.json["lastUpdateTimeSinceEpoch"]
        assert int(time) >= int(before["lastUpdateTimeSinceEpoch"])
        assert answer.json == {**before, **given, "lastUpdateTimeSinceEpoch": time}
        self.resources[changed] = answer.json
        for text, holds in FILTERS.items():
            found = self.client.get(kind.path, filterQuery=f"({text}) AND id = {changed}").json["items"]
            assert found == [answer.json] * holds(answer.json)

    # Reading

    @precondition(lambda self: self.resources)
    @rule(data=st.data(), other=st.sampled_from(sorted(KINDS)))
    def get(self, data: DataObject, other: str) -> None:
        wanted = self.draw_id(data, *(kind for kind in KINDS if kind != "serve"))
        kind = self.kinds.get(wanted, other)
        if kind == "serve":
            return
        answer = self.client.get(f"{KINDS[kind].path}/{wanted}")
        if wanted in self.resources:
            assert answer.json == self.resources[wanted]
        else:
            assert answer.status == 404
        if other != "serve" and KINDS[other].path != KINDS[kind].path:
            assert self.client.get(f"{KINDS[other].path}/{wanted}").status == 404

    @precondition(lambda self: "service" in self.kinds.values())
    @rule(data=st.data())
    def get_what_a_service_serves(self, data: DataObject) -> None:
        service = self.resources[data.draw(st.sampled_from(self.ids("service")))]
        path = f"/inference_services/{service['id']}"
        assert self.client.get(f"{path}/model").json == self.resources[service["registeredModelId"]]
        served = service.get("modelVersionId")
        if served is None:
            versions = self.below("version", "registeredModelId", service["registeredModelId"])
            served = max(versions, key=order_key("CREATE_TIME"), default={"id": None})["id"]
        answer = self.client.get(f"{path}/version")
        if served is None:
            assert answer.status == 404
        else:
            assert answer.json == self.resources[served]

    @rule(data=st.data(), kind=st.sampled_from(sorted(set(KINDS) - {"serve"})))
    def find(self, data: DataObject, kind: str) -> None:
        facts = KINDS[kind]
        finds = f"/{facts.path[1:-1]}"
        owned = bool(facts.parent or facts.artifact_type)
        criteria = {
            "name": data.draw(NAMES | st.none()),
            "externalId": data.draw(EXTERNAL_IDS | st.none()),
            "parentResourceId": self.draw_id(data, PARENTS.get(kind, "version")),
        }
        if not owned or data.draw(st.booleans()):
            del criteria["parentResourceId"]
        given = {key: value for key, value in criteria.items() if value}
        answer = self.client.get(finds, **given)
        if "externalId" not in given and ("name" not in given or (owned and "parentResourceId" not in given)):
            assert answer.status == 400
            return
        kinds = ARTIFACTS if facts.artifact_type else [kind]
        found = [one for one in self.of(*kinds) if self.meets(one, given)]
        if found:
            assert answer.json == found[0]
        else:
            assert answer.status == 404

    def meets(self, one: Resource, criteria: dict[str, str]) -> bool:
        parent = criteria.get("parentResourceId")
        if parent is not None:
            is_artifact = self.kinds[one["id"]] in ARTIFACTS
            if one["id"] not in self.linked[parent] if is_artifact else self.parents[one["id"]] != parent:
                return False
        return all(one.get(key) == criteria[key] for key in ("name", "externalId") if key in criteria)

    @rule(
        data=st.data(),
        order=st.sampled_from(sorted(ORDERS)),
        descending=st.booleans(),
        size=st.sampled_from(["1", "2", "3", "100", None]),
        filter=st.sampled_from([None, *FILTERS]),
    )
    def walk(
        self, data: DataObject, order: str, descending: bool, size: str | None, filter: str | None
    ) -> None:
        """Read a list page by page, perhaps through a filter."""
        path, expected = self.draw_list(data)
        query = {"orderBy": order, "sortOrder": "DESC" if descending else "ASC"}
        if size:
            query["pageSize"] = size
        if filter:
            query["filterQuery"] = filter
            expected = [one for one in expected if FILTERS[filter](one)]
        expected.sort(key=order_key(order), reverse=descending)
        read: list[Resource] = []
        token = ""
        while True:
            page = self.client.get(path, **query, nextPageToken=token).json
            read += page["items"]
            token = page["nextPageToken"]
            assert page["size"] == len(page["items"])
            assert page["pageSize"] == int(size or 0)
            if not token:
                break
            assert page["size"] == int(size or 0)
        assert read == expected

    def draw_list(self, data: DataObject) -> tuple[str, list[Resource]]:
        """A list, and what is on it."""
        plain = ["model", "version", "environment", "service"]
        lists = {KINDS[kind].path: self.of(kind) for kind in plain}
        lists |= {"/artifacts": self.of(*ARTIFACTS), "/model_artifacts": self.of("model-artifact")}
        for model in self.ids("model"):
            lists[f"/registered_models/{model}/versions"] = self.below("version", "registeredModelId", model)
        for version in self.ids("version"):
            linked = [self.resources[one] for one in sorted(self.linked[version], key=int)]
            lists[f"/model_versions/{version}/artifacts"] = linked
        for environment in self.ids("environment"):
            services = self.below("service", "servingEnvironmentId", environment)
            lists[f"/serving_environments/{environment}/inference_services"] = services
        for service in self.ids("service"):
            serves = [one for one in self.of("serve") if self.parents[one["id"]] == service]
            lists[f"/inference_services/{service}/serves"] = serves
        path = data.draw(st.sampled_from(sorted(lists)))
        return path, lists[path]

    # Choosing

    def ids(self, *kinds: str) -> list[str]:
        return sorted((one for one, kind in self.kinds.items() if kind in kinds), key=int)

    def of(self, *kinds: str) -> list[Resource]:
        return [self.resources[one] for one in self.ids(*kinds)]

    def below(self, kind: str, field: str, id: str) -> list[Resource]:
        return [one for one in self.of(kind) if one[field] == id]

    def draw_id(self, data: DataObject, *kinds: str) -> str:
        """The id of a resource of those kinds; sometimes of another, or one that nothing has."""
        there = self.ids(*kinds)
        if not there or data.draw(st.integers(0, 15)) == 7:
            return data.draw(st.sampled_from([UNKNOWN, *self.resources]))
        return data.draw(st.sampled_from(there))


def run(machine: type[RegistryMachine], examples: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_on_sqlite(tmp_path: Path) -> None:
    numbers = itertools.count()

    class OnSQLite(RegistryMachine):
        @staticmethod
        def empty_db() -> str:
            return f"sqlite:///{tmp_path / str(next(numbers))}"

    run(OnSQLite, examples=20)


# The pool of psycopg takes random numbers in its threads, also while Hypothesis draws.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")
def test_on_postgresql(postgresql_db: str) -> None:
    class OnPostgreSQL(RegistryMachine):
        @staticmethod
        def empty_db() -> str:
            with psycopg.connect(postgresql_db.replace("+psycopg", ""), autocommit=True) as connection:
                if connection.execute("SELECT to_regclass('resource')").fetchone() != (None,):
                    connection.execute("TRUNCATE resource, attribution, property")
            return postgresql_db

    run(OnPostgreSQL, examples=5)
