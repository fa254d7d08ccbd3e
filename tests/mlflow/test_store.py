"""Every method of MLflow's registry store, called through MLflow's client."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from model_registry.types import ModelArtifact

mlflow = pytest.importorskip("mlflow")
from mlflow.entities.model_registry import ModelVersionTag, RegisteredModelTag  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

from model_registry.mlflow import ModelRegistryStore  # noqa: E402

if TYPE_CHECKING:
    from model_registry import ModelRegistry

pytestmark = [
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning"),  # MLflow's tracking store
    pytest.mark.filterwarnings("ignore:.*model registry stages.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*[sS]tages.*:FutureWarning"),
]


def code(raised: pytest.ExceptionInfo[MlflowException]) -> str:
    return raised.value.error_code


def create_version(client: Any, name: str, source: str = "s3://bucket/model", **fields: Any) -> Any:
    return client.create_model_version(name, source, **fields)


def found(versions: Any) -> list[tuple[str, int]]:
    return [(each.name, each.version) for each in versions]


# Registered models


def test_create_and_get_a_model(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    created = mlflow_client.create_registered_model(
        name, tags={"team": "payments"}, description="Finds fraud"
    )
    assert (created.name, created.description, created.tags) == (name, "Finds fraud", {"team": "payments"})
    got = mlflow_client.get_registered_model(name)
    assert got.creation_timestamp == created.creation_timestamp > 1_600_000_000_000
    assert (got.tags, got.aliases, got.latest_versions) == ({"team": "payments"}, {}, [])


def test_a_taken_name_is_refused(mlflow_client: Any, unique: str) -> None:
    mlflow_client.create_registered_model(f"{unique}fraud")
    with pytest.raises(
        MlflowException, match=rf"Registered Model \(name={unique}fraud\) already exists"
    ) as raised:
        mlflow_client.create_registered_model(f"{unique}fraud")
    assert code(raised) == "RESOURCE_ALREADY_EXISTS"


def test_19_a_name_taken_by_a_prompt(registry_uri: str, unique: str) -> None:
    store = ModelRegistryStore(registry_uri)
    prompt = [RegisteredModelTag("mlflow.prompt.is_prompt", "true")]
    store.create_registered_model(f"{unique}model")
    store.create_registered_model(f"{unique}prompt", tags=prompt)
    for name, tags, message in (
        ("model", prompt, "Tried to create a prompt with name '{}model', but .* by a registered model"),
        ("prompt", None, "Tried to create a registered model with name '{}prompt', but .* by a prompt"),
        ("prompt", prompt, r"Prompt \(name={}prompt\) already exists"),
    ):
        with pytest.raises(MlflowException, match=message.format(unique)) as raised:
            store.create_registered_model(unique + name, tags=tags)
        assert code(raised) == "RESOURCE_ALREADY_EXISTS"


def test_19_versions_of_a_deleted_model(registry_uri: str, unique: str) -> None:
    store = ModelRegistryStore(registry_uri)
    name = f"{unique}fraud"
    store.create_registered_model(name)
    store.create_model_version(name, "s3://bucket/model")
    store.delete_registered_model(name)
    for call in (
        lambda: store.get_model_version(name, "1"),
        lambda: store.set_model_version_tag(name, "1", ModelVersionTag("a", "b")),
        lambda: store.set_registered_model_alias(name, "champion", "1"),
    ):
        with pytest.raises(MlflowException, match=rf"Model Version \(name={name}, version=1\) not found"):
            call()


@pytest.mark.parametrize("new", [None, ""])
def test_19_renaming_checks_the_new_name(registry_uri: str, new: str | None) -> None:
    with pytest.raises(MlflowException, match="'new_name'") as raised:
        ModelRegistryStore(registry_uri).rename_registered_model("fraud", new)
    assert code(raised) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("name", [None, ""])
def test_names_that_mlflow_refuses(mlflow_client: Any, name: Any) -> None:
    with pytest.raises(MlflowException) as raised:
        mlflow_client.create_registered_model(name)
    assert code(raised) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("key", ["mlflow_run_id", "model-registry.alias.champion"])
def test_names_of_tags_that_the_store_needs_are_refused(mlflow_client: Any, unique: str, key: str) -> None:
    with pytest.raises(MlflowException, match="reserved") as raised:
        mlflow_client.create_registered_model(f"{unique}fraud", tags={key: "1"})
    assert code(raised) == "INVALID_PARAMETER_VALUE"
    with pytest.raises(MlflowException, match="not found"):
        mlflow_client.get_registered_model(f"{unique}fraud")


def test_a_missing_model(mlflow_client: Any, unique: str) -> None:
    calls = [
        lambda name: mlflow_client.get_registered_model(name),
        lambda name: mlflow_client.update_registered_model(name, "new"),
        lambda name: mlflow_client.delete_registered_model(name),
        lambda name: mlflow_client.set_registered_model_tag(name, "key", "value"),
        lambda name: mlflow_client.delete_registered_model_tag(name, "key"),
        lambda name: mlflow_client.get_latest_versions(name),
        lambda name: create_version(mlflow_client, name),
    ]
    for call in calls:
        with pytest.raises(
            MlflowException, match=f"Registered Model with name={unique}none not found"
        ) as raised:
            call(f"{unique}none")
        assert code(raised) == "RESOURCE_DOES_NOT_EXIST"


def test_update_a_description(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name, tags={"kept": "yes"})
    assert mlflow_client.update_registered_model(name, "New").description == "New"
    assert mlflow_client.get_registered_model(name).tags == {"kept": "yes"}
    mlflow_client.update_registered_model(name, "")
    assert mlflow_client.get_registered_model(name).description is None


def test_renaming_is_refused(mlflow_client: Any, unique: str) -> None:
    mlflow_client.create_registered_model(f"{unique}fraud")
    with pytest.raises(MlflowException, match="cannot rename"):
        mlflow_client.rename_registered_model(f"{unique}fraud", f"{unique}other")
    assert mlflow_client.get_registered_model(f"{unique}fraud").name == f"{unique}fraud"


def test_deleting_hides_and_frees_the_name(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name, tags={"old": "1"}, description="Old")
    create_version(mlflow_client, name)
    mlflow_client.set_registered_model_alias(name, "champion", "1")
    mlflow_client.delete_registered_model(name)
    with pytest.raises(MlflowException, match="not found"):
        mlflow_client.get_registered_model(name)
    assert not mlflow_client.search_registered_models(f"name = '{name}'")
    assert not mlflow_client.search_model_versions(f"name = '{name}'")
    again = mlflow_client.create_registered_model(name, tags={"new": "2"})
    assert (again.tags, again.description, again.latest_versions) == ({"new": "2"}, None, [])
    assert mlflow_client.get_registered_model(name).aliases == {}
    assert create_version(mlflow_client, name).version == 2


def test_tags_of_a_model(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name, tags={"a": "1"})
    mlflow_client.set_registered_model_tag(name, "a", "2")
    mlflow_client.set_registered_model_tag(name, "with space", "3")
    assert mlflow_client.get_registered_model(name).tags == {"a": "2", "with space": "3"}
    mlflow_client.delete_registered_model_tag(name, "a")
    mlflow_client.delete_registered_model_tag(name, "never set")
    assert mlflow_client.get_registered_model(name).tags == {"with space": "3"}


# Model versions


def test_versions_are_numbered(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    versions = [create_version(mlflow_client, name, f"s3://bucket/{place}") for place in range(3)]
    assert [each.version for each in versions] == [1, 2, 3]
    got = mlflow_client.get_model_version(name, "2")
    assert (got.source, got.status, got.current_stage) == ("s3://bucket/1", "READY", "None")
    assert mlflow_client.get_model_version_download_uri(name, "2") == "s3://bucket/1"


def test_many_writers_get_numbers_without_gaps(registry_uri: str, tracking_uri: str, unique: str) -> None:
    from mlflow import MlflowClient

    name = f"{unique}fraud"
    MlflowClient(tracking_uri=tracking_uri, registry_uri=registry_uri).create_registered_model(name)
    numbers: list[int] = []

    def write() -> None:
        client = MlflowClient(tracking_uri=tracking_uri, registry_uri=registry_uri)
        numbers.extend(create_version(client, name).version for _ in range(5))

    threads = [threading.Thread(target=write) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(numbers) == list(range(1, 41))


def test_fields_of_a_version(mlflow_client: Any, registry_client: ModelRegistry, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    mlflow_client.create_model_version(
        name,
        "s3://bucket/model",
        run_id="run1",
        run_link="https://mlflow.example.org/runs/run1",
        tags={"kind": "tree"},
        description="First",
    )
    got = mlflow_client.get_model_version(name, 1)
    assert (got.run_id, got.run_link) == ("run1", "https://mlflow.example.org/runs/run1")
    assert (got.tags, got.description) == ({"kind": "tree"}, "First")
    artifact = registry_client.get_artifact(f"{name}/1", kind=ModelArtifact, name=name)
    assert artifact.uri == "s3://bucket/model"
    assert (artifact.model_source_kind, artifact.model_source_id) == ("mlflow", "run1")


def test_versions_of_other_programs(mlflow_client: Any, registry_client: ModelRegistry, unique: str) -> None:
    name = f"{unique}fraud"
    registry_client.register(
        name, "1.0-beta", "s3://bucket/beta", properties={"accuracy": 0.9, "tags": ["a"]}
    )
    registry_client.register(name, "7", "s3://bucket/seven")
    registry_client.set_alias(name, "champion", "1.0-beta")
    beta = mlflow_client.get_model_version_by_alias(name, "champion")
    assert (beta.version, beta.source, beta.tags["accuracy"]) == ("1.0-beta", "s3://bucket/beta", "0.9")
    assert mlflow_client.get_model_version(name, "1.0-beta").aliases == ["champion"]
    assert mlflow_client.get_model_version(name, "7").source == "s3://bucket/seven"
    assert create_version(mlflow_client, name).version == 8


def test_a_missing_version(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    with pytest.raises(
        MlflowException, match=rf"Model Version \(name={name}, version=9\) not found"
    ) as raised:
        mlflow_client.get_model_version(name, "9")
    assert code(raised) == "RESOURCE_DOES_NOT_EXIST"
    with pytest.raises(MlflowException) as raised:
        mlflow_client.get_model_version(name, "no number")
    assert code(raised) == "INVALID_PARAMETER_VALUE"


def test_update_and_delete_a_version(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    create_version(mlflow_client, name, tags={"kept": "yes"})
    create_version(mlflow_client, name)
    assert mlflow_client.update_model_version(name, "1", "New").description == "New"
    assert mlflow_client.get_model_version(name, "1").tags == {"kept": "yes"}
    mlflow_client.set_registered_model_alias(name, "champion", "1")
    mlflow_client.delete_model_version(name, "1")
    with pytest.raises(MlflowException, match="not found"):
        mlflow_client.get_model_version(name, "1")
    with pytest.raises(MlflowException, match="not found"):
        mlflow_client.delete_model_version(name, "1")
    assert mlflow_client.get_registered_model(name).aliases == {}
    assert create_version(mlflow_client, name).version == 3


def test_the_latest_version_is_one_that_was_not_deleted(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    for _ in range(3):
        create_version(mlflow_client, name)
    mlflow_client.delete_model_version(name, "3")
    mlflow_client.delete_model_version(name, "2")
    assert found(mlflow_client.get_registered_model(name).latest_versions) == [(name, 1)]


def test_tags_of_a_version(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    create_version(mlflow_client, name, tags={"a": "1"})
    mlflow_client.set_model_version_tag(name, "1", "b", "2")
    mlflow_client.delete_model_version_tag(name, "1", "a")
    mlflow_client.delete_model_version_tag(name, "1", "never set")
    assert mlflow_client.get_model_version(name, "1").tags == {"b": "2"}


def test_copy_a_version(mlflow_client: Any, unique: str) -> None:
    mlflow_client.create_registered_model(f"{unique}staging")
    create_version(mlflow_client, f"{unique}staging", "s3://bucket/one", tags={"a": "1"})
    copied = mlflow_client.copy_model_version(f"models:/{unique}staging/1", f"{unique}production")
    assert (copied.name, copied.version, copied.tags) == (f"{unique}production", 1, {"a": "1"})
    assert mlflow_client.get_model_version_download_uri(f"{unique}production", "1") == "s3://bucket/one"


# Stages and aliases


def test_stages(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    for _ in range(3):
        create_version(mlflow_client, name)
    move = mlflow_client.transition_model_version_stage
    assert move(name, "1", "production").current_stage == "Production"
    move(name, "2", "Production", archive_existing_versions=True)
    assert mlflow_client.get_model_version(name, "1").current_stage == "Archived"
    latest = {each.current_stage: each.version for each in mlflow_client.get_latest_versions(name)}
    assert latest == {"Production": 2, "Archived": 1, "None": 3}
    assert found(mlflow_client.get_latest_versions(name, ["Production"])) == [(name, 2)]
    with pytest.raises(MlflowException, match="Invalid Model Version stage"):
        move(name, "1", "best")
    with pytest.raises(MlflowException, match="not an Active stage"):
        move(name, "1", "Archived", archive_existing_versions=True)


def test_aliases(mlflow_client: Any, unique: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    create_version(mlflow_client, name)
    create_version(mlflow_client, name)
    mlflow_client.set_registered_model_alias(name, "champion", "1")
    mlflow_client.set_registered_model_alias(name, "champion", "2")
    assert mlflow_client.get_model_version_by_alias(name, "champion").version == 2
    assert mlflow_client.get_registered_model(name).aliases == {"champion": 2}
    assert mlflow_client.search_registered_models(f"name = '{name}'")[0].aliases == {"champion": 2}
    mlflow_client.delete_registered_model_alias(name, "champion")
    mlflow_client.delete_registered_model_alias(name, "champion")
    with pytest.raises(MlflowException, match="alias champion not found") as raised:
        mlflow_client.get_model_version_by_alias(name, "champion")
    assert code(raised) == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("alias", ["latest", "v1", "", "a b"])
def test_aliases_that_mlflow_refuses(mlflow_client: Any, unique: str, alias: str) -> None:
    name = f"{unique}fraud"
    mlflow_client.create_registered_model(name)
    create_version(mlflow_client, name)
    with pytest.raises(MlflowException) as raised:
        mlflow_client.set_registered_model_alias(name, alias, "1")
    assert code(raised) == "INVALID_PARAMETER_VALUE"
