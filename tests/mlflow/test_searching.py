"""MLflow's searches: its filters, orders and page tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

mlflow = pytest.importorskip("mlflow")
from mlflow.exceptions import MlflowException  # noqa: E402

from model_registry.mlflow import search as searching  # noqa: E402

if TYPE_CHECKING:
    from model_registry import ModelRegistry

VERSION = tuple(int(part) for part in mlflow.__version__.split(".")[:2])

pytestmark = pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SADeprecationWarning")


@pytest.fixture
def models(mlflow_client: Any, unique: str) -> str:
    """Three models; the first has three versions, the second one."""
    for name, team in (("Alpha", "a"), ("beta", "b"), ("gamma", "a")):
        mlflow_client.create_registered_model(f"{unique}{name}", tags={"team": team, "test": unique})
    for place in range(3):
        mlflow_client.create_model_version(
            f"{unique}Alpha", f"s3://bucket/{place}", run_id=f"{unique}run{place}", tags={"place": str(place)}
        )
    mlflow_client.create_model_version(f"{unique}beta", "s3://bucket/b", tags={"place": "0"})
    return unique


def names(found: Any, unique: str) -> list[str]:
    return [each.name.removeprefix(unique) for each in found]


def versions(found: Any, unique: str) -> list[tuple[str, int]]:
    return [(each.name.removeprefix(unique), each.version) for each in found]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = '{0}beta'", ["beta"]),
        ("name LIKE '{0}%a'", ["Alpha", "beta", "gamma"]),
        ("name LIKE '{0}A%'", ["Alpha"]),
        ("name ILIKE '{0}a%'", ["Alpha"]),
        ("name LIKE '{0}%' AND name != '{0}beta'", ["Alpha", "gamma"]),
        pytest.param(
            "name IN ('{0}beta', '{0}gamma', 'none')",
            ["beta", "gamma"],
            marks=pytest.mark.skipif(VERSION < (3, 17), reason="MLflow refuses it"),
        ),
        ("tags.team = 'a' AND tags.test = '{0}'", ["Alpha", "gamma"]),
        ("tag.`team` != 'a' AND tags.test = '{0}'", ["beta"]),
        ("tags.none = 'x'", []),
    ],
)
def test_filters_on_models(mlflow_client: Any, models: str, condition: str, expected: list[str]) -> None:
    assert names(mlflow_client.search_registered_models(condition.format(models)), models) == expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("name = '{0}Alpha'", [3, 2, 1]),
        ("name = '{0}none'", []),
        ("name = '{0}Alpha' AND version_number = 2", [2]),
        ("name = '{0}Alpha' AND version_number > 1", [3, 2]),
        ("name = '{0}Alpha' AND version_number <= 2", [2, 1]),
        ("run_id = '{0}run1'", [2]),
        ("run_id IN ('{0}run0', '{0}run2')", [3, 1]),
        ("run_id LIKE '{0}run%' AND source_path = 's3://bucket/1'", [2]),
        ("name ILIKE '{0}alpha' AND tags.place != '0'", [3, 2]),
        ("name LIKE '{0}%' AND tags.place = '0'", [1, 1]),
    ],
)
def test_filters_on_versions(mlflow_client: Any, models: str, condition: str, expected: list[int]) -> None:
    order = ["version_number DESC"]
    found = mlflow_client.search_model_versions(condition.format(models), order_by=order)
    assert [each.version for each in found] == expected


@pytest.mark.parametrize(
    "condition",
    [
        "name == 'x'",
        "version_number > 'x'",
        "version_number = 1.5",
        "owner = 'x'",
        "name = 'x' OR name = 'y'",
        "tags.a > '1'",
    ],
)
def test_invalid_filters(mlflow_client: Any, condition: str) -> None:
    with pytest.raises(MlflowException) as raised:
        mlflow_client.search_model_versions(condition)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_orders(mlflow_client: Any, models: str) -> None:
    all_of = f"name LIKE '{models}%'"
    found = mlflow_client.search_registered_models(all_of, order_by=["name DESC"])
    assert names(found, models) == ["gamma", "beta", "Alpha"]
    found = mlflow_client.search_registered_models(all_of, order_by=["timestamp ASC"])
    assert names(found, models) == ["Alpha", "beta", "gamma"]
    found = mlflow_client.search_model_versions(all_of, order_by=["name DESC", "version_number ASC"])
    assert versions(found, models) == [("beta", 1), ("Alpha", 1), ("Alpha", 2), ("Alpha", 3)]
    mlflow_client.update_model_version(f"{models}Alpha", "1", "changed last")
    assert versions(mlflow_client.search_model_versions(all_of), models)[0] == ("Alpha", 1)
    for wrong in (["size ASC"], ["name ASC", "name DESC"]):
        with pytest.raises(MlflowException):
            mlflow_client.search_model_versions(all_of, order_by=wrong)


def test_19_versions_of_equal_names_are_in_the_order_of_mlflow(mlflow_client: Any, models: str) -> None:
    mlflow_client.create_model_version(f"{models}beta", "s3://bucket/b")
    for name, condition, expected in (
        ("name DESC", f"name LIKE '{models}%'", [("beta", 2), ("beta", 1)]),
        ("name ASC", f"name LIKE '{models}%'", [("Alpha", 3), ("Alpha", 2), ("Alpha", 1)]),
        ("name ASC", f"name = '{models}beta'", [("beta", 2), ("beta", 1)]),
        ("version_number DESC", f"name LIKE '{models}%'", [("Alpha", 3), ("Alpha", 2), ("beta", 2)]),
        ("version_number ASC", f"name LIKE '{models}%'", [("Alpha", 1), ("beta", 1), ("Alpha", 2)]),
    ):
        found = mlflow_client.search_model_versions(condition, order_by=[name])
        assert versions(found, models)[: len(expected)] == expected


@pytest.mark.parametrize("order", [None, ["name DESC"], ["last_updated_timestamp ASC"]])
def test_pages_of_models(mlflow_client: Any, models: str, order: Any) -> None:
    all_of = f"name LIKE '{models}%'"
    everything = names(mlflow_client.search_registered_models(all_of, order_by=order), models)
    found, token = [], None
    while True:
        page = mlflow_client.search_registered_models(all_of, max_results=2, order_by=order, page_token=token)
        found += names(page, models)
        token = page.token
        if not token:
            break
    assert found == everything
    assert len(found) == 3


@pytest.mark.parametrize("order", [None, ["version_number ASC"], ["creation_timestamp DESC"]])
def test_pages_of_versions(mlflow_client: Any, models: str, order: Any) -> None:
    all_of = f"name LIKE '{models}%'"
    found, token = [], None
    while True:
        page = mlflow_client.search_model_versions(all_of, max_results=3, order_by=order, page_token=token)
        assert len(page) <= 3
        found += versions(page, models)
        token = page.token
        if not token:
            break
    assert sorted(found) == [("Alpha", 1), ("Alpha", 2), ("Alpha", 3), ("beta", 1)]


def test_deleted_models_hide_no_others(
    mlflow_client: Any, models: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("model_registry.mlflow.search._MOST_NAMED", 2)
    mlflow_client.create_registered_model(f"{models}delta")
    for name in ("gamma", "delta"):
        mlflow_client.create_model_version(f"{models}{name}", "s3://bucket/model")
    mlflow_client.delete_registered_model(f"{models}Alpha")
    found = mlflow_client.search_model_versions(f"name LIKE '{models}%'", order_by=["name ASC"])
    assert versions(found, models) == [("beta", 1), ("delta", 1), ("gamma", 1)]


@pytest.mark.parametrize(
    ("order", "message"),
    [
        (["name ASC", "creation_timestamp DESC"], "Invalid order by key 'creation_timestamp' specified"),
        (["name ASC", "last_updated_timestamp DESC blah"], "Invalid order_by clause"),
        (["timestamp", "last_updated_timestamp DESC"], "contains duplicate fields"),
    ],
)
def test_19_invalid_orders_of_models(mlflow_client: Any, order: list[str], message: str) -> None:
    with pytest.raises(MlflowException, match=message) as raised:
        mlflow_client.search_registered_models("name LIKE 'x%'", order_by=order)
    assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize("wrong", [0, -1, 200_001, 1e15, "many"])
def test_invalid_limits(mlflow_client: Any, wrong: Any) -> None:
    for search in (mlflow_client.search_model_versions, mlflow_client.search_registered_models):
        with pytest.raises(MlflowException, match=r"Invalid value for .*max_results") as raised:
            search("name = 'x'", max_results=wrong)
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


@pytest.mark.parametrize(
    ("token", "message"),
    [
        ("evilhax", "Invalid page token, could not base64-decode"),
        ("no token", "Invalid page token, could not base64-decode"),
        ("aGVsbG8=", "Invalid page token"),  # hello
        ("WzEsIDJd", "Invalid page token"),  # [1, 2]
        ("Wy0xLCBudWxsXQ==", "Invalid page token"),  # [-1, null]
        ("WzAsICJmb3JnZWQiXQ==", "(?i)token"),  # [0, "forged"]
    ],
)
def test_19_invalid_tokens(mlflow_client: Any, models: str, token: str, message: str) -> None:
    for search in (mlflow_client.search_model_versions, mlflow_client.search_registered_models):
        with pytest.raises(MlflowException, match=message) as raised:
            search(f"name LIKE '{models}%'", page_token=token)
        assert raised.value.error_code == "INVALID_PARAMETER_VALUE"


def test_19_the_registry_orders_by_name_and_number(
    mlflow_client: Any, registry_client: ModelRegistry, unique: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("b", "B", "a"):
        mlflow_client.create_registered_model(f"{unique}{name}")
    for number in range(1, 12):
        mlflow_client.create_model_version(f"{unique}a", f"s3://bucket/{number}")
    registry_client.register(f"{unique}a", "tuned", "s3://bucket/tuned")
    if not registry_client._run(registry_client._async.core.ask_foreign()):
        monkeypatch.setattr(searching, "_MOST_SORTED", 1)  # nothing may be left to the client
    all_of = f"name LIKE '{unique}%'"
    for order, listed in ((None, ["B", "a", "b"]), (["name DESC"], ["b", "a", "B"])):
        assert names(mlflow_client.search_registered_models(all_of, order_by=order), unique) == listed
    numbers = list(range(1, 12))
    for order, expected in (
        (["version_number ASC"], [*numbers, "tuned"]),
        (["name ASC", "version_number DESC"], [*numbers[::-1], "tuned"]),
        (["name DESC"], ["tuned", *numbers[::-1]]),
    ):
        found, token = [], None
        while True:
            page = mlflow_client.search_model_versions(
                f"name = '{unique}a'", max_results=5, order_by=order, page_token=token
            )
            found += [each.version for each in page]
            token = page.token
            if not token:
                break
        assert found == expected
